//! The scenarios of `ad-pac` against a real Active Directory.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use workspace_tests::peers::samba::Settings;
use workspace_tests::peers::samba::domain::Real;

fn fresh() -> Real {
    Real::start(Settings::default()).unwrap()
}

mod scenarios {
    use super::fresh;
    workspace_tests::ad_pac_scenarios!(fresh());
}
