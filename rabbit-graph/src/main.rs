//! The `rabbit-graph` command; everything is in the library.

fn main() -> std::process::ExitCode {
    rabbit_graph::main(std::env::args_os())
}
