use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::{CertificateError, Error as TlsError, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::time::Duration;

use super::*;

fn root() -> (CertificateParams, KeyPair, CertificateDer<'static>) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().clone();
    (params, key, der)
}

fn trust(root: &CertificateDer<'static>) -> Trust {
    let mut trust = Trust::nobody("test");
    trust.add_root(root.clone()).unwrap();
    trust
}

#[test]
fn the_recorder_agrees_with_the_verifier_of_rustls_and_keeps_the_chain() {
    let (params, key, root_der) = root();
    let issuer = Issuer::from_params(&params, &key);
    let mut expired = CertificateParams::new(vec!["a.example".into()]).unwrap();
    expired.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let good = CertificateParams::new(vec!["a.example".into()]).unwrap();
    let other = CertificateParams::new(vec!["b.example".into()]).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
    let mut store = RootCertStore::empty();
    store.add(root_der.clone()).unwrap();
    let reference = WebPkiServerVerifier::builder_with_provider(
        Arc::new(store),
        Arc::new(aws_lc_rs::default_provider()),
    )
    .build()
    .unwrap();
    let trust = Arc::new(trust(&root_der));
    let name = ServerName::try_from("a.example").unwrap();
    for (params, accepted) in [(good, true), (expired, false), (other, false)] {
        let leaf_key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&leaf_key, &issuer).unwrap().der().clone();
        let record = Arc::new(Record::default());
        let ours = RecordingVerifier::new(Arc::clone(&trust), name.clone(), Arc::clone(&record));
        // The name that was dialled does not count; the expected one does.
        let dialled = ServerName::try_from("b.example").unwrap();
        let answer = ours.verify_server_cert(&leaf, &[], &dialled, &[], now);
        assert_eq!(answer.is_ok(), accepted);
        assert_eq!(
            reference
                .verify_server_cert(&leaf, &[], &name, &[], now)
                .is_ok(),
            accepted
        );
        let recorded = record.snapshot();
        assert_eq!(recorded.presented, [leaf]);
        assert_eq!(recorded.verdict.unwrap().is_ok(), accepted);
    }
}

#[test]
fn bytes_that_are_no_certificate_are_refused_and_kept() {
    let (_, _, root_der) = root();
    let record = Arc::new(Record::default());
    let verifier = RecordingVerifier::new(
        Arc::new(trust(&root_der)),
        ServerName::try_from("a.example").unwrap(),
        Arc::clone(&record),
    );
    let junk = CertificateDer::from(vec![1, 2, 3]);
    let answer = verifier.verify_server_cert(
        &junk,
        &[],
        &ServerName::try_from("a.example").unwrap(),
        &[],
        UnixTime::since_unix_epoch(Duration::from_secs(1)),
    );
    assert_eq!(
        answer.unwrap_err(),
        TlsError::InvalidCertificate(CertificateError::BadEncoding)
    );
    assert_eq!(record.snapshot().presented, [junk]);
}
