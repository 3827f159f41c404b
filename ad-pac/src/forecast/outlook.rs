//! What awaits a person at the servers of a domain.

use std::collections::BTreeMap;

use super::law::{Size, size};
use super::limit::{Limit, Zone, close_to};
use super::person::Identity;

/// A server, as far as tickets for it are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The service that is asked for: `nfs/nfs01.example.test`.
    pub service: String,
    /// Whether tickets for it carry a PAC.
    pub pac: bool,
}

/// The service that clients ask for at an account: its longest nfs SPN, else
/// what its DNS name or account name lets expect.
pub fn nfs_service(
    spns: &[String],
    dns_host_name: Option<&str>,
    sam_account_name: &str,
) -> Option<String> {
    let nfs = spns.iter().filter(|spn| {
        spn.get(..4)
            .is_some_and(|class| class.eq_ignore_ascii_case("nfs/"))
    });
    nfs.max_by_key(|spn| spn.len()).cloned().or_else(|| {
        let name = dns_host_name.unwrap_or(sam_account_name.trim_end_matches('$'));
        (!name.is_empty()).then(|| format!("nfs/{name}"))
    })
}

/// The servers that there are, put together where they are the same to a
/// ticket: it grows with the name of the service, whatever the letters are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Servers {
    alike: Vec<Alike>,
}

/// Servers that are the same to a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Alike {
    /// Whether tickets for them carry a PAC.
    pac: bool,
    /// How many they are.
    count: usize,
    /// The first of them by name, [`TOLD`] at most: a domain may have as many
    /// servers as people, and each person is judged at each kind of server.
    services: Vec<String>,
}

impl Servers {
    /// Of all servers; there is at least one.
    pub fn new(servers: &[Server]) -> Self {
        let mut kinds = BTreeMap::<_, Vec<&str>>::new();
        for Server { service, pac } in servers {
            kinds
                .entry((service.len(), *pac))
                .or_default()
                .push(service);
        }
        let alike = kinds.into_iter().map(|((_, pac), mut services)| {
            let count = services.len();
            services.sort_unstable();
            services.truncate(TOLD);
            Alike {
                pac,
                count,
                services: services.into_iter().map(str::to_owned).collect(),
            }
        });
        Servers {
            alike: alike.collect(),
        }
    }
}

/// How many names of servers are told of a person.
const TOLD: usize = 10;

/// The servers at which somebody fails.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failing {
    /// How many they are.
    pub count: usize,
    /// The first of them by name, ten at most.
    pub services: Vec<String>,
}

/// A person and the size of the tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// Who.
    pub identity: Identity,
    /// The largest token for any of the servers, as they are.
    pub as_it_is: Size,
    /// The largest token for any of the servers, if all tickets carried a PAC.
    pub with_pac: Size,
    /// Where rpc.svcgssd does not take the token as it is.
    pub fails_at: Failing,
}

impl Outlook {
    /// Of a person at these servers.
    pub fn of(identity: Identity, servers: &Servers, domain: &str) -> Self {
        let none = Size {
            ticket: 0,
            token: 0,
        };
        let (mut as_it_is, mut with_pac) = (none, none);
        let (mut count, mut failing) = (0, Vec::<&String>::new());
        for alike in &servers.alike {
            let size = |pac| size(&identity.person, &alike.services[0], domain, pac);
            let now = size(alike.pac);
            as_it_is = as_it_is.max(now);
            with_pac = with_pac.max(size(true));
            if Zone::of(now.token) != Zone::Works {
                count += alike.count;
                failing.extend(&alike.services);
            }
        }
        failing.sort_unstable();
        let services = failing.into_iter().take(TOLD).cloned().collect();
        Outlook {
            identity,
            as_it_is,
            with_pac,
            fails_at: Failing { count, services },
        }
    }

    /// What rpc.svcgssd does.
    pub fn zone(&self) -> Zone {
        Zone::of(self.as_it_is.token)
    }

