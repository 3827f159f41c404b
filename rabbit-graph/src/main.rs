//! The `rabbit-graph` command; everything is in the library.

fn main() -> std::process::ExitCode {
    rabbit_graph::cli::main(std::env::args_os())
}
