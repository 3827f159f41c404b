//! How wide text is, and what is shown of text that is too wide.
//!
//! Widths are those of Liberation Sans, which has the metrics of Arial and
//! Helvetica: a picture fits on every machine that has one of the three, and
//! the bundled copy makes PNG and PDF the same everywhere.

use std::borrow::Cow;
use std::sync::OnceLock;

/// The regular face of the bundled font (SIL Open Font License 1.1, see
/// `fonts/OFL.txt`).
pub const REGULAR: &[u8] = include_bytes!("../fonts/LiberationSans-Regular.ttf");
/// The bold face.
pub const BOLD: &[u8] = include_bytes!("../fonts/LiberationSans-Bold.ttf");
/// The family, with what has the same metrics before what has not.
pub const FAMILY: &str = "Helvetica, Arial, 'Liberation Sans', Arimo, sans-serif";

/// The weight of a font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// For most text.
    Regular,
    /// For names.
    Bold,
}

/// The size and weight of text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Font {
    /// The em, in pixels.
    pub size: f64,
    /// The weight.
    pub weight: Weight,
}

impl Font {
    /// The regular face in a size.
    pub const fn regular(size: f64) -> Self {
        Font {
            size,
            weight: Weight::Regular,
        }
    }

    /// The bold face in a size.
    pub const fn bold(size: f64) -> Self {
        Font {
            size,
            weight: Weight::Bold,
        }
    }

    /// How wide a text is in one line.
    pub fn width(self, text: &str) -> f64 {
        let metrics = Metrics::of(self.weight);
        let units: u64 = text.chars().map(|c| u64::from(metrics.advance(c))).sum();
        units as f64 * self.size / f64::from(metrics.units_per_em)
    }

    /// The text, with its middle left out where it is wider than `limit`:
    /// names tend to differ in how they begin and in how they end.
    pub fn shortened(self, text: &str, limit: f64) -> Cow<'_, str> {
        if self.width(text) <= limit {
            return Cow::Borrowed(text);
        }
        let room = limit - self.width("…");
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(1).collect();
        let mut head = 0;
        let mut tail = text.len();
        let (mut used_head, mut used_tail) = (0.0, 0.0);
        // One character from either side in turn, as long as there is room.
        let (mut front, mut back) = (ends.iter(), ends.iter().rev());
        while let (Some(&after), Some(&before)) = (front.next(), back.next()) {
            let wider = self.width(&text[head..after]);
            if after > before || used_head + used_tail + wider > room {
                break;
            }
            used_head += wider;
            head = after;
            let wider = self.width(&text[before..tail]);
            if used_head + used_tail + wider > room {
                break;
            }
            used_tail += wider;
            tail = before;
        }
        Cow::Owned(format!("{}…{}", &text[..head], &text[tail..]))
    }

    /// The text in at most `lines` lines no wider than `limit`, broken after
    /// the marks that names are made of.
    pub fn wrapped(self, text: &str, limit: f64, lines: usize) -> Vec<String> {
        let mut wrapped = Vec::new();
        let mut rest = text;
        while wrapped.len() + 1 < lines && self.width(rest) > limit {
            let mut fitting = 0;
            let mut broken = None;
            for (at, c) in rest.char_indices() {
                let after = at + c.len_utf8();
                if self.width(&rest[..after]) > limit {
                    break;
                }
                fitting = after;
                if matches!(c, '.' | '-' | '_' | '/' | ':' | ' ' | ',' | '@' | '#' | '|') {
                    broken = Some(after);
                }
            }
            // A break that leaves a nearly empty line is worse than one
            // within a word.
            let at = broken.filter(|&at| at * 3 > fitting).unwrap_or(fitting);
            if at == 0 {
                break;
            }
            wrapped.push(rest[..at].to_owned());
            rest = &rest[at..];
        }
        wrapped.push(self.shortened(rest, limit).into_owned());
        wrapped
    }
}

/// The text with what cannot be seen made visible: control characters and
/// marks that turn the direction of the text around.
pub fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => shown.push('⏎'),
            '\t' => shown.push('⇥'),
            c if hidden(c) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Adds a line to a listing. Names may hold anything: it stays one line, and
/// steers no terminal.
pub fn push_line(listing: &mut String, line: &str) {
    listing.push_str(&visible(line));
    listing.push('\n');
}

struct Metrics {
    units_per_em: u16,
    latin: [u16; 256],
    face: Option<ttf_parser::Face<'static>>,
}

impl Metrics {
    fn of(weight: Weight) -> &'static Metrics {
        static ALL: [OnceLock<Metrics>; 2] = [OnceLock::new(), OnceLock::new()];
        let (slot, bytes) = match weight {
            Weight::Regular => (&ALL[0], REGULAR),
            Weight::Bold => (&ALL[1], BOLD),
        };
        slot.get_or_init(|| {
            // The bytes are part of the program, so that only a broken build
            // takes the fallback.
            let mut metrics = Metrics {
                units_per_em: 2048,
                latin: [1139; 256],
                face: ttf_parser::Face::parse(bytes, 0).ok(),
            };
            if let Some(face) = &metrics.face {
                metrics.units_per_em = face.units_per_em();
            }
            for code in 0..=255_u8 {
                metrics.latin[usize::from(code)] = metrics.look_up(char::from(code));
            }
            metrics
        })
    }

    fn advance(&self, c: char) -> u16 {
        match u8::try_from(u32::from(c)) {
            Ok(code) => self.latin[usize::from(code)],
            Err(_) => self.look_up(c),
        }
    }

    fn look_up(&self, c: char) -> u16 {
        let known = self.face.as_ref().and_then(|face| {
            let glyph = face.glyph_index(c)?;
            face.glyph_hor_advance(glyph)
        });
        known.unwrap_or(match c {
            // Combining marks and joiners take no room of their own.
            '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
            // East Asian characters and emoji fill the square; other fonts
            // draw the rest about as wide as a letter.
            '\u{1100}'..='\u{115f}'
            | '\u{2e80}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe4f}'
            | '\u{ff00}'..='\u{ff60}'
            | '\u{1f000}'..='\u{3fffd}' => self.units_per_em,
            _ => self.units_per_em / 5 * 3,
        })
    }
}

#[cfg(test)]
#[path = "text/tests.rs"]
mod tests;
