//! What can go wrong, in the one form all four tools share:
//! `tool: subject: what failed: cause`, then a `hint:` line for each remedy.

use std::fmt;

/// Where the fault lies, which decides the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line was wrong; nothing was attempted.
    Usage,
    /// A file, list or name given by the user was wrong; nothing was attempted.
    Input,
    /// The object is one that this tool does not touch.
    Refused,
    /// The peer failed: unreachable, refused, answered nonsense.
    Peer,
    /// This system failed: permission, disk, resources.
    System,
}

impl Kind {
    /// The name in `--json` output.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Usage => "usage",
            Kind::Input => "input",
            Kind::Refused => "refused",
            Kind::Peer => "peer",
            Kind::System => "system",
        }
    }

    /// The exit status of a run that ends with this error.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Refused => 1,
            Kind::Usage | Kind::Input => 2,
            Kind::Peer | Kind::System => 4,
        }
    }
}

/// An error that names its subject and knows its remedies.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    subject: String,
    what: String,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
    hints: Vec<String>,
}

/// The result of everything that can fail in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// `subject` is the file (with line and column), host, name or option at
    /// fault; `what` says in lower case what failed.
    pub fn new(kind: Kind, subject: impl Into<String>, what: impl Into<String>) -> Self {
        Error {
            kind,
            subject: subject.into(),
            what: what.into(),
            cause: None,
            hints: Vec::new(),
        }
    }

    /// Adds the underlying error, printed after `what`.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds one thing the user can do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same error once more, for another who waits for the same thing.
    #[must_use]
    pub fn again(&self) -> Self {
        Error {
            kind: self.kind,
            subject: self.subject.clone(),
            what: self.message(),
            cause: None,
            hints: self.hints.clone(),
        }
    }

    /// Where the fault lies.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What the error is about: a file, a host, a name, an option.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The remedies, one sentence each.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The `--json` form: `{"error":{"kind","message","subject","hints":[]}}`.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({"error": {
            "kind": self.kind.name(),
            "message": self.message(),
            "subject": self.subject,
            "hints": self.hints,
        }})
    }

    /// What failed and why, without the subject.
    pub fn message(&self) -> String {
        let mut message = self.what.clone();
        let mut cause: Option<&(dyn std::error::Error + 'static)> =
            self.cause.as_deref().map(|cause| cause as _);
        while let Some(error) = cause {
            // Some libraries repeat their source in their own text.
            let text = error.to_string();
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            cause = error.source();
        }
        message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject, self.message())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}
