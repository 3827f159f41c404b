//! The `pxe` command; everything is in the library.

fn main() -> std::process::ExitCode {
    pxe::main(std::env::args_os())
}
