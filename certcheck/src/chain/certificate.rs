//! The decoded view of one certificate.

use std::net::IpAddr;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{
    DistributionPointName, GeneralName as Parsed, GeneralSubtree, ParsedExtension,
};
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::names::{GeneralName, address, distinguished_name, general_name, printable};

/// At most this many names, usages or URLs of a kind are kept of one
/// certificate; a peer could send tens of thousands.
const MOST: usize = 1000;

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The subject on one line.
    pub subject: String,
    /// The subject as encoded, to compare.
    pub subject_der: Vec<u8>,
    /// The issuer on one line.
    pub issuer: String,
    /// The issuer as encoded, to compare.
    pub issuer_der: Vec<u8>,
    /// The serial number in hexadecimal digits.
    pub serial: String,
    /// The beginning of the validity, in seconds since 1970.
    pub not_before: i64,
    /// The last second of the validity, in seconds since 1970.
    pub not_after: i64,
    /// The common names of the subject.
    pub common_names: Vec<String>,
    /// DNS names of the subject alternative name extension.
    pub dns_names: Vec<String>,
    /// Addresses of the subject alternative name extension.
    pub addresses: Vec<IpAddr>,
    /// Names of other kinds.
    pub other_names: Vec<String>,
    /// The public key.
    pub key: Key,
    /// The algorithm of the signature on the certificate.
    pub signature: String,
    /// Basic constraints: whether it may issue certificates.
    pub ca: bool,
    /// Basic constraints: how many intermediates may follow.
    pub path_length: Option<u32>,
    /// Key usage, or nothing when the extension is absent.
    pub key_usage: Option<Vec<&'static str>>,
    /// Extended key usage, or nothing when the extension is absent.
    pub extended_key_usage: Option<Vec<String>>,
    /// Subject key identifier.
    pub subject_key_id: Option<Vec<u8>>,
    /// Authority key identifier.
    pub authority_key_id: Option<Vec<u8>>,
    /// Where the issuer's certificate can be fetched.
    pub issuer_urls: Vec<String>,
    /// OCSP responders.
    pub ocsp_urls: Vec<String>,
    /// Certificate revocation lists.
    pub crl_urls: Vec<String>,
    /// Name constraints: permitted subtrees.
    pub permitted_names: Vec<String>,
    /// Name constraints: excluded subtrees.
    pub excluded_names: Vec<String>,
    /// Subject and issuer are the same name.
    pub self_issued: bool,
}

/// The kind and size of a public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `RSA`, `ECDSA P-256`, `Ed25519` or the object identifier.
    pub algorithm: String,
    /// The size in bits.
    pub bits: usize,
}

impl Key {
    /// Whether no verifier should take it: RSA below 2048 bits, DSA, curves
    /// below 256 bits (CA/Browser Forum Baseline Requirements section 6.1.5).
    pub fn is_weak(&self) -> bool {
        match self.algorithm.as_str() {
            "RSA" => self.bits < 2048,
            "DSA" => true,
            algorithm if algorithm.starts_with("ECDSA") => self.bits < 256,
            _ => false,
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.algorithm.as_str() {
            "RSA" | "DSA" => write!(f, "{} {}", self.algorithm, self.bits),
            other => f.write_str(other),
        }
    }
}

impl Certificate {
    /// Decodes a certificate.
    ///
    /// # Errors
    /// Says in lower case why it cannot be decoded.
    pub fn decode(der: &[u8]) -> Result<Self, String> {
        let (rest, parsed) = X509Certificate::from_der(der)
            .map_err(|error| format!("not a DER certificate: {error}"))?;
        if !rest.is_empty() {
            return Err(format!("{} bytes follow the certificate", rest.len()));
        }
        Ok(Certificate::from_parsed(&parsed))
    }

    /// The view of a certificate that is parsed already.
    pub fn from_parsed(parsed: &X509Certificate<'_>) -> Self {
        let subject = parsed.subject();
        let issuer = parsed.issuer();
        let mut view = Certificate {
            subject: distinguished_name(subject),
            subject_der: subject.as_raw().to_vec(),
            issuer: distinguished_name(issuer),
            issuer_der: issuer.as_raw().to_vec(),
            serial: super::hex(parsed.raw_serial()),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            common_names: subject
                .iter_common_name()
                .take(MOST)
                .map(|name| {
                    name.as_str()
                        .map_or_else(|_| "(not text)".into(), printable)
                })
                .collect(),
            dns_names: Vec::new(),
            addresses: Vec::new(),
            other_names: Vec::new(),
            key: key(parsed.public_key()),
            signature: signature(&parsed.signature_algorithm.algorithm.to_id_string()),
            ca: false,
            path_length: None,
            key_usage: None,
            extended_key_usage: None,
            subject_key_id: None,
            authority_key_id: None,
            issuer_urls: Vec::new(),
            ocsp_urls: Vec::new(),
            crl_urls: Vec::new(),
            permitted_names: Vec::new(),
            excluded_names: Vec::new(),
            self_issued: subject.as_raw() == issuer.as_raw(),
        };
        for extension in parsed.extensions().iter().take(MOST) {
            view.extension(extension.parsed_extension());
        }
        view
    }

