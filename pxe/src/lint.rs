//! What is wrong in the configuration of another DHCP server, as far as
//! booting goes.
//!
//! A reader of [`read`] turns the file into a [`model`]: what is sent to whom,
//! byte by byte, and where it says so. The rules look at that alone. Each
//! finding points at its place and, where there is one right answer, carries
//! the edit that makes it right; [`fix::Fixed::patch`] puts them together.

pub mod escape;
pub mod fix;
pub mod model;
pub mod read;
mod rules;
pub mod sarif;
pub mod waivers;

use self::model::{Edit, FILE_OPTION, Field, Reading, SERVER_OPTION, Setting, Span, VENDOR_CLASS};
use self::read::{Book, Files, Foreign};
use crate::render::quoting;

pub use rules::RULES;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Some machine does not boot.
    Error,
    /// Some machine may not boot.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// Something to look for.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// A stable name.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What it finds, in a line.
    pub summary: &'static str,
    /// Why firmware trips over it.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// Where that is written or was seen.
    pub link: &'static str,
    /// Looks for it.
    check: fn(&Context<'_>, &mut Findings<'_>),
}

/// Whether a server can end option 67 with a NUL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nul {
    Possible,
    Impossible,
}

/// A server whose configuration can be read.
#[derive(Debug)]
pub struct Target {
    /// Its name on the command line, as `pxe render` has it.
    pub name: &'static str,
    /// What is read.
    pub what: &'static str,
    read: fn(Book<'_>) -> Result<Reading, Foreign>,
    nul: Nul,
    /// The server itself fills `siaddr` where nothing is set.
    fills_siaddr: bool,
    /// It can send `file` and option 67 together.
    sends_both: bool,
    /// It adds option 60 for HTTP boot by itself.
    adds_http_client: bool,
    /// A statement that sets a field.
    statement: fn(Field, &[u8], &Reading, usize) -> Option<String>,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target {
        statement: isc_statement,
        ..target("isc-dhcpd", "dhcpd.conf of ISC dhcpd", read::isc)
    },
    Target {
        nul: Nul::Impossible,
        ..target("kea", "kea-dhcp4.conf of Kea", read::kea)
    },
    Target {
        nul: Nul::Impossible,
        fills_siaddr: true,
        sends_both: false,
        statement: dnsmasq_statement,
        ..target("dnsmasq", "dnsmasq.conf", read::dnsmasq)
    },
    Target {
        nul: Nul::Impossible,
        fills_siaddr: true,
        sends_both: false,
        statement: dnsmasq_statement,
        ..target("dnsmasq-proxy", "dnsmasq.conf of a proxy", read::dnsmasq)
    },
    target("infoblox", "CSV export of Infoblox NIOS", read::infoblox),
    Target {
        nul: Nul::Impossible,
        fills_siaddr: true,
        sends_both: false,
        ..target(
            "windows",
            "Export-DhcpServer XML, netsh dump or PowerShell",
            read::windows,
        )
    },
    target("mikrotik", "/export of RouterOS", read::mikrotik),
    Target {
        statement: cisco_statement,
        ..target("cisco-ios", "running-config of Cisco IOS", read::cisco)
    },
    Target {
        nul: Nul::Impossible,
        adds_http_client: true,
        statement: opnsense_statement,
        ..target("opnsense", "config.xml of OPNsense", read::opnsense)
    },
    Target {
        nul: Nul::Impossible,
        statement: udhcpd_statement,
        ..target("udhcpd", "udhcpd.conf of BusyBox", read::udhcpd)
    },
];

const fn target(
    name: &'static str,
    what: &'static str,
    read: fn(Book<'_>) -> Result<Reading, Foreign>,
) -> Target {
    Target {
        name,
        what,
        read,
        nul: Nul::Possible,
        fills_siaddr: false,
        sends_both: true,
        adds_http_client: false,
        statement: |_, _, _, _| None,
    }
}

impl Target {
    /// The target of this name.
    pub fn named(name: &str) -> Option<&'static Target> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// Reads a configuration.
    ///
    /// # Errors
    /// When the text is not one of this server.
    pub fn read(
        &self,
        name: &str,
        text: String,
        files: &mut dyn Files,
    ) -> Result<Reading, Foreign> {
        (self.read)(Book::new(name, text, files))
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn address(bytes: &[u8]) -> Option<String> {
    let octets: [u8; 4] = bytes.try_into().ok()?;
    Some(std::net::Ipv4Addr::from(octets).to_string())
}

fn isc_statement(field: Field, bytes: &[u8], _: &Reading, _: usize) -> Option<String> {
    let quoted = quoting::isc(bytes);
    Some(match field {
        Field::NextServer => format!("next-server {};", address(bytes)?),
        Field::ServerName => format!("server-name \"{quoted}\";"),
        Field::File => format!("filename \"{quoted}\";"),
        VENDOR_CLASS => format!("option vendor-class-identifier \"{quoted}\";"),
        Field::Option(_) => return None,
    })
}

fn dnsmasq_statement(
    field: Field,
    bytes: &[u8],
    reading: &Reading,
    scope: usize,
) -> Option<String> {
    let name = &reading.scopes.get(scope)?.name;
    let tags: String = name
        .strip_prefix("tag ")
        .into_iter()
        .flat_map(|tags| tags.split(' '))
        .map(|tag| format!("tag:{tag},"))
        .collect();
    (field == VENDOR_CLASS).then(|| {
        Some(format!(
            "dhcp-option-force={tags}60,{}",
            quoting::dnsmasq(text(bytes)?)
        ))
    })?
}

fn cisco_statement(field: Field, bytes: &[u8], _: &Reading, _: usize) -> Option<String> {
    Some(match field {
        Field::NextServer => format!("next-server {}", address(bytes)?),
        Field::File => format!(
            "bootfile {}",
            text(bytes).filter(|text| !text.contains(' '))?
        ),
        VENDOR_CLASS => format!("option 60 ascii \"{}\"", text(bytes)?),
        Field::ServerName | Field::Option(_) => return None,
    })
}

fn opnsense_statement(field: Field, bytes: &[u8], _: &Reading, _: usize) -> Option<String> {
    Some(match field {
        Field::NextServer => format!("<nextserver>{}</nextserver>", address(bytes)?),
        Field::File => {
            let value = quoting::xml(&quoting::isc(bytes));
            format!("<filename>{value}</filename>")
        }
        Field::ServerName | Field::Option(_) => return None,
    })
}

fn udhcpd_statement(field: Field, bytes: &[u8], _: &Reading, _: usize) -> Option<String> {
    let word = || text(bytes).filter(|text| !text.contains([' ', '#']));
    Some(match field {
        Field::NextServer => format!("siaddr {}", address(bytes)?),
        Field::File => format!("boot_file {}", word()?),
        VENDOR_CLASS => format!("option vendor {}", word()?),
        Field::ServerName | Field::Option(_) => return None,
    })
}

/// What rules look at.
#[derive(Debug)]
struct Context<'r> {
    target: &'r Target,
    reading: &'r Reading,
}

impl<'r> Context<'r> {
    /// Every setting with its scope.
    fn settings(&self) -> impl Iterator<Item = (usize, &'r Setting)> + use<'r> {
        let scopes = self.reading.scopes.iter().enumerate();
        scopes.flat_map(|(number, scope)| scope.settings.iter().map(move |one| (number, one)))
    }

    /// The last setting of a field in a scope or around it.
    fn inherited(&self, scope: usize, field: Field) -> Option<&'r Setting> {
        let reading = self.reading;
        let mut next = Some(scope);
        while let Some(scope) = next.and_then(|number| reading.scopes.get(number)) {
            if let Some(found) = scope.own(field) {
                return Some(found);
            }
            next = scope.parent;
        }
        None
    }

    /// The edit that adds a statement behind another one.
    fn beside(&self, scope: usize, setting: &Setting, field: Field, bytes: &[u8]) -> Option<Edit> {
        if self.target.name == "kea" {
            return self.kea_member(scope, setting, field, bytes);
        }
        let line = (self.target.statement)(field, bytes, self.reading, scope)?;
        let span = setting.statement;
        let source = self.reading.sources.get(span.source)?;
        let start = source.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let before = &source.text[start..span.start];
        let indent = if before.trim().is_empty() { before } else { "" };
        Some(Edit {
            span: Span {
                start: span.end,
                ..span
            },
            text: format!("\n{indent}{line}"),
        })
    }

    /// A member of the object, or one more option beside another.
    fn kea_member(
        &self,
        scope: usize,
        setting: &Setting,
        field: Field,
        bytes: &[u8],
    ) -> Option<Edit> {
        let member = |name: &str, value: String| {
            let span = self.reading.scopes.get(scope)?.members?;
            let rest = self
                .reading
                .sources
                .get(span.source)?
                .text
                .get(span.start..)?;
            // The members keep their own indentation.
            let blank = &rest[..rest.len() - rest.trim_start().len()];
            let indent = blank.rfind('\n').map_or(" ", |at| &blank[at..]);
            let text = if span.start == 0 {
                format!("\"{name}\": {value},\n")
            } else {
                format!("{indent}\"{name}\": {value},")
            };
            Some(Edit { span, text })
        };
        match field {
            Field::NextServer => member("next-server", format!("\"{}\"", address(bytes)?)),
            Field::ServerName => member("server-hostname", quoting::json(text(bytes)?)),
            Field::File => member("boot-file-name", quoting::json(text(bytes)?)),
            Field::Option(_) if matches!(setting.field, Field::Option(_)) => {
                let span = setting.statement;
                Some(Edit {
                    span: Span {
                        start: span.end,
                        ..span
                    },
                    text: format!(
                        ", {{ \"name\": \"vendor-class-identifier\", \"data\": {}, \
                         \"always-send\": true }}",
                        quoting::kea_option(text(bytes)?)
                    ),
                })
            }
            Field::Option(_) => None,
        }
    }
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What it is about: `subnet 10.0.0.0: option 67`.
    pub object: String,
    /// The rule.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is the matter, in one line.
    pub message: String,
    /// The bytes that are sent, where the finding is about a value.
    pub sent: Option<Vec<u8>>,
    /// The line as it should be, where there is one right answer.
    pub corrected: Option<String>,
    edit: Vec<(Span, String)>,
}

impl Finding {
    /// What makes it right; empty where that is for a person to decide.
    pub fn edits(&self) -> impl Iterator<Item = Edit> + '_ {
        self.edit.iter().map(|(span, text)| Edit {
            span: *span,
            text: text.clone(),
        })
    }

    /// What a waiver names to accept it: rule and object.
    fn subject(&self) -> (&str, &str) {
        (self.rule, &self.object)
    }
}

/// Where rules put what they find.
#[derive(Debug)]
struct Findings<'r> {
    reading: &'r Reading,
    /// Where the lines of each source begin.
    lines: &'r [Vec<usize>],
    rule: &'static Rule,
    found: Vec<Finding>,
}

impl Findings<'_> {
    /// A finding about what a setting sends.
    fn about(&mut self, scope: usize, setting: &Setting, message: String, edits: Vec<Edit>) {
        let name = setting.field.name();
        let sent = setting.value.bytes.clone();
        self.push(scope, &name, setting.value.span, message, sent, edits);
    }

