//! `ad-pac` against an Active Directory with the objects of
//! [`crate::directory::lab`], wherever it runs.

pub mod batch;
pub mod change;
pub mod forecast;
pub mod in_process;
pub mod refuse;
pub mod show;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::directory::lab::{ADMINISTRATOR_PASSWORD, BASE, DNS_NAME, PASSWORD};

/// A domain that `ad-pac` can be pointed at.
pub trait Domain {
    /// `ad-pac`, to be run where the domain can be reached, with a state
    /// folder of its own.
    fn tool(&self) -> Command;
    /// The value of `--server` that works.
    fn server(&self) -> String;
    /// The value of `--server` for StartTLS.
    fn plain_server(&self) -> String;
    /// The CA to trust.
    fn ca_file(&self) -> &Path;
    /// What is stored in an attribute, looked up without `ad-pac`.
    ///
    /// # Errors
    /// When the object cannot be read.
    fn stored(&self, dn: &str, attribute: &str) -> Result<String>;
    /// Writes `userAccountControl` as somebody else would.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write_flags(&self, dn: &str, flags: u32) -> Result<()>;
}

/// What a run of `ad-pac` printed and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Standard output as one JSON document.
    ///
    /// # Errors
    /// When it is not one.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout).with_context(|| format!("not one document: {self:?}"))
    }

    /// Insists on the exit status.
    ///
    /// # Errors
    /// When it is another one.
    pub fn expect(self, code: i32) -> Result<Self> {
        ensure!(
            self.code == code,
            "ended with {}, expected {code}: {self:#?}",
            self.code
        );
        Ok(self)
    }

    /// Insists on a part of standard error.
    ///
    /// # Errors
    /// When it is not there.
    pub fn says(self, part: &str) -> Result<Self> {
        ensure!(self.stderr.contains(part), "`{part}` is missing: {self:#?}");
        Ok(self)
    }
}

/// Somebody who asks.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    name: &'static str,
    password: &'static str,
}

/// May write everything.
pub const ADMINISTRATOR: Person = Person {
    name: "administrator",
    password: ADMINISTRATOR_PASSWORD,
};
/// May write `userAccountControl` of computers below OU=Servers, nothing else.
pub const DELEGATE: Person = Person {
    name: "uacadmin",
    password: PASSWORD,
};
/// May write nothing.
pub const POWERLESS: Person = Person {
    name: "nobody2",
    password: PASSWORD,
};

/// Runs `ad-pac` as `person` with the options every command needs.
///
/// # Errors
/// When it cannot be started.
pub fn ad_pac(domain: &dyn Domain, person: Person, args: &[&str]) -> Result<Ran> {
    let mut command = domain.tool();
    command
        .args(args)
        .args(["--server", &domain.server(), "--ca-file"])
        .arg(domain.ca_file())
        .args(["--bind-user", &format!("{}@{DNS_NAME}", person.name)])
        .env("AD_PAC_PASSWORD", person.password);
    finish(command)
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started.
pub fn finish(mut command: Command) -> Result<Ran> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .context("ad-pac cannot be started")?;
    let ran = Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    };
    for secret in [PASSWORD, ADMINISTRATOR_PASSWORD] {
        let printed = ran.stdout.contains(secret) || ran.stderr.contains(secret);
        ensure!(!printed, "a password was printed: {ran:#?}");
    }
    Ok(ran)
}

/// Insists on the exit status and on a part of standard error, in a test.
///
/// # Panics
/// When they are others.
pub fn says(ran: &Ran, code: i32, part: &str) {
    assert_eq!(ran.code, code, "{ran:#?}");
    assert!(ran.stderr.contains(part), "`{part}` is missing: {ran:#?}");
}

/// The name of a server of the lab.
pub fn server_dn(name: &str) -> String {
    format!("CN={name},OU=Servers,OU=Lab,{BASE}")
}

/// `userAccountControl` of an object as stored.
///
/// # Errors
/// When the object cannot be read.
pub fn flags(domain: &dyn Domain, dn: &str) -> Result<u32> {
    let text = domain.stored(dn, "userAccountControl")?;
    let number: i32 = text.parse().with_context(|| format!("{dn}: `{text}`"))?;
    Ok(number.cast_unsigned())
}

/// Makes a test of each scenario; `$domain` gives the domain to run it on.
#[macro_export]
macro_rules! ad_pac_scenarios {
    ($domain:expr) => {
        $crate::ad_pac_scenarios! { $domain;
            show::an_account_is_shown_decoded,
            show::a_host_is_found_by_each_of_its_names,
            show::an_unknown_host_is_an_input_error,
            show::two_accounts_of_one_name_are_listed,
            show::names_that_are_hard_to_quote_are_found,
            show::a_wrong_password_is_explained,
            show::an_unknown_ca_is_refused,
            show::starttls_protects_as_well,
            change::setting_and_clearing_changes_the_one_bit,
            change::what_is_so_already_is_not_written,
            change::a_dry_run_changes_nothing,
            change::the_delegate_may_and_the_powerless_may_not,
            change::every_change_is_in_the_journal,
            change::several_accounts_need_a_yes,
            change::one_failure_does_not_stop_the_rest,
            batch::every_nfs_server_is_set_audited_and_undone,
            batch::an_undo_leaves_alone_what_somebody_changed_since,
            batch::hosts_come_from_a_file_and_accounts_from_a_filter,
            batch::malformed_lists_filters_and_journals_are_refused,
            forecast::a_user_in_many_groups_is_told_where_it_fails,
            forecast::the_whole_directory_is_sorted_by_size,
            refuse::what_the_domain_lives_on_is_refused,
            refuse::a_user_account_needs_leave,
            refuse::a_malformed_name_is_refused_before_anything_is_asked,
        }
    };
    ($domain:expr; $($room:ident::$name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                if let Err(error) = $crate::scenarios::ad_pac::$room::$name(&$domain) {
                    panic!("{error:?}");
                }
            }
        )*
    };
}
