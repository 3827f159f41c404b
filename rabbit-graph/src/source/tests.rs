use std::io::Write;

use super::*;

#[test]
fn gzip_is_told_by_its_first_bytes() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(b"{\"queues\": []}").unwrap();
    let packed = packer.finish().unwrap();
    assert_eq!(unpacked(packed.clone()).unwrap(), b"{\"queues\": []}");
    assert_eq!(unpacked(b"{}".to_vec()).unwrap(), b"{}");
    assert!(unpacked(packed[..packed.len() - 4].to_vec()).is_err());
}

#[test]
fn a_password_in_a_url_is_refused_and_not_repeated() {
    let error = load("https://u:planted@127.0.0.1:1/", &Access::default()).unwrap_err();
    assert!(!format!("{error:?}").contains("planted"));
    assert_eq!(error.kind(), Kind::Usage);
    let error = load("https://u:planted@[/", &Access::default()).unwrap_err();
    assert!(!format!("{error:?}").contains("planted"));
}
