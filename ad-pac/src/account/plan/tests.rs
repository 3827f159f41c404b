use proptest::prelude::*;

use super::*;
use crate::account::{DistinguishedName, Sid, object::tests::nfs01};

const SET: UserAccountControl = UserAccountControl::NO_AUTH_DATA_REQUIRED;

fn plan(account: &Account) -> Plan {
    Plan::of(account, Wish::Set, Policy::default())
}

#[test]
fn a_member_server_gets_the_bit_and_keeps_the_others() {
    let account = Account {
        flags: UserAccountControl::from_bits(0x8000_1002),
        ..nfs01()
    };
    let Plan::Change(step) = plan(&account) else {
        panic!("a change")
    };
    assert_eq!(step.old, account.flags);
    assert_eq!(step.new.bits(), 0x8200_1002);
}

#[test]
fn an_account_that_is_as_wished_is_left_alone() {
    let set = Account {
        flags: nfs01().flags.with(SET),
        ..nfs01()
    };
    assert_eq!(plan(&set), Plan::Nothing);
    assert_eq!(
        Plan::of(&nfs01(), Wish::Clear, Policy::default()),
        Plan::Nothing
    );
}

#[test]
fn what_the_domain_lives_on_is_refused_however_it_is_recognised() {
    let flags = |bits| UserAccountControl::from_bits(bits);
    let sid = |text| Some(Sid::parse(text).unwrap());
    let table: &[(Account, Refusal)] = &[
        (
            Account {
                flags: flags(0x82000),
                ..nfs01()
            },
            Refusal::DomainController,
        ),
        (
            Account {
                primary_group: Some(516),
                ..nfs01()
            },
            Refusal::DomainController,
        ),
        (
            Account {
                flags: flags(0x0501_1000),
                ..nfs01()
            },
            Refusal::ReadOnlyDomainController,
        ),
        (
            Account {
                primary_group: Some(521),
                ..nfs01()
            },
            Refusal::ReadOnlyDomainController,
        ),
        (
            Account {
                sam_account_name: "krbtgt".into(),
                ..nfs01()
            },
            Refusal::Krbtgt,
        ),
        (
            Account {
                sid: sid("S-1-5-21-1-2-3-502"),
                ..nfs01()
            },
            Refusal::Krbtgt,
        ),
        (
            Account {
                secondary_krbtgt: true,
                ..nfs01()
            },
            Refusal::Krbtgt,
        ),
        (
            Account {
                flags: flags(0x820),
                ..nfs01()
            },
            Refusal::Trust,
        ),
        (
            Account {
                critical: true,
                ..nfs01()
            },
            Refusal::Critical,
        ),
    ];
    for (account, refusal) in table {
        for wish in [Wish::Set, Wish::Clear] {
            for allow_user in [false, true] {
                let plan = Plan::of(account, wish, Policy { allow_user });
                assert_eq!(plan, Plan::Refuse(*refusal), "{account:?}");
            }
        }
    }
}

#[test]
fn a_user_account_needs_leave() {
    let dn = DistinguishedName::parse("CN=svc-nfs,DC=lab,DC=test").unwrap();
    let account = Account {
        dn,
        class: AccountClass::User,
        flags: UserAccountControl::NORMAL_ACCOUNT,
        ..nfs01()
    };
    assert_eq!(plan(&account), Plan::Refuse(Refusal::User));
    let allowed = Plan::of(&account, Wish::Set, Policy { allow_user: true });
    assert!(matches!(allowed, Plan::Change(_)));
}

#[test]
fn other_services_and_windows_are_warned_of() {
    let account = Account {
        spns: ["host/a", "nfs/a", "cifs/a", "HTTP/a"]
            .map(str::to_owned)
            .to_vec(),
        operating_system: Some("Windows Server 2022".to_owned()),
        ..nfs01()
    };
    assert_eq!(
        warnings(&account, Wish::Set),
        [
            Warning::OtherServices(vec!["cifs".to_owned(), "http".to_owned()]),
            Warning::Windows("Windows Server 2022".to_owned()),
        ]
    );
    assert!(warnings(&account, Wish::Clear).is_empty());
    assert!(warnings(&nfs01(), Wish::Set).is_empty());
}

proptest! {
    #[test]
    fn a_step_changes_the_one_bit_and_nothing_else(bits: u32, set: bool) {
        let account = Account { flags: UserAccountControl::from_bits(bits), ..nfs01() };
        let wish = if set { Wish::Set } else { Wish::Clear };
        if let Plan::Change(step) = Plan::of(&account, wish, Policy { allow_user: true }) {
            prop_assert_eq!(step.old.bits() ^ step.new.bits(), SET.bits());
            prop_assert!(wish.holds(step.new));
        }
    }
}
