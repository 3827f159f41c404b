//! The `pxe` command; everything is in the library.

fn main() -> std::process::ExitCode {
    pxe::cli::main(std::env::args_os())
}
