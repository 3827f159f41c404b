use super::*;

#[test]
fn uris_lead_to_this_broker_or_to_another_one() {
    let this = |vhost: &str| Broker::This(vhost.to_owned());
    let other = |name: &str| Broker::Other(name.to_owned());
    for (uri, expected) in [
        ("amqp://", this("own")),
        ("amqp:///shop", this("shop")),
        ("amqp:///a%2Fb", this("a/b")),
        ("amqp://localhost", this("own")),
        ("amqp://u@localhost:5673", other("amqp://localhost:5673")),
        (
            "amqps://u:***@far.example:5671/v?verify=x",
            other("amqps://far.example:5671/v"),
        ),
        ("amqp://far.example/%2f", other("amqp://far.example")),
        ("nonsense", other("amqp://nonsense")),
    ] {
        assert_eq!(broker(uri, "own"), expected, "{uri}");
    }
}
