//! dnsmasq's configuration: a word, `=`, values separated by commas. Double
//! quotes hide commas and blanks and begin escapes; outside them a backslash
//! is itself.

mod lines;

use std::collections::HashMap;

use self::lines::{Line, Part, parse};
use super::{Book, DEEPEST, Foreign};
use crate::lint::model::{
    Applies, ArchitectureTest, FILE_OPTION, Field, SERVER_OPTION, SERVERS_OPTION, Span, Twin,
    VENDOR_CLASS, Value,
};

const EXPECTED: &str = "lines of dnsmasq.conf, such as `dhcp-boot=pxelinux.0`";

/// The names that pxe-service knows for architectures.
const SYSTEMS: &[(&str, u16)] = &[
    ("x86PC", 0),
    ("PC98", 1),
    ("IA64_EFI", 2),
    ("Alpha", 3),
    ("Arc_x86", 4),
    ("Intel_Lean_Client", 5),
    ("IA32_EFI", 6),
    ("x86-64_EFI", 7),
    ("Xscale_EFI", 8),
    ("BC_EFI", 9),
    ("ARM32_EFI", 10),
    ("ARM64_EFI", 11),
];

pub(in crate::lint) fn read(mut book: Book<'_>) -> Result<super::Reading, Foreign> {
    let mut lines = Vec::new();
    collect(&mut book, 0, 0, &mut lines)?;
    let mut tags = Tags::default();
    for line in &lines {
        tags.learn(line);
    }
    let override_off = lines.iter().any(|line| line.key == "dhcp-no-override");
    book.reading.proxy = lines.iter().any(|line| {
        line.key == "dhcp-range" && line.parts.iter().any(|part| part.text() == "proxy")
    });
    let mut scopes = HashMap::new();
    for line in lines {
        match &*line.key {
            "dhcp-boot" => boot(&mut book, line, &tags, &mut scopes, override_off),
            "dhcp-option" | "dhcp-option-force" => option(&mut book, line, &tags, &mut scopes),
            "pxe-service" => service(&mut book, line, &tags, &mut scopes),
            _ => {}
        }
    }
    book.finish(EXPECTED)
}

fn collect(
    book: &mut Book<'_>,
    source: usize,
    depth: usize,
    found: &mut Vec<Line>,
) -> Result<(), Foreign> {
    if depth > DEEPEST {
        return Err(book.foreign(source, 0, format!("at most {DEEPEST} files in each other")));
    }
    let text = book.text(source);
    for (start, line) in super::lines(&text) {
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        let Some(line) = parse(book, source, start, line)? else {
            continue;
        };
        if is_known(&line.key) {
            book.known += 1;
        } else if !is_word(&line.key) {
            return Err(book.foreign(source, line.span.start, EXPECTED));
        }
        match &*line.key {
            "conf-file" | "dhcp-optsfile" | "dhcp-hostsfile" if line.parts.len() == 1 => {
                let name = line.parts[0].text();
                let included = book.include(line.span, &name);
                if let Some(included) = included.filter(|_| line.key == "conf-file") {
                    collect(book, included, depth + 1, found)?;
                }
            }
            "conf-dir" if !line.parts.is_empty() => folder(book, &line, depth, found)?,
            _ => found.push(line),
        }
    }
    Ok(())
}

/// `conf-dir=FOLDER[,EXTENSION…]`: without a star what is left out, with one
/// what is read.
fn folder(
    book: &mut Book<'_>,
    line: &Line,
    depth: usize,
    found: &mut Vec<Line>,
) -> Result<(), Foreign> {
    let folder = line.parts[0].text();
    let names = match book.files.list(&folder) {
        Ok(names) => names,
        Err(why) => {
            book.reading
                .unread
                .push((line.span, format!("{folder}: {why}")));
            return Ok(());
        }
    };
    let endings: Vec<String> = line.parts[1..].iter().map(Part::text).collect();
    let (wanted, unwanted): (Vec<&String>, Vec<&String>) =
        endings.iter().partition(|ending| ending.starts_with('*'));
    for name in names {
        let hidden = name.ends_with('~')
            || name.starts_with('.')
            || (name.starts_with('#') && name.ends_with('#'));
        let asked = wanted.is_empty() || wanted.iter().any(|ending| name.ends_with(&ending[1..]));
        if hidden
            || !asked
            || unwanted
                .iter()
                .any(|ending| name.ends_with(ending.as_str()))
        {
            continue;
        }
        let path = format!("{}/{name}", folder.trim_end_matches('/'));
        if let Some(included) = book.include(line.span, &path) {
            collect(book, included, depth + 1, found)?;
        }
    }
    Ok(())
}

