//! Which part of the status an HTTP request is for, and the page's own files.
//! They are compiled in: nothing is loaded from elsewhere, and the page's
//! policy forbids it to.

use super::metrics;
use crate::timeline::Id;

/// What of the status is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// A file that never changes.
    Fixed(&'static Asset),
    /// Where every client stands.
    Snapshot,
    /// One client's boot.
    Client(Id),
    /// Numbers for Prometheus.
    Metrics,
    /// There is no such thing.
    Unknown,
}

/// A file of the page.
#[derive(Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its path.
    pub path: &'static str,
    /// What it is.
    pub content_type: &'static str,
    /// Its bytes.
    pub content: &'static str,
}

const ASSETS: &[Asset] = &[
    Asset {
        path: "/status",
        content_type: "text/html; charset=utf-8",
        content: include_str!("page/page.html"),
    },
    Asset {
        path: "/status/page.css",
        content_type: "text/css; charset=utf-8",
        content: include_str!("page/page.css"),
    },
    Asset {
        path: "/status/page.js",
        content_type: "text/javascript; charset=utf-8",
        content: include_str!("page/page.js"),
    },
];

impl Page {
    /// The content type of the answer.
    pub fn content_type(&self) -> &'static str {
        match self {
            Page::Fixed(asset) => asset.content_type,
            Page::Metrics => metrics::CONTENT_TYPE,
            Page::Snapshot | Page::Client(_) | Page::Unknown => "application/json",
        }
    }
}

/// What of the status a path and its query ask for; nothing when the path is
/// a boot file's.
pub fn asked(path: &str, query: Option<&str>) -> Option<Page> {
    if let Some(asset) = ASSETS.iter().find(|asset| asset.path == path) {
        return Some(Page::Fixed(asset));
    }
    match path {
        "/status/" => Some(Page::Fixed(&ASSETS[0])),
        "/metrics" => Some(Page::Metrics),
        "/status.json" => Some(match query.filter(|query| !query.is_empty()) {
            None => Page::Snapshot,
            Some(query) => query
                .strip_prefix("client=")
                .and_then(|id| id.replace("%3A", ":").replace("%3a", ":").parse().ok())
                .map_or(Page::Unknown, Page::Client),
        }),
        _ => None,
    }
}
