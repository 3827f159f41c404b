//! The commands of a tool, as its users find them.

use std::process::Command;

use crate::bins;

/// Every command of a tool as its words: `[]` for the tool itself,
/// `["check"]` and so on, as `-h` lists them.
///
/// # Panics
/// When the tool cannot be started.
pub fn commands(tool: &str) -> Vec<Vec<String>> {
    let mut found = vec![vec![]];
    let mut next = 0;
    while next < found.len() {
        let words: Vec<String> = found[next].clone();
        next += 1;
        let help = Command::new(bins::tool(tool))
            .args(&words)
            .arg("-h")
            .output()
            .unwrap_or_else(|error| panic!("{tool} cannot be started: {error}"));
        let help = String::from_utf8_lossy(&help.stdout).into_owned();
        let listed = help
            .lines()
            .skip_while(|line| *line != "Commands:")
            .skip(1)
            .take_while(|line| !line.is_empty())
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next())
            .filter(|name| *name != "help");
        for name in listed {
            let mut command = words.clone();
            command.push(name.to_owned());
            found.push(command);
        }
    }
    found
}
