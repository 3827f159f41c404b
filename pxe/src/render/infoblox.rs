//! Infoblox NIOS. Inside it is ISC dhcpd, and the fields of its pages go into
//! that server's quotes.

use std::fmt::Write as _;

use super::{Plan, quoting};

pub(super) fn render(plan: &Plan) -> String {
    let server = plan.next_server;
    let mut text = format!(
        "# Data Management > DHCP > Grid DHCP Properties (or Member, Network) > IPv4 BOOTP:\n\
         Boot File:    {}\n\
         Next Server:  {server}\n\
         Boot Server:  {server}\n\
         # The same page > DHCP > Custom DHCP Options:\n\
         tftp-server-name (66) string:  {server}\n\
         bootfile-name (67) string:     {0}{1}\n\
         # Not tried on an appliance: a backslash is doubled because dhcpd reads these fields. Ask\n\
         # with `pxe probe`; if option 67 shows two backslashes, write one.\n",
        quoting::isc(plan.file.as_str().as_bytes()),
        if plan.nul { "\\000" } else { "" }
    );
    for class in &plan.classes {
        let values: Vec<String> = class
            .architectures
            .iter()
            .map(|arch| format!("{:04x}", arch.0))
            .collect();
        let _ = writeln!(
            text,
            "# {}: an Option Filter on option 93 = {}, with\n\
             Boot File:                     {2}\n\
             bootfile-name (67) string:     {2}{3}",
            class.name,
            values.join(" or "),
            quoting::isc(class.file.as_str().as_bytes()),
            if plan.nul { "\\000" } else { "" }
        );
        if class.boots_over_http() {
            text.push_str("vendor-class-identifier (60):  HTTPClient\n");
        }
    }
    text
}