    /// The limit that the token is too close to for a forecast to decide.
    pub fn close_to(&self) -> Option<&'static Limit> {
        close_to(self.as_it_is.token)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Groups;
    use super::super::law::Person;
    use super::*;

    fn bob(own: usize) -> Identity {
        Identity {
            dn: "CN=bob".to_owned(),
            name: "bob".to_owned(),
            person: Person {
                name: 3,
                principal_name: None,
                texts: Vec::new(),
                groups: Groups {
                    own,
                    foreign: 0,
                    builtin: 1,
                },
            },
        }
    }

    fn server(name: &str, pac: bool) -> Server {
        Server {
            service: format!("nfs/{name}.lab.example.test"),
            pac,
        }
    }

    #[test]
    fn the_worst_server_decides_and_the_bit_takes_it_out() {
        let domain = "lab.example.test";
        let mixed = [server("nfs01", true), server("nfs02", false)];
        let outlook = Outlook::of(bob(601), &Servers::new(&mixed), domain);
        assert_eq!(
            (outlook.as_it_is.token, outlook.with_pac.token),
            (6185, 6185)
        );
        assert_eq!(outlook.zone(), Zone::Refused);
        assert_eq!(outlook.fails_at.count, 1);
        assert_eq!(outlook.fails_at.services, [mixed[0].service.clone()]);
        let cured = [server("nfs01", false), server("nfs02", false)];
        let outlook = Outlook::of(bob(601), &Servers::new(&cured), domain);
        assert_eq!(
            (outlook.as_it_is.token, outlook.with_pac.token),
            (572, 6185)
        );
        assert_eq!(outlook.zone(), Zone::Works);
        assert_eq!(outlook.fails_at, Failing::default());
        assert_eq!(outlook.close_to(), None);
    }

    #[test]
    fn servers_that_are_alike_are_judged_as_one_and_told_apart_by_name() {
        let servers: Vec<Server> = (0..40)
            .map(|number| {
                let name = format!("{number:02}{}", "x".repeat(number % 7));
                server(&name, number % 3 == 0)
            })
            .collect();
        let domain = "lab.example.test";
        // Around the edge only the servers with long names are too much.
        for own in 70..85 {
            let outlook = Outlook::of(bob(own), &Servers::new(&servers), domain);
            let each = servers.iter().map(|server| {
                let size = size(&bob(own).person, &server.service, domain, server.pac);
                (size, server)
            });
            let failing: Vec<&Server> = each
                .clone()
                .filter(|(size, _)| Zone::of(size.token) != Zone::Works)
                .map(|(_, server)| server)
                .collect();
            assert_eq!(outlook.fails_at.count, failing.len());
            let told: Vec<&String> = failing
                .iter()
                .map(|server| &server.service)
                .take(10)
                .collect();
            assert_eq!(outlook.fails_at.services.iter().collect::<Vec<_>>(), told);
            assert_eq!(Some(outlook.as_it_is), each.map(|(size, _)| size).max());
        }
    }

    #[test]
    fn a_person_costs_as_much_at_thousands_of_servers_as_at_a_few() {
        let servers: Vec<Server> = (0..20_000)
            .map(|number| server(&format!("nfs{number:05}"), number % 2 == 0))
            .collect();
        let servers = Servers::new(&servers);
        let kept: Vec<usize> = servers.alike.iter().map(|of| of.services.len()).collect();
        assert_eq!(kept, [TOLD, TOLD]);
        let fails_at = Outlook::of(bob(601), &servers, "lab.example.test").fails_at;
        assert_eq!(fails_at.count, 10_000);
        assert_eq!(fails_at.services[9], "nfs/nfs00018.lab.example.test");
    }

    #[test]
    fn somebody_at_the_edge_is_told_so() {
        let outlook = Outlook::of(
            bob(80),
            &Servers::new(&[server("nfs01", true)]),
            "lab.example.test",
        );
        assert_eq!(outlook.close_to().map(|limit| limit.bytes), Some(2045));
    }
}
