//! Examples as they stand in Markdown: fenced blocks, and sessions of a shell
//! with what each command is said to print.

/// A fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What follows the fence, such as `console`.
    pub kind: String,
    /// The lines between the fences, without the indentation of the first.
    pub text: String,
}

/// The fenced blocks of a page, in lists too.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open: Option<usize> = None;
    for line in page.lines() {
        let words = line.trim_start();
        match (open, words.strip_prefix("```")) {
            (None, Some(kind)) => {
                open = Some(line.len() - words.len());
                found.push(Block {
                    kind: kind.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some("")) => open = None,
            (Some(indent), _) => {
                if let Some(block) = found.last_mut() {
                    block.text.push_str(line.get(indent..).unwrap_or_default());
                    block.text.push('\n');
                }
            }
            (None, None) => (),
        }
    }
    found
}

/// The blocks of a kind, as text.
pub fn blocks_of(page: &str, kind: &str) -> Vec<String> {
    let of_kind = |block: Block| (block.kind == kind).then_some(block.text);
    blocks(page).into_iter().filter_map(of_kind).collect()
}

/// A command of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// Whose prompt it is: empty before `$ `, `bob` before `bob$ `.
    pub who: String,
    /// What was typed, in several lines where they belong together.
    pub command: String,
    /// What it is said to print.
    pub shown: Vec<String>,
}

/// The commands of a session, each with the lines it is said to print. A
/// command goes on while its line ends in a backslash or an apostrophe is open.
///
/// # Panics
/// When it does not begin with a command.
pub fn session(block: &str) -> Vec<Typed> {
    let mut session: Vec<Typed> = Vec::new();
    for line in block.lines() {
        let open = session
            .last_mut()
            .filter(|last| last.shown.is_empty() && unfinished(&last.command));
        if let Some(last) = open {
            last.command.push('\n');
            last.command.push_str(line);
        } else if let Some((who, command)) = prompted(line) {
            session.push(Typed {
                who: who.to_owned(),
                command: command.to_owned(),
                shown: Vec::new(),
            });
        } else {
            let last = session.last_mut();
            let last = last.unwrap_or_else(|| panic!("a session begins with a command: {line}"));
            last.shown.push(line.to_owned());
        }
    }
    // An empty line before a prompt is for the reader.
    let count = session.len();
    for typed in &mut session[..count.saturating_sub(1)] {
        while typed.shown.last().is_some_and(String::is_empty) {
            typed.shown.pop();
        }
    }
    session
}

fn unfinished(command: &str) -> bool {
    command.ends_with('\\') || !command.matches('\'').count().is_multiple_of(2)
}

/// `$ `, `bob$ `, `nfs01# ` and what follows.
fn prompted(line: &str) -> Option<(&str, &str)> {
    let at = line.find(|c: char| !c.is_ascii_alphanumeric())?;
    let (who, rest) = line.split_at(at);
    let command = rest
        .strip_prefix("$ ")
        .or_else(|| rest.strip_prefix("# "))?;
    (!who.is_empty() || rest.starts_with('$')).then_some((who, command))
}

/// Whether lines are as shown, where `...` stands for any number of them and
/// `same` compares two.
pub fn alike(shown: &[String], printed: &[&str], same: fn(&str, &str) -> bool) -> bool {
    match shown {
        [] => printed.is_empty(),
        [dots, rest @ ..] if dots == "..." => {
            (0..=printed.len()).any(|skipped| alike(rest, &printed[skipped..], same))
        }
        [line, rest @ ..] => match printed {
            [first, others @ ..] => same(line, first) && alike(rest, others, same),
            [] => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_in_lists_too() {
        let page = "a\n```sh\nx\n```\n1. b\n\n   ```console\n   $ y\n     z\n   ```\n";
        assert_eq!(blocks_of(page, "sh"), ["x\n"]);
        assert_eq!(blocks_of(page, "console"), ["$ y\n  z\n"]);
    }

    #[test]
    fn a_session_has_prompts_long_commands_and_what_they_print() {
        let found = session("$ a 'b\nc' \\\n d\nprinted\n\nbob$ e\n# f\n");
        let typed = |who: &str, command: &str, shown: &[&str]| Typed {
            who: who.to_owned(),
            command: command.to_owned(),
            shown: shown.iter().map(|line| (*line).to_owned()).collect(),
        };
        assert_eq!(
            found,
            [
                typed("", "a 'b\nc' \\\n d", &["printed"]),
                typed("bob", "e", &["# f"])
            ]
        );
    }

    #[test]
    fn dots_stand_for_any_lines() {
        let shown = ["a".to_owned(), "...".to_owned(), "z".to_owned()];
        let same = |one: &str, other: &str| one == other;
        assert!(alike(&shown, &["a", "z"], same));
        assert!(alike(&shown, &["a", "b", "z", "z"], same));
        assert!(!alike(&shown, &["a", "b"], same));
    }
}
