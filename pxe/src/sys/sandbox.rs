//! What the kernel refuses this process from now on, whatever a client makes
//! it try: files outside the folders it serves and keeps (Landlock), TCP
//! ports and connections, and system calls that a boot server never makes
//! (seccomp).

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, PathBeneath,
    Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use nix::libc;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

/// The newest interface whose rights are asked for; older kernels give what
/// they have.
const NEWEST: ABI = ABI::V6;

/// The folders that stay in reach, and for what.
#[derive(Debug)]
pub(crate) struct Sandbox(RulesetCreated);

/// How much of it the kernel does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Confined {
    /// Files and ports: all that was asked for, a part, nothing.
    pub landlock: Enforced,
    /// System calls.
    pub seccomp: bool,
}

/// How much of a ruleset the kernel enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enforced {
    /// All of it.
    Fully,
    /// What this kernel knows of it.
    Partly,
    /// Nothing: built without it, or not switched on.
    Not,
}

impl Sandbox {
    /// A sandbox with nothing in reach. TCP ports are opened before it, and
    /// nothing here ever connects.
    ///
    /// # Errors
    /// As the system reports.
    pub(crate) fn new() -> io::Result<Sandbox> {
        let ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(NEWEST))
            .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(NEWEST)))
            .and_then(|ruleset| ruleset.scope(Scope::from_all(NEWEST)))
            .and_then(Ruleset::create)
            .map_err(io::Error::other)?;
        Ok(Sandbox(ruleset))
    }

    /// Files below this folder may be read.
    ///
    /// # Errors
    /// As the system reports.
    pub(crate) fn reads(self, folder: impl AsFd) -> io::Result<Sandbox> {
        self.allow(folder, AccessFs::ReadFile | AccessFs::ReadDir)
    }

    /// Files in this folder may also be written, made, renamed and removed.
    ///
    /// # Errors
    /// As the system reports.
    pub(crate) fn keeps(self, folder: impl AsFd) -> io::Result<Sandbox> {
        let access = AccessFs::ReadFile
            | AccessFs::ReadDir
            | AccessFs::WriteFile
            | AccessFs::Truncate
            | AccessFs::MakeReg
            | AccessFs::RemoveFile;
        self.allow(folder, access)
    }

    /// Names in this folder may be removed, and nothing else.
    ///
    /// # Errors
    /// As the system reports.
    pub(crate) fn removes(self, folder: impl AsFd) -> io::Result<Sandbox> {
        self.allow(folder, AccessFs::RemoveFile.into())
    }

    fn allow(self, folder: impl AsFd, access: BitFlags<AccessFs>) -> io::Result<Sandbox> {
        let rule = PathBeneath::new(folder, access);
        Ok(Sandbox(self.0.add_rule(rule).map_err(io::Error::other)?))
    }

    /// Enters it, for good; threads started later are in it too. From then on
    /// no program could regain rights by being executed (`no_new_privs`).
    ///
    /// # Errors
    /// When the kernel knows these things but refuses.
    pub(crate) fn enter(self) -> io::Result<Confined> {
        let status = self.0.restrict_self().map_err(io::Error::other)?;
        // Landlock does it itself, but not where the kernel has none.
        nix::sys::prctl::set_no_new_privs()?;
        let landlock = match status.ruleset {
            RulesetStatus::FullyEnforced => Enforced::Fully,
            RulesetStatus::PartiallyEnforced => Enforced::Partly,
            RulesetStatus::NotEnforced => Enforced::Not,
        };
        Ok(Confined {
            landlock,
            seccomp: refuse_system_calls(nix::errno::Errno::EPERM)?,
        })
    }
}

/// What a boot server never does and an intruder would do first: start
/// programs, look into others, change the kernel, mounts, namespaces, users
/// or the clock, and the interfaces through which kernels were most often
/// broken. A list of what is refused, not of what is allowed: the calls that
/// a C library, an allocator and an async runtime make differ from one
/// version to the next, and a server that dies of an update of its C library
/// is the worse risk. They fail with EPERM, which is an answer, instead of
/// killing the process, which would be a way to stop it.
const REFUSED: &[libc::c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_personality,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setgroups,
    libc::SYS_capset,
];

/// Says whether this processor's calls are known to the filter; the refused
/// ones fail with `answer`.
fn refuse_system_calls(answer: nix::errno::Errno) -> io::Result<bool> {
    let Ok(processor) = TargetArch::try_from(std::env::consts::ARCH) else {
        return Ok(false);
    };
    #[expect(
        clippy::useless_conversion,
        reason = "the width of the numbers differs between processors"
    )]
    let rules: BTreeMap<i64, Vec<_>> = REFUSED
        .iter()
        .map(|call| (i64::from(*call), Vec::new()))
        .collect();
    let refused = SeccompAction::Errno((answer as i32).unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, processor)
        .map_err(io::Error::other)?;
    let program = BpfProgram::try_from(filter).map_err(io::Error::other)?;
    seccompiler::apply_filter(&program).map_err(io::Error::other)?;
    Ok(true)
}

#[cfg(test)]
#[path = "sandbox/tests.rs"]
mod tests;
