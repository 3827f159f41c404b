//! The certificates of the cases: a CA of its own for every run.
//!
//! Everything is issued anew and lives for days, so nothing that a user might
//! come to trust outlasts the run. rcgen issues what is well-formed; what it
//! would not sign (SHA-1) is patched and signed here.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr};

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyPair, KeyUsagePurpose, NameConstraints, PKCS_RSA_SHA256, PublicKeyData, SanType,
    SerialNumber, SignatureAlgorithm,
};
use rustls::pki_types::CertificateDer;

use self::authority::{Authority, days, failed, named, set_lifetime};
pub(crate) use self::names::Names;
use self::rsa::RsaKey;
use super::cases::Recipe;
use crate::error::{Error, Kind, Result};

mod authority;
pub(crate) mod der;
mod names;
pub(crate) mod rsa;

/// 2.5.29.20, 1.2.840.113549.1.1.11 and .5: only the last octet differs.
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const SHA1_WITH_RSA: u8 = 0x05;
/// The key of `weak-rsa`, made by `openssl genrsa -traditional 1024`: no
/// library generates this size any more, and anybody could factor it.
const WEAK_KEY: &[u8] = include_bytes!("pki/weak-rsa.der");

/// The key of a server.
#[derive(Debug, Clone)]
pub(crate) enum ServerKey {
    /// P-256, in PKCS #8.
    Pkcs8(Vec<u8>),
    /// A key that only this room can sign with.
    Rsa(RsaKey),
}

/// A chain as it is presented, leaf first, and the key of the leaf.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// Leaf first, without the root.
    pub chain: Vec<CertificateDer<'static>>,
    /// The leaf's key.
    pub key: ServerKey,
}

/// The PKI of one run.
#[derive(Debug)]
pub(crate) struct Pki {
    now: Timestamp,
    root: Authority,
    issuing: Authority,
    constrained: Authority,
    revoked: Authority,
    missing: Authority,
    expired: Authority,
    zero: Authority,
    below_zero: Authority,
    rsa: Authority,
    leaf_key: KeyPair,
    revoked_serial: SerialNumber,
}

/// What a leaf is made from: a good one with one thing changed.
struct Leaf<'a> {
    common_name: &'a str,
    names: Vec<SanType>,
    lifetime: (Timestamp, Timestamp),
    usage: ExtendedKeyUsagePurpose,
    serial: Option<SerialNumber>,
}

fn dns(name: impl Display) -> Result<SanType> {
    let name = name.to_string();
    Ok(SanType::DnsName(
        name.clone().try_into().map_err(failed(&name))?,
    ))
}

fn key(name: &str) -> Result<KeyPair> {
    KeyPair::generate().map_err(failed(name))
}

fn serial(number: u64) -> SerialNumber {
    SerialNumber::from(number)
}

