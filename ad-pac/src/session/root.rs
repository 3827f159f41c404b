//! What a server says about itself before anything else (its root DSE).

use crate::ldap::Entry;

/// LDAP_CAP_ACTIVE_DIRECTORY_OID and LDAP_CAP_ACTIVE_DIRECTORY_PARTIAL_SECRETS_OID
/// (MS-ADTS 3.1.1.3.4.3).
const ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";
const PARTIAL_SECRETS: &str = "1.2.840.113556.1.4.1920";

/// The parts of the root DSE that matter here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RootDse {
    /// The base of the server's own domain.
    pub default_naming_context: String,
    /// The server's own name.
    pub dns_host_name: Option<String>,
    /// Whether it says that it is a read-only domain controller.
    pub read_only: bool,
    /// The object with its settings.
    pub ds_service_name: Option<String>,
}

impl RootDse {
    /// The DNS name of the server's own domain.
    pub(crate) fn domain(&self) -> String {
        crate::account::DistinguishedName::parse(&self.default_naming_context)
            .map(|name| name.domain())
            .unwrap_or_default()
    }

    pub(super) const ATTRIBUTES: &[&str] = &[
        "defaultNamingContext",
        "dnsHostName",
        "supportedCapabilities",
        "dsServiceName",
    ];

    /// Reads it; a server that is no Active Directory has none.
    pub(super) fn read(entry: &Entry) -> Option<Self> {
        let capabilities = entry.texts("supportedCapabilities");
        let has = |oid: &str| capabilities.iter().any(|capability| capability == oid);
        if !has(ACTIVE_DIRECTORY) {
            return None;
        }
        Some(RootDse {
            default_naming_context: entry.text("defaultNamingContext")?,
            dns_host_name: entry.text("dnsHostName"),
            read_only: has(PARTIAL_SECRETS),
            ds_service_name: entry.text("dsServiceName"),
        })
    }
}
