use proptest::prelude::*;

use super::*;

fn sid(subs: &[u32]) -> Vec<u8> {
    let mut bytes = vec![1, subs.len() as u8, 0, 0, 0, 0, 0, 5];
    for sub in subs {
        bytes.extend(sub.to_le_bytes());
    }
    bytes
}

#[test]
fn groups_are_told_apart_by_their_domain() {
    let person = sid(&[21, 1, 2, 3, 1104]);
    let groups = [
        sid(&[21, 1, 2, 3, 513]),
        sid(&[21, 1, 2, 3, 1152]),
        sid(&[21, 9, 9, 9, 1152]),
        sid(&[32, 545]),
        sid(&[18, 1]),
    ];
    let count = Groups::count(&person, groups.iter().map(Vec::as_slice));
    assert_eq!(
        count,
        Groups {
            own: 2,
            foreign: 2,
            builtin: 1
        }
    );
    assert_eq!(count.all(), 5);
}

proptest! {
    #[test]
    fn whatever_comes_is_counted_once(
        person in proptest::collection::vec(any::<u8>(), 0..40),
        groups in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..20),
    ) {
        let count = Groups::count(&person, groups.iter().map(Vec::as_slice));
        prop_assert_eq!(count.all(), groups.len());
    }
}