    /// A finding about whom a scope is for.
    fn about_scope(&mut self, scope: usize, span: Span, message: String, edits: Vec<Edit>) {
        self.push(scope, "architectures", span, message, None, edits);
    }

    fn push(
        &mut self,
        scope: usize,
        what: &str,
        span: Span,
        message: String,
        sent: Option<Vec<u8>>,
        edits: Vec<Edit>,
    ) {
        let Some(source) = self.reading.sources.get(span.source) else {
            return;
        };
        let starts = self.lines.get(span.source).map_or(&[][..], |starts| starts);
        let line = starts.partition_point(|start| *start <= span.start);
        let start = line.checked_sub(1).and_then(|at| starts.get(at)).copied();
        let before = source.text.get(start.unwrap_or(0)..span.start);
        let column = before.map_or(0, |text| text.chars().count()) + 1;
        let scope = self.reading.scopes.get(scope);
        self.found.push(Finding {
            file: source.name.clone(),
            line,
            column,
            object: format!("{}: {what}", scope.map_or("global", |scope| &scope.name)),
            rule: self.rule.id,
            severity: self.rule.severity,
            message,
            sent,
            corrected: fix::corrected(self.reading, &edits),
            edit: edits
                .into_iter()
                .map(|edit| (edit.span, edit.text))
                .collect(),
        });
    }
}

