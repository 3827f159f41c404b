use super::*;

#[test]
fn no_proxy_covers_names_with_their_subdomains_addresses_and_networks() {
    let bypass = NoProxy::parse("example.org, .internal,10.0.0.0/8,192.0.2.1,2001:db8::/32");
    for (host, bypassed) in [
        ("example.org", true),
        ("www.example.org", true),
        ("badexample.org", false),
        ("a.internal", true),
        ("10.1.2.3", true),
        ("11.1.2.3", false),
        ("192.0.2.1", true),
        ("192.0.2.2", false),
        ("2001:db8:1::1", true),
        ("2001:db9::1", false),
    ] {
        assert_eq!(
            bypass.matches(&Host::parse(host).unwrap()),
            bypassed,
            "{host}"
        );
    }
    assert!(NoProxy::parse("*").matches(&Host::parse("x.example").unwrap()));
    assert!(NoProxy::parse("0.0.0.0/0").matches(&Host::parse("10.1.2.3").unwrap()));
}

#[test]
fn a_proxy_never_shows_its_password() {
    let proxy = Proxy::parse("http://user:secret@proxy:3128", NoProxy::default()).unwrap();
    assert!(proxy.has_credentials());
    assert!(!format!("{proxy:?}").contains("secret"));
    let encoded = Proxy::parse("http://a%40b:c%3Ad@proxy", NoProxy::default()).unwrap();
    // `printf 'a@b:c:d' | base64`
    assert_eq!(encoded.authorization().unwrap(), "Basic YUBiOmM6ZA==");
    for bad in [
        "https://user:secret@proxy",
        "socks5://user:secret@proxy",
        "http://user:secret@",
        "http://user:secret@[x",
    ] {
        let message = Proxy::parse(bad, NoProxy::default()).unwrap_err();
        assert!(!message.contains("secret"), "{message}");
    }
}
