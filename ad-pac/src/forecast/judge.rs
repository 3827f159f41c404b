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

/// Judges a token of somebody whose name has `name` letters.
pub fn judge(token: usize, name: usize, service: &str, domain: &str) -> Judgement {
    let person = Person {
        name,
        // The shortest that is possible.
        principal_name: Some(0),
        texts: Vec::new(),
        groups: Groups::default(),
    };
    let Size { token: without, .. } = size(&person, service, domain, false);
    let Size { token: with, .. } = size(&person, service, domain, true);
    if token <= without + CLOSE {
        Judgement::Absent
    } else if token + CLOSE >= with {
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
        let judge = |token| judge(token, 3, "nfs/nfs01.lab.example.test", "lab.example.test");
        for token in [312 + 255, 572, 582] {
            assert_eq!(judge(token), Judgement::Absent, "{token}");
        }
        for token in [1400, 1437, 6185, 70_000] {
            assert_eq!(judge(token), Judgement::Present, "{token}");
        }
        assert_eq!(judge(900), Judgement::Unclear);
    }
}
