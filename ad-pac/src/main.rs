//! The `ad-pac` command; everything is in the library.

fn main() -> std::process::ExitCode {
    ad_pac::main(std::env::args_os())
}
