//! What awaits a person at the servers of a domain.

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

/// The servers at which tokens are largest, whoever asks: a ticket grows with
/// the name of the service, so it is the one of the longest name with a PAC,
/// and the one without.
pub fn worst(servers: &[Server]) -> Vec<Server> {
    [true, false]
        .into_iter()
        .filter_map(|pac| {
            let alike = servers.iter().filter(|server| server.pac == pac);
            alike.max_by_key(|server| server.service.len()).cloned()
        })
        .collect()
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
}

impl Outlook {
    /// Of a person at these servers, of which there is at least one; the
    /// [`worst`] of many are enough.
    pub fn of(identity: Identity, servers: &[Server], domain: &str) -> Self {
        let largest = |pac: &dyn Fn(&Server) -> bool| {
            let sizes = servers
                .iter()
                .map(|server| size(&identity.person, &server.service, domain, pac(server)));
            sizes.max().unwrap_or(Size {
                ticket: 0,
                token: 0,
            })
        };
        Outlook {
            as_it_is: largest(&|server| server.pac),
            with_pac: largest(&|_| true),
            identity,
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
        let outlook = Outlook::of(bob(601), &mixed, domain);
        assert_eq!(
            (outlook.as_it_is.token, outlook.with_pac.token),
            (6185, 6185)
        );
        assert_eq!(outlook.zone(), Zone::Refused);
        let cured = [server("nfs01", false), server("nfs02", false)];
        let outlook = Outlook::of(bob(601), &cured, domain);
        assert_eq!(
            (outlook.as_it_is.token, outlook.with_pac.token),
            (572, 6185)
        );
        assert_eq!(outlook.zone(), Zone::Works);
        assert_eq!(outlook.close_to(), None);
    }

    #[test]
    fn the_worst_servers_stand_for_all() {
        let servers: Vec<Server> = (0..40)
            .map(|number| server(&"x".repeat(number % 7 + 1), number % 3 == 0))
            .collect();
        for few in [&servers[..], &servers[1..3], &servers[..1]] {
            let (all, worst) = (
                Outlook::of(bob(90), few, "lab.example.test"),
                Outlook::of(bob(90), &worst(few), "lab.example.test"),
            );
            assert_eq!(all, worst);
        }
    }

    #[test]
    fn somebody_at_the_edge_is_told_so() {
        let outlook = Outlook::of(bob(80), &[server("nfs01", true)], "lab.example.test");
        assert_eq!(outlook.close_to().map(|limit| limit.bytes), Some(2045));
    }
}
