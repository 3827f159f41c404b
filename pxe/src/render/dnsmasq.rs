//! dnsmasq. Outside quotes a backslash is itself; inside them it begins an
//! escape. Quotes are needed where the text holds a comma, a `#` or a space.

use std::fmt::Write as _;

use super::{BootFile, Plan, quoting};

pub(super) fn full(plan: &Plan) -> String {
    let mut text = String::new();
    if !plan.nul {
        text.push_str("# dnsmasq ends option 67 with a NUL in any case.\n");
    }
    text.push_str(
        "# dnsmasq sends the path in option 67 or, with dhcp-no-override, in the header, never\n\
         # in both; the server goes into siaddr and option 66.\n",
    );
    for class in &plan.classes {
        for arch in class.architectures {
            let _ = writeln!(
                text,
                "dhcp-match=set:{},option:client-arch,{}",
                class.name, arch.0
            );
        }
        if class.boots_over_http() {
            let _ = writeln!(text, "dhcp-option-force=tag:{},60,HTTPClient", class.name);
        }
        let tag = format!("tag:{},", class.name);
        push_boot(&mut text, &tag, &class.file, plan);
    }
    push_boot(&mut text, "", &plan.file, plan);
    text
}

fn push_boot(text: &mut String, tag: &str, file: &BootFile, plan: &Plan) {
    let _ = writeln!(
        text,
        "dhcp-boot={tag}{},{1},{1}",
        quoting::dnsmasq(file.as_str()),
        plan.next_server
    );
}

pub(super) fn proxy(plan: &Plan) -> String {
    let mut text =
        "# Beside another DHCP server: also needs one line that names the network, such as\n\
         #   dhcp-range=192.0.2.0,proxy\n"
            .to_owned();
    let listed = |code: u16| {
        plan.classes
            .iter()
            .any(|class| class.architectures.iter().any(|arch| arch.0 == code))
    };
    for class in &plan.classes {
        if class.boots_over_http() {
            let _ = writeln!(
                text,
                "# {}: dnsmasq's proxy does not answer HTTP boot clients.",
                class.name
            );
            continue;
        }
        for arch in class.architectures {
            push_service(&mut text, arch.0, &class.name, &class.file, plan);
        }
    }
    // A proxy has no line for "everybody else"; these are the others that
    // exist as PXE clients.
    for (code, name) in [
        (0, "bios"),
        (6, "uefi-ia32"),
        (7, "uefi-x64"),
        (9, "uefi-x64"),
        (11, "uefi-arm64"),
    ] {
        if !listed(code) {
            push_service(&mut text, code, name, &plan.file, plan);
        }
    }
    text
}

fn push_service(text: &mut String, code: u16, name: &str, file: &BootFile, plan: &Plan) {
    if !file.as_str().contains('.') {
        text.push_str("# dnsmasq adds .0 to a name without a dot.\n");
    }
    let _ = writeln!(
        text,
        "pxe-service={code},\"Network boot ({name})\",{},{}",
        quoting::dnsmasq(file.as_str()),
        plan.next_server
    );
}
