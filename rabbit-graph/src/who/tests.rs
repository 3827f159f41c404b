use super::*;

fn topology() -> Topology {
    let text = br#"{"vhosts": [{"name": "v"}],
        "exchanges": [{"vhost": "v", "name": "shop", "type": "topic"},
                      {"vhost": "v", "name": "inner", "type": "fanout", "internal": true}],
        "queues": [{"vhost": "v", "name": "shop.in"}, {"vhost": "v", "name": "other"}],
        "permissions": [
          {"user": "web", "vhost": "v", "configure": "", "write": "^(shop|amq\\.default)$", "read": "^shop"},
          {"user": "all", "vhost": "v", "configure": ".*", "write": ".*", "read": ".*"},
          {"user": "broken", "vhost": "v", "configure": "(", "write": "(", "read": "("}],
        "topic_permissions": [{"user": "web", "vhost": "v", "exchange": "shop", "write": "^order[.]", "read": ".*"}]}"#;
    Topology::new(crate::definitions::read("t", text).unwrap())
}

#[test]
fn patterns_decide_and_the_empty_one_allows_nothing() {
    let topology = topology();
    let access = access(&topology, Some("web"));
    let names: Vec<_> = access[0]
        .publish
        .iter()
        .map(|id| permission_name(&topology, *id))
        .collect();
    assert_eq!(names, ["amq.default", "shop"]);
    assert_eq!(access[0].consume.len(), 1);
    assert!(access[0].configure_queues.is_empty() && access[0].configure_exchanges.is_empty());
    assert_eq!(access[0].topics.len(), 1);
}

#[test]
fn an_object_tells_who_may_use_it() {
    let topology = topology();
    let shop = topology.find_exchange(VhostId(0), "shop");
    let rights = rights_on(&topology, VhostId(0), "shop", shop);
    let users: Vec<_> = rights
        .iter()
        .map(|it| (it.user, it.write, it.keys))
        .collect();
    assert_eq!(
        users,
        [("all", true, None), ("web", true, Some("^order[.]"))]
    );
    let inner = topology.find_exchange(VhostId(0), "inner");
    let rights = rights_on(&topology, VhostId(0), "inner", inner);
    assert!(
        rights.iter().all(|right| !right.write),
        "nobody publishes to an internal one"
    );
}
