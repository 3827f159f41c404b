//! The file as TOML has it. What is checked later keeps its place.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

type Text = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) interface: Option<Text>,
    pub(super) interfaces: Option<Spanned<Vec<Text>>>,
    pub(super) address: Option<Text>,
    pub(super) user: Option<Text>,
    pub(super) group: Option<Text>,
    pub(super) chroot: Option<Text>,
    pub(super) pid_file: Option<Text>,
    pub(super) log_file: Option<Text>,
    pub(super) socket: Option<Text>,
    pub(super) tftp: Tftp,
    pub(super) boot: Option<BTreeMap<Text, Text>>,
    pub(super) http: Option<Http>,
    pub(super) dhcp: Option<Dhcp>,
    #[serde(default)]
    pub(super) client: Vec<Spanned<Client>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Tftp {
    pub(super) root: Text,
    pub(super) port: Option<Spanned<u16>>,
    pub(super) listen: Option<Text>,
    pub(super) engine: Option<Text>,
    pub(super) block_size: Option<Spanned<u16>>,
    pub(super) window_size: Option<Spanned<u16>>,
    pub(super) transfers: Option<Spanned<u32>>,
    pub(super) transfers_per_client: Option<Spanned<u32>>,
    pub(super) upload: Option<Spanned<Upload>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Upload {
    pub(super) folder: Text,
    #[serde(default)]
    pub(super) from: Vec<Text>,
    pub(super) largest_file: Option<Text>,
    pub(super) largest_total: Option<Text>,
    #[serde(default)]
    pub(super) overwrite: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Http {
    pub(super) root: Option<Text>,
    pub(super) port: Option<Spanned<u16>>,
    pub(super) listen: Option<Text>,
    #[serde(default)]
    pub(super) status: bool,
    pub(super) status_from: Option<Spanned<Vec<Text>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Dhcp {
    pub(super) mode: Option<Text>,
    pub(super) manner: Option<Text>,
    pub(super) port: Option<Spanned<u16>>,
    pub(super) client_port: Option<Spanned<u16>>,
    pub(super) boot_server_port: Option<Spanned<u16>>,
    pub(super) listen: Option<Text>,
    #[serde(default)]
    pub(super) conflict_probe: bool,
    pub(super) share_port: Option<Spanned<bool>>,
    pub(super) leases: Option<Text>,
    #[serde(default)]
    pub(super) known_clients_only: bool,
    #[serde(default)]
    pub(super) authoritative: bool,
    pub(super) answers_per_second: Option<Spanned<u32>>,
    pub(super) answers_per_client: Option<Spanned<u32>>,
    #[serde(default)]
    pub(super) options: BTreeMap<Text, Text>,
    pub(super) pool: Option<Spanned<Subnet>>,
    #[serde(default)]
    pub(super) subnet: Vec<Spanned<Subnet>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Subnet {
    pub(super) network: Option<Text>,
    pub(super) range: Option<Text>,
    pub(super) ranges: Option<Vec<Text>>,
    pub(super) router: Option<Text>,
    #[serde(default)]
    pub(super) dns: Vec<Text>,
    pub(super) domain: Option<Text>,
    pub(super) lease: Option<Text>,
    pub(super) boot: Option<BTreeMap<Text, Text>>,
    #[serde(default)]
    pub(super) options: BTreeMap<Text, Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Client {
    pub(super) name: Option<String>,
    pub(super) mac: Option<Text>,
    pub(super) uuid: Option<Text>,
    pub(super) vendor_class: Option<Text>,
    pub(super) user_class: Option<Text>,
    pub(super) arch: Option<Text>,
    pub(super) relay: Option<Text>,
    pub(super) subnet: Option<Text>,
    #[serde(default)]
    pub(super) ignore: bool,
    #[serde(default)]
    pub(super) local_disk: bool,
    #[serde(default)]
    pub(super) once: bool,
    pub(super) boot: Option<BTreeMap<Text, Text>>,
    pub(super) address: Option<Text>,
    #[serde(default)]
    pub(super) options: BTreeMap<Text, Text>,
    pub(super) fields: Option<Vec<Text>>,
    pub(super) nul: Option<bool>,
}