impl Pki {
    /// Makes the authorities; `now` decides what is expired.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub(crate) fn new(now: Timestamp) -> Result<Self> {
        let fresh = (days(now, -2), days(now, 30));
        let root = Authority::new(
            "certcheck root",
            None,
            (days(now, -30), days(now, 60)),
            key("the root")?,
            |_| {},
        )?;
        let below_root = |name: &str, change: fn(&mut CertificateParams)| {
            Authority::new(name, Some(&root), fresh, key(name)?, change)
        };
        let issuing = below_root("certcheck issuing CA", |_| {})?;
        let missing = below_root("certcheck unsent CA", |_| {})?;
        let constrained = below_root("certcheck constrained CA", |params| {
            params.name_constraints = Some(NameConstraints {
                permitted_subtrees: vec![
                    GeneralSubtree::DnsName("permitted.example".to_owned()),
                    GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([10, 0, 0, 0], 8)),
                ],
                excluded_subtrees: Vec::new(),
            });
        })?;
        let revoked_serial = serial(0x5e_aced);
        let revoked = below_root("certcheck revoked CA", |params| {
            params.serial_number = Some(serial(0x5e_aced));
        })?;
        let zero = below_root("certcheck last CA", |params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        })?;
        let expired = Authority::new(
            "certcheck expired CA",
            Some(&root),
            (days(now, -30), days(now, -7)),
            key("an intermediate")?,
            |_| {},
        )?;
        let below_zero = Authority::new(
            "certcheck CA too many",
            Some(&zero),
            fresh,
            key("an intermediate")?,
            |_| {},
        )?;
        // One RSA key does for the CA that signs with SHA-1 and for the old
        // protocol versions: making one takes a while.
        let rsa_key = KeyPair::generate_for(&PKCS_RSA_SHA256).map_err(failed("an RSA key"))?;
        let rsa = Authority::new("certcheck RSA CA", Some(&root), fresh, rsa_key, |_| {})?;
        Ok(Pki {
            now,
            root,
            issuing,
            constrained,
            revoked,
            missing,
            expired,
            zero,
            below_zero,
            rsa,
            leaf_key: key("a server key")?,
            revoked_serial,
        })
    }

    /// The trusted root in PEM, for `{ca}`.
    pub(crate) fn ca_pem(&self) -> String {
        self.root.certificate.pem()
    }

    /// The lists of all authorities in PEM, for `{crl}`. Each has one, because
    /// a client that checks revocation does so along the whole chain.
    ///
    /// # Errors
    /// When a list cannot be signed.
    pub(crate) fn crl_pem(&self) -> Result<String> {
        let revoked_leaf = serial(REVOKED_LEAF);
        let lists = [
            // First, because some clients read no more than one list and
            // check no more than the leaf (Perl's IO::Socket::SSL).
            (&self.issuing, Some(&revoked_leaf)),
            (&self.root, Some(&self.revoked_serial)),
            (&self.constrained, None),
            (&self.revoked, None),
            (&self.missing, None),
            (&self.expired, None),
            (&self.zero, None),
            (&self.below_zero, None),
            (&self.rsa, None),
        ];
        lists
            .into_iter()
            .map(|(authority, revoked)| authority.crl(self.now, revoked))
            .collect()
    }

    /// A good certificate for an RSA key, for the old protocol versions.
    ///
    /// # Errors
    /// When it cannot be issued.
    pub(crate) fn rsa_identity(
        &self,
        host: &str,
    ) -> Result<(Vec<CertificateDer<'static>>, RsaKey)> {
        let key = rsa_of(&self.rsa.key)?;
        let certificate = self.issue(&self.good(host)?, &self.issuing, &self.rsa.key)?;
        Ok((vec![certificate, self.issuing.der()], key))
    }

    /// The chain and key of a recipe for the host in the URL.
    ///
    /// # Errors
    /// When the recipe cannot be posed with this host.
    pub(crate) fn identity(
        &self,
        recipe: Recipe,
        host: &str,
        domain: Option<&str>,
    ) -> Result<Identity> {
        let mut leaf = self.good(host)?;
        let mut issuer = &self.issuing;
        let mut above = vec![self.issuing.der()];
        let below = |recipe| {
            domain.map(str::to_owned).ok_or_else(|| {
                Error::new(
                    Kind::System,
                    format!("{recipe:?}"),
                    "needs a name below a domain",
                )
            })
        };
        let now = self.now;
        let wildcard;
        match recipe {
            Recipe::Good => {}
            Recipe::Wildcard => {
                wildcard = format!("*.{}", below(recipe)?);
                leaf.common_name = &wildcard;
                leaf.names = vec![dns(&wildcard)?];
            }
            Recipe::Expired => leaf.lifetime = (days(now, -30), days(now, -7)),
            Recipe::NotYetValid => leaf.lifetime = (days(now, 30), days(now, 50)),
            Recipe::OtherHost => {
                leaf.common_name = OTHER_HOST;
                leaf.names = vec![dns(OTHER_HOST)?];
            }
            Recipe::OtherAddress => {
                leaf.common_name = "127.0.0.2";
                leaf.names = vec![SanType::IpAddress(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)))];
            }
            Recipe::SelfSigned => return self.self_signed(&leaf),
            Recipe::UnknownCa => return self.unknown_ca(&leaf),
            Recipe::MissingIntermediate => {
                issuer = &self.missing;
                above = Vec::new();
            }
            Recipe::ExpiredIntermediate => {
                issuer = &self.expired;
                above = vec![self.expired.der()];
            }
            Recipe::CommonNameOnly => leaf.names = Vec::new(),
            Recipe::CommonNameBesideSan => leaf.names = vec![dns(OTHER_HOST)?],
            Recipe::AddressAsDnsName => leaf.names = vec![dns(host)?],
            Recipe::PartialWildcard => {
                let first = host.get(..1).unwrap_or_default();
                leaf.names = vec![dns(format!("{first}*.{}", below(recipe)?))?];
                leaf.common_name = "certcheck partial wildcard";
            }
            Recipe::MiddleWildcard => {
                let (label, rest) = host.split_once('.').unwrap_or((host, ""));
                let top = rest.rsplit_once('.').map_or(rest, |(_, top)| top);
                below(recipe)?;
                leaf.names = vec![dns(format!("{label}.*.{top}"))?];
                leaf.common_name = "certcheck middle wildcard";
            }
            Recipe::PublicSuffixWildcard => {
                let domain = below(recipe)?;
                let top = domain
                    .rsplit_once('.')
                    .map_or("", |(_, top)| top)
                    .to_owned();
                leaf.names = vec![dns(format!("*.{top}"))?];
                leaf.common_name = "certcheck suffix wildcard";
            }
            Recipe::NulInName => {
                leaf.names = vec![dns(format!("{host}\0.attacker.example"))?];
                leaf.common_name = "certcheck nul";
            }
            Recipe::ClientOnly => leaf.usage = ExtendedKeyUsagePurpose::ClientAuth,
            Recipe::IssuedByLeaf => return self.issued_by_leaf(&leaf),
            Recipe::PathLength => {
                issuer = &self.below_zero;
                above = vec![self.below_zero.der(), self.zero.der()];
            }
            Recipe::DnsConstraint | Recipe::AddressConstraint => {
                issuer = &self.constrained;
                above = vec![self.constrained.der()];
            }
            Recipe::WeakRsa => return self.weak(&leaf),
            Recipe::Sha1 => return self.sha1(&leaf),
            Recipe::Revoked => leaf.serial = Some(serial(REVOKED_LEAF)),
            Recipe::RevokedIntermediate => {
                issuer = &self.revoked;
                above = vec![self.revoked.der()];
            }
        }
        let certificate = self.issue(&leaf, issuer, &self.leaf_key)?;
        Ok(self.with_leaf_key(certificate, above))
    }

    fn with_leaf_key(
        &self,
        certificate: CertificateDer<'static>,
        above: Vec<CertificateDer<'static>>,
    ) -> Identity {
        Identity {
            chain: std::iter::once(certificate).chain(above).collect(),
            key: ServerKey::Pkcs8(self.leaf_key.serialize_der()),
        }
    }

    fn good<'a>(&self, host: &'a str) -> Result<Leaf<'a>> {
        let name = match host.parse() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => dns(host)?,
        };
        Ok(Leaf {
            common_name: host,
            names: vec![name],
            lifetime: (days(self.now, -1), days(self.now, 20)),
            usage: ExtendedKeyUsagePurpose::ServerAuth,
            serial: None,
        })
    }

    fn issue(
        &self,
        leaf: &Leaf<'_>,
        issuer: &Authority,
        key: &impl PublicKeyData,
    ) -> Result<CertificateDer<'static>> {
        Ok(leaf
            .params()
            .signed_by(key, &issuer.issuer())
            .map_err(failed(leaf.common_name))?
            .der()
            .clone())
    }

    fn self_signed(&self, leaf: &Leaf<'_>) -> Result<Identity> {
        let certificate = leaf
            .params()
            .self_signed(&self.leaf_key)
            .map_err(failed(leaf.common_name))?;
        Ok(self.with_leaf_key(certificate.der().clone(), Vec::new()))
    }

    /// The names of the trusted authorities, other keys.
    fn unknown_ca(&self, leaf: &Leaf<'_>) -> Result<Identity> {
        let fresh = (days(self.now, -2), days(self.now, 30));
        let root = Authority::new("certcheck root", None, fresh, key("a root")?, |_| {})?;
        let issuing = Authority::new(
            "certcheck issuing CA",
            Some(&root),
            fresh,
            key("an intermediate")?,
            |_| {},
        )?;
        let certificate = self.issue(leaf, &issuing, &self.leaf_key)?;
        // The root is sent along: a client must not come to trust it so.
        Ok(self.with_leaf_key(certificate, vec![issuing.der(), root.der()]))
    }

    fn issued_by_leaf(&self, leaf: &Leaf<'_>) -> Result<Identity> {
        let mut middle = self.good(OTHER_HOST)?;
        middle.common_name = "certcheck server that issues";
        let middle_key = key("a server key")?;
        let mut params = middle.params();
        params.is_ca = IsCa::ExplicitNoCa;
        let middle = Authority {
            certificate: params
                .signed_by(&middle_key, &self.issuing.issuer())
                .map_err(failed(OTHER_HOST))?,
            params,
            key: middle_key,
        };
        let certificate = self.issue(leaf, &middle, &self.leaf_key)?;
        Ok(self.with_leaf_key(certificate, vec![middle.der(), self.issuing.der()]))
    }

    fn weak(&self, leaf: &Leaf<'_>) -> Result<Identity> {
        let key = RsaKey::from_pkcs1(WEAK_KEY)
            .ok_or_else(|| Error::new(Kind::System, "the weak key", "cannot be read"))?;
        let certificate = self.issue(leaf, &self.issuing, &RawKey(&key))?;
        Ok(Identity {
            chain: vec![certificate, self.issuing.der()],
            key: ServerKey::Rsa(key),
        })
    }

    fn sha1(&self, leaf: &Leaf<'_>) -> Result<Identity> {
        let signed = self.issue(leaf, &self.rsa, &self.leaf_key)?;
        let certificate = resigned_with_sha1(&signed, &rsa_of(&self.rsa.key)?)
            .ok_or_else(|| Error::new(Kind::System, "a SHA-1 signature", "cannot be made"))?;
        Ok(self.with_leaf_key(certificate.into(), vec![self.rsa.der()]))
    }
}

