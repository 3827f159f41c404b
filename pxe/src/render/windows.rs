//! Windows DHCP Server, by PowerShell. In single quotes a backslash is
//! itself.

use std::fmt::Write as _;

use super::quoting::powershell as quoted;
use super::{BootFile, Class, Plan};

pub(super) fn render(plan: &Plan) -> String {
    let mut text =
        "# For all scopes (server options), in PowerShell on the DHCP server.\n".to_owned();
    text.push_str("# Whether a NUL ends option 67 is up to Windows: `pxe probe` shows it.\n");
    push_values(&mut text, "", &plan.file, plan);
    if plan.classes.iter().any(Class::boots_over_http) {
        text.push_str(
            "# HTTP boot firmware wants HTTPClient back in option 60, which is not predefined.\n\
             Add-DhcpServerv4OptionDefinition -Name PXEClient -OptionId 60 -Type String\n",
        );
    }
    for class in &plan.classes {
        let policy = format!("PXE {}", class.name);
        let word = if class.boots_over_http() {
            "HTTPClient"
        } else {
            "PXEClient"
        };
        let mut conditions = Vec::new();
        for arch in class.architectures {
            // The architecture as option 60 begins: policies cannot read 93.
            let vendor = format!("{word}:Arch:{:05}", arch.0);
            let name = format!("{policy} ({})", arch.0);
            let _ = writeln!(
                text,
                "Add-DhcpServerv4Class -Name {0} -Type Vendor -Data {1}",
                quoted(&name),
                quoted(&vendor)
            );
            conditions.push(quoted(&format!("{name}*")));
        }
        let _ = writeln!(
            text,
            "Add-DhcpServerv4Policy -Name {} -Condition OR -VendorClass EQ,{}",
            quoted(&policy),
            conditions.join(",")
        );
        if class.boots_over_http() {
            let _ = writeln!(
                text,
                "Set-DhcpServerv4OptionValue -PolicyName {} -OptionId 60 -Value 'HTTPClient'",
                quoted(&policy)
            );
        }
        let scope = format!(" -PolicyName {}", quoted(&policy));
        push_values(&mut text, &scope, &class.file, plan);
    }
    text
}

fn push_values(text: &mut String, scope: &str, file: &BootFile, plan: &Plan) {
    let _ = writeln!(
        text,
        "Set-DhcpServerv4OptionValue{scope} -OptionId 66 -Value '{}'",
        plan.next_server
    );
    let _ = writeln!(
        text,
        "Set-DhcpServerv4OptionValue{scope} -OptionId 67 -Value {}",
        quoted(file.as_str())
    );
}
