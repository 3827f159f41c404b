//! OPNsense's (and pfSense's) config.xml: the fields of network booting that
//! go into ISC dhcpd's quotes.

use super::{Book, Foreign, xml};
use crate::lint::escape;
use crate::lint::model::{
    Applies, ArchitectureTest, FILE_OPTION, Field, SERVER_OPTION, Value, Writing,
};

const EXPECTED: &str = "config.xml of OPNsense with `<dhcpd>`, or its fields of network booting";

/// Fields of one architecture each.
const BY_ARCHITECTURE: &[(&str, u16)] = &[
    ("filename32", 6),
    ("filename64", 7),
    ("filename32arm", 10),
    ("filename64arm", 11),
    ("filenamehttp", 16),
    ("uefihttpboot", 16),
];

pub(in crate::lint) fn read(mut book: Book<'_>) -> Result<super::Reading, Foreign> {
    let wrapped = xml::wrapped(&book.text(0));
    let document = xml::parse(&book, &wrapped)?;
    let root = document.root_element();
    let dhcpd = root
        .descendants()
        .find(|node| node.tag_name().name() == "dhcpd");
    match dhcpd {
        Some(dhcpd) => {
            book.known += 1;
            for interface in dhcpd.children().filter(roxmltree::Node::is_element) {
                let scope = book.scope(format!("interface {}", interface.tag_name().name()), 0);
                fields(&mut book, interface, scope);
            }
        }
        None => fields(&mut book, root, 0),
    }
    book.finish(EXPECTED)
}

fn fields(book: &mut Book<'_>, interface: roxmltree::Node<'_, '_>, scope: usize) {
    let around = match scope {
        0 => String::new(),
        _ => format!("{} ", book.reading.scopes[scope].name),
    };
    for node in interface.children().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        let by_architecture = BY_ARCHITECTURE.iter().find(|(field, _)| *field == name);
        let Some((text, span)) = xml::content(node) else {
            continue;
        };
        let statement = xml::span(node);
        let value = || Value::new(escape::isc(&text), span, Writing::XmlIsc);
        match name {
            "netboot" => book.known += 1,
            "nextserver" => {
                book.known += 1;
                book.set(
                    scope,
                    Field::NextServer,
                    Value::address(text.trim(), span),
                    statement,
                );
            }
            "tftp" => {
                book.known += 1;
                book.set(scope, SERVER_OPTION, value(), statement);
            }
            "filename" => {
                book.known += 1;
                book.set(scope, Field::File, value(), statement);
            }
            "bootfilename" => {
                book.known += 1;
                book.set(scope, FILE_OPTION, value(), statement);
            }
            _ => {
                if let Some((_, code)) = by_architecture {
                    book.known += 1;
                    let class = book.scope(format!("{around}{name}"), scope);
                    if class == scope {
                        return;
                    }
                    // filename64 is sent to 7 and to 9.
                    let codes: &[u16] = if *code == 7 {
                        &[7, 9]
                    } else {
                        std::slice::from_ref(code)
                    };
                    let tests = codes.iter().map(|code| ArchitectureTest {
                        code: *code,
                        span: statement,
                        twin: None,
                    });
                    book.reading.scopes[class].applies = Applies {
                        tests: tests.collect(),
                        ..Applies::default()
                    };
                    book.set(class, Field::File, value(), statement);
                }
            }
        }
    }
}
