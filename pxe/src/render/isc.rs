//! ISC dhcpd. In its quotes a backslash begins an escape, also where the
//! letter after it has no meaning: `"\boot\x86"` is sent as 08 "oot" 86, and
//! no error tells.

use std::fmt::Write as _;

use super::{BootFile, Plan, quoting};

/// An option of our own name: the built-in name of code 93 differs by version.
const OPTION: &str = "pxe-client-arch";

pub(super) fn render(plan: &Plan) -> String {
    let mut text = format!(
        "# The client's architecture (option 93, RFC 4578).\n\
         option {OPTION} code 93 = unsigned integer 16;\n\
         next-server {0};\n\
         server-name \"{0}\";\n\
         option tftp-server-name \"{0}\";\n",
        plan.next_server
    );
    if plan.classes.is_empty() {
        push_file(&mut text, "", &plan.file, plan.nul);
        return text;
    }
    for (index, class) in plan.classes.iter().enumerate() {
        let word = if index == 0 { "if" } else { "} elsif" };
        let tests: Vec<String> = class
            .architectures
            .iter()
            .map(|arch| {
                let [high, low] = arch.0.to_be_bytes();
                // The first of several values is the firmware's own.
                format!("substring(option {OPTION}, 0, 2) = {high:02x}:{low:02x}")
            })
            .collect();
        let _ = writeln!(text, "{word} {} {{", tests.join(" or "));
        let _ = writeln!(text, "    # {}", class.name);
        if class.boots_over_http() {
            text.push_str("    option vendor-class-identifier \"HTTPClient\";\n");
        }
        push_file(&mut text, "    ", &class.file, plan.nul);
    }
    text.push_str("} else {\n");
    push_file(&mut text, "    ", &plan.file, plan.nul);
    text.push_str("}\n");
    text
}

fn push_file(text: &mut String, indent: &str, file: &BootFile, nul: bool) {
    let name = quoting::isc(file.as_str().as_bytes());
    let end = if nul { "\\000" } else { "" };
    let _ = writeln!(text, "{indent}filename \"{name}\";");
    let _ = writeln!(text, "{indent}option bootfile-name \"{name}{end}\";");
}