    /// How long it lives, in seconds; the last second counts (RFC 5280
    /// section 4.1.2.5).
    pub fn lifetime(&self) -> u64 {
        u64::try_from(
            self.not_after
                .saturating_sub(self.not_before)
                .saturating_add(1),
        )
        .unwrap_or(0)
    }

    /// The names it vouches for, in words, at most `most` of them.
    pub fn names(&self, most: usize) -> String {
        let all = self.dns_names.len() + self.addresses.len() + self.other_names.len();
        if all == 0 {
            return "no names".into();
        }
        let mut names: Vec<String> = self
            .dns_names
            .iter()
            .cloned()
            .chain(self.addresses.iter().map(ToString::to_string))
            .chain(self.other_names.iter().cloned())
            .take(most)
            .collect();
        if all > most {
            names.push(format!("{} more", all - most));
        }
        names.join(", ")
    }

    fn extension(&mut self, extension: &ParsedExtension<'_>) {
        match extension {
            ParsedExtension::SubjectAlternativeName(names) => {
                for name in names.general_names.iter().take(MOST) {
                    match general_name(name) {
                        GeneralName::Dns(name) => self.dns_names.push(name),
                        GeneralName::Address(address) => self.addresses.push(address),
                        GeneralName::Other(name) => self.other_names.push(name),
                    }
                }
            }
            ParsedExtension::BasicConstraints(constraints) => {
                self.ca = constraints.ca;
                self.path_length = constraints.path_len_constraint;
            }
            ParsedExtension::KeyUsage(usage) => {
                let all = [
                    (usage.digital_signature(), "digitalSignature"),
                    (usage.non_repudiation(), "nonRepudiation"),
                    (usage.key_encipherment(), "keyEncipherment"),
                    (usage.data_encipherment(), "dataEncipherment"),
                    (usage.key_agreement(), "keyAgreement"),
                    (usage.key_cert_sign(), "keyCertSign"),
                    (usage.crl_sign(), "cRLSign"),
                    (usage.encipher_only(), "encipherOnly"),
                    (usage.decipher_only(), "decipherOnly"),
                ];
                self.key_usage = Some(
                    all.into_iter()
                        .filter(|(set, _)| *set)
                        .map(|(_, name)| name)
                        .collect(),
                );
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                let all = [
                    (usage.any, "any"),
                    (usage.server_auth, "serverAuth"),
                    (usage.client_auth, "clientAuth"),
                    (usage.code_signing, "codeSigning"),
                    (usage.email_protection, "emailProtection"),
                    (usage.time_stamping, "timeStamping"),
                    (usage.ocsp_signing, "OCSPSigning"),
                ];
                self.extended_key_usage = Some(
                    all.into_iter()
                        .filter(|(set, _)| *set)
                        .map(|(_, name)| name.to_owned())
                        .chain(usage.other.iter().take(MOST).map(|oid| oid.to_id_string()))
                        .collect(),
                );
            }
            ParsedExtension::SubjectKeyIdentifier(id) => {
                self.subject_key_id = Some(id.0.to_vec());
            }
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                // RFC 5280 section 4.2.2.1: id-ad-caIssuers and id-ad-ocsp.
                for description in access.iter().take(MOST) {
                    let Parsed::URI(url) = &description.access_location else {
                        continue;
                    };
                    match description.access_method.to_id_string().as_str() {
                        "1.3.6.1.5.5.7.48.2" => self.issuer_urls.push(printable(url)),
                        "1.3.6.1.5.5.7.48.1" => self.ocsp_urls.push(printable(url)),
                        _ => {}
                    }
                }
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                for point in points.points.iter().take(MOST) {
                    if let Some(DistributionPointName::FullName(names)) = &point.distribution_point
                    {
                        self.crl_urls.extend(names.iter().take(MOST).filter_map(
                            |name| match name {
                                Parsed::URI(url) => Some(printable(url)),
                                _ => None,
                            },
                        ));
                    }
                }
            }
            ParsedExtension::NameConstraints(constraints) => {
                let texts = |subtrees: &Option<Vec<GeneralSubtree<'_>>>| {
                    subtrees
                        .iter()
                        .flatten()
                        .take(MOST)
                        .map(|subtree| subtree_text(&subtree.base))
                        .collect()
                };
                self.permitted_names = texts(&constraints.permitted_subtrees);
                self.excluded_names = texts(&constraints.excluded_subtrees);
            }
            _ => {}
        }
    }
}

