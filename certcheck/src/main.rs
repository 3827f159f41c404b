//! The `certcheck` command; everything is in the library.

fn main() -> std::process::ExitCode {
    certcheck::cli::main(std::env::args_os())
}
