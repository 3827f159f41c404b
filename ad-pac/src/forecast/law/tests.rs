use proptest::prelude::*;

use super::*;

const DOMAIN: &str = "lab.example.test";

fn person(name: usize, own: usize) -> Person {
    Person {
        name,
        principal_name: None,
        texts: Vec::new(),
        groups: Groups {
            own,
            foreign: 0,
            builtin: 1,
        },
    }
}

/// Tickets as a Samba 4.17 KDC gave them: user name, groups of the domain,
/// service, with and without the bit.
#[test]
fn tickets_that_were_measured_come_out_to_the_byte() {
    let nfs01 = "nfs/nfs01.lab.example.test";
    for (name, own, service, with, without) in [
        (5, 1, nfs01, 1151, 314),
        (5, 4, nfs01, 1175, 314),
        (3, 601, nfs01, 5925, 312),
        (8, 2, nfs01, 1186, 317),
        (13, 6, nfs01, 1263, 322),
        (20, 1, nfs01, 1286, 329),
        (3, 601, "nfs/nfs-cluster.lab.example.test", 5931, 318),
        (5, 4, "nfs/NFS01", 1158, 297),
    ] {
        let person = person(name, own);
        assert_eq!(
            size(&person, service, DOMAIN, true).ticket,
            with,
            "{name} letters, {own} groups"
        );
        assert_eq!(
            size(&person, service, DOMAIN, false).ticket,
            without,
            "{name} letters"
        );
    }
}

#[test]
fn every_length_of_a_user_name_that_was_measured_comes_out() {
    let measured = [
        1125, 1142, 1151, 1152, 1161, 1178, 1187, 1188, 1197, 1214, 1223, 1224, 1233, 1250, 1259,
        1260, 1269, 1286,
    ];
    for (name, ticket) in (3..).zip(measured) {
        let size = size(&person(name, 1), "nfs/nfs01.lab.example.test", DOMAIN, true);
        assert_eq!(size.ticket, ticket, "{name} letters");
    }
}

#[test]
fn principal_names_and_display_names_that_were_measured_come_out() {
    let ticket = |person: &Person| size(person, "nfs/nfs01.lab.example.test", DOMAIN, true).ticket;
    for (units, expected) in [(18, 1143), (20, 1143), (21, 1151), (25, 1159), (29, 1167)] {
        let person = Person {
            principal_name: Some(units),
            ..person(5, 1)
        };
        assert_eq!(ticket(&person), expected, "principal name of {units}");
    }
    for (units, expected) in [
        (1, 1151),
        (2, 1151),
        (3, 1159),
        (7, 1167),
        (15, 1183),
        (60, 1271),
    ] {
        let person = Person {
            texts: vec![units],
            ..person(5, 1)
        };
        assert_eq!(ticket(&person), expected, "display name of {units}");
    }
    let person = Person {
        texts: vec![20, 20],
        ..person(5, 1)
    };
    assert_eq!(ticket(&person), 1231, "home directory and profile path");
}

#[test]
fn tokens_that_were_measured_come_out() {
    for (name, own, with, without) in [(5, 4, 1437, 576), (3, 601, 6185, 572)] {
        let person = person(name, own);
        let token = |pac| size(&person, "nfs/nfs01.lab.example.test", DOMAIN, pac).token;
        assert_eq!((token(true), token(false)), (with, without));
    }
}

proptest! {
    #[test]
    fn more_of_anything_is_never_smaller(
        name in 1usize..64, own in 0usize..2000, foreign in 0usize..100, text in 0usize..200,
    ) {
        let small = Person { texts: vec![text], groups: Groups { own, foreign, builtin: 0 }, ..person(name, 0) };
        let at = |person: &Person| size(person, "nfs/a.example.test", DOMAIN, true);
        let grown = [
            Person { name: name + 1, ..small.clone() },
            Person { texts: vec![text + 1], ..small.clone() },
            Person { groups: Groups { own: own + 1, ..small.groups }, ..small.clone() },
            Person { groups: Groups { foreign: foreign + 1, ..small.groups }, ..small.clone() },
        ];
        for larger in &grown {
            prop_assert!(at(larger) >= at(&small));
        }
        prop_assert!(at(&small) > size(&small, "nfs/a.example.test", DOMAIN, false));
    }
}