/// A subtree of a name constraint; an address comes with its mask
/// (RFC 5280 section 4.2.1.10).
fn subtree_text(base: &Parsed<'_>) -> String {
    if let Parsed::IPAddress(bytes) = base {
        let half = bytes.len() / 2;
        if let (Some(network), Some(mask)) = (address(&bytes[..half]), address(&bytes[half..])) {
            return format!("{network}/{mask}");
        }
    }
    match general_name(base) {
        GeneralName::Dns(name) => format!("DNS {name}"),
        GeneralName::Address(address) => address.to_string(),
        GeneralName::Other(name) => name,
    }
}

fn key(info: &SubjectPublicKeyInfo<'_>) -> Key {
    let oid = info.algorithm.algorithm.to_id_string();
    let named = |algorithm: &str, bits| Key {
        algorithm: algorithm.to_owned(),
        bits,
    };
    match info.parsed() {
        Ok(PublicKey::RSA(rsa)) => named("RSA", modulus_bits(rsa.modulus)),
        Ok(PublicKey::EC(_)) => {
            let curve = info
                .algorithm
                .parameters
                .as_ref()
                .and_then(|parameters| parameters.as_oid().ok())
                .map(|oid| oid.to_id_string());
            match curve.as_deref() {
                Some("1.2.840.10045.3.1.1") => named("ECDSA P-192", 192),
                Some("1.3.132.0.33") => named("ECDSA P-224", 224),
                Some("1.2.840.10045.3.1.7") => named("ECDSA P-256", 256),
                Some("1.3.132.0.34") => named("ECDSA P-384", 384),
                Some("1.3.132.0.35") => named("ECDSA P-521", 521),
                Some("1.3.132.0.10") => named("ECDSA secp256k1", 256),
                Some(other) => named(
                    &format!("ECDSA {other}"),
                    info.subject_public_key.data.len().saturating_sub(1) * 4,
                ),
                None => named("ECDSA", 0),
            }
        }
        Ok(PublicKey::DSA(_)) => named("DSA", info.subject_public_key.data.len() * 8),
        _ => match oid.as_str() {
            "1.3.101.112" => named("Ed25519", 256),
            "1.3.101.113" => named("Ed448", 448),
            "2.16.840.1.101.3.4.3.17" => named("ML-DSA-44", 10_496),
            "2.16.840.1.101.3.4.3.18" => named("ML-DSA-65", 15_616),
            "2.16.840.1.101.3.4.3.19" => named("ML-DSA-87", 20_736),
            "1.2.840.113549.1.1.1" => named("RSA", 0),
            "1.2.840.10040.4.1" => named("DSA", 0),
            _ => named(&oid, info.subject_public_key.data.len() * 8),
        },
    }
}

/// The bits of an RSA modulus, to the bit: 2047 is not 2048.
pub(crate) fn modulus_bits(modulus: &[u8]) -> usize {
    let first = modulus.iter().position(|byte| *byte != 0);
    first.map_or(0, |first| {
        let significant = &modulus[first..];
        significant.len() * 8 - significant[0].leading_zeros() as usize
    })
}

/// The usual name of a signature algorithm.
fn signature(oid: &str) -> String {
    match oid {
        "1.2.840.113549.1.1.2" => "RSA with MD2",
        "1.2.840.113549.1.1.4" => "RSA with MD5",
        "1.2.840.113549.1.1.5" => "RSA with SHA-1",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.113549.1.1.11" => "RSA with SHA-256",
        "1.2.840.113549.1.1.12" => "RSA with SHA-384",
        "1.2.840.113549.1.1.13" => "RSA with SHA-512",
        "1.2.840.113549.1.1.14" => "RSA with SHA-224",
        "1.2.840.10040.4.3" => "DSA with SHA-1",
        "2.16.840.1.101.3.4.3.2" => "DSA with SHA-256",
        "1.2.840.10045.4.1" => "ECDSA with SHA-1",
        "1.2.840.10045.4.3.1" => "ECDSA with SHA-224",
        "1.2.840.10045.4.3.2" => "ECDSA with SHA-256",
        "1.2.840.10045.4.3.3" => "ECDSA with SHA-384",
        "1.2.840.10045.4.3.4" => "ECDSA with SHA-512",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        other => return other.to_owned(),
    }
    .to_owned()
}