fn is_word(key: &str) -> bool {
    !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_known(key: &str) -> bool {
    ["dhcp-", "pxe-", "tftp-", "conf-"]
        .iter()
        .any(|start| key.starts_with(start))
        || [
            "interface",
            "bind-interfaces",
            "enable-tftp",
            "server",
            "address",
            "domain",
            "port",
            "listen-address",
            "domain-needed",
            "bogus-priv",
            "no-resolv",
            "expand-hosts",
            "local",
            "log-dhcp",
            "cache-size",
            "except-interface",
            "no-hosts",
            "log-queries",
        ]
        .contains(&key)
}

/// Whom the tags stand for.
#[derive(Debug, Default)]
struct Tags(HashMap<String, Applies>);

impl Tags {
    fn learn(&mut self, line: &Line) {
        let words: Vec<String> = line.parts.iter().map(Part::text).collect();
        let Some(tag) = words.first() else { return };
        let tag = tag.strip_prefix("set:").unwrap_or(tag).to_owned();
        let last = words.last().map_or("", String::as_str);
        match &*line.key {
            "dhcp-match" => {
                let about = words.get(1).map_or("", String::as_str);
                let applies = self.0.entry(tag.clone()).or_default();
                match about {
                    "option:client-arch" | "93" | "option:93" => match last.parse() {
                        Ok(code) => {
                            let twin = super::super::rules::other_x64(code).map(|other| Twin {
                                at: Span {
                                    start: line.span.end,
                                    ..line.span
                                },
                                text: format!("\ndhcp-match=set:{tag},{about},{other}"),
                            });
                            applies.tests.push(ArchitectureTest {
                                code,
                                span: line.span,
                                twin,
                            });
                        }
                        Err(_) => applies.other = true,
                    },
                    "60" | "option:60" | "option:vendor-class" => vendor(last, line, applies),
                    _ => applies.other = true,
                }
            }
            "dhcp-vendorclass" => vendor(last, line, self.0.entry(tag).or_default()),
            "dhcp-userclass" | "dhcp-mac" | "dhcp-host" | "tag-if" | "dhcp-circuitid"
            | "dhcp-remoteid" | "dhcp-subscrid" | "dhcp-name-match" => {
                for word in words.iter().filter_map(|word| word.strip_prefix("set:")) {
                    self.0.entry(word.to_owned()).or_default().other = true;
                }
                if line.key == "dhcp-userclass" || line.key == "dhcp-mac" {
                    self.0.entry(tag).or_default().other = true;
                }
            }
            // A range's tag is a network.
            "dhcp-range" => {}
            _ => {}
        }
    }

    fn applies(&self, tags: &[String]) -> Applies {
        let mut all = Applies::default();
        for tag in tags {
            if tag.starts_with('!') {
                all.otherwise = true;
                continue;
            }
            if let Some(one) = self.0.get(tag) {
                all.tests.extend(one.tests.iter().cloned());
                all.http |= one.http;
                all.pxe |= one.pxe;
                all.other |= one.other;
            }
        }
        all
    }
}

fn vendor(class: &str, line: &Line, applies: &mut Applies) {
    super::vendor_classes(class, applies);
    match super::vendor_architecture(class) {
        Some(code) => {
            let twin = super::super::rules::other_x64(code).and_then(|other| {
                let (before, after) = class.split_once("Arch:")?;
                let tail = after.get(5..)?;
                let tag = line.parts.first()?.text();
                let middle: Vec<String> = line.parts[1..line.parts.len() - 1]
                    .iter()
                    .map(Part::text)
                    .collect();
                let middle = middle
                    .iter()
                    .fold(String::new(), |text, one| text + one + ",");
                Some(Twin {
                    at: Span {
                        start: line.span.end,
                        ..line.span
                    },
                    text: format!("\n{}={tag},{middle}{before}Arch:{other:05}{tail}", line.key),
                })
            });
            applies.tests.push(ArchitectureTest {
                code,
                span: line.span,
                twin,
            });
        }
        None => applies.other |= !class.contains("PXEClient") && !class.contains("HTTPClient"),
    }
}

/// Takes the tags from the front; the scope of them.
fn tagged(
    book: &mut Book<'_>,
    parts: &mut Vec<Part>,
    tags: &Tags,
    scopes: &mut HashMap<Vec<String>, usize>,
) -> usize {
    let mut names = Vec::new();
    while let Some(word) = parts.first().map(Part::text) {
        let tag = word
            .strip_prefix("tag:")
            .or_else(|| word.strip_prefix("net:"))
            .or_else(|| Some(&*word).filter(|word| tags.0.contains_key(*word) && parts.len() > 1));
        let Some(tag) = tag else { break };
        names.push(tag.to_owned());
        parts.remove(0);
    }
    if names.is_empty() {
        return 0;
    }
    names.sort();
    if let Some(scope) = scopes.get(&names) {
        return *scope;
    }
    let scope = book.scope(format!("tag {}", names.join(" ")), 0);
    if scope != 0 {
        book.reading.scopes[scope].applies = tags.applies(&names);
    }
    scopes.insert(names, scope);
    scope
}

/// With a NUL behind it, as dnsmasq sends the option.
fn ended(mut value: Value) -> Value {
    if let Some(bytes) = &mut value.bytes {
        bytes.push(0);
    }
    value
}

fn boot(
    book: &mut Book<'_>,
    mut line: Line,
    tags: &Tags,
    scopes: &mut HashMap<Vec<String>, usize>,
    override_off: bool,
) {
    let scope = tagged(book, &mut line.parts, tags, scopes);
    let mut parts = line.parts.into_iter();
    if let Some(file) = parts
        .next()
        .filter(|part| !part.decoded.intended.is_empty())
    {
        if override_off {
            book.set(scope, Field::File, file.value(), line.span);
        } else {
            book.set(scope, FILE_OPTION, ended(file.value()), line.span);
        }
    }
    if let Some(name) = parts
        .next()
        .filter(|part| !part.decoded.intended.is_empty())
    {
        if override_off {
            book.set(scope, Field::ServerName, name.value(), line.span);
        } else {
            book.set(scope, SERVER_OPTION, ended(name.value()), line.span);
        }
    }
    if let Some(address) = parts.next() {
        let value = Value::address(&address.text(), address.span);
        book.set(scope, Field::NextServer, value, line.span);
    }
}

fn option(
    book: &mut Book<'_>,
    mut line: Line,
    tags: &Tags,
    scopes: &mut HashMap<Vec<String>, usize>,
) {
    let scope = tagged(book, &mut line.parts, tags, scopes);
    if line.parts.is_empty() {
        return;
    }
    let name = line.parts.remove(0).text();
    if name.starts_with("vendor:") || name.starts_with("encap:") || name.starts_with("vi-encap:") {
        return;
    }
    let code = match name.strip_prefix("option:").unwrap_or(&name) {
        "tftp-server" => Some(66),
        "bootfile-name" => Some(67),
        "vendor-encap" => Some(43),
        "vendor-class" => Some(60),
        "tftp-server-address" => Some(150),
        number => number.parse().ok(),
    };
    let Some(field) = code.and_then(Field::of_code) else {
        return;
    };
    let (Some(first), Some(last)) = (line.parts.first(), line.parts.last()) else {
        return;
    };
    let span = Span {
        end: last.span.end,
        ..first.span
    };
    let value = if field == SERVERS_OPTION {
        let words: Vec<String> = line.parts.iter().map(Part::text).collect();
        Value::addresses(words.iter().map(String::as_str), span)
    } else if field == VENDOR_CLASS || field.is_text() {
        if line.parts.len() > 1 {
            Value::unknown(span)
        } else {
            let value = first.clone().value();
            // Names are ended with a NUL, the class is not.
            if field == VENDOR_CLASS {
                value
            } else {
                ended(value)
            }
        }
    } else {
        let text = book.reading.written(span).to_owned();
        text.contains(':')
            .then(|| super::hex(&text))
            .flatten()
            .map_or_else(
                || Value::unknown(span),
                |bytes| Value::of_bytes(bytes, span),
            )
    };
    book.set(scope, field, value, line.span);
}

/// `pxe-service=[tag:…,]SYSTEM,TEXT[,FILE[,SERVER]]`: the answer on port 4011
/// has the file in its header.
fn service(
    book: &mut Book<'_>,
    mut line: Line,
    tags: &Tags,
    scopes: &mut HashMap<Vec<String>, usize>,
) {
    let around = tagged(book, &mut line.parts, tags, scopes);
    if line.parts.len() < 3 {
        return;
    }
    let system = line.parts[0].text();
    let code = system.parse().ok().or_else(|| {
        let named = |(name, _): &&(&str, u16)| name.eq_ignore_ascii_case(&system);
        SYSTEMS.iter().find(named).map(|(_, code)| *code)
    });
    let Some(code) = code else { return };
    let scope = book.scope(format!("service {system}"), around);
    if scope == around {
        return;
    }
    let mut parts = line.parts.into_iter().skip(2);
    let (Some(mut file), server) = (parts.next(), parts.next()) else {
        return;
    };
    let name = file.text();
    // A number is a boot server's type, no name at all boots from disk.
    if name.is_empty() || name.bytes().all(|byte| byte.is_ascii_digit()) {
        return;
    }
    if !name.contains('.') {
        file.decoded.intended.extend(b".0");
        if let Some(bytes) = &mut file.decoded.bytes {
            bytes.extend(b".0");
        }
    }
    let text = book.reading.written(line.span).to_owned();
    let twin = super::super::rules::other_x64(code).map(|other| Twin {
        at: Span {
            start: line.span.end,
            ..line.span
        },
        text: format!("\n{}", text.replacen(&system, &other.to_string(), 1)),
    });
    book.reading.scopes[scope].applies = Applies {
        tests: vec![ArchitectureTest {
            code,
            span: line.span,
            twin,
        }],
        ..Applies::default()
    };
    book.set(scope, Field::File, file.value(), line.span);
    if let Some(server) = server {
        let value = Value::address(&server.text(), server.span);
        book.set(scope, Field::NextServer, value, line.span);
    }
}
