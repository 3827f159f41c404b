use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::*;
use crate::timeline::{Id, Outcome, Timeline, Way};

const LIFE: u64 = 1_700_000_000_000;
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 9);
/// A name that a client chose to be markup, a label, a line, an escape.
const HOSTILE: &str = r#"<img src=x onerror=alert(1)>"}</script>\n# HELP"#;

fn timeline() -> Timeline {
    let timeline = Timeline::default();
    let transfer = timeline.began(CLIENT, Way::Tftp, HOSTILE, Some(2000), LIFE);
    transfer.reached(2000);
    timeline.ended(&transfer, &Outcome::Whole, 0, LIFE + 1000);
    timeline.refused(CLIENT, Way::Http, HOSTILE, 404, "Not Found", LIFE + 2000);
    let _under_way = timeline.began(CLIENT, Way::Http, "b", None, LIFE + 3000);
    timeline
}

#[test]
fn metrics_are_what_prometheus_reads_and_nothing_of_a_client_is_in_them() {
    let text = metrics(&timeline().counts(LIFE + 4000), Some(3));
    assert!(
        !text.contains("onerror") && !text.contains("10.0.0.9"),
        "{text}"
    );
    let samples: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let version = concat!(
        "pxe_build_info{version=\"",
        env!("CARGO_PKG_VERSION"),
        "\"} 1"
    );
    assert_eq!(
        samples,
        [
            version,
            "pxe_transfers_total{way=\"tftp\",outcome=\"whole\"} 1",
            "pxe_transfers_active{way=\"tftp\"} 0",
            "pxe_transfers_active{way=\"http\"} 1",
            "pxe_transfer_bytes_total{way=\"tftp\"} 2000",
            "pxe_transfer_bytes_total{way=\"http\"} 0",
            "pxe_files_refused_total{way=\"http\"} 1",
            "pxe_clients{state=\"asking\"} 0",
            "pxe_clients{state=\"offered\"} 0",
            "pxe_clients{state=\"loading\"} 1",
            "pxe_clients{state=\"loaded\"} 0",
            "pxe_clients{state=\"stopped\"} 0",
            "pxe_clients{state=\"ignored\"} 0",
            "pxe_clients_forgotten_total 0",
            "pxe_leases 3",
        ]
    );
    // Every family is described before its samples.
    for line in &samples {
        let name = line.split(['{', ' ']).next().unwrap();
        assert!(text.contains(&format!("# TYPE {name} ")), "{name}");
    }
}

#[test]
fn json_carries_any_name_as_a_string_and_times_in_utc() {
    let timeline = timeline();
    let value = snapshot(&timeline.snapshot(LIFE + 4000));
    let text = value.to_string();
    let back: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(back["clients"][0]["id"], "10.0.0.9");
    assert_eq!(back["at"], "2023-11-14T22:13:24.000Z");
    let one = timeline.detail(Id::Address(CLIENT), LIFE + 4000).unwrap();
    let one = detail(&one);
    let step = one["steps"][0]["text"].as_str().unwrap();
    assert!(step.contains(HOSTILE), "{step}");
}

/// The page shows text as text, whatever it is: there is no way in its script
/// by which a string becomes markup or code.
#[test]
fn no_string_can_become_markup_in_the_page() {
    let mut files = 0;
    for path in ["/status", "/status/page.js", "/status/page.css"] {
        let Some(Page::Fixed(asset)) = asked(path, None) else {
            panic!("{path} is missing");
        };
        files += 1;
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "DOMParser",
            "createContextualFragment",
            "javascript:",
            " onclick=",
            "http://",
            "https://",
        ] {
            assert!(!asset.content.contains(way), "{path} has {way}");
        }
    }
    assert_eq!(files, 3);
}

#[test]
fn paths_of_the_status_are_told_from_boot_files() {
    let client = Id::Address(CLIENT);
    assert_eq!(asked("/status.json", None), Some(Page::Snapshot));
    assert_eq!(
        asked("/status.json", Some("client=10.0.0.9")),
        Some(Page::Client(client))
    );
    let machine = asked("/status.json", Some("client=02%3A00%3A00%3A00%3A00%3A01"));
    assert!(
        matches!(machine, Some(Page::Client(Id::Mac(_)))),
        "{machine:?}"
    );
    for wrong in ["client=", "client=x", "x=1", "client=10.0.0.9&client=1"] {
        assert_eq!(
            asked("/status.json", Some(wrong)),
            Some(Page::Unknown),
            "{wrong}"
        );
    }
    assert_eq!(asked("/metrics", None), Some(Page::Metrics));
    for file in [
        "/",
        "/boot/x64/bootx64.efi",
        "/Status",
        "/status.json/",
        "//status",
    ] {
        assert_eq!(asked(file, None), None, "{file}");
    }
}

#[test]
fn questions_are_read_as_they_are_written() {
    for text in [
        "status",
        "watch",
        "leases",
        "client 10.0.0.9",
        "release 02:00:00:00:00:01",
    ] {
        let ask: Ask = text.parse().unwrap();
        assert_eq!(ask.to_string(), text);
        assert!(text.len() < LONGEST_ASK);
    }
    for (text, why) in [
        ("", "expected status"),
        ("release", "`release` wants a client"),
        ("release everything", "expected a hardware address"),
        ("status now", "`status` wants no more words"),
    ] {
        let error = text.parse::<Ask>().unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
    }
}

proptest! {
    #[test]
    fn any_line_is_a_question_or_an_error(line in ".{0,300}", query in ".{0,80}") {
        if let Ok(ask) = line.parse::<Ask>() {
            prop_assert_eq!(ask.to_string().parse::<Ask>(), Ok(ask));
        }
        let _ = asked("/status.json", Some(&query));
    }
}
