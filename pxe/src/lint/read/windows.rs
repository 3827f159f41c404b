//! Windows DHCP Server: the XML of `Export-DhcpServer`, the script of
//! `netsh dhcp server dump`, or PowerShell.

use std::collections::HashMap;

use super::{Book, Foreign, powershell, xml};
use crate::lint::model::{Applies, ArchitectureTest, Field, SERVERS_OPTION, Span, Value, Writing};

const EXPECTED: &str = "the XML of Export-DhcpServer, the script of `netsh dhcp server dump`, \
                        or Set-DhcpServerv4OptionValue lines";

pub(in crate::lint) fn read(mut book: Book<'_>) -> Result<super::Reading, Foreign> {
    let text = book.text(0);
    if text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .starts_with('<')
    {
        export(&mut book)?;
    } else {
        script(&mut book, &text)?;
    }
    book.finish(EXPECTED)
}

/// What the vendor classes that policies name stand for.
#[derive(Debug, Default)]
pub(super) struct Classes(HashMap<String, (String, Span)>);

impl Classes {
    pub(super) fn add(&mut self, name: &str, data: &str, place: Span) {
        self.0
            .insert(name.to_ascii_lowercase(), (data.to_owned(), place));
    }

    /// Adds what a policy asks for.
    pub(super) fn ask(&self, name: &str, applies: &mut Applies) {
        let name = name.trim_end_matches('*').to_ascii_lowercase();
        let Some((data, span)) = self.0.get(&name) else {
            applies.other = true;
            return;
        };
        super::vendor_classes(data, applies);
        match super::vendor_architecture(data) {
            Some(code) => applies.tests.push(ArchitectureTest {
                code,
                span: *span,
                twin: None,
            }),
            None => applies.other |= !applies.pxe && !applies.http,
        }
    }
}

/// The value of an option that is written as text.
pub(super) fn value(field: Field, text: &str, span: Span, writing: Writing) -> Value {
    if field.is_text() {
        Value::plain(text, span, writing)
    } else if field == SERVERS_OPTION {
        Value::addresses(text.split([',', ' ']), span)
    } else {
        Value::unknown(span)
    }
}

fn export(book: &mut Book<'_>) -> Result<(), Foreign> {
    let wrapped = xml::wrapped(&book.text(0));
    let document = xml::parse(book, &wrapped)?;
    let mut classes = Classes::default();
    for node in document
        .descendants()
        .filter(|node| node.has_tag_name("Class"))
    {
        book.known += 1;
        if let (Some(name), Some(data)) = (xml::child(node, "Name"), xml::child(node, "Data")) {
            classes.add(&name, &data, xml::span(node));
        }
    }
    let mut scopes: HashMap<roxmltree::NodeId, usize> = HashMap::new();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let around = node
            .ancestors()
            .skip(1)
            .find_map(|parent| scopes.get(&parent.id()).copied())
            .unwrap_or(0);
        match node.tag_name().name() {
            "DHCPServer" | "IPv4" => book.known += 1,
            "Scope" => {
                let id = xml::child(node, "ScopeId").unwrap_or_default();
                scopes.insert(node.id(), book.scope(format!("scope {id}"), around));
            }
            "Reservation" => {
                let id = xml::child(node, "IPAddress").unwrap_or_default();
                let scope = book.scope(format!("reservation {id}"), around);
                if scope != around {
                    book.reading.scopes[scope].applies.other = true;
                }
                scopes.insert(node.id(), scope);
            }
            "Policy" => {
                let name = xml::child(node, "Name").unwrap_or_default();
                let scope = book.scope(format!("policy {name}"), around);
                let mut applies = Applies::default();
                for class in node
                    .descendants()
                    .filter(|node| node.has_tag_name("VendorClass"))
                {
                    for word in class.descendants().filter(roxmltree::Node::is_text) {
                        for word in word.text().unwrap_or_default().split(',') {
                            if !matches!(word.trim(), "" | "EQ") {
                                classes.ask(word.trim(), &mut applies);
                            }
                        }
                    }
                }
                applies.other |= applies.tests.is_empty() && !applies.http && !applies.pxe;
                if scope != around {
                    book.reading.scopes[scope].applies = applies;
                }
                scopes.insert(node.id(), scope);
            }
            "OptionValue" => {
                book.known += 1;
                let code = xml::child(node, "OptionId").and_then(|code| code.trim().parse().ok());
                let Some(field) = code.and_then(Field::of_code) else {
                    continue;
                };
                if xml::child(node, "VendorClass").is_some_and(|class| !class.trim().is_empty()) {
                    continue;
                }
                let value_node = node.children().find(|child| child.has_tag_name("Value"));
                let Some((text, span)) = value_node.and_then(xml::content) else {
                    continue;
                };
                let value = value(field, &text, span, Writing::Xml);
                book.set(around, field, value, xml::span(node));
            }
            _ => {}
        }
    }
    Ok(())
}

