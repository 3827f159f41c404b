//! Counting `tokenGroups`: what a group costs in a ticket depends on where it
//! comes from.

/// The groups of a person, nested ones included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Groups {
    /// Groups of the person's own domain: a relative identifier and attributes
    /// each (MS-PAC section 2.5, GroupIds).
    pub own: usize,
    /// Groups of other domains and former identities: a whole SID each
    /// (ExtraSids).
    pub foreign: usize,
    /// Built-in groups of the controller, which do not travel in tickets.
    pub builtin: usize,
}

/// S-1-5-32, the built-in domain: authority 5, first sub-authority 32.
const BUILTIN: [u8; 10] = [0, 0, 0, 0, 0, 5, 32, 0, 0, 0];
/// A SID begins with its revision and the count of its sub-authorities.
const HEAD: usize = 2;
const RELATIVE_IDENTIFIER: usize = 4;

impl Groups {
    /// Counts binary SIDs; `person` is the person's own.
    pub fn count<'a>(person: &[u8], groups: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let domain = person.len().checked_sub(RELATIVE_IDENTIFIER);
        let domain = domain.and_then(|end| person.get(..end));
        let mut count = Groups::default();
        for sid in groups {
            let prefix = sid
                .len()
                .checked_sub(RELATIVE_IDENTIFIER)
                .map(|end| &sid[..end]);
            if prefix.is_some() && prefix == domain {
                count.own += 1;
            } else if sid
                .get(HEAD..)
                .is_some_and(|rest| rest.starts_with(&BUILTIN))
            {
                count.builtin += 1;
            } else {
                count.foreign += 1;
            }
        }
        count
    }

    /// How many there are in all: the values of `tokenGroups`.
    pub fn all(self) -> usize {
        self.own + self.foreign + self.builtin
    }
}

#[cfg(test)]
#[path = "groups/tests.rs"]
mod tests;
