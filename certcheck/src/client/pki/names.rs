//! What the servers are called.

/// The host names that the servers go by.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// The ordinary server name.
    pub host: String,
    /// Its parent domain, where names below a domain can be posed.
    pub domain: Option<String>,
}

impl Names {
    /// Names below a reserved top-level domain (RFC 6761 section 6.2), which
    /// only a hosts file resolves.
    pub(crate) fn private() -> Self {
        Self::below("certcheck.test")
    }

    /// `srv.` and this parent domain.
    pub(crate) fn below(domain: &str) -> Self {
        Names {
            host: format!("srv.{domain}"),
            domain: Some(domain.to_owned()),
        }
    }

    /// The one name that resolves to loopback everywhere.
    pub(crate) fn localhost() -> Self {
        Names {
            host: "localhost".to_owned(),
            domain: None,
        }
    }

    /// Two labels below the parent domain.
    pub(crate) fn deep(&self) -> Option<String> {
        let domain = self.domain.as_ref()?;
        Some(format!("a.b.{domain}"))
    }

    /// Every name that has to resolve.
    pub(crate) fn all(&self) -> Vec<String> {
        [Some(self.host.clone()), self.domain.clone(), self.deep()]
            .into_iter()
            .flatten()
            .collect()
    }
}
