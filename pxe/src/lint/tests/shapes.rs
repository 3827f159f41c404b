//! Configurations as administrators have them, by server.

use super::*;

/// What is sent in a field to the clients of a scope.
fn sent(reading: &Reading, scope: &str, field: Field) -> Option<Vec<u8>> {
    let number = reading.scopes.iter().position(|one| one.name == scope);
    let number = number.unwrap_or_else(|| {
        let names: Vec<&String> = reading.scopes.iter().map(|one| &one.name).collect();
        panic!("no scope {scope} in {names:?}")
    });
    reading.effective(number, field)?.value.bytes.clone()
}

fn codes(reading: &Reading, scope: &str) -> Vec<u16> {
    let number = reading
        .scopes
        .iter()
        .position(|one| one.name == scope)
        .unwrap();
    reading.architectures(number)
}

#[test]
fn a_dhcpd_conf_with_includes_groups_classes_and_conditions() {
    let text = r#"
# a comment with "quotes" and { braces
authoritative;
option space PXE;
option client-arch code 93 = unsigned integer 16;
option cisco-tftp code 150 = array of ip-address;
key "k" { algorithm hmac-md5; secret abc==; };
class "pxe" {
  match if substring (option vendor-class-identifier, 0, 9) = "PXEClient";
  next-server 10.0.0.5;
  if option client-arch = 00:00 {
    filename "pxelinux.0";
  } elsif option client-arch = 00:07 or option client-arch = 00:09 {
    filename "shimx64.efi";
  } else if option client-arch = 11 {
    filename "shimaa64.efi";
  }
}
class "http" {
  match if substring(option vendor-class-identifier, 0, 10) = "HTTPClient";
  option vendor-class-identifier "HTTPClient";
  filename "http://10.0.0.5/shimx64.efi";
}
shared-network "floor" {
  subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.10 10.0.0.20; option cisco-tftp 10.0.0.7, 10.0.0.8; }
}
include "/etc/dhcp/hosts.conf";
"#;
    let mut files = Folder::default();
    files.0.insert(
        "/etc/dhcp/hosts.conf".to_owned(),
        "group { filename \"b.0\"; next-server 10.0.0.6; host a { hardware ethernet 02:00:00:00:00:01; } }".to_owned(),
    );
    let target = Target::named("isc-dhcpd").unwrap();
    let reading = target
        .read("dhcpd.conf", text.to_owned(), &mut files)
        .unwrap();
    let elsif = "elsif option client-arch = 00:07 or option client-arch = 00:09";
    assert_eq!(codes(&reading, elsif), [7, 9]);
    assert_eq!(
        sent(&reading, elsif, Field::File),
        Some(b"shimx64.efi".to_vec())
    );
    assert_eq!(
        sent(&reading, elsif, Field::NextServer),
        Some(vec![10, 0, 0, 5])
    );
    assert_eq!(codes(&reading, "else if option client-arch = 11"), [11]);
    assert_eq!(
        sent(&reading, "subnet 10.0.0.0", model::SERVERS_OPTION),
        Some(vec![10, 0, 0, 7, 10, 0, 0, 8])
    );
    assert_eq!(sent(&reading, "host a", Field::File), Some(b"b.0".to_vec()));
    assert_eq!(reading.sources.len(), 2);
    let found = check(target, &reading);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn an_include_that_is_not_there_is_named_and_the_rest_is_read() {
    let reading = read("isc-dhcpd", "include \"/etc/x.conf\";\nfilename \"a.0\";");
    assert_eq!(reading.unread.len(), 1);
    assert!(
        reading.unread[0].1.starts_with("/etc/x.conf: "),
        "{:?}",
        reading.unread
    );
    assert_eq!(sent(&reading, "global", Field::File), Some(b"a.0".to_vec()));
}

#[test]
fn includes_that_go_in_circles_end() {
    let mut files = Folder::default();
    files.0.insert(
        "a".to_owned(),
        "include \"b\"; filename \"a.0\";".to_owned(),
    );
    files
        .0
        .insert("b".to_owned(), "include \"a\"; include \"b\";".to_owned());
    let target = Target::named("isc-dhcpd").unwrap();
    let reading = target
        .read("c", "include \"a\";".to_owned(), &mut files)
        .unwrap();
    assert_eq!(reading.sources.len(), 3);
}

#[test]
fn nesting_beyond_all_sense_is_refused() {
    for (target, open) in [("isc-dhcpd", "group {"), ("kea", "{\"Dhcp4\":")] {
        let text = open.repeat(10_000);
        let target = Target::named(target).unwrap();
        let error = target
            .read("file", text, &mut Folder::default())
            .unwrap_err();
        assert!(error.expected.contains("at most"), "{error:?}");
    }
}