const REVOKED_LEAF: u64 = 0x00c0_ffee;
const OTHER_HOST: &str = "other.certcheck.example";

impl Leaf<'_> {
    fn params(&self) -> CertificateParams {
        let mut params = named(self.common_name);
        params.subject_alt_names = self.names.clone();
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
        ];
        params.extended_key_usages = vec![self.usage.clone()];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = self.serial.clone();
        set_lifetime(&mut params, self.lifetime);
        params
    }
}

fn rsa_of(pair: &KeyPair) -> Result<RsaKey> {
    RsaKey::from_pkcs8(pair.serialized_der())
        .ok_or_else(|| Error::new(Kind::System, "an RSA key", "cannot be read"))
}

/// A public key that rcgen did not make.
struct RawKey<'a>(&'a RsaKey);

impl PublicKeyData for RawKey<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

/// Names SHA-1 in both places of a certificate signed with SHA-256 and RSA,
/// and signs it anew. Both object identifiers have the same length, so no
/// length field changes.
fn resigned_with_sha1(certificate: &[u8], issuer: &RsaKey) -> Option<Vec<u8>> {
    let (_, fields, _) = der::element(certificate)?;
    let (header, body, rest) = der::split(fields)?;
    let mut signed = [header, body].concat();
    patch(&mut signed)?;
    let (algorithm, content, _) = der::split(rest)?;
    let mut algorithm = [algorithm, content].concat();
    patch(&mut algorithm)?;
    let signature = [&[0][..], &issuer.sign_sha1(&signed)].concat();
    let signature = der::encode(0x03, &signature);
    Some(der::encode(0x30, &[signed, algorithm, signature].concat()))
}

fn patch(bytes: &mut [u8]) -> Option<()> {
    let at = bytes
        .windows(SHA256_WITH_RSA.len())
        .position(|window| window == SHA256_WITH_RSA)?;
    *bytes.get_mut(at + SHA256_WITH_RSA.len() - 1)? = SHA1_WITH_RSA;
    Some(())
}
