//! A headless Chromium, driven through chromedriver by the WebDriver
//! protocol (W3C), which is JSON over HTTP.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::process::Background;

const START: Duration = Duration::from_secs(60);
const ANSWER: Duration = Duration::from_secs(60);

/// The switches that keep a browser to itself: no network but what a page
/// asks for, nothing kept.
const SWITCHES: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// A browser with one window. Dropped, it is closed.
#[derive(Debug)]
pub struct Browser {
    port: u16,
    session: String,
    // The driver ends, and with it the browser, before the folder goes.
    _driver: Background,
    _folder: TempDir,
}

/// An element of a page.
#[derive(Debug, Clone)]
pub struct Element(String);

impl Browser {
    /// Starts chromedriver and a browser of this size.
    ///
    /// # Errors
    /// When one of the two is not installed or does not come up.
    pub fn start(width: u32, height: u32) -> Result<Self> {
        let folder = TempDir::new()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}"));
        let mut driver = Background::start("chromedriver", command, &folder.path().join("log"))
            .context("install chromium and chromium-driver (see packages.txt)")?;
        driver.wait_until("chromedriver listens", START, |_| {
            TcpStream::connect(("127.0.0.1", port))
                .map(drop)
                .map_err(|error| error.to_string())
        })?;
        let mut arguments: Vec<String> =
            SWITCHES.iter().map(|switch| (*switch).to_owned()).collect();
        arguments.push(format!("--window-size={width},{height}"));
        arguments.push(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ));
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
        }}});
        let mut browser = Browser {
            port,
            session: String::new(),
            _driver: driver,
            _folder: folder,
        };
        let answer = browser.ask("POST", "/session", Some(&capabilities))?;
        browser.session = answer["sessionId"]
            .as_str()
            .context("the session has no id")?
            .to_owned();
        Ok(browser)
    }

    /// Opens a file, with what follows `#` in the address.
    ///
    /// # Errors
    /// When the page cannot be loaded.
    pub fn open(&self, file: &Path, fragment: &str) -> Result<()> {
        self.go(&format!("file://{}{fragment}", file.display()))
    }

    /// Opens an address.
    ///
    /// # Errors
    /// When the page cannot be loaded.
    pub fn go(&self, url: &str) -> Result<()> {
        // A change of the fragment alone does not load a page.
        self.post("/url", &json!({"url": "about:blank"}))?;
        self.post("/url", &json!({ "url": url }))?;
        Ok(())
    }

    /// Shows pages as somebody sees them who prefers `light` or `dark`.
    ///
    /// # Errors
    /// When the driver refuses.
    pub fn prefer(&self, scheme: &str) -> Result<()> {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.post(
            "/goog/cdp/execute",
            &json!({"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}}),
        )?;
        Ok(())
    }

    /// Runs the body of a function in the page and returns what it returns.
    ///
    /// # Errors
    /// When the script throws.
    pub fn run(&self, script: &str, arguments: Json) -> Result<Json> {
        self.post(
            "/execute/sync",
            &json!({"script": script, "args": arguments}),
        )
    }

    /// The first element that a CSS selector finds.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, selector: &str) -> Result<Element> {
        let answer = self.post(
            "/element",
            &json!({"using": "css selector", "value": selector}),
        )?;
        let id = answer
            .as_object()
            .and_then(|object| object.values().next())
            .and_then(Json::as_str)
            .with_context(|| format!("{selector}: {answer}"))?;
        Ok(Element(id.to_owned()))
    }

    /// Clicks where a user would: in the middle of the element.
    ///
    /// # Errors
    /// When the element cannot be clicked.
    pub fn click(&self, element: &Element) -> Result<()> {
        self.post(&format!("/element/{}/click", element.0), &json!({}))?;
        Ok(())
    }

    /// Points at an element without clicking.
    ///
    /// # Errors
    /// When the element is not in sight.
    pub fn point_at(&self, element: &Element) -> Result<()> {
        let origin = json!({"element-6066-11e4-a52e-4f735466cecf": element.0});
        self.post(
            "/actions",
            &json!({"actions": [{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"},
                "actions": [{"type": "pointerMove", "duration": 20, "x": 0, "y": 0, "origin": origin}]}]}),
        )?;
        Ok(())
    }

    /// Types into an element.
    ///
    /// # Errors
    /// When it takes no text.
    pub fn type_into(&self, element: &Element, text: &str) -> Result<()> {
        self.post(
            &format!("/element/{}/value", element.0),
            &json!({ "text": text }),
        )?;
        Ok(())
    }

    /// Presses keys, wherever the focus is.
    ///
    /// # Errors
    /// When the driver refuses.
    pub fn press(&self, keys: &str) -> Result<()> {
        let actions: Vec<Json> = keys
            .chars()
            .flat_map(|key| {
                let key = key.to_string();
                [
                    json!({"type": "keyDown", "value": key}),
                    json!({"type": "keyUp", "value": key}),
                ]
            })
            .collect();
        self.post(
            "/actions",
            &json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}),
        )?;
        Ok(())
    }

    /// The window as PNG.
    ///
    /// # Errors
    /// When the driver refuses.
    pub fn screenshot(&self) -> Result<Vec<u8>> {
        let answer = self.ask(
            "GET",
            &format!("/session/{}/screenshot", self.session),
            None,
        )?;
        let text = answer.as_str().context("no screenshot")?;
        Ok(STANDARD.decode(text)?)
    }

    fn post(&self, path: &str, body: &Json) -> Result<Json> {
        self.ask(
            "POST",
            &format!("/session/{}{path}", self.session),
            Some(body),
        )
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Json>) -> Result<Json> {
        let body = body.map(Json::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(ANSWER))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )?;
        let mut answer = Vec::new();
        let mut piece = [0; 16 * 1024];
        // The driver may keep the connection open: its length tells the end.
        let content = loop {
            if let Some(content) = complete(&answer) {
                break content;
            }
            let count = stream
                .read(&mut piece)
                .with_context(|| format!("{method} {path}"))?;
            ensure!(count > 0, "{method} {path}: the answer is cut short");
            answer.extend_from_slice(&piece[..count]);
        };
        let value: Json = serde_json::from_slice(&content)?;
        let value = value["value"].clone();
        if let Some(error) = value["error"].as_str() {
            bail!("{method} {path}: {error}: {}", value["message"]);
        }
        Ok(value)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            let _ = self.ask("DELETE", &format!("/session/{}", self.session), None);
        }
    }
}

/// The content of an answer, once it is all there.
fn complete(answer: &[u8]) -> Option<Vec<u8>> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))?
        .trim()
        .parse()
        .ok()?;
    (answer.len() >= end + length).then(|| answer[end..end + length].to_vec())
}
