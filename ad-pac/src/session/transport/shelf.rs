//! Entries that have arrived, until the search they answer is done.
//!
//! They are taken out of the stream before `ldap3` sees them: it would make a
//! tree of each and send it through a channel, which costs more than all the
//! rest of an audit.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ldap::Entry;
use crate::ldap::answer::MessageId;

/// Bytes of entries that may lie here. The largest page that a directory has
/// reason to send, a thousand people in a thousand groups each, has 30 MiB.
const MOST: usize = 256 << 20;

/// What lies here, by the request that asked for it.
#[derive(Debug, Default)]
pub(in crate::session) struct Shelf(Mutex<Content>);

#[derive(Debug, Default)]
struct Content {
    answers: HashMap<MessageId, Answers>,
    /// Bytes of all of them.
    bytes: usize,
}

#[derive(Debug, Default)]
struct Answers {
    entries: Vec<Entry>,
    bytes: usize,
}

impl Shelf {
    /// Puts an entry down; it took this many bytes on its way.
    ///
    /// # Errors
    /// When there are too many: nobody asked for that.
    pub(super) fn put(&self, id: MessageId, entry: Entry, bytes: usize) -> Result<(), String> {
        let mut content = self.content();
        content.bytes += bytes;
        if content.bytes > MOST {
            return Err(format!(
                "the server sent more than {MOST} bytes of entries at once, and no more are taken"
            ));
        }
        let answers = content.answers.entry(id).or_default();
        answers.entries.push(entry);
        answers.bytes += bytes;
        Ok(())
    }

    /// Takes all that answers this request.
    pub(in crate::session) fn take(&self, id: MessageId) -> Vec<Entry> {
        let mut content = self.content();
        let answers = content.answers.remove(&id).unwrap_or_default();
        content.bytes -= answers.bytes;
        answers.entries
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_gets_its_own_entries_once() {
        let shelf = Shelf::default();
        for (id, dn) in [(1, "a"), (2, "b"), (1, "c")] {
            shelf.put(id, Entry::new(dn), 10).unwrap();
        }
        assert_eq!(shelf.take(1), [Entry::new("a"), Entry::new("c")]);
        assert_eq!(shelf.take(1), []);
        assert_eq!(shelf.take(2), [Entry::new("b")]);
    }

    #[test]
    fn what_is_taken_makes_room_and_what_never_is_ends_at_the_bound() {
        let shelf = Shelf::default();
        for _ in 0..10 {
            shelf.put(1, Entry::default(), MOST / 2).unwrap();
            shelf.take(1);
        }
        shelf.put(7, Entry::default(), MOST).unwrap();
        assert!(shelf.put(8, Entry::default(), 1).is_err());
    }
}
