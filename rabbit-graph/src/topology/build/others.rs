//! What the graph does not need: users, permissions, other parameters.

use std::collections::BTreeMap;

use super::super::{Duplicate, Permission, TopicPermission, User, VhostId};
use super::draft::of_component;
use super::names::VhostNames;
use crate::definitions::{Definitions, Parameter, Value};

/// Users, listed or only mentioned by a permission.
pub(super) fn users(definitions: &Definitions<'_>, duplicates: &mut Vec<Duplicate>) -> Vec<User> {
    let mut users: BTreeMap<&str, User> = BTreeMap::new();
    for given in &definitions.users {
        let user = User {
            name: (*given.name).into(),
            tags: given.tags.clone(),
            has_password: given.has_password,
            hashing_algorithm: given.hashing_algorithm.as_deref().map(Into::into),
            limits: given.limits.clone(),
            listed: true,
        };
        match users.get(&*given.name) {
            None => {
                users.insert(&given.name, user);
            }
            Some(kept) => {
                let (old, new) = (format!("{kept:?}"), format!("{user:?}"));
                duplicates.push(Duplicate {
                    section: "user",
                    vhost: None,
                    name: user.name.clone(),
                    conflicting: old != new,
                });
                if new < old {
                    users.insert(&given.name, user);
                }
            }
        }
    }
    let permitted = (definitions.permissions.iter().map(|it| &it.user))
        .chain(definitions.topic_permissions.iter().map(|it| &it.user));
    for name in permitted {
        users.entry(name).or_insert_with(|| User {
            name: (**name).into(),
            ..User::default()
        });
    }
    users.into_values().collect()
}

/// Permissions, one for each user and virtual host.
pub(super) fn permissions(
    definitions: &Definitions<'_>,
    names: &VhostNames<'_>,
    duplicates: &mut Vec<Duplicate>,
) -> Vec<Permission> {
    let mut permissions: Vec<_> = (definitions.permissions.iter())
        .map(|given| Permission {
            user: (*given.user).into(),
            vhost: names.of(&given.vhost),
            configure: (*given.configure).into(),
            write: (*given.write).into(),
            read: (*given.read).into(),
        })
        .collect();
    let parts = |it: &Permission| {
        let patterns = (it.configure.clone(), it.write.clone(), it.read.clone());
        (it.user.clone(), it.vhost, patterns)
    };
    permissions.sort_by_cached_key(parts);
    permissions.dedup_by(|later, first| {
        let same = (&later.user, later.vhost) == (&first.user, first.vhost);
        if same {
            duplicates.push(Duplicate {
                section: "permission",
                vhost: Some(first.vhost),
                name: first.user.clone(),
                conflicting: parts(later) != parts(first),
            });
        }
        same
    });
    permissions
}

/// Topic permissions.
pub(super) fn topic_permissions(
    definitions: &Definitions<'_>,
    names: &VhostNames<'_>,
) -> Vec<TopicPermission> {
    let mut permissions: Vec<_> = (definitions.topic_permissions.iter())
        .map(|given| TopicPermission {
            user: (*given.user).into(),
            vhost: names.of(&given.vhost),
            exchange: (*given.exchange).into(),
            write: (*given.write).into(),
            read: (*given.read).into(),
        })
        .collect();
    let parts = |it: &TopicPermission| {
        let patterns = (it.exchange.clone(), it.write.clone(), it.read.clone());
        (it.user.clone(), it.vhost, patterns)
    };
    permissions.sort_by_cached_key(parts);
    permissions.dedup_by_key(|permission| parts(permission));
    permissions
}

/// Sets of upstreams. Their value is a list of objects.
pub(super) fn upstream_sets(
    parameters: &[(VhostId, &Parameter<'_>)],
    duplicates: &mut Vec<Duplicate>,
) -> Vec<(VhostId, Box<str>, Vec<Box<str>>)> {
    of_component(parameters, "federation-upstream-set", duplicates)
        .into_iter()
        .map(|(vhost, parameter)| {
            let members = match &parameter.value {
                Value::List(members) => (members.iter())
                    .filter_map(|member| match member {
                        Value::Table(table) => table.text("upstream").map(Into::into),
                        _ => None,
                    })
                    .collect(),
                _ => Vec::new(),
            };
            (vhost, (*parameter.name).into(), members)
        })
        .collect()
}

/// Parameters of components that have no list of their own.
pub(super) fn parameters(
    parameters: &[(VhostId, &Parameter<'_>)],
) -> Vec<(VhostId, Box<str>, Box<str>, Value)> {
    let own_list = [
        "shovel",
        "federation-upstream",
        "federation-upstream-set",
        "operator_policy",
    ];
    let mut others: Vec<(VhostId, Box<str>, Box<str>, Value)> = (parameters.iter())
        .filter(|(_, parameter)| !own_list.contains(&&*parameter.component))
        .map(|(vhost, parameter)| {
            let (component, name) = (&*parameter.component, &*parameter.name);
            (
                *vhost,
                component.into(),
                name.into(),
                parameter.value.clone(),
            )
        })
        .collect();
    others.sort_by(|a, b| {
        (a.0, &a.1, &a.2)
            .cmp(&(b.0, &b.1, &b.2))
            .then_with(|| a.3.total_cmp(&b.3))
    });
    others.dedup();
    others
}

/// Parameters of the cluster.
pub(super) fn global_parameters(definitions: &Definitions<'_>) -> Vec<(Box<str>, Value)> {
    let mut parameters: Vec<(Box<str>, Value)> = (definitions.global_parameters.iter())
        .map(|parameter| ((*parameter.name).into(), parameter.value.clone()))
        .collect();
    parameters.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.total_cmp(&b.1)));
    parameters.dedup();
    parameters
}
