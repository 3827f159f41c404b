//! What a command found or did, as text for people and as JSON for scripts.

pub(crate) mod account;
pub(crate) mod audit;
pub(crate) mod change;
pub(crate) mod forecast;
pub(crate) mod proof;

use anstyle::{AnsiColor, Style};

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    enabled: bool,
}

impl Paint {
    /// With colours or without.
    pub(crate) fn new(enabled: bool) -> Self {
        Paint { enabled }
    }

    /// As it should be.
    pub(crate) fn good(self, text: &str) -> String {
        self.styled(AnsiColor::Green, text)
    }

    /// Worth a look.
    pub(crate) fn notable(self, text: &str) -> String {
        self.styled(AnsiColor::Yellow, text)
    }

    /// Wrong.
    pub(crate) fn bad(self, text: &str) -> String {
        self.styled(AnsiColor::Red, text)
    }

    fn styled(self, color: AnsiColor, text: &str) -> String {
        if !self.enabled {
            return text.to_owned();
        }
        let style = Style::new().fg_color(Some(color.into()));
        format!("{style}{text}{style:#}")
    }
}
