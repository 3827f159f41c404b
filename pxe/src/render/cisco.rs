//! Cisco IOS. A pool is the only scope there is; option 67 is written as
//! hexadecimal digits, so that a NUL can be said.

use std::fmt::Write as _;

use super::Plan;

pub(super) fn render(plan: &Plan) -> String {
    let server = plan.next_server;
    let mut text = format!(
        "! Lines of each pool: ip dhcp pool NAME\n\
         \x20next-server {server}\n\
         \x20bootfile {}\n\
         \x20option 66 ascii \"{server}\"\n\
         \x20option 67 hex {}\n",
        plan.file.as_str(),
        groups(&plan.file.hex(plan.nul))
    );
    if !plan.classes.is_empty() {
        text.push_str(
            "! An IOS pool cannot choose by architecture (option 93). These would need it; let\n\
             ! `pxe serve` answer them as a proxy beside this router:\n",
        );
        for class in &plan.classes {
            let _ = writeln!(text, "!  {} {}", class.name, class.file.as_str());
        }
    }
    text
}

/// Hexadecimal digits as IOS groups them: four and a dot.
fn groups(digits: &str) -> String {
    let groups: Vec<&str> = digits
        .as_bytes()
        .chunks(4)
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(".")
}
