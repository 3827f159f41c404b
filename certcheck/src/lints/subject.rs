//! What a rule sees of a certificate or a revocation list.

use std::net::IpAddr;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{
    AuthorityKeyIdentifier, ExtendedKeyUsage, GeneralName, KeyUsage, NameConstraints,
    ParsedExtension, X509Extension,
};
use x509_parser::prelude::FromDer as _;
use x509_parser::revocation_list::CertificateRevocationList;

use super::Chain;

/// Object identifiers of extensions (RFC 5280 section 4.2).
pub(super) mod oid {
    pub(in super::super) const SUBJECT_KEY_ID: &str = "2.5.29.14";
    pub(in super::super) const SUBJECT_ALT_NAME: &str = "2.5.29.17";
    pub(in super::super) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
    pub(in super::super) const NAME_CONSTRAINTS: &str = "2.5.29.30";
    pub(in super::super) const AUTHORITY_KEY_ID: &str = "2.5.29.35";
    pub(in super::super) const POLICY_CONSTRAINTS: &str = "2.5.29.36";
    pub(in super::super) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
    pub(in super::super) const AUTHORITY_INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.1";

    /// What may be critical: key usage, alternative names, the constraints,
    /// policies and their mappings, usages, distribution points.
    pub(in super::super) const UNDERSTOOD: &[&str] = &[
        "2.5.29.14",
        "2.5.29.15",
        "2.5.29.17",
        "2.5.29.18",
        "2.5.29.19",
        "2.5.29.30",
        "2.5.29.31",
        "2.5.29.32",
        "2.5.29.33",
        "2.5.29.35",
        "2.5.29.36",
        "2.5.29.37",
        "2.5.29.54",
    ];
}

/// Where in the path a certificate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Leaf,
    Intermediate,
    Root,
}

/// A certificate of the path.
pub(super) struct Subject<'a> {
    pub(super) role: Role,
    /// Its index in the presented chain; a root was usually not presented.
    pub(super) index: Option<usize>,
    pub(super) parsed: X509Certificate<'a>,
    pub(super) now: i64,
}

impl<'a> Subject<'a> {
    /// The certificates of a path, the leaf first.
    pub(super) fn of(chain: &Chain<'a>) -> Vec<Self> {
        let presented = chain.path.iter().enumerate().filter_map(|(place, index)| {
            let role = if place == 0 {
                Role::Leaf
            } else {
                Role::Intermediate
            };
            Some((role, Some(*index), &chain.presented.get(*index)?.der))
        });
        let root = chain.root.map(|root| (Role::Root, None, root));
        presented
            .chain(root)
            .filter_map(|(role, index, der)| {
                let (_, parsed) = X509Certificate::from_der(der).ok()?;
                Some(Subject {
                    role,
                    index,
                    parsed,
                    now: chain.now,
                })
            })
            .collect()
    }

    pub(super) fn extension(&self, oid: &str) -> Option<&X509Extension<'a>> {
        find(self.parsed.extensions(), oid)
    }

    pub(super) fn is_critical(&self, oid: &str) -> bool {
        self.extension(oid)
            .is_some_and(|extension| extension.critical)
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.parsed.subject().as_raw() == self.parsed.issuer().as_raw()
    }

    pub(super) fn has_empty_subject(&self) -> bool {
        self.parsed.subject().iter_attributes().next().is_none()
    }

    pub(super) fn is_ca(&self) -> bool {
        matches!(
            self.parsed_extension(oid::BASIC_CONSTRAINTS),
            Some(ParsedExtension::BasicConstraints(constraints)) if constraints.ca
        )
    }

    pub(super) fn key_usage(&self) -> Option<&KeyUsage> {
        match self.parsed_extension("2.5.29.15") {
            Some(ParsedExtension::KeyUsage(usage)) => Some(usage),
            _ => None,
        }
    }

    pub(super) fn extended_key_usage(&self) -> Option<&ExtendedKeyUsage<'a>> {
        match self.parsed_extension(oid::EXTENDED_KEY_USAGE) {
            Some(ParsedExtension::ExtendedKeyUsage(usage)) => Some(usage),
            _ => None,
        }
    }

    pub(super) fn authority_key_id(&self) -> Option<&AuthorityKeyIdentifier<'a>> {
        match self.parsed_extension(oid::AUTHORITY_KEY_ID) {
            Some(ParsedExtension::AuthorityKeyIdentifier(id)) => Some(id),
            _ => None,
        }
    }

    pub(super) fn subject_key_id(&self) -> Option<&[u8]> {
        match self.parsed_extension(oid::SUBJECT_KEY_ID) {
            Some(ParsedExtension::SubjectKeyIdentifier(id)) => Some(id.0),
            _ => None,
        }
    }

    pub(super) fn name_constraints(&self) -> Option<&NameConstraints<'a>> {
        match self.parsed_extension(oid::NAME_CONSTRAINTS) {
            Some(ParsedExtension::NameConstraints(constraints)) => Some(constraints),
            _ => None,
        }
    }

    pub(super) fn dns_names(&self) -> impl Iterator<Item = &'a str> {
        self.names().filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(*name),
            _ => None,
        })
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.names().filter_map(|name| match name {
            GeneralName::IPAddress(bytes) => <[u8; 4]>::try_from(*bytes)
                .map(IpAddr::from)
                .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from))
                .ok(),
            _ => None,
        })
    }

    fn names(&self) -> impl Iterator<Item = &GeneralName<'a>> {
        let names = match self.parsed_extension(oid::SUBJECT_ALT_NAME) {
            Some(ParsedExtension::SubjectAlternativeName(names)) => Some(&names.general_names),
            _ => None,
        };
        names.into_iter().flatten()
    }

    fn parsed_extension(&self, oid: &str) -> Option<&ParsedExtension<'a>> {
        self.extension(oid).map(X509Extension::parsed_extension)
    }
}

/// A revocation list, with the certificates of the path.
pub(super) struct Crl<'a> {
    parsed: CertificateRevocationList<'a>,
    subjects: &'a [Subject<'a>],
}

impl<'a> Crl<'a> {
    /// The lists that can be parsed.
    pub(super) fn of(chain: &Chain<'a>, subjects: &'a [Subject<'a>]) -> Vec<Self> {
        chain
            .crls
            .iter()
            .filter_map(|der| CertificateRevocationList::from_der(der).ok())
            .map(|(_, parsed)| Crl { parsed, subjects })
            .collect()
    }

    pub(super) fn extension(&self, oid: &str) -> Option<&X509Extension<'_>> {
        find(self.parsed.extensions(), oid)
    }

    /// The certificates of the path that bear the issuer's name.
    pub(super) fn issuers(&self) -> impl Iterator<Item = &Subject<'a>> {
        self.subjects
            .iter()
            .filter(|subject| subject.role != Role::Leaf)
            .filter(|subject| subject.parsed.subject().as_raw() == self.parsed.issuer().as_raw())
    }
}

fn find<'s, 'a>(extensions: &'s [X509Extension<'a>], oid: &str) -> Option<&'s X509Extension<'a>> {
    extensions
        .iter()
        .find(|extension| extension.oid.to_id_string() == oid)
}