#[test]
fn a_kea_configuration_with_comments_includes_and_reservations() {
    let text = r#"// Kea
{ # one
"Dhcp4": {
  /* two
     lines */
  "option-def": [ { "name": "servers", "code": 150, "type": "ipv4-address", "array": true } ],
  "client-classes": [
    { "name": "bios", "test": "option[93].hex == 0x0000", "boot-file-name": "a.0", "next-server": "10.0.0.5" },
    { "name": "x64", "test": "substring(option[60].hex,0,20) == 'PXEClient:Arch:00007' or option[93].hex == 0x0009",
      "boot-file-name": "a.efi", "next-server": "10.0.0.5", },
    { "name": "ipxe", "test": "option[77].hex == 'iPXE'", "boot-file-name": "http://10.0.0.5/menu.ipxe" }
  ],
  "subnet4": [ <?include "subnet.json"?> ]
} }"#;
    let mut files = Folder::default();
    files.0.insert(
        "subnet.json".to_owned(),
        r#"{ "subnet": "10.0.0.0/24", "option-data": [ { "name": "servers", "data": "10.0.0.7, 10.0.0.8" } ],
             "reservations": [ { "hw-address": "02:00:00:00:00:01", "boot-file-name": "b.0" } ] }"#
            .to_owned(),
    );
    let target = Target::named("kea").unwrap();
    let reading = target
        .read("kea.json", text.to_owned(), &mut files)
        .unwrap();
    assert_eq!(codes(&reading, "class x64"), [7, 9]);
    assert_eq!(
        sent(&reading, "subnet 10.0.0.0/24", model::SERVERS_OPTION),
        Some(vec![10, 0, 0, 7, 10, 0, 0, 8])
    );
    assert_eq!(
        sent(&reading, "reservation 02:00:00:00:00:01", Field::File),
        Some(b"b.0".to_vec())
    );
    let found: Vec<&str> = check(target, &reading).iter().map(|one| one.rule).collect();
    // The reserved machine alone has no server.
    assert_eq!(found, ["no-next-server"]);
}

