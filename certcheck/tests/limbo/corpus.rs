//! Reads the corpus.
#![allow(dead_code, reason = "each test uses a part")]
#![allow(missing_docs, reason = "a test's module")]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A chain and what is to be thought of it.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) valid: bool,
    pub(crate) name: String,
    pub(crate) time: String,
    pub(crate) key: Option<String>,
    pub(crate) conflicts_with: Vec<String>,
    pub(crate) leaf: String,
    pub(crate) intermediates: Vec<String>,
    roots: Vec<String>,
    crls: Vec<String>,
    kind: String,
    features: Vec<String>,
}

/// Where a case lies as files.
pub(crate) struct Files {
    pub(crate) chain: PathBuf,
    pub(crate) roots: PathBuf,
    pub(crate) crls: Option<PathBuf>,
}

/// The corpus: what `X509_LIMBO_JSON` names, else a file beside the
/// workspace. Without one the test passes and says so.
pub(crate) fn load(test: &str) -> Option<Vec<Case>> {
    let named = std::env::var_os("X509_LIMBO_JSON").map(PathBuf::from);
    let path = named.clone().unwrap_or_else(|| {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/x509-limbo.json")
    });
    if named.is_none() && !path.exists() {
        say(&format!(
            "NOT RUN: {test}: no corpus (X509_LIMBO_JSON names none, and {} does not exist)\n",
            path.display()
        ));
        return None;
    }
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let corpus: Value = serde_json::from_str(&text).unwrap();
    let cases = corpus["testcases"].as_array().unwrap().iter();
    Some(cases.map(case).collect())
}

/// Writes past the capture of the test runner.
pub(crate) fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn case(value: &Value) -> Case {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let list = |key: &str| -> Vec<String> {
        value[key]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.as_str().map(ToOwned::to_owned))
            .collect()
    };
    Case {
        id: text("id"),
        valid: value["expected_result"] == "SUCCESS",
        name: value["expected_peer_name"]["value"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        // The corpus was made at this time where a case names none.
        time: value["validation_time"]
            .as_str()
            .unwrap_or("2024-06-01T00:00:00Z")
            .to_owned(),
        key: value["peer_certificate_key"]
            .as_str()
            .map(ToOwned::to_owned),
        conflicts_with: list("conflicts_with"),
        leaf: text("peer_certificate"),
        intermediates: list("untrusted_intermediates"),
        roots: list("trusted_certs"),
        crls: list("crls"),
        kind: text("validation_kind"),
        features: list("features"),
    }
}

impl Case {
    /// Why the case cannot be put to an HTTPS client, if so.
    pub(crate) fn unposable(&self) -> Option<&'static str> {
        if self.kind != "SERVER" {
            Some("it is about a client's certificate")
        } else if self.name.is_empty() {
            Some("it names no peer")
        } else if self.features.iter().any(|one| one == "max-chain-depth") {
            Some("it sets a depth limit, which HTTPS clients do not have")
        } else {
            None
        }
    }

    /// Writes the case below `folder`.
    pub(crate) fn write(&self, folder: &Path) -> Files {
        let folder = folder.join(self.id.replace("::", "-"));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, text: String| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let chain = std::iter::once(&self.leaf).chain(&self.intermediates);
        Files {
            chain: write("chain.pem", joined(chain)),
            roots: write("roots.pem", joined(self.roots.iter())),
            crls: (!self.crls.is_empty()).then(|| write("crls.pem", joined(self.crls.iter()))),
        }
    }
}

fn joined<'a>(texts: impl Iterator<Item = &'a String>) -> String {
    texts.map(|text| format!("{}\n", text.trim_end())).collect()
}
