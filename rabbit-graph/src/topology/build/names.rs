//! Virtual hosts by name, listed or only mentioned.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use super::super::{Vhost, VhostId};
use crate::definitions::{Definitions, Text};

/// The number of a virtual host by name.
pub(super) struct VhostNames<'d> {
    numbers: HashMap<&'d str, VhostId>,
    unnamed: VhostId,
    /// The last answer: neighbours mostly share theirs.
    last: Cell<(&'d str, VhostId)>,
}

/// Where objects without a `vhost` lie.
fn unnamed_vhost<'d>(definitions: &'d Definitions<'_>) -> &'d str {
    match (&definitions.original_vhost, definitions.vhosts.as_slice()) {
        (Some(name), _) => name,
        (None, [only]) => &only.name,
        _ => "/",
    }
}

impl<'d> VhostNames<'d> {
    pub(super) fn new(definitions: &'d Definitions<'_>, vhosts: &[Vhost]) -> Self {
        let mut numbers = HashMap::new();
        for name in mentioned_vhosts(definitions) {
            let at = vhosts.binary_search_by(|vhost| (*vhost.name).cmp(name));
            if let Ok(at) = at {
                numbers.insert(name, VhostId(at as u32));
            }
        }
        let name = unnamed_vhost(definitions);
        let unnamed = numbers.get(name).copied().unwrap_or_default();
        VhostNames {
            unnamed,
            numbers,
            last: Cell::new((name, unnamed)),
        }
    }

    pub(super) fn of(&self, vhost: &Option<Text<'_>>) -> VhostId {
        match vhost {
            Some(name) if **name == *self.last.get().0 => self.last.get().1,
            Some(name) => {
                // Every name that anything mentions is among them.
                if let Some((known, number)) = self.numbers.get_key_value(&**name) {
                    self.last.set((known, *number));
                }
                self.last.get().1
            }
            None => self.unnamed,
        }
    }
}

/// Every virtual host that anything names.
pub(super) fn mentioned_vhosts<'d>(definitions: &'d Definitions<'_>) -> Vec<&'d str> {
    let d = definitions;
    let unnamed = unnamed_vhost(d);
    let mut names: Vec<&str> = d.vhosts.iter().map(|vhost| &*vhost.name).collect();
    let objects = (d.permissions.iter().map(|it| &it.vhost))
        .chain(d.topic_permissions.iter().map(|it| &it.vhost))
        .chain(d.parameters.iter().map(|it| &it.vhost))
        .chain(d.policies.iter().map(|it| &it.vhost))
        .chain(d.queues.iter().map(|it| &it.vhost))
        .chain(d.exchanges.iter().map(|it| &it.vhost))
        .chain(d.bindings.iter().map(|it| &it.vhost));
    let mut seen: HashSet<&str> = names.iter().copied().collect();
    for vhost in objects {
        let name = vhost.as_deref().unwrap_or(unnamed);
        // Neighbours mostly share theirs.
        if names.last() != Some(&name) && seen.insert(name) {
            names.push(name);
        }
    }
    names
}
