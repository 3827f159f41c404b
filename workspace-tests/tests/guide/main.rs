//! Every session of the guide, run as it stands.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod stage;

use std::fs;
use std::path::PathBuf;

use stage::Stage;
use workspace_tests::bins::workspace;
use workspace_tests::examples::{alike, blocks_of, session};

fn docs() -> PathBuf {
    workspace().join("docs")
}

fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(docs()).unwrap();
    let mut pages: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    pages.sort();
    assert!(pages.len() >= 8, "{pages:?}");
    pages
}

/// Runs the sessions of a page, in its order, and compares, with what it
/// prints and with the pictures that the page has of what was drawn.
fn prints_what_it_shows(page: &str, stage: &Stage) {
    let text = fs::read_to_string(docs().join(page)).unwrap();
    let mut commands = 0;
    let mut wrong = String::new();
    for block in blocks_of(&text, "console") {
        for typed in session(&block) {
            let printed = stage.run(&typed.who, &typed.command);
            let lines: Vec<&str> = printed.lines().collect();
            if !alike(&typed.shown, &lines, same) {
                wrong.push_str(&format!("$ {}\n{printed}\n", typed.command));
            }
            commands += 1;
        }
    }
    assert!(wrong.is_empty(), "{page}: printed otherwise:\n{wrong}");
    assert!(commands >= 2, "{page}: only {commands} commands");
    for picture in pictures(&text).filter(|name| name.ends_with(".svg")) {
        let drawn = stage.file(picture);
        let drawn = drawn.unwrap_or_else(|| panic!("{page}: no command drew {picture}"));
        let kept = fs::read(docs().join("pictures").join(picture)).unwrap();
        assert!(drawn == kept, "{page}: {picture} is drawn otherwise by now");
    }
}

/// The same words; only the sizes of tokens, which have a random number in
/// them and the microsecond, may differ by the three bytes that is good for.
fn same(shown: &str, printed: &str) -> bool {
    const WOBBLE: u32 = 3;
    if shown == printed {
        return true;
    }
    let parts = |line: &str| -> Vec<String> {
        line.split_inclusive([' ', ','])
            .map(str::to_owned)
            .collect()
    };
    let size = |word: &str| word.trim_end_matches([' ', ',']).parse::<u32>().ok();
    let (shown, printed) = (parts(shown), parts(printed));
    shown.len() == printed.len()
        && shown.iter().zip(&printed).all(|(one, other)| {
            let near = |(a, b): (u32, u32)| a >= 500 && a.abs_diff(b) <= WOBBLE;
            one == other || size(one).zip(size(other)).is_some_and(near)
        })
}

/// The names of the pictures of a page.
fn pictures(page: &str) -> impl Iterator<Item = &str> {
    let links = page.split("](pictures/").skip(1);
    links.map(|link| link.split(')').next().unwrap())
}

/// A picture of a screen is not the same twice (the test of the status page
/// makes it anew, `target/pxe-status-light.png`).
#[test]
fn every_picture_is_on_a_page_and_small() {
    let pages: Vec<String> = pages()
        .iter()
        .map(|page| fs::read_to_string(page).unwrap())
        .collect();
    let shown: Vec<&str> = pages.iter().flat_map(|page| pictures(page)).collect();
    let kept = fs::read_dir(docs().join("pictures")).unwrap();
    let mut seen = 0;
    for entry in kept {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert!(shown.contains(&name.as_str()), "{name} is on no page");
        assert!(entry.metadata().unwrap().len() < 100_000, "{name}");
        if name.ends_with(".png") {
            let picture = fs::read(entry.path()).unwrap();
            assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"), "{name}");
        }
        seen += 1;
    }
    assert!(seen >= 3, "{seen}");
}

/// The pages that need nobody else.
#[test]
fn sessions_of_pages_without_a_peer_print_what_they_show() {
    let mut seen = 0;
    for page in pages() {
        let name = page.file_name().unwrap().to_str().unwrap();
        let elsewhere = [DOMAIN_PAGE, CRON_PAGE, "README.md"];
        if !elsewhere.contains(&name) {
            prints_what_it_shows(name, &Stage::alone());
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen}");
}

const DOMAIN_PAGE: &str = "permission-denied-on-nfs.md";
const CRON_PAGE: &str = "certificates-in-cron-and-prometheus.md";

/// Against a real directory and KDC.
#[test]
fn the_session_on_a_denied_mount_prints_what_it_shows() {
    prints_what_it_shows(DOMAIN_PAGE, &Stage::domain());
}

/// Against real servers.
#[test]
fn the_session_on_watched_certificates_prints_what_it_shows() {
    prints_what_it_shows(CRON_PAGE, &Stage::servers());
}

/// The files that pages show, by the kind of the block.
#[test]
fn files_that_a_page_shows_are_those_it_uses() {
    for (page, kind, files) in [
        (
            "a-classroom-boots-at-once.md",
            "toml",
            &["classroom.toml"][..],
        ),
        (
            "wds-through-another-dhcp-server.md",
            "text",
            &["dhcpd.conf"],
        ),
        (CRON_PAGE, "toml", &["hosts.toml"]),
        (
            "does-my-script-verify.md",
            "python",
            &["fetch.py", "fetch-mended.py"],
        ),
    ] {
        let text = fs::read_to_string(docs().join(page)).unwrap();
        let used: Vec<String> = files
            .iter()
            .map(|file| fs::read_to_string(docs().join("data").join(file)).unwrap())
            .collect();
        assert_eq!(blocks_of(&text, kind), used, "{page}");
    }
}

#[test]
fn every_link_of_the_guide_leads_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1) {
            let link = link.split(')').next().unwrap();
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = docs().join(file);
            assert!(target.exists(), "{}: {link}", page.display());
            if !heading.is_empty() {
                let headings = fs::read_to_string(&target).unwrap();
                assert!(
                    headings.lines().any(|line| anchor(line) == heading),
                    "{}: {link}",
                    page.display()
                );
            }
        }
    }
}

/// What a heading is called in links.
fn anchor(line: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || *c == ' ' || *c == '-';
    let text: String = line
        .trim_start_matches('#')
        .trim()
        .chars()
        .filter(kept)
        .collect();
    text.to_lowercase().replace(' ', "-")
}