fn script(book: &mut Book<'_>, text: &str) -> Result<(), Foreign> {
    let mut classes = Classes::default();
    let mut scopes: HashMap<String, usize> = HashMap::new();
    for (start, line) in super::lines(text) {
        let line = line.trim_end_matches('\r');
        let trimmed = line.trim_start_matches('\u{feff}').trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let words = powershell::words(line, start);
        let first = words.first().map_or("", |word| &*word.text);
        if first.eq_ignore_ascii_case("dhcp") {
            book.known += 1;
            netsh(book, &words, &mut scopes);
        } else if first.contains("DhcpServer") || powershell::is_cmdlet(first) {
            powershell::line(book, &words, &mut classes, &mut scopes)?;
        }
    }
    Ok(())
}

/// `Dhcp Server \\HOST [Scope ADDRESS] set optionvalue CODE TYPE "VALUE"`.
fn netsh(book: &mut Book<'_>, words: &[powershell::Word], scopes: &mut HashMap<String, usize>) {
    let at = |wanted: &[&str]| {
        words
            .iter()
            .position(|word| wanted.iter().any(|one| word.text.eq_ignore_ascii_case(one)))
    };
    let Some(set) = at(&["optionvalue", "reservedoptionvalue"]) else {
        return;
    };
    let reserved = words[set].text.eq_ignore_ascii_case("reservedoptionvalue");
    let set = set + usize::from(reserved);
    let Some(code) = words.get(set + 1).and_then(|word| word.text.parse().ok()) else {
        return;
    };
    let Some(field) = Field::of_code(code) else {
        return;
    };
    let mut scope = 0;
    if let Some(id) = at(&["scope"])
        .filter(|at| *at < set)
        .and_then(|at| words.get(at + 1))
    {
        let key = format!("scope {}", id.text);
        scope = *scopes
            .entry(key.clone())
            .or_insert_with(|| book.scope(key, 0));
    }
    if reserved {
        let key = format!("reservation {}", words[set].text);
        let parent = scope;
        scope = *scopes.entry(key.clone()).or_insert_with(|| {
            let scope = book.scope(key, parent);
            if let Some(scope) = book
                .reading
                .scopes
                .get_mut(scope)
                .filter(|_| scope != parent)
            {
                scope.applies.other = true;
            }
            scope
        });
    }
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return;
    };
    // vendor="PXEClient" and the like stand between type and value.
    let Some(word) = words.get(set + 3..).and_then(<[_]>::last) else {
        return;
    };
    let statement = Span {
        end: last.span.end,
        ..first.span
    };
    let value = if words.len() > set + 4 && field == SERVERS_OPTION {
        Value::addresses(words[set + 3..].iter().map(|word| &*word.text), word.span)
    } else {
        value(field, &word.text, word.span, Writing::Quoted)
    };
    book.set(scope, field, value, statement);
}
