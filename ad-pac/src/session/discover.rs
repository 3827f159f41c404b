//! Finding a domain controller: DNS SRV records, and the one that answers
//! first among the best.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::ResolverConfig;
use hickory_resolver::proto::rr::{RData, Record};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::error::{Error, Kind, Result};

/// More than this many are not tried: one of them is up, or the domain is down.
const MOST_CANDIDATES: usize = 16;

/// The domain controllers of a domain, best first (RFC 2782).
///
/// # Errors
/// When there are none to be found.
pub(crate) async fn controllers(domain: &str, limit: Duration) -> Result<Vec<String>> {
    let name = format!("_ldap._tcp.dc._msdcs.{}.", domain.trim_end_matches('.'));
    let failed = |cause: String| {
        Error::new(Kind::Peer, &name, "no domain controllers found in DNS")
            .because(cause)
            .hint("--server names a domain controller, --domain another domain")
            .hint("this machine must use a DNS server that knows the domain (/etc/resolv.conf)")
    };
    let resolver = resolver().map_err(failed)?;
    let answer = timeout(limit, resolver.srv_lookup(name.as_str()))
        .await
        .map_err(|_| failed("no answer".to_owned()))?
        .map_err(|error| failed(error.to_string()))?;
    let found = ranked(answer.answers());
    if found.is_empty() {
        return Err(failed("the answer is empty".to_owned()));
    }
    tracing::info!(%domain, candidates = found.len(), "domain controllers found in DNS");
    Ok(found)
}

/// The hosts of SRV records, best first: the lowest priority, then the
/// greatest weight (RFC 2782). What is said to be nowhere (`.`) is left out.
pub fn ranked(records: &[Record]) -> Vec<String> {
    let mut found: Vec<(u16, u16, String)> = records
        .iter()
        .filter_map(|record| match &record.data {
            RData::SRV(srv) => {
                let host = srv.target.to_utf8().trim_end_matches('.').to_owned();
                Some((srv.priority, u16::MAX - srv.weight, host))
            }
            _ => None,
        })
        .filter(|(.., host)| !host.is_empty())
        .collect();
    found.sort();
    found.truncate(MOST_CANDIDATES);
    found.into_iter().map(|(.., host)| host).collect()
}

/// The first of these that takes a connection on `port`: the nearest.
///
/// # Errors
/// When none does.
pub(crate) async fn nearest(candidates: &[String], port: u16, limit: Duration) -> Result<String> {
    let mut attempts: FuturesUnordered<_> = candidates
        .iter()
        .map(|host| async move {
            let connected = timeout(limit, TcpStream::connect((host.as_str(), port))).await;
            matches!(connected, Ok(Ok(_))).then(|| host.clone())
        })
        .collect();
    while let Some(answer) = attempts.next().await {
        if let Some(host) = answer {
            tracing::info!(%host, port, "nearest domain controller");
            return Ok(host);
        }
    }
    Err(Error::new(
        Kind::Peer,
        candidates.join(", "),
        format!("none answers on port {port}"),
    )
    .hint("check the network and the firewall; --server names another one"))
}

/// The search domain of this machine.
pub(crate) fn own_domain() -> Option<String> {
    let (config, _) = hickory_resolver::system_conf::read_system_conf().ok()?;
    search_domain(&config)
}

/// The search domain of a resolver's settings.
pub fn search_domain(config: &ResolverConfig) -> Option<String> {
    let name = config.domain().or_else(|| config.search().first())?;
    let text = name.to_utf8().trim_end_matches('.').to_owned();
    (!text.is_empty()).then_some(text)
}

fn resolver() -> std::result::Result<TokioResolver, String> {
    TokioResolver::builder_tokio()
        .and_then(|builder| builder.build())
        .map_err(|error| error.to_string())
}
