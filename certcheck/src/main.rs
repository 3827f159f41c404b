//! The `certcheck` command; everything is in the library.

fn main() -> std::process::ExitCode {
    certcheck::main(std::env::args_os())
}
