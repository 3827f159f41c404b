//! Changing one account, as a machine without a socket: it says what to do
//! next and is told what came of it.
//!
//! ```text
//! start ──► Modify(old → new) ──success──► ReadBack ──bit as wished──► Changed
//!              ▲      │                        └──bit not as wished──► Dropped
//!              │      └─noSuchAttribute──► Read
//!              └──────still to be done───────┘└──as wished──► Unchanged
//! ```

use crate::account::{Account, Plan, Policy, Refusal, Step, UserAccountControl, Wish};

use super::ResultCode;

/// How often somebody else may be faster before the exchange gives up.
pub const MOST_ATTEMPTS: u32 = 8;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write this step into the journal, then send one modify request that
    /// deletes the old value and adds the new one.
    Modify(Step),
    /// Read the account again, from the same server.
    Read,
    /// Nothing more.
    Finish(Outcome),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is as wished now, and was read back so.
    Changed(Step),
    /// It was as wished already; nothing was written.
    Unchanged(UserAccountControl),
    /// It is not an account to change.
    Refused(Refusal),
    /// The server answered success and did not keep the bit.
    Dropped(Step),
    /// Somebody else was faster every time.
    Contended(u32),
    /// The server refused the change.
    Failed(ResultCode, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Modifying(Step),
    Rereading,
    ReadingBack(Step),
    Finished,
}

/// The exchange for one account.
#[derive(Debug)]
pub struct Exchange {
    wish: Wish,
    policy: Policy,
    attempts: u32,
    state: State,
}

impl Exchange {
    /// Begins with the account as it was read.
    pub fn start(account: &Account, wish: Wish, policy: Policy) -> (Self, Action) {
        let mut exchange = Exchange {
            wish,
            policy,
            attempts: 0,
            state: State::Rereading,
        };
        let action = exchange.plan(account);
        (exchange, action)
    }

    /// Begins at a step that is decided already, as undoing does: it is not
    /// planned anew when somebody else was faster.
    pub fn exactly(step: Step, wish: Wish) -> (Self, Action) {
        let exchange = Exchange {
            wish,
            policy: Policy::default(),
            attempts: MOST_ATTEMPTS,
            state: State::Modifying(step),
        };
        (exchange, Action::Modify(step))
    }

    /// The modify request was answered.
    pub fn modified(&mut self, code: ResultCode, diagnostic: &str) -> Action {
        match (self.state, code) {
            (State::Modifying(step), ResultCode::SUCCESS) => {
                self.state = State::ReadingBack(step);
                Action::Read
            }
            // The old value is not there any more: somebody was faster.
            (State::Modifying(_), ResultCode::NO_SUCH_ATTRIBUTE)
                if self.attempts < MOST_ATTEMPTS =>
            {
                self.state = State::Rereading;
                Action::Read
            }
            (State::Modifying(_), ResultCode::NO_SUCH_ATTRIBUTE) => {
                self.finish(Outcome::Contended(self.attempts))
            }
            _ => self.finish(Outcome::Failed(code, diagnostic.to_owned())),
        }
    }

    /// The account was read.
    pub fn read(&mut self, account: &Account) -> Action {
        match self.state {
            State::ReadingBack(step) if self.wish.holds(account.flags) => {
                self.finish(Outcome::Changed(step))
            }
            State::ReadingBack(step) => self.finish(Outcome::Dropped(step)),
            State::Rereading => self.plan(account),
            State::Modifying(_) | State::Finished => Action::Read,
        }
    }

    fn plan(&mut self, account: &Account) -> Action {
        match Plan::of(account, self.wish, self.policy) {
            Plan::Nothing => self.finish(Outcome::Unchanged(account.flags)),
            Plan::Refuse(refusal) => self.finish(Outcome::Refused(refusal)),
            Plan::Change(step) => {
                self.attempts += 1;
                self.state = State::Modifying(step);
                Action::Modify(step)
            }
        }
    }

    fn finish(&mut self, outcome: Outcome) -> Action {
        self.state = State::Finished;
        Action::Finish(outcome)
    }
}

#[cfg(test)]
#[path = "exchange/tests.rs"]
mod tests;
