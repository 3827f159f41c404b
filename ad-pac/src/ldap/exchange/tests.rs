use super::*;
use crate::account::object::tests::nfs01;

const STALE: ResultCode = ResultCode::NO_SUCH_ATTRIBUTE;

fn with(bits: u32) -> Account {
    Account {
        flags: UserAccountControl::from_bits(bits),
        ..nfs01()
    }
}

fn start(bits: u32) -> (Exchange, Action) {
    Exchange::start(&with(bits), Wish::Set, Policy::default())
}

fn step(old: u32, new: u32) -> Step {
    Step {
        old: UserAccountControl::from_bits(old),
        new: UserAccountControl::from_bits(new),
    }
}

#[test]
fn a_change_is_written_and_read_back() {
    let (mut exchange, action) = start(0x1000);
    assert_eq!(action, Action::Modify(step(0x1000, 0x0200_1000)));
    assert_eq!(exchange.modified(ResultCode::SUCCESS, ""), Action::Read);
    assert_eq!(
        exchange.read(&with(0x0200_1000)),
        Action::Finish(Outcome::Changed(step(0x1000, 0x0200_1000)))
    );
}

#[test]
fn an_account_that_is_as_wished_is_not_written() {
    let (_, action) = start(0x0200_1000);
    let flags = UserAccountControl::from_bits(0x0200_1000);
    assert_eq!(action, Action::Finish(Outcome::Unchanged(flags)));
}

#[test]
fn a_faster_writer_makes_it_start_again_from_what_is_there_now() {
    let (mut exchange, _) = start(0x1000);
    assert_eq!(exchange.modified(STALE, ""), Action::Read);
    assert_eq!(
        exchange.read(&with(0x1002)),
        Action::Modify(step(0x1002, 0x0200_1002))
    );
}

#[test]
fn a_faster_writer_with_the_same_wish_ends_it() {
    let (mut exchange, _) = start(0x1000);
    exchange.modified(STALE, "");
    let action = exchange.read(&with(0x0200_1000));
    assert!(matches!(action, Action::Finish(Outcome::Unchanged(_))));
}

#[test]
fn an_account_that_becomes_a_domain_controller_meanwhile_is_refused() {
    let (mut exchange, _) = start(0x1000);
    exchange.modified(STALE, "");
    assert_eq!(
        exchange.read(&with(0x82000)),
        Action::Finish(Outcome::Refused(Refusal::DomainController))
    );
}

#[test]
fn it_gives_up_after_a_bounded_number_of_attempts() {
    let (mut exchange, mut action) = start(0x1000);
    let mut modifies = 0;
    while let Action::Modify(_) = action {
        modifies += 1;
        action = match exchange.modified(STALE, "") {
            Action::Read => exchange.read(&with(0x1000)),
            other => other,
        };
    }
    assert_eq!(modifies, MOST_ATTEMPTS);
    assert_eq!(action, Action::Finish(Outcome::Contended(MOST_ATTEMPTS)));
}

#[test]
fn a_bit_that_the_server_did_not_keep_is_noticed() {
    let (mut exchange, _) = start(0x1000);
    exchange.modified(ResultCode::SUCCESS, "");
    assert!(matches!(
        exchange.read(&with(0x1000)),
        Action::Finish(Outcome::Dropped(_))
    ));
}

#[test]
fn other_bits_that_the_server_cleared_are_its_business() {
    let (mut exchange, _) = start(0x1010);
    exchange.modified(ResultCode::SUCCESS, "");
    assert!(matches!(
        exchange.read(&with(0x0200_1000)),
        Action::Finish(Outcome::Changed(_))
    ));
}

#[test]
fn a_refusal_of_the_server_ends_it_with_its_reason() {
    let (mut exchange, _) = start(0x1000);
    assert_eq!(
        exchange.modified(ResultCode::INSUFFICIENT_ACCESS_RIGHTS, "no"),
        Action::Finish(Outcome::Failed(
            ResultCode::INSUFFICIENT_ACCESS_RIGHTS,
            "no".to_owned()
        ))
    );
}

#[test]
fn an_exact_step_is_not_planned_anew() {
    let (mut exchange, action) = Exchange::exactly(step(0x0200_1000, 0x1000), Wish::Clear);
    assert_eq!(action, Action::Modify(step(0x0200_1000, 0x1000)));
    assert!(matches!(
        exchange.modified(STALE, ""),
        Action::Finish(Outcome::Contended(_))
    ));
}
