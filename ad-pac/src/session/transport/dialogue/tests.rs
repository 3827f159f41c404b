use tokio::io::duplex;

use super::*;

/// What a server answers that sends these bytes whatever it is asked.
async fn answer_to(server: &[u8]) -> Result<Answer, String> {
    let (mut client, mut peer) = duplex(1024);
    let server = server.to_vec();
    let serving = tokio::spawn(async move {
        let mut request = vec![0; START_TLS.len()];
        peer.read_exact(&mut request).await.unwrap();
        peer.write_all(&server).await.unwrap();
        request
    });
    let answer = ask(&mut client, START_TLS).await;
    assert_eq!(serving.await.unwrap(), START_TLS);
    answer
}

const SUCCESS: &[u8] = &[
    0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00,
];

#[tokio::test]
async fn an_answer_is_read_with_its_code_text_and_credentials() {
    assert_eq!(answer_to(SUCCESS).await.unwrap().code, ResultCode::SUCCESS);
    let step = b"\x30\x13\x02\x01\x01\x61\x0e\x0a\x01\x0e\x04\x00\x04\x02hm\x87\x03abc";
    let answer = answer_to(step).await.unwrap();
    assert_eq!((answer.code.0, answer.text.as_str()), (14, "hm"));
    assert_eq!(answer.credentials, b"abc");
}

#[tokio::test]
async fn what_is_slipped_in_behind_the_answer_is_refused() {
    let error = answer_to(&[SUCCESS, SUCCESS].concat()).await.unwrap_err();
    assert!(error.contains("more than it was asked"), "{error}");
}

#[tokio::test]
async fn what_is_no_answer_says_so() {
    for (bytes, part) in [
        (&b"HTTP/1.1 400 Bad Request\r\n"[..], "not LDAP"),
        (b"", "closed"),
        (&SUCCESS[..5], "closed"),
        // A search result where an answer should be.
        (b"\x30\x05\x02\x01\x01\x64\x00", "not LDAP"),
        (b"\x30\x84\x7f\xff\xff\xff", "announced"),
    ] {
        let error = answer_to(bytes).await.unwrap_err();
        assert!(error.contains(part), "{bytes:?}: {error}");
    }
}

#[test]
fn requests_are_messages() {
    for request in [START_TLS.to_vec(), sasl_bind("GSSAPI", &[7; 300])] {
        assert_eq!(frame::message(&request), Ok(Some(request.len())));
    }
}
