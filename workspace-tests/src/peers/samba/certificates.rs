//! A certification authority of its own, and the certificates a domain
//! controller can be started with: one that is right, and two that are not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

use super::{ADDRESS, DNS_DOMAIN, HOST};

/// What the domain controller shows to TLS clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// Its names and address, from the lab's CA, in force.
    Good,
    /// From the lab's CA, in force, for another host.
    WrongName,
    /// Its names, from the lab's CA, past its time.
    Expired,
    /// Its names, in force, from a CA that nobody trusts.
    UnknownAuthority,
}

impl Certificate {
    const ALL: [Certificate; 4] = [
        Certificate::Good,
        Certificate::WrongName,
        Certificate::Expired,
        Certificate::UnknownAuthority,
    ];

    /// The stem of its files.
    pub(super) fn stem(self) -> &'static str {
        match self {
            Certificate::Good => "good",
            Certificate::WrongName => "wrong-name",
            Certificate::Expired => "expired",
            Certificate::UnknownAuthority => "unknown-authority",
        }
    }
}

/// Writes `ca.pem`, and a certificate and key for each case.
pub(super) fn write(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let (ca_pem, ca) = authority("Lab Test CA")?;
    let (_, stranger) = authority("Stranger CA")?;
    fs::write(folder.join("ca.pem"), ca_pem)?;
    for case in Certificate::ALL {
        let names = match case {
            Certificate::WrongName => vec![format!("other.{DNS_DOMAIN}")],
            _ => [HOST, DNS_DOMAIN, ADDRESS, "::1"]
                .map(str::to_owned)
                .to_vec(),
        };
        let mut params = CertificateParams::new(names.clone())?;
        params
            .distinguished_name
            .push(DnType::CommonName, &names[0]);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if case == Certificate::Expired {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate()?;
        let issuer = if case == Certificate::UnknownAuthority {
            &stranger
        } else {
            &ca
        };
        let certificate = params.signed_by(&key, issuer)?;
        fs::write(
            folder.join(format!("{}.pem", case.stem())),
            certificate.pem(),
        )?;
        let path = folder.join(format!("{}.key", case.stem()));
        fs::write(&path, key.serialize_pem())?;
        // Samba refuses a key that others may read.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

fn authority(name: &str) -> Result<(String, Issuer<'static, KeyPair>)> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate()?;
    let pem = params.self_signed(&key)?.pem();
    Ok((pem, Issuer::new(params, key)))
}
