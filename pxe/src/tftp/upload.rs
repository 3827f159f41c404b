//! Who may upload what.

use std::net::Ipv4Addr;

/// The bounds of uploads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Networks that may upload, as first and last address; none means all.
    /// TFTP knows no user: the address is all there is to go by.
    pub from: Vec<(Ipv4Addr, Ipv4Addr)>,
    /// Bytes of one file.
    pub largest_file: u64,
    /// Bytes of all files in the folder.
    pub largest_total: u64,
    /// Whether a file may take the place of another.
    pub overwrite: bool,
}

impl Rules {
    /// Whether this client may upload.
    pub fn allows(&self, client: Ipv4Addr) -> bool {
        self.from.is_empty()
            || self
                .from
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_is_not_listed_may_not_upload() {
        let address = |last| Ipv4Addr::new(10, 0, 0, last);
        let mut rules = Rules {
            from: vec![(address(8), address(15))],
            largest_file: 1,
            largest_total: 1,
            overwrite: false,
        };
        assert!(rules.allows(address(8)) && rules.allows(address(15)));
        assert!(!rules.allows(address(7)) && !rules.allows(address(16)));
        rules.from.clear();
        assert!(rules.allows(address(16)));
    }
}
