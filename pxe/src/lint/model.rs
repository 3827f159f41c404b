//! What a configuration sends, to whom, and where in which file it says so.

use std::collections::BTreeMap;

use crate::wire::arch::{Architecture, Transport};
use crate::wire::options;

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name, as findings give it.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// Bytes `start..end` of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Which of [`Reading::sources`].
    pub source: usize,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// Text to be put in the place of a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty where something is put in.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// A field of the answer that has to do with booting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The header's `siaddr`.
    NextServer,
    /// The header's `sname`.
    ServerName,
    /// The header's `file`.
    File,
    /// An option.
    Option(u8),
}

/// The vendor class (option 60).
pub const VENDOR_CLASS: Field = Field::Option(options::VENDOR_CLASS);
/// The vendor's own options (option 43).
pub const VENDOR_OPTIONS: Field = Field::Option(options::VENDOR_OPTIONS);
/// The server's name (option 66).
pub const SERVER_OPTION: Field = Field::Option(options::TFTP_SERVER_NAME);
/// The boot file (option 67).
pub const FILE_OPTION: Field = Field::Option(options::BOOT_FILE_NAME);
/// Cisco's list of servers (option 150).
pub const SERVERS_OPTION: Field = Field::Option(options::TFTP_SERVER_ADDRESS);

impl Field {
    /// The field of an option's code, if booting has to do with it.
    pub fn of_code(code: u8) -> Option<Field> {
        let field = Field::Option(code);
        [
            VENDOR_OPTIONS,
            VENDOR_CLASS,
            SERVER_OPTION,
            FILE_OPTION,
            SERVERS_OPTION,
        ]
        .contains(&field)
        .then_some(field)
    }

    /// Whether it names a boot file.
    pub fn is_file(self) -> bool {
        matches!(self, Field::File) || self == FILE_OPTION
    }

    /// Whether it is text in every configuration.
    pub fn is_text(self) -> bool {
        self.is_file()
            || matches!(self, Field::ServerName)
            || self == SERVER_OPTION
            || self == VENDOR_CLASS
    }

    /// As findings name it.
    pub fn name(self) -> String {
        match self {
            Field::NextServer => "siaddr".to_owned(),
            Field::ServerName => "sname".to_owned(),
            Field::File => "file".to_owned(),
            Field::Option(code) => format!("option {code}"),
        }
    }
}

/// How a value stands in the file, so that another can stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// ISC dhcpd: the span has the quotes.
    Isc,
    /// A JSON string with its quotes.
    Json,
    /// The same, and a comma ends the value (Kea's option data).
    KeaOption,
    /// A word of dnsmasq, with or without quotes.
    Dnsmasq,
    /// A RouterOS word, with or without quotes.
    RouterOs,
    /// The text within `"s'…'"` of RouterOS.
    RouterOsText,
    /// PowerShell, with its quotes.
    PowerShell,
    /// A word in double quotes without escapes (netsh, IOS).
    Quoted,
    /// Content of an XML element.
    Xml,
    /// Content of an XML element that ISC dhcpd reads in its quotes.
    XmlIsc,
    /// What ISC dhcpd reads in its quotes, without them.
    BareIsc,
    /// A field of a CSV file that ISC dhcpd reads in its quotes.
    CsvIsc,
    /// To the end of the line, as it is.
    Plain,
    /// Hexadecimal digits; no escape can go wrong.
    Hex,
}

/// A part of a text that does not send what it looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eaten {
    /// As written: `\x86`.
    pub written: String,
    /// What the server makes of it; nothing where it refuses it.
    pub sent: Option<Vec<u8>>,
}

/// A value, from the file to the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The bytes on the wire; nothing where only the server can tell, such as
    /// an expression.
    pub bytes: Option<Vec<u8>>,
    /// The bytes there would be if no backslash had been eaten.
    pub intended: Vec<u8>,
    /// The escapes that do not mean what they look like.
    pub eaten: Vec<Eaten>,
    /// Where it stands, quotes included.
    pub span: Span,
    /// How it is written.
    pub writing: Writing,
}

impl Value {
    /// The bytes as sent, without NULs at the end.
    pub fn trimmed(&self) -> &[u8] {
        let bytes = self.bytes.as_deref().unwrap_or_default();
        let end = bytes.iter().rposition(|byte| *byte != 0);
        &bytes[..end.map_or(0, |end| end + 1)]
    }

    /// The same as text, where it is text.
    pub fn text(&self) -> Option<&str> {
        self.bytes.as_ref()?;
        std::str::from_utf8(self.trimmed()).ok()
    }
}

/// One statement that sets one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Which.
    pub field: Field,
    /// To what.
    pub value: Value,
    /// The whole statement; a sibling goes on the next line.
    pub statement: Span,
}

/// A comparison with a value of option 93.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchitectureTest {
    /// The value.
    pub code: u16,
    /// Where.
    pub span: Span,
    /// What makes it a comparison with another value as well; `{}` stands for
    /// that value in decimal, `{hh:hh}` and `{0x}` in hexadecimal.
    pub twin: Option<Twin>,
}