#[test]
fn a_dnsmasq_conf_with_tags_and_a_folder_of_files() {
    let text = "# ours\n\tinterface = eth0\ndhcp-range=10.0.0.10,10.0.0.20,12h\nenable-tftp\n\
        conf-dir=/etc/dnsmasq.d,.bak\nconf-dir=/etc/more,*.conf\nconf-file=/etc/none\n\
        dhcp-match=set:efi,option:client-arch,7\ndhcp-match=set:efi,option:client-arch,9\n\
        dhcp-userclass=set:ipxe,iPXE\ndhcp-boot=tag:ipxe,http://10.0.0.5/menu.ipxe\n\
        dhcp-boot=tag:!ipxe,tag:efi,ipxe.efi\n";
    let mut files = Folder::default();
    for (name, line) in [
        (
            "/etc/dnsmasq.d/a.conf",
            "dhcp-boot=undionly.kpxe,boot,10.0.0.5",
        ),
        ("/etc/dnsmasq.d/a.conf.bak", "dhcp-boot=wrong"),
        (
            "/etc/more/b.conf",
            "dhcp-option=option:tftp-server,10.0.0.5",
        ),
        ("/etc/more/README", "dhcp-boot=wrong"),
    ] {
        files.0.insert(name.to_owned(), line.to_owned());
    }
    let target = Target::named("dnsmasq").unwrap();
    let reading = target
        .read("dnsmasq.conf", text.to_owned(), &mut files)
        .unwrap();
    assert_eq!(
        sent(&reading, "global", FILE_OPTION),
        Some(b"undionly.kpxe\0".to_vec())
    );
    assert_eq!(codes(&reading, "tag !ipxe efi"), [7, 9]);
    assert_eq!(reading.unread.len(), 1);
    let found = check(target, &reading);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn an_export_of_infoblox_with_quotes_and_options() {
    let text = "\u{feff}HEADER-Network,address*,netmask*,boot_file,boot_server,next_server,OPTION-67,comment\r\n\
        Network,10.0.0.0,255.255.255.0,pxelinux.0,10.0.0.5,10.0.0.5,pxelinux.0\\000,\"a, \"\"b\"\"\"\r\n\
        header-fixedaddress,ip_address*,boot_file\r\nfixedaddress,10.0.0.9,\"a,b.0\"\r\n";
    let reading = read("infoblox", text);
    assert_eq!(
        sent(&reading, "network 10.0.0.0", FILE_OPTION),
        Some(b"pxelinux.0\0".to_vec())
    );
    assert_eq!(
        sent(&reading, "fixedaddress 10.0.0.9", Field::File),
        Some(b"a,b.0".to_vec())
    );
    let found = findings("infoblox", text);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn windows_in_its_three_forms() {
    let xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<DHCPServer><IPv4><Classes><Class><Name>x64</Name><Type>Vendor</Type>\
        <Data>PXEClient:Arch:00007</Data></Class></Classes><Scopes><Scope><ScopeId>10.0.0.0</ScopeId>\
        <Policies><Policy><Name>uefi</Name><VendorClass>EQ,x64*</VendorClass><OptionValues><OptionValue>\
        <OptionId>67</OptionId><Value>boot\\x64\\a.efi</Value></OptionValue></OptionValues></Policy></Policies>\
        <OptionValues><OptionValue><OptionId>66</OptionId><Value>10.0.0.5</Value><VendorClass /></OptionValue>\
        </OptionValues></Scope></Scopes></IPv4></DHCPServer>";
    let reading = read("windows", xml);
    assert_eq!(codes(&reading, "policy uefi"), [7]);
    assert_eq!(
        sent(&reading, "policy uefi", FILE_OPTION),
        Some(b"boot\\x64\\a.efi".to_vec())
    );
    assert_eq!(
        sent(&reading, "scope 10.0.0.0", SERVER_OPTION),
        Some(b"10.0.0.5".to_vec())
    );
    let netsh = "# Changed\r\nDhcp Server \\\\dc1 Add Optiondef 60 \"PXEClient\" STRING 0\r\n\
        Dhcp Server \\\\dc1 Scope 10.0.0.0 set optionvalue 66 STRING \"10.0.0.5\" \r\n\
        Dhcp Server \\\\dc1 Scope 10.0.0.0 set reservedoptionvalue 10.0.0.9 67 STRING \"a.0\"\r\n";
    let reading = read("windows", netsh);
    assert_eq!(
        sent(&reading, "scope 10.0.0.0", SERVER_OPTION),
        Some(b"10.0.0.5".to_vec())
    );
    assert_eq!(
        sent(&reading, "reservation 10.0.0.9", FILE_OPTION),
        Some(b"a.0".to_vec())
    );
    let script = "Set-DhcpServerv4OptionValue -ScopeId 10.0.0.0 -OptionId 66 -Value \"10.0.0.5\"\r\n\
        set-dhcpserverv4optionvalue -ScopeId 10.0.0.0 -OptionId 67 -Value $file\r\n";
    let reading = read("windows", script);
    assert_eq!(
        sent(&reading, "scope 10.0.0.0", SERVER_OPTION),
        Some(b"10.0.0.5".to_vec())
    );
    assert_eq!(sent(&reading, "scope 10.0.0.0", FILE_OPTION), None);
}

#[test]
fn an_export_of_routeros_with_continued_lines() {
    let text = "# 2026-11-27 by RouterOS 7\r\n/interface bridge\r\nadd name=lan\r\n/ip dhcp-server option\r\n\
        add code=67 name=file value=\"s'boot/\\\r\n    a.0'\"\r\nadd code=66 name=srv value=\"'10.0.0.5'\"\r\n\
        /ip dhcp-server option sets\r\nadd name=pxe options=file,srv\r\n/ip dhcp-server network\r\n\
        add address=10.0.0.0/24 boot-file-name=boot/a.0 \\\r\n    dhcp-option-set=pxe next-server=10.0.0.5\r\n";
    let reading = read("mikrotik", text);
    assert_eq!(
        sent(&reading, "network 10.0.0.0/24", SERVER_OPTION),
        Some(b"10.0.0.5".to_vec())
    );
    assert_eq!(
        sent(&reading, "network 10.0.0.0/24", Field::File),
        Some(b"boot/a.0".to_vec())
    );
    assert_eq!(
        sent(&reading, "network 10.0.0.0/24", Field::NextServer),
        Some(vec![10, 0, 0, 5])
    );
}

#[test]
fn a_running_config_of_ios_and_a_config_xml_and_a_udhcpd_conf() {
    let ios = "!\nversion 15.2\nhostname r1\n!\nip dhcp excluded-address 10.0.0.1\n!\nip dhcp pool LAN\n network 10.0.0.0 255.255.255.0\n\
        \x20bootfile pxelinux.0\n next-server 10.0.0.5\n option 150 ip 10.0.0.7 10.0.0.8\n option 67 ascii \"a b.0\"\n!\ninterface Gi0/0\n ip address 10.0.0.1 255.255.255.0\n";
    let reading = read("cisco-ios", ios);
    assert_eq!(
        sent(&reading, "pool LAN", FILE_OPTION),
        Some(b"a b.0".to_vec())
    );
    assert_eq!(
        sent(&reading, "pool LAN", model::SERVERS_OPTION),
        Some(vec![10, 0, 0, 7, 10, 0, 0, 8])
    );
    let xml = "<?xml version=\"1.0\"?>\n<opnsense>\n <dhcpd>\n  <lan>\n   <netboot>1</netboot>\n   <nextserver>10.0.0.5</nextserver>\n\
        <filename>a.0</filename>\n   <filename64>a.efi</filename64>\n  </lan>\n </dhcpd>\n</opnsense>\n";
    let reading = read("opnsense", xml);
    assert_eq!(codes(&reading, "interface lan filename64"), [7, 9]);
    let found = findings("opnsense", xml);
    assert!(found.is_empty(), "{found:#?}");
    let udhcpd = "start 10.0.0.10 # first\nend 10.0.0.20\nopt dns 10.0.0.1 10.0.0.2\nsiaddr\t10.0.0.5\nboot_file\ta.0\n";
    let reading = read("udhcpd", udhcpd);
    assert_eq!(sent(&reading, "global", Field::File), Some(b"a.0".to_vec()));
    assert_eq!(
        sent(&reading, "global", Field::NextServer),
        Some(vec![10, 0, 0, 5])
    );
}

#[test]
fn conditions_as_they_are_found_in_the_wild() {
    let cases: &[(&str, &[u16], bool)] = &[
        ("option arch = encode-int(7, 16)", &[7], false),
        (
            "option user-class != \"iPXE\" and option arch = 00:07",
            &[7],
            false,
        ),
        ("not exists user-class and option arch = 00:07", &[7], false),
        (
            "exists user-class and option user-class = \"iPXE\"",
            &[],
            true,
        ),
        ("not option arch = 00:07", &[7], true),
        (
            "substring(option vendor-class-identifier, 15, 5) = \"00009\"",
            &[9],
            false,
        ),
        ("option pxe-system-type = 00:0b", &[11], false),
        ("known", &[], true),
    ];
    for (condition, expected, other) in cases {
        let reading = read(
            "isc-dhcpd",
            &format!("if {condition} {{ filename \"a\"; }}"),
        );
        let applies = reading.applies(1);
        let codes: Vec<u16> = applies.tests.iter().map(|test| test.code).collect();
        assert_eq!(
            (&codes[..], applies.other),
            (*expected, *other),
            "{condition}"
        );
    }
    let cases: &[(&str, &[u16], bool, bool)] = &[
        (
            "not member('iPXE') and substring(option[60].hex,0,10) == 'HTTPClient'",
            &[],
            true,
            false,
        ),
        ("option[77].hex == 'iPXE'", &[], false, true),
        (
            "not option[77].hex == 'iPXE' and option[93].hex == 0x0007",
            &[7],
            false,
            false,
        ),
        (
            "(option[93].hex == 0x0007) or (option[93].hex == 0x0009)",
            &[7, 9],
            false,
            false,
        ),
        ("not (option[93].hex == 0x0007)", &[7], false, true),
        ("member('KNOWN')", &[], false, true),
    ];
    for (condition, expected, http, other) in cases {
        let text = format!(
            r#""client-classes": [ {{ "name": "x", "test": "{condition}", "boot-file-name": "a" }} ]"#
        );
        let reading = read("kea", &text);
        let applies = reading.applies(1);
        let codes: Vec<u16> = applies.tests.iter().map(|test| test.code).collect();
        let found = (&codes[..], applies.http, applies.other);
        assert_eq!(found, (*expected, *http, *other), "{condition}");
    }
}

#[test]
fn of_a_file_in_one_line_the_changed_part_is_shown() {
    let start = "<DHCPServer><IPv4><OptionValues><OptionValue><OptionId>67</OptionId><Value>a\\\\b.efi</Value></OptionValue></OptionValues>";
    let text = format!(
        "{start}<Filler>{}</Filler></IPv4></DHCPServer>",
        "x".repeat(5000)
    );
    let found = findings("windows", &text);
    let line = found[0].corrected.as_deref().unwrap();
    assert!(line.len() < 240 && line.contains("a\\b.efi"), "{line}");
}
