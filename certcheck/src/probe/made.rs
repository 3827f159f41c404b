//! Values that are made when they are first needed.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Made once for each key; clones share what was made.
#[derive(Debug)]
pub(super) struct Made<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Default for Made<K, V> {
    fn default() -> Self {
        Made(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Made<K, V> {
    /// The value for `key`; what fails is tried again the next time.
    pub(super) fn get_or_make<E>(
        &self,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = made.get(&key) {
            return Ok(value.clone());
        }
        let value = make()?;
        made.insert(key, value.clone());
        Ok(value)
    }
}
