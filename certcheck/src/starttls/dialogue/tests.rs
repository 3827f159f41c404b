use proptest::prelude::*;

use super::*;

/// Plays a server's lines one byte at a time and gives back what was sent.
fn play(protocol: StartTls, answers: &[&[u8]]) -> (Vec<Vec<u8>>, Result<Step, Refusal>) {
    let (mut dialogue, opening) = Dialogue::new(protocol, "example.org");
    let mut sent = vec![opening];
    let mut last = Ok(Step::Send(Vec::new()));
    for answer in answers {
        for byte in *answer {
            last = dialogue.receive(&[*byte]);
            match &last {
                Ok(Step::Send(bytes)) if !bytes.is_empty() => sent.push(bytes.clone()),
                Ok(_) => {}
                Err(_) => return (sent, last),
            }
        }
    }
    sent.retain(|bytes| !bytes.is_empty());
    (sent, last)
}

fn refusal(protocol: StartTls, answers: &[&[u8]]) -> Refusal {
    play(protocol, answers).1.unwrap_err()
}

#[test]
fn smtp_waits_for_the_whole_list_of_extensions() {
    let (sent, last) = play(
        StartTls::Smtp,
        &[
            b"220-mx.example.org\r\n220 ESMTP\r\n",
            b"250-mx.example.org\r\n250-SIZE 10\r\n250-STARTTLS\r\n250 8BITMIME\r\n",
            b"220 2.0.0 Ready\r\n",
        ],
    );
    assert_eq!(sent, [&b"EHLO certcheck.invalid\r\n"[..], b"STARTTLS\r\n"]);
    assert_eq!(last, Ok(Step::Ready));
}

#[test]
fn smtp_without_the_extension_offers_nothing() {
    let refusal = refusal(StartTls::Smtp, &[b"220 mx\r\n", b"250-mx\r\n250 SIZE\r\n"]);
    assert_eq!(refusal, Refusal::NotOffered("STARTTLS"));
}

#[test]
fn a_server_that_says_no_is_quoted() {
    assert_eq!(
        refusal(StartTls::Smtp, &[b"554 5.7.1 go away\r\n"]),
        Refusal::Denied("554 5.7.1 go away".to_owned())
    );
    assert_eq!(
        refusal(
            StartTls::Ftp,
            &[b"220 ok\r\n", b"530 Please login with USER and PASS.\r\n"]
        ),
        Refusal::Denied("530 Please login with USER and PASS.".to_owned())
    );
    assert_eq!(
        refusal(StartTls::Pop3, &[b"+OK\r\n", b"-ERR no\x1b[31m TLS\r\n"]),
        Refusal::Denied("-ERR no\u{fffd}[31m TLS".to_owned())
    );
    assert_eq!(
        refusal(StartTls::Imap, &[b"* BYE full\r\n"]),
        Refusal::Denied("* BYE full".to_owned())
    );
}

#[test]
fn imap_skips_what_it_did_not_ask_for() {
    let (sent, last) = play(
        StartTls::Imap,
        &[
            b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n",
            b"* CAPABILITY x\r\na1 OK go\r\n",
        ],
    );
    assert_eq!(sent, [b"a1 STARTTLS\r\n"]);
    assert_eq!(last, Ok(Step::Ready));
    assert!(matches!(
        refusal(StartTls::Imap, &[b"* PREAUTH you are in\r\n"]),
        Refusal::Denied(_)
    ));
}

#[test]
fn pop3_ftp_and_postgres_agree_in_a_word() {
    assert_eq!(
        play(StartTls::Pop3, &[b"+OK hi\r\n", b"+OK go\r\n"]).1,
        Ok(Step::Ready)
    );
    let greeting = b"220-Welcome\r\nto this server\r\n220 end\r\n";
    let (sent, last) = play(StartTls::Ftp, &[greeting, b"234 go\r\n"]);
    assert_eq!(
        (sent.as_slice(), last),
        (&[b"AUTH TLS\r\n".to_vec()][..], Ok(Step::Ready))
    );
    assert_eq!(play(StartTls::Postgres, &[b"S"]).1, Ok(Step::Ready));
    assert_eq!(
        refusal(StartTls::Postgres, &[b"N"]),
        Refusal::NotOffered("TLS")
    );
}

#[test]
fn ldap_reads_the_result() {
    let ok = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
    let (sent, last) = play(StartTls::Ldap, &[ok]);
    assert_eq!(sent, [ldap::REQUEST]);
    assert_eq!(last, Ok(Step::Ready));
    let no = b"\x30\x11\x02\x01\x01\x78\x0c\x0a\x01\x02\x04\x00\x04\x05no TL";
    assert_eq!(
        refusal(StartTls::Ldap, &[no]),
        Refusal::Denied("result 2 no TL".to_owned())
    );
    assert!(matches!(
        refusal(StartTls::Ldap, &[b"HTTP/1.1"]),
        Refusal::Nonsense(_)
    ));
    assert!(matches!(
        refusal(StartTls::Ldap, &[b"\x30\x80"]),
        Refusal::Nonsense(_)
    ));
}

