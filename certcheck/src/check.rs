//! Checks one target: resolves, probes, tries again, follows redirects, all
//! within one deadline. The only clock of the checks.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::diagnosis::{Failure, Phase};
use crate::outcome::{Basis, Outcome};
use crate::probe::{Evidence, Route, Settings, probe};
use crate::target::Target;

pub mod issuer;
pub mod redirect;

/// How long one whole check may take unless the target says otherwise.
pub const TIMEOUT: u64 = 10;

/// The first pause before another attempt; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// What holds for all checks of a run.
#[derive(Debug)]
pub struct Plan {
    /// How probes are made.
    pub settings: Settings,
    /// Further attempts after a failure that may pass.
    pub retries: u32,
    /// Check every address of a name, not the first that answers.
    pub all_addresses: bool,
    /// Follow redirects and check every hop.
    pub follow: bool,
    /// Ask the AIA URLs for a missing issuer.
    pub aia: bool,
    /// Judge as of this time instead of now.
    pub at: Option<i64>,
}

impl Plan {
    /// The time to judge by.
    pub fn now(&self) -> i64 {
        self.at
            .unwrap_or_else(|| jiff::Timestamp::now().as_second())
    }
}

/// Checks one target. There is more than one outcome only with
/// `--all-addresses` and `--follow`.
pub async fn check(target: &Target, plan: &Plan) -> Vec<Outcome> {
    let allowed = Duration::from_secs(target.options.timeout.unwrap_or(TIMEOUT));
    let deadline = Instant::now() + allowed;
    let mut outcomes = check_hop(target, plan, deadline, allowed).await;
    if plan.aia {
        for outcome in &mut outcomes {
            issuer::look_up(outcome, plan, deadline).await;
        }
    }
    if plan.follow {
        redirect::follow(target, plan, deadline, allowed, &mut outcomes).await;
    }
    outcomes
}

/// Checks one hop, at one address or at all.
async fn check_hop(
    target: &Target,
    plan: &Plan,
    deadline: Instant,
    allowed: Duration,
) -> Vec<Outcome> {
    let began = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut attempt = 0;
    loop {
        let mut outcomes = Vec::new();
        let mut transient = false;
        for (evidence, took) in attempt_once(target, plan, deadline, allowed).await {
            let took = took.unwrap_or_else(|| began.elapsed());
            let mut outcome = match evidence {
                Ok(evidence) => {
                    transient |= evidence.answer.as_ref().is_err_and(Failure::is_transient);
                    judge(target, evidence, plan)
                }
                Err(failure) => {
                    transient |= failure.is_transient();
                    Outcome::failed(target, &failure, plan.now())
                }
            };
            outcome.milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            outcomes.push(outcome);
        }
        if !transient || attempt >= plan.retries || Instant::now() + pause >= deadline {
            return outcomes;
        }
        attempt += 1;
        tracing::debug!("{target}: attempt {} follows", attempt + 1);
        #[expect(
            clippy::disallowed_methods,
            reason = "the pause before another attempt is the behaviour"
        )]
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

fn judge(target: &Target, evidence: Evidence, plan: &Plan) -> Outcome {
    let basis = Basis {
        trust: &plan.settings.trust,
        now: plan.now(),
    };
    Outcome::judge(
        target,
        evidence.address,
        evidence.recorded,
        evidence.answer,
        basis,
    )
}

type Attempted = (Result<Evidence, Failure>, Option<Duration>);

async fn attempt_once(
    target: &Target,
    plan: &Plan,
    deadline: Instant,
    allowed: Duration,
) -> Vec<Attempted> {
    let settings = &plan.settings;
    if goes_through_proxy(target, settings) {
        let evidence = probe(target, Route::Proxied, settings, deadline, allowed).await;
        return vec![(Ok(evidence), None)];
    }
    let endpoint = target.dialled();
    let resolved = timeout_at(
        deadline,
        settings.resolver.resolve(&endpoint, settings.family),
    )
    .await;
    let addresses = match resolved {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(failure)) => return vec![(Err(failure), None)],
        Err(_) => {
            let failure = Failure::Timeout {
                phase: Phase::Resolving,
                seconds: allowed.as_secs(),
            };
            return vec![(Err(failure), None)];
        }
    };
    if plan.all_addresses {
        return at_every_address(target, &addresses, settings, deadline, allowed).await;
    }
    let count = addresses.len();
    let mut last = None;
    for (index, address) in addresses.into_iter().enumerate() {
        // An address that swallows packets must leave time for the next.
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(count - index).unwrap_or(1);
        let evidence = probe(
            target,
            Route::Direct(address),
            settings,
            Instant::now() + share,
            allowed,
        )
        .await;
        let unreached = !evidence.recorded.hello_made
            && !evidence.recorded.dialogue_begun
            && matches!(
                evidence.answer,
                Err(Failure::Connect { .. } | Failure::Timeout { .. })
            );
        last = Some(evidence);
        if !unreached {
            break;
        }
    }
    last.map(|evidence| (Ok(evidence), None))
        .into_iter()
        .collect()
}

async fn at_every_address(
    target: &Target,
    addresses: &[SocketAddr],
    settings: &Settings,
    deadline: Instant,
    allowed: Duration,
) -> Vec<Attempted> {
    let probes = addresses.iter().map(|address| async move {
        let began = Instant::now();
        let evidence = probe(target, Route::Direct(*address), settings, deadline, allowed).await;
        (Ok(evidence), Some(began.elapsed()))
    });
    futures_util::future::join_all(probes).await
}

/// A target with a route of its own goes there directly.
fn goes_through_proxy(target: &Target, settings: &Settings) -> bool {
    settings
        .proxy
        .as_ref()
        .is_some_and(|proxy| target.options.connect_to.is_none() && proxy.covers(&target.host))
}
