//! OPNsense with ISC dhcpd: the fields of Services > ISC DHCPv4 > [interface]
//! > Network booting, as its configuration file has them.

use std::fmt::Write as _;

use super::{BootFile, Class, Plan, quoting};

/// The fields there are, by architecture.
const FIELDS: &[(u16, &str)] = &[
    (6, "filename32"),
    (7, "filename64"),
    (10, "filename32arm"),
    (11, "filename64arm"),
    (16, "filenamehttp"),
];

pub(super) fn render(plan: &Plan) -> String {
    let server = plan.next_server;
    let mut text = format!(
        "<!-- In <dhcpd>, within each interface. A backslash is doubled: dhcpd reads the fields. -->\n\
         <netboot>1</netboot>\n\
         <nextserver>{server}</nextserver>\n\
         <tftp>{server}</tftp>\n"
    );
    push_field(&mut text, "filename", &plan.file);
    if plan.classes.is_empty() {
        push_field(&mut text, "bootfilename", &plan.file);
    } else {
        // Option 67 has no field by architecture, and EDK2 takes it before the header.
        text.push_str(
            "<!-- Leave bootfilename empty: it would be sent to every architecture. -->\n",
        );
    }
    let class_of = |code: u16| {
        let has = |class: &&Class| class.architectures.iter().any(|arch| arch.0 == code);
        plan.classes.iter().find(has)
    };
    for (code, field) in FIELDS {
        if let Some(class) = class_of(*code) {
            push_field(&mut text, field, &class.file);
        }
    }
    for class in &plan.classes {
        let known = |code: u16| FIELDS.iter().any(|(field, _)| *field == code) || code == 0;
        if !class.architectures.iter().any(|arch| known(arch.0)) {
            let _ = writeln!(text, "<!-- {}: there is no field for it. -->", class.name);
        }
    }
    if plan.nul {
        text.push_str("<!-- No field can add a NUL to option 67. -->\n");
    }
    text
}

fn push_field(text: &mut String, field: &str, file: &BootFile) {
    let value = quoting::xml(&quoting::isc(file.as_str().as_bytes()));
    let _ = writeln!(text, "<{field}>{value}</{field}>");
}