#[test]
fn the_ldap_request_has_the_lengths_it_says() {
    assert_eq!(ldap::REQUEST.len(), 2 + 0x1d);
    assert_eq!(&ldap::REQUEST[9..], b"1.3.6.1.4.1.1466.20037");
    assert_eq!(
        usize::from(ldap::REQUEST[8]),
        b"1.3.6.1.4.1.1466.20037".len()
    );
}

#[test]
fn xmpp_finds_the_feature_whatever_its_prefix() {
    let features = b"<?xml version='1.0'?><stream:stream from='example.org' id='x'>\
        <stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>";
    let proceed = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    let (sent, last) = play(StartTls::Xmpp, &[features, proceed]);
    assert!(String::from_utf8_lossy(&sent[0]).contains("to='example.org'"));
    assert_eq!(
        sent[1],
        b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    );
    assert_eq!(last, Ok(Step::Ready));
    let none = b"<stream:stream><stream:features><bind/></stream:features>";
    assert_eq!(
        refusal(StartTls::Xmpp, &[none]),
        Refusal::NotOffered("STARTTLS")
    );
    let error = b"<stream:stream><stream:error><host-unknown/></stream:error>";
    assert!(matches!(
        refusal(StartTls::Xmpp, &[error]),
        Refusal::Denied(_)
    ));
}

#[test]
fn a_server_of_another_protocol_is_told_from_one_that_refuses() {
    for protocol in [
        StartTls::Imap,
        StartTls::Pop3,
        StartTls::Smtp,
        StartTls::Ftp,
    ] {
        assert!(matches!(
            refusal(protocol, &[b"HTTP/1.1 400 Bad Request\r\n"]),
            Refusal::Nonsense(words) if words == "HTTP/1.1 400 Bad Request"
        ));
    }
    assert!(matches!(
        refusal(StartTls::Xmpp, &[b"SSH-2.0-x\r\n"]),
        Refusal::Nonsense(_)
    ));
    assert!(matches!(
        refusal(StartTls::Postgres, &[b"\x15\x03"]),
        Refusal::Nonsense(_)
    ));
}

#[test]
fn words_behind_the_consent_are_an_injection() {
    let (mut dialogue, _) = Dialogue::new(StartTls::Pop3, "x");
    dialogue.receive(b"+OK hi\r\n").unwrap();
    assert_eq!(
        dialogue.receive(b"+OK go\r\n+OK injected\r\n"),
        Err(Refusal::Injected)
    );
    let (mut dialogue, _) = Dialogue::new(StartTls::Postgres, "x");
    assert_eq!(dialogue.receive(b"SX"), Err(Refusal::Injected));
}

#[test]
fn endless_talk_ends() {
    for (_, protocol) in StartTls::ALL {
        let (mut dialogue, _) = Dialogue::new(protocol, "x");
        let line: &[u8] = match protocol {
            StartTls::Smtp | StartTls::Ftp => b"220-more\r\n",
            StartTls::Imap | StartTls::Pop3 => b"..............",
            StartTls::Ldap | StartTls::Postgres => b"\x30\x84\x7f\xff\xff\xff",
            StartTls::Xmpp => b"<a>",
        };
        let ended = (0..MOST_INPUT).any(|_| dialogue.receive(line).is_err());
        assert!(ended, "{}", protocol.name());
    }
}

#[test]
fn a_name_cannot_leave_its_attribute() {
    let text = String::from_utf8(xmpp::opening("a'><x")).unwrap();
    assert!(text.contains("to='a&apos;>&lt;x'"), "{text}");
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(index in 0usize..7, chunks in proptest::collection::vec(
        proptest::collection::vec(any::<u8>(), 0..60), 0..6)) {
        let (mut dialogue, _) = Dialogue::new(StartTls::ALL[index].1, "x");
        for chunk in chunks {
            if dialogue.receive(&chunk).is_err() {
                break;
            }
        }
    }

    #[test]
    fn tags_in_any_order_do_not_panic(words in proptest::collection::vec(
        proptest::sample::select(vec!["<", ">", "/", "stream:features", "starttls", "proceed", "é",
            " xmlns='urn:ietf:params:xml:ns:xmpp-tls'", "\u{0}", "<proceed/>", "</features>"]), 0..40)) {
        let (mut dialogue, _) = Dialogue::new(StartTls::Xmpp, "x");
        for word in words {
            if dialogue.receive(word.as_bytes()).is_err() {
                break;
            }
        }
    }
}
