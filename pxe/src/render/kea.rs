//! Kea. Its configuration is JSON, so a backslash is written twice; in the
//! text of an option a comma begins the next value unless a backslash stands
//! before it.

use std::fmt::Write as _;

use super::{BootFile, Plan, quoting};

pub(super) fn render(plan: &Plan) -> String {
    let mut text = "// Members of \"Dhcp4\".\n".to_owned();
    if plan.nul {
        text.push_str(
            "// Kea strips a NUL from the end of option 67, however it is written: firmware\n\
             // that reads on past the option (old UNDI ROMs) asks for a longer name.\n",
        );
    }
    push_offer(&mut text, "", plan, &plan.file, false);
    if plan.classes.is_empty() {
        text.push('\n');
        return text;
    }
    text.push_str(",\n\"client-classes\": [\n");
    for (index, class) in plan.classes.iter().enumerate() {
        let tests: Vec<String> = class
            .architectures
            .iter()
            .map(|arch| format!("substring(option[93].hex,0,2) == 0x{:04x}", arch.0))
            .collect();
        let _ = writeln!(
            text,
            "  {{\n    \"name\": \"pxe-{}\",\n    \"test\": \"{}\",",
            class.name,
            tests.join(" or ")
        );
        push_offer(
            &mut text,
            "    ",
            plan,
            &class.file,
            class.boots_over_http(),
        );
        let comma = if index + 1 < plan.classes.len() {
            ","
        } else {
            ""
        };
        let _ = write!(text, "\n  }}{comma}\n");
    }
    text.push_str("]\n");
    text
}

fn push_offer(text: &mut String, indent: &str, plan: &Plan, file: &BootFile, http: bool) {
    let server = plan.next_server;
    let name = quoting::json(file.as_str());
    let value = quoting::kea_option(file.as_str());
    let vendor_class = if http {
        format!(
            "{indent}  {{ \"name\": \"vendor-class-identifier\", \"data\": \"HTTPClient\", \
             \"always-send\": true }},\n"
        )
    } else {
        String::new()
    };
    let _ = write!(
        text,
        "{indent}\"next-server\": \"{server}\",\n\
         {indent}\"server-hostname\": \"{server}\",\n\
         {indent}\"boot-file-name\": {name},\n\
         {indent}\"option-data\": [\n\
         {vendor_class}\
         {indent}  {{ \"name\": \"tftp-server-name\", \"data\": \"{server}\" }},\n\
         {indent}  {{ \"name\": \"boot-file-name\", \"data\": {value} }}\n\
         {indent}]"
    );
}