/// The rule of an id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// Everything that all rules find: by file, line, column and severity.
pub fn check(target: &Target, reading: &Reading) -> Vec<Finding> {
    let context = Context { target, reading };
    let sources = reading.sources.iter();
    let lines: Vec<Vec<usize>> = sources.map(|source| read::starts(&source.text)).collect();
    let mut all = Vec::new();
    for rule in RULES {
        let mut findings = Findings {
            reading,
            lines: &lines,
            rule,
            found: Vec::new(),
        };
        (rule.check)(&context, &mut findings);
        all.append(&mut findings.found);
    }
    let key = |one: &Finding| {
        (
            one.file.clone(),
            one.line,
            one.column,
            one.severity,
            one.rule,
        )
    };
    all.sort_by_key(key);
    // One value may be used in several places.
    all.dedup_by(|a, b| key(a) == key(b));
    all
}

/// Whether the fields of a server are 66 or `sname`.
fn names_server(field: Field) -> bool {
    field == SERVER_OPTION || field == Field::ServerName
}

/// Whether a scope itself says what is booted.
fn names_file(reading: &Reading, scope: usize) -> Option<&Setting> {
    let scope = reading.scopes.get(scope)?;
    scope.own(Field::File).or_else(|| scope.own(FILE_OPTION))
}

#[cfg(test)]
mod tests;
