//! Reads a trace of system calls: what was written, synced and sent, in order.

use workspace_tests::dhcp::{ACK, Message};

/// strace and its arguments; the name of the file follows.
pub(crate) const COMMAND: &[&str] = &[
    "strace",
    "-f",
    "-xx",
    "-s",
    "1000000",
    "-e",
    "trace=write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,sync_file_range,sendto,sendmsg,sendmmsg",
    "-o",
];

/// One line of the trace: a call that begins, ends, or does both.
struct Line<'a> {
    process: &'a str,
    call: &'a str,
    begins: bool,
    ends: bool,
    text: &'a str,
}

/// The number of ACKs in the trace, each of which was preceded by a write of
/// its lease and by a sync that began after that write and had ended.
///
/// # Errors
/// Names the first ACK of which that is not so.
pub(crate) fn acks_after_their_sync(trace: &str) -> Result<usize, String> {
    let lines: Vec<Line<'_>> = trace.lines().filter_map(line).collect();
    // (begun at line, ended at line) of every sync that succeeded.
    let mut syncs: Vec<(usize, usize)> = Vec::new();
    let mut open: Vec<(&str, usize)> = Vec::new();
    let mut writes: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut acks = 0;
    for (at, line) in lines.iter().enumerate() {
        match line.call {
            "fsync" | "fdatasync" => {
                if line.begins {
                    open.push((line.process, at));
                }
                if line.ends {
                    let begun = open
                        .iter()
                        .rposition(|(process, _)| *process == line.process)
                        .map(|index| open.remove(index).1);
                    if line.text.trim_end().ends_with("= 0") {
                        syncs.extend(begun.map(|begun| (begun, at)));
                    }
                }
            }
            "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" if line.begins => {
                writes.push((at, strings(line.text).concat()));
            }
            "sendto" | "sendmsg" | "sendmmsg" if line.begins => {
                for payload in strings(line.text) {
                    let Some(message) = Message::decode(&payload) else {
                        continue;
                    };
                    if message.kind() != ACK {
                        continue;
                    }
                    acks += 1;
                    let lease = |(_, bytes): &&(usize, Vec<u8>)| {
                        holds(bytes, &message.mac()) && holds(bytes, &message.yiaddr().octets())
                    };
                    let Some((written, _)) = writes.iter().rfind(lease) else {
                        return Err(format!("never written: {}", message.summary()));
                    };
                    if !syncs.iter().any(|(begun, _)| begun > written) {
                        return Err(format!("sent before the sync: {}", message.summary()));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(acks)
}

/// `1234  fdatasync(5) = 0`, `1234  fdatasync(5 <unfinished ...>`,
/// `1234  <... fdatasync resumed>) = 0`.
fn line(text: &str) -> Option<Line<'_>> {
    let (process, rest) = text.split_once(' ')?;
    let rest = rest.trim_start();
    if let Some(resumed) = rest.strip_prefix("<... ") {
        let (call, _) = resumed.split_once(' ')?;
        return Some(Line {
            process,
            call,
            begins: false,
            ends: true,
            text,
        });
    }
    let (call, _) = rest.split_once('(')?;
    Some(Line {
        process,
        call,
        begins: true,
        ends: !rest.ends_with("<unfinished ...>"),
        text,
    })
}

/// The strings of a line, each byte of which is `\xNN`.
fn strings(text: &str) -> Vec<Vec<u8>> {
    text.split('"')
        .skip(1)
        .step_by(2)
        .map(|quoted| {
            quoted
                .split("\\x")
                .skip(1)
                .filter_map(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok())
                .collect()
        })
        .collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
