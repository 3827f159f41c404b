//! Telling from the size of a token alone whether there is a PAC in it.

use super::law::{Person, Size, size};
use super::{Groups, limit::CLOSE};

/// What the size says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// As small as a token without a PAC.
    Absent,
    /// As large as the smallest token with one, or larger.
    Present,
    /// In between.
    Unclear,
}

/// Judges a token of somebody whose name has `name` letters, and whose token
/// with a PAC is forecast to have `with` bytes, where that is known.
pub fn judge(
    token: usize,
    name: usize,
    service: &str,
    domain: &str,
    with: Option<usize>,
) -> Judgement {
    let person = Person {
        name,
        // The shortest that is possible.
        principal_name: Some(0),
        texts: Vec::new(),
        groups: Groups::default(),
    };
    let Size { token: without, .. } = size(&person, service, domain, false);
    let smallest = size(&person, service, domain, true).token;
    if token <= without + CLOSE {
        Judgement::Absent
    } else if token + CLOSE >= smallest || with.is_some_and(|with| token.abs_diff(with) <= CLOSE) {
        Judgement::Present
    } else {
        Judgement::Unclear
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_that_were_measured_are_judged_right() {
        let judge = |token, with| {
            let (service, domain) = ("nfs/nfs01.lab.example.test", "lab.example.test");
            judge(token, 3, service, domain, with)
        };
        for with in [None, Some(6185)] {
            for token in [312 + 255, 572, 582] {
                assert_eq!(judge(token, with), Judgement::Absent, "{token}");
            }
            for token in [1400, 1437, 6185, 70_000] {
                assert_eq!(judge(token, with), Judgement::Present, "{token}");
            }
            assert_eq!(judge(900, with), Judgement::Unclear);
        }
        // A PAC of another kind of controller, forecast as small as it is.
        assert_eq!(judge(900, Some(1000)), Judgement::Present);
    }
}
