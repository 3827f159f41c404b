use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn hmac_md5_matches_the_vectors_of_rfc_2202() {
    assert_eq!(
        hex(&hmac_md5(&[0x0b; 16], b"Hi There")),
        "9294727a3638bb1c13f48ef8158bfc9d"
    );
    assert_eq!(
        hex(&hmac_md5(b"Jefe", b"what do ya want for nothing?")),
        "750c783e6ab0b503eaa86e310a5db738"
    );
}

#[test]
fn what_is_sealed_opens_once_and_in_order() {
    for explicit in [false, true] {
        let new = || Protection::new(0x0301, explicit, &[1; 20], &[2; 16], &[3; 16]);
        let (mut writer, mut reader) = (new(), new());
        for content in [&b"first"[..], b"", &[7; 1000]] {
            let record = writer.seal(23, content).unwrap();
            assert!(matches!(reader.open(23, &record), Opened::Content(read) if read == content));
        }
        let record = writer.seal(23, b"again").unwrap();
        assert!(matches!(reader.open(22, &record), Opened::Bad));
    }
}

#[test]
fn broken_records_are_bad() {
    let mut reader = Protection::new(0x0302, true, &[1; 20], &[2; 16], &[3; 16]);
    for length in [0, 1, 15, 16, 17, 32, 48, 64] {
        assert!(
            matches!(reader.open(23, &vec![0; length]), Opened::Bad),
            "{length}"
        );
    }
}
