//! What `pxe watch` shows: a screen that is drawn anew, or lines.

use std::collections::BTreeMap;

use serde_json::Value;

use super::plain;

/// Cells of a progress bar.
const BAR: usize = 16;

/// Everything heard so far, by client.
#[derive(Debug, Default)]
pub struct Watched {
    clients: BTreeMap<String, Value>,
    states: Vec<(String, u64)>,
    at: String,
}

/// The states in the order in which somebody who watches wants them.
const ORDER: &[&str] = &[
    "loading", "stopped", "offered", "asking", "loaded", "ignored",
];

impl Watched {
    /// Takes news in; gives the lines that they are worth.
    pub fn hear(&mut self, news: &Value) -> Vec<String> {
        self.at = plain(&news["at"]);
        self.states = ORDER
            .iter()
            .map(|state| {
                let count = news["states"][*state].as_u64().unwrap_or(0);
                ((*state).to_owned(), count)
            })
            .collect();
        let mut lines = Vec::new();
        for client in news["clients"].as_array().into_iter().flatten() {
            let id = plain(&client["id"]);
            for step in client["steps"].as_array().into_iter().flatten() {
                let again = match step["times"].as_u64() {
                    Some(times) if times > 1 => format!(" ({times} times)"),
                    _ => String::new(),
                };
                let (at, text) = (time(&step["last"]), plain(&step["text"]));
                lines.push(format!("{at} {}: {text}{again}", name(client)));
            }
            let state = plain(&client["state"]);
            let is_end = ["loaded", "stopped", "ignored"].contains(&state.as_str());
            let before = self.clients.get(&id).map(|client| plain(&client["state"]));
            if is_end && before.as_deref() != Some(&state) {
                let at = time(&news["at"]);
                let hint = match client["reason"]["hint"].as_str() {
                    Some(_) => format!(" (hint: {})", plain(&client["reason"]["hint"])),
                    None => String::new(),
                };
                let text = plain(&client["text"]);
                lines.push(format!("{at} {}: {state}: {text}{hint}", name(client)));
            }
            self.clients.insert(id, client.clone());
        }
        lines
    }

    /// The screen, so wide and so high.
    pub fn screen(&self, width: usize, height: usize, color: bool) -> Vec<String> {
        let mut lines = vec![self.head(width, color)];
        let mut rows: Vec<&Value> = self.clients.values().collect();
        let place = |row: &Value| ORDER.iter().position(|state| row["state"] == *state);
        rows.sort_by_key(|row| (place(row), std::cmp::Reverse(plain(&row["began"]))));
        let room = height.saturating_sub(3);
        if rows.is_empty() {
            lines.push(String::new());
            let text = "No machine has asked yet. Start one that boots from the network.";
            lines.push(cut(text, width));
        }
        let shown = if rows.len() > room {
            room.saturating_sub(1)
        } else {
            rows.len()
        };
        let columns = Columns::of(&rows[..shown]);
        for row in &rows[..shown] {
            lines.push(columns.line(row, width, color));
        }
        if shown < rows.len() {
            let more = rows.len() - shown;
            let text = format!("… and {more} more (a higher window shows them)");
            lines.push(cut(&text, width));
        }
        lines
    }

    fn head(&self, width: usize, color: bool) -> String {
        let counts: Vec<String> = self
            .states
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(state, count)| format!("{count} {state}"))
            .collect();
        let counts = if counts.is_empty() {
            "no clients".to_owned()
        } else {
            counts.join(", ")
        };
        let time = self.at.get(11..19).unwrap_or_default();
        let head = cut(&format!("pxe watch  {time} UTC  {counts}"), width);
        if color {
            format!("\x1b[1m{head}\x1b[0m")
        } else {
            head
        }
    }
}

/// How wide the columns are.
struct Columns {
    client: usize,
    address: usize,
    arch: usize,
}

impl Columns {
    fn of(rows: &[&Value]) -> Columns {
        let width = |field: &str| {
            let cells = rows.iter().map(|row| plain(&row[field]).chars().count());
            cells.max().unwrap_or(0)
        };
        Columns {
            client: width("id"),
            address: width("address"),
            arch: width("arch"),
        }
    }

    fn line(&self, row: &Value, width: usize, color: bool) -> String {
        let state = plain(&row["state"]);
        let (client, address, arch) = (self.client, self.address, self.arch);
        let middle = format!(
            "{:client$}  {:address$}  {:arch$}  {}",
            plain(&row["id"]),
            plain(&row["address"]),
            plain(&row["arch"]),
            what(row)
        );
        let line = cut(&format!("{state:8}  {middle}"), width);
        let code = match state.as_str() {
            "loading" => "36",
            "loaded" => "32",
            "stopped" => "1;31",
            "ignored" => "2",
            _ => return line,
        };
        if !color {
            return line;
        }
        let (head, rest) = line.split_at(line.floor_char_boundary(8));
        format!("\x1b[{code}m{head}\x1b[0m{rest}")
    }
}

/// A bar while a file is on its way, words otherwise.
fn what(row: &Value) -> String {
    let file = &row["file"];
    if file["under_way"] != true {
        let hint = match row["reason"]["hint"].as_str() {
            Some(_) if row["state"] == "stopped" => {
                format!("  hint: {}", plain(&row["reason"]["hint"]))
            }
            _ => String::new(),
        };
        return format!("{}{hint}", plain(&row["text"]));
    }
    let number = |field: &str| file[field].as_u64().unwrap_or(0);
    let (bytes, milliseconds) = (number("bytes"), number("ms"));
    let rate = bytes as f64 / 1e3 / (milliseconds.max(1) as f64);
    let name = plain(&file["name"]);
    match file["size"].as_u64() {
        Some(size) => {
            let part = (bytes as f64 / size.max(1) as f64).clamp(0.0, 1.0);
            let full = (part * BAR as f64) as usize;
            let bar: String = (0..BAR)
                .map(|at| if at < full { '█' } else { '░' })
                .collect();
            format!("{bar} {:3.0} %  {rate:6.1} MB/s  {name}", part * 100.0)
        }
        None => format!("{:.1} MB  {rate:6.1} MB/s  {name}", bytes as f64 / 1e6),
    }
}

/// A client as a line names it.
fn name(client: &Value) -> String {
    let arch = client["arch"].as_str().unwrap_or("-");
    let address = client["address"].as_str().unwrap_or("-");
    plain(&format!("{} {address} {arch}", plain(&client["id"])).into())
}

/// The time of day of an instant.
fn time(instant: &Value) -> String {
    plain(instant).get(11..23).unwrap_or_default().to_owned()
}

fn cut(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    let kept: String = line.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
#[path = "watch/tests.rs"]
mod tests;
