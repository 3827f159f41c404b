//! Both halves hold for the thread that enters them and those it starts: each
//! test has a thread of its own.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::thread;

use nix::errno::Errno;

use super::*;

/// An answer that no call gives by itself: what comes back is the filter's.
const FILTER_SAYS: Errno = Errno::EHWPOISON;

fn call(number: libc::c_long) -> Result<libc::c_long, Errno> {
    #[expect(unsafe_code, reason = "there is no safe way to call by number")]
    // SAFETY: the arguments are no address that exists and no descriptor that
    // is open, so that even an unfiltered call could change nothing.
    let result = unsafe { libc::syscall(number, -1, -1, -1, -1, -1, -1) };
    Errno::result(result)
}

#[test]
fn every_call_of_the_list_is_refused_and_by_the_filter() {
    let within = thread::spawn(|| {
        nix::sys::prctl::set_no_new_privs().unwrap();
        assert!(refuse_system_calls(FILTER_SAYS).unwrap());
        for number in REFUSED {
            assert_eq!(call(*number), Err(FILTER_SAYS), "system call {number}");
        }
        // What a server lives on is answered by the kernel itself.
        for number in [
            libc::SYS_openat2,
            libc::SYS_recvmsg,
            libc::SYS_sendmsg,
            libc::SYS_fdatasync,
            libc::SYS_epoll_ctl,
            libc::SYS_accept4,
            libc::SYS_renameat2,
        ] {
            let answer = call(number);
            assert!(answer != Err(FILTER_SAYS), "system call {number}");
        }
        // Threads started later are within too.
        thread::spawn(|| assert_eq!(call(libc::SYS_execve), Err(FILTER_SAYS)))
            .join()
            .unwrap();
    });
    within.join().unwrap();
}

#[test]
fn folders_are_in_reach_for_what_they_were_opened_for_and_ports_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["served", "kept", "other", "named"] {
        fs::create_dir(at(name)).unwrap();
        fs::write(at(name).join("file"), name).unwrap();
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap();
    let [served, kept, named] =
        ["served", "kept", "named"].map(|name| File::open(at(name)).unwrap());
    let paths = ["served", "kept", "other", "named"].map(at);
    let within = thread::spawn(move || {
        let confined = Sandbox::new()
            .unwrap()
            .reads(&served)
            .unwrap()
            .keeps(&kept)
            .unwrap()
            .removes(&named)
            .unwrap()
            .enter()
            .unwrap();
        assert_eq!(
            confined.landlock,
            Enforced::Fully,
            "hint: a kernel with Landlock"
        );
        assert!(confined.seccomp);
        let [served, kept, other, named] = paths;
        let denied = |result: io::Result<()>| {
            assert_eq!(
                result.map_err(|error| error.kind()),
                Err(io::ErrorKind::PermissionDenied)
            );
        };
        assert_eq!(fs::read(served.join("file")).unwrap(), b"served");
        denied(fs::write(served.join("file"), "changed"));
        denied(fs::write(served.join("new"), "new"));
        denied(fs::read(other.join("file")).map(drop));
        fs::write(kept.join("new"), "new").unwrap();
        fs::rename(kept.join("new"), kept.join("file")).unwrap();
        fs::remove_file(kept.join("file")).unwrap();
        denied(fs::read(named.join("file")).map(drop));
        denied(fs::write(named.join("new"), "new"));
        fs::remove_file(named.join("file")).unwrap();
        denied(fs::create_dir(kept.join("folder")));
        denied(std::os::unix::fs::symlink("/etc", kept.join("link")));
        denied(TcpListener::bind("127.0.0.1:0").map(drop));
        denied(TcpStream::connect(port).map(drop));
        // By number: a child, even one that starts no program, would have a
        // copy of what other tests just closed, their locks and ports too.
        assert_eq!(call(libc::SYS_execve), Err(Errno::EPERM));
    });
    within.join().unwrap();
    drop(taken);
}
