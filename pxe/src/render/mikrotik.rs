//! MikroTik RouterOS 7. Option values are written as hexadecimal digits: no
//! escape can go wrong, and a NUL can be said.

use std::fmt::Write as _;

use super::{BootFile, Plan, quoting};

pub(super) fn render(plan: &Plan) -> String {
    let mut text = String::new();
    let server = plan.next_server;
    let _ = writeln!(
        text,
        "# {server} and the default boot file, for all networks of this router.\n\
         /ip dhcp-server option add name=pxe-server code=66 value=\"s'{server}'\""
    );
    push_option(&mut text, "pxe-file", &plan.file, plan.nul);
    let _ = writeln!(
        text,
        "/ip dhcp-server option sets add name=pxe options=pxe-server,pxe-file\n\
         /ip dhcp-server network set [find] next-server={server} boot-file-name={} dhcp-option-set=pxe",
        quoting::routeros(plan.file.as_str())
    );
    for class in &plan.classes {
        let name = format!("pxe-{}", class.name);
        let _ = writeln!(text, "# {}", class.name);
        push_option(&mut text, &name, &class.file, plan.nul);
        let mut options = format!("pxe-server,{name}");
        if class.boots_over_http() {
            let _ = writeln!(
                text,
                "/ip dhcp-server option add name={name}-client code=60 value=\"s'HTTPClient'\""
            );
            let _ = write!(options, ",{name}-client");
        }
        let _ = writeln!(
            text,
            "/ip dhcp-server option sets add name={name} options={options}"
        );
        for arch in class.architectures {
            let _ = writeln!(
                text,
                "/ip dhcp-server matcher add name={name}-{0} server=all code=93 value=0x{0:04x} \
                 option-set={name}",
                arch.0
            );
        }
    }
    if !plan.classes.is_empty() {
        text.push_str(
            "# A matcher changes options only: firmware that reads the header (iPXE's ROM) gets the\n\
             # default file there.\n",
        );
    }
    text
}

fn push_option(text: &mut String, name: &str, file: &BootFile, nul: bool) {
    let _ = writeln!(
        text,
        "/ip dhcp-server option add name={name} code=67 value=0x{} comment={}",
        file.hex(nul),
        quoting::routeros(file.as_str())
    );
}
