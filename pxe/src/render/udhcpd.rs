//! BusyBox udhcpd: words as they stand, to the end of the line.

use std::fmt::Write as _;

use super::Plan;

pub(super) fn render(plan: &Plan) -> String {
    let server = plan.next_server;
    let mut text = format!(
        "siaddr {server}\n\
         sname {server}\n\
         boot_file {0}\n\
         option tftp {server}\n\
         option bootfile {0}\n",
        plan.file.as_str()
    );
    if plan.file.as_str().contains(['#', ' ']) {
        text.push_str("# udhcpd ends a value at a space or #: this path needs another name.\n");
    }
    if plan.nul {
        text.push_str("# udhcpd cannot end option 67 with a NUL.\n");
    }
    if !plan.classes.is_empty() {
        text.push_str("# udhcpd cannot choose by architecture (option 93). These would need it:\n");
        for class in &plan.classes {
            let _ = writeln!(text, "#  {} {}", class.name, class.file.as_str());
        }
    }
    text
}
