//! `pxe decode`.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use crate::capture::{self, Packet, Summary, Unreadable};
use crate::decode::Story;
use crate::error::{Error, Kind, Result};
use crate::report::decode::{any_stopped, json, text};
use crate::terminal::{Color, Output};

/// Tell the boots in a packet capture: who offered what, where each stopped, why
///
/// Reads pcap and pcapng as tcpdump and Wireshark write them, of Ethernet
/// (VLANs too), Linux cooked captures and plain IP. Exits 1 when a boot
/// stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pxe decode boot.pcap
  tcpdump -i eth0 -w - udp or tcp port 80 | pxe decode - --json")]
pub(super) struct Args {
    /// The capture; `-` is standard input
    ///
    /// Made where the machine or the server is: `tcpdump -w FILE 'udp or tcp
    /// port 80'`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print the result as JSON
    ///
    /// For scripts: the fields are in the README and do not change their
    /// meaning.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, color: Color, out: &mut Output) -> Result<u8> {
    let mut story = Story::default();
    let summary = read(&args.file, |packet| story.take(&packet))?;
    let told = story.finish();
    let result = if args.json {
        let name = args.file.display().to_string();
        writeln!(out, "{}", json(&name, &told, &summary))
    } else {
        write!(out, "{}", text(&told, &summary, color.enabled()))
    };
    result.map_err(|error| {
        Error::new(Kind::System, "standard output", "cannot write").because(error)
    })?;
    Ok(u8::from(any_stopped(&told)))
}

/// Reads a capture file, or standard input.
pub(super) fn read(path: &Path, show: impl FnMut(Packet<'_>)) -> Result<Summary> {
    let name = if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    };
    let failed = |error: io::Error| {
        Error::new(Kind::Input, &name, "the capture cannot be read").because(error)
    };
    let reader: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    capture::read(reader, show).map_err(|unreadable| match unreadable {
        Unreadable::Io(error) => failed(error),
        Unreadable::Foreign => Error::new(
            Kind::Input,
            &name,
            "this is no capture: expected pcap or pcapng",
        )
        .hint(
            "`tcpdump -w FILE` and Wireshark write them; a compressed one must be unpacked first",
        ),
        Unreadable::Damaged { offset, what } => Error::new(
            Kind::Input,
            &name,
            format!("damaged at byte {offset}: {what}"),
        )
        .hint("`tcpdump -r FILE -w NEW` keeps what is whole"),
    })
}
