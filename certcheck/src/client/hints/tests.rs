use super::super::cases::{CASES, find};
use super::*;

fn recognised(words: &[&str]) -> Option<Client> {
    let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    recognise(&words)
}

#[test]
fn clients_are_recognised_by_program_and_by_what_scripts_import() {
    assert_eq!(
        recognised(&["curl", "--cacert", "{ca}", "{url}"]),
        Some(Client::Curl)
    );
    assert_eq!(recognised(&["/usr/bin/wget", "{url}"]), Some(Client::Wget));
    assert_eq!(
        recognised(&["python3", "-c", "import pycurl"]),
        Some(Client::Pycurl)
    );
    assert_eq!(recognised(&["python3.11", "x.py"]), Some(Client::PythonSsl));
    assert_eq!(
        recognised(&["python3", "x.py", "import requests\n"]),
        Some(Client::Requests)
    );
    assert_eq!(
        recognised(&["sh", "-c", "echo | openssl s_client -connect x"]),
        Some(Client::OpenSsl)
    );
    assert_eq!(
        recognised(&["perl", "-MLWP::UserAgent", "-e", "1"]),
        Some(Client::Lwp)
    );
    assert_eq!(recognised(&["go", "run", "."]), Some(Client::Go));
    assert_eq!(recognised(&["./good-client"]), None);
}

#[test]
fn every_case_has_a_hint_for_every_client_and_for_none() {
    let clients = SIGNS.iter().map(|(_, client)| Some(*client)).chain([None]);
    for client in clients {
        for case in CASES {
            assert!(!hint(case, client).is_empty(), "{client:?} {}", case.id);
        }
    }
}

#[test]
fn the_hole_of_the_missing_host_check_has_its_option() {
    let hint = hint(find("wrong-host").unwrap(), Some(Client::Pycurl));
    assert!(hint.contains("SSL_VERIFYHOST, 2"), "{hint}");
}