/// How to also compare with another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    /// Where the text goes.
    pub at: Span,
    /// The text.
    pub text: String,
}

/// Whom a scope is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applies {
    /// Clients of these architectures.
    pub tests: Vec<ArchitectureTest>,
    /// Only clients that say `HTTPClient`.
    pub http: bool,
    /// Only clients that say `PXEClient`.
    pub pxe: bool,
    /// Those that the scopes before it left over.
    pub otherwise: bool,
    /// Something else is asked too: iPXE, an address, what is not understood.
    pub other: bool,
}

impl Applies {
    /// Whether every client is meant.
    pub fn always(&self) -> bool {
        *self == Applies::default()
    }
}

/// A part of a configuration that says what some clients get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// As findings name it: `subnet 10.0.0.0`, `class "uefi"`.
    pub name: String,
    /// The scope around it.
    pub parent: Option<usize>,
    /// Whom it is about.
    pub applies: Applies,
    /// What it sets, in order.
    pub settings: Vec<Setting>,
    /// Where a member can be put in (Kea); elsewhere a line is added.
    pub members: Option<Span>,
}

impl Scope {
    /// A scope without settings.
    pub fn new(name: impl Into<String>, parent: Option<usize>) -> Scope {
        Scope {
            name: name.into(),
            parent,
            applies: Applies::default(),
            settings: Vec::new(),
            members: None,
        }
    }

    /// The last setting of a field.
    pub fn own(&self, field: Field) -> Option<&Setting> {
        self.settings
            .iter()
            .rev()
            .find(|setting| setting.field == field)
    }
}

/// A configuration, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The file and what it includes.
    pub sources: Vec<Source>,
    /// The first is the global one.
    pub scopes: Vec<Scope>,
    /// Included files that could not be read: where, which, why.
    pub unread: Vec<(Span, String)>,
    /// The server answers beside another one and gives no addresses.
    pub proxy: bool,
    /// For each field the first scope for everybody that sets it.
    pub common: BTreeMap<Field, usize>,
}

impl Reading {
    /// What is written in a span.
    pub fn written(&self, span: Span) -> &str {
        self.sources
            .get(span.source)
            .and_then(|source| source.text.get(span.start..span.end))
            .unwrap_or_default()
    }

    /// The scope itself and those around it.
    pub fn chain(&self, scope: usize) -> impl Iterator<Item = &Scope> {
        let mut next = Some(scope);
        std::iter::from_fn(move || {
            let scope = self.scopes.get(next?)?;
            next = scope.parent;
            Some(scope)
        })
    }

    /// What clients of a scope get in a field, with what they inherit; for a
    /// class also what a network that is for everybody says.
    pub fn effective(&self, scope: usize, field: Field) -> Option<&Setting> {
        let inherited = self.chain(scope).find_map(|scope| scope.own(field));
        if inherited.is_some() || self.is_for_everybody(scope) {
            return inherited;
        }
        let common = self.common.get(&field)?;
        self.scopes.get(*common)?.own(field)
    }

    /// Finds what scopes for everybody set, once all scopes are there.
    pub fn find_common(&mut self) {
        let mut for_everybody: Vec<bool> = Vec::with_capacity(self.scopes.len());
        for (number, scope) in self.scopes.iter().enumerate() {
            // A scope comes after the one around it.
            let around = scope
                .parent
                .is_none_or(|parent| for_everybody.get(parent).copied().unwrap_or(false));
            let own = around && scope.applies.always();
            for_everybody.push(own);
            if own {
                for setting in &scope.settings {
                    self.common.entry(setting.field).or_insert(number);
                }
            }
        }
    }

    fn is_for_everybody(&self, scope: usize) -> bool {
        self.chain(scope).all(|scope| scope.applies.always())
    }

    /// Whom a scope is about, the nearest condition counting.
    pub fn applies(&self, scope: usize) -> Applies {
        self.chain(scope)
            .map(|scope| &scope.applies)
            .find(|applies| !applies.always())
            .cloned()
            .unwrap_or_default()
    }

    /// The values of option 93 that a scope is about.
    pub fn architectures(&self, scope: usize) -> Vec<u16> {
        let applies = self.applies(scope);
        applies.tests.iter().map(|test| test.code).collect()
    }

    /// How the clients of a scope fetch their file, where it says.
    pub fn transport(&self, scope: usize) -> Option<Transport> {
        let applies = self.applies(scope);
        if applies.other {
            return None;
        }
        if applies.http {
            return Some(Transport::Http);
        }
        let mut all = applies
            .tests
            .iter()
            .map(|test| Architecture(test.code).transport());
        match all.next() {
            Some(first) => all.all(|other| other == first).then_some(first),
            None => applies.pxe.then_some(Transport::Tftp),
        }
    }
}
