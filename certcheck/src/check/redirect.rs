//! Follows redirects, checking every hop as strictly as the first.

use std::time::Duration;

use reqwest::Url;
use tokio::time::Instant;

use super::{Plan, check_hop};
use crate::diagnosis::{Failure, explain_failure};
use crate::outcome::{Answer, Outcome};
use crate::target::{Options, Target};

/// More hops than a browser follows are a loop.
const MOST_HOPS: usize = 10;

/// Adds the outcome of every hop after the first.
pub(super) async fn follow(
    first: &Target,
    plan: &Plan,
    deadline: Instant,
    allowed: Duration,
    outcomes: &mut Vec<Outcome>,
) {
    let mut current = first.clone();
    for hop in 0.. {
        let Some(last) = outcomes.last_mut() else {
            return;
        };
        let next = match next_hop(&current, last.answer.as_ref()) {
            Ok(Some(next)) if hop < MOST_HOPS => next,
            Ok(None) => return,
            Ok(Some(_)) => {
                let what = format!("more than {MOST_HOPS} redirects");
                last.add(explain_failure(&Failure::BadRedirect(what)));
                return;
            }
            Err(failure) => {
                last.add(explain_failure(&failure));
                return;
            }
        };
        let mut hops = check_hop(&next, plan, deadline, allowed).await;
        for outcome in &mut hops {
            outcome.redirected_from = Some(first.text.clone());
        }
        outcomes.extend(hops);
        current = next;
    }
}

/// The target that an answer redirects to, if it does.
///
/// # Errors
/// When it leads away from HTTPS, or cannot be understood.
pub fn next_hop(from: &Target, answer: Option<&Answer>) -> Result<Option<Target>, Failure> {
    let Some(Answer {
        status: 301 | 302 | 303 | 307 | 308,
        location: Some(location),
    }) = answer
    else {
        return Ok(None);
    };
    let bad = |what: &str| Failure::BadRedirect(format!("{what}: {location}"));
    let base = format!("https://{}{}", from.authority(), from.path);
    let url = Url::parse(&base)
        .and_then(|base| base.join(location))
        .map_err(|_| bad("the redirect cannot be understood"))?;
    match url.scheme() {
        "https" => {}
        "http" => return Err(Failure::PlainRedirect(location.clone())),
        _ => return Err(bad("the redirect leads elsewhere than HTTP")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("the redirect carries credentials"));
    }
    let mut next = Target::parse(url.as_str(), Options::default()).map_err(|what| bad(&what))?;
    // Where the connection of the first hop was sent and whose name it had
    // to carry says nothing of another host.
    next.options = if (&next.host, next.port) == (&from.host, from.port) {
        from.options.clone()
    } else {
        Options {
            warn: from.options.warn,
            crit: from.options.crit,
            strict: from.options.strict,
            tls_min: from.options.tls_min,
            ..Options::default()
        }
    };
    Ok(Some(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, location: &str) -> Answer {
        Answer {
            status,
            location: Some(location.to_owned()),
        }
    }

    #[test]
    fn a_redirect_keeps_the_options_of_the_same_site_only() {
        let mut options = Options::default();
        options.set("connect-to", "127.0.0.1:9").unwrap();
        let from = Target::parse("https://a.example/x", options).unwrap();
        // The root's dot and the case make no other site of it.
        for location in ["/y", "https://A.example./y", "//a.example:443/y"] {
            let same = next_hop(&from, Some(&answer(302, location)))
                .unwrap()
                .unwrap();
            assert_eq!(same.path, "/y");
            assert!(same.options.connect_to.is_some(), "{location}");
        }
        let other = next_hop(&from, Some(&answer(301, "https://b.example:8443/")))
            .unwrap()
            .unwrap();
        assert_eq!(
            (other.host.in_url().as_str(), other.port),
            ("b.example", 8443)
        );
        assert!(other.options.connect_to.is_none());
    }

    #[test]
    fn a_redirect_away_from_https_is_a_failure() {
        let from = Target::parse("a.example", Options::default()).unwrap();
        assert!(matches!(
            next_hop(&from, Some(&answer(302, "http://a.example/"))),
            Err(Failure::PlainRedirect(_))
        ));
        for location in ["ftp://a.example/", "https://u:p@b.example/", "https://"] {
            assert!(
                matches!(
                    next_hop(&from, Some(&answer(302, location))),
                    Err(Failure::BadRedirect(_))
                ),
                "{location}"
            );
        }
        assert_eq!(next_hop(&from, Some(&answer(200, "/y"))), Ok(None));
        assert_eq!(next_hop(&from, None), Ok(None));
    }
}
