//! `pxe lint`.

use std::collections::HashSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::error::{Error, Kind, Result};
use crate::lint::read::{Files, Foreign, LONGEST};
use crate::lint::{self, Finding, RULES, Severity, TARGETS, Target, fix, sarif, waivers};
use crate::report::lint::{Linted, document, explanation, nagios, text};
use crate::terminal::{Color, Output};

/// Find why machines will not boot from another DHCP server's configuration
///
/// Reads the configuration as that server does, escapes and all, and tells
/// what is sent byte by byte, why firmware trips over it, and the right line.
/// Exit status 1 when anything is found that --deny names (warnings and errors
/// unless given). --fix prints a patch for `patch -p0` instead.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pxe lint --for isc-dhcpd /etc/dhcp/dhcpd.conf
  pxe lint --for kea kea-dhcp4.conf --fix | patch -p0")]
pub(super) struct Args {
    /// The server whose configuration it is
    #[arg(
        long = "for", value_name = "TARGET", value_parser = target(),
        required_unless_present = "explain", hide_possible_values = true,
        help = "The server: isc-dhcpd, kea, dnsmasq, dnsmasq-proxy, infoblox, windows, mikrotik, \
                cisco-ios, opnsense or udhcpd",
        long_help = "The server: isc-dhcpd, kea, dnsmasq, dnsmasq-proxy, infoblox, windows, \
                     mikrotik, cisco-ios, opnsense or udhcpd\n\n\
                     The same line means other bytes to each of them, so it is never guessed."
    )]
    target: Option<&'static Target>,
    /// The configuration, `-` for standard input
    ///
    /// A copy will do: neither the server nor its network is needed.
    #[arg(value_name = "FILE", required_unless_present = "explain")]
    file: Option<PathBuf>,
    /// The format: text, json or sarif
    ///
    /// sarif puts the findings beside the lines of a pull request, in code
    /// scanning.
    #[arg(
        short = 'T',
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    format: Format,
    /// Print JSON
    ///
    /// For scripts: each finding with its place, bytes and fix.
    #[arg(long, conflicts_with = "nagios")]
    json: bool,
    /// Print the corrected file as a patch
    ///
    /// Changes nothing itself: read it, then pipe it into `patch`. Only what
    /// has one right answer is in it.
    #[arg(long, conflicts_with_all = ["json", "nagios", "write_waivers"])]
    fix: bool,
    /// Fail on this rule, or on `errors`, `warnings` or `notes`; may be repeated
    ///
    /// In CI, to hold a repository to a rule that is a mere note by default.
    #[arg(long, value_name = "RULE")]
    deny: Vec<String>,
    /// Ignore this rule; may be repeated
    ///
    /// For a rule that does not fit this site at all. Single findings are
    /// accepted with --waivers.
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,
    /// Accept the findings that this file explains
    ///
    /// Keeps CI green over what was decided, with the reason beside it. A
    /// waiver that nothing needs any more is told.
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
    /// Write a waiver file for everything found, to be explained
    ///
    /// The beginning on an old configuration: what is there is accepted, what
    /// is new fails.
    #[arg(long, value_name = "FILE")]
    write_waivers: Option<PathBuf>,
    /// Tell what a rule is for, or with `all` list the rules
    ///
    /// Why it matters, how to mend it, and where it is documented. Needs no
    /// other input.
    #[arg(long, value_name = "RULE", conflicts_with_all = ["waivers", "write_waivers", "fix"])]
    explain: Option<String>,
    /// Print one plugin line and exit as Nagios wants it
    ///
    /// Makes it a check of Nagios, Icinga and their kin, so that a monitor sees
    /// it before the next machine.
    #[arg(long)]
    nagios: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
}

fn target() -> impl TypedValueParser<Value = &'static Target> {
    let names = TARGETS
        .iter()
        .map(|target| PossibleValue::new(target.name).help(target.what));
    PossibleValuesParser::new(names).try_map(|name| Target::named(&name).ok_or("unknown target"))
}

pub(super) fn run(args: &Args, color: Color, out: &mut Output) -> Result<u8> {
    if let Some(rule) = &args.explain {
        let text = explanation(rule, args.json).ok_or_else(|| unknown_rule("--explain", rule))?;
        return print(out, &text).map(|()| 0);
    }
    let denied = Denied::of(&args.deny)?;
    for rule in &args.allow {
        known_rule("--allow", rule)?;
    }
    let (Some(target), Some(path)) = (args.target, &args.file) else {
        return Err(Error::new(
            Kind::Usage,
            "lint",
            "needs --for TARGET and FILE",
        ));
    };
    let name = path.display().to_string();
    let content = content(path)?;
    let mut files = Included::of(path);
    let wanted = |finding: &Finding| !args.allow.iter().any(|rule| rule == finding.rule);
    let reading = target
        .read(&name, content.clone(), &mut files)
        .map_err(|error| foreign(target, error))?;
    for (_, what) in &reading.unread {
        tracing::warn!(target: "pxe", "not read, and so not looked at: {what}");
    }
    let mut findings = lint::check(target, &reading);
    findings.retain(wanted);
    let mut accepted = HashSet::new();
    let mut waived = 0;
    if let Some(path) = &args.waivers {
        let subject = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| {
            Error::new(Kind::Input, subject.clone(), "cannot be read")
                .because(error)
                .hint("`--write-waivers FILE` writes one to begin with")
        })?;
        let waivers = waivers::read(&subject, &text)?;
        accepted = waivers.subjects();
        (findings, waived) = waivers::apply(findings, &waivers);
    }
    if let Some(path) = &args.write_waivers {
        write_waivers(path, &findings)?;
        return Ok(0);
    }
    let failed = u8::from(findings.iter().any(|finding| denied.includes(finding)));
    if args.fix {
        // What is waived stays as it is.
        let wanted = |one: &Finding| {
            wanted(one) && !accepted.contains(&(one.rule.to_owned(), one.object.clone()))
        };
        let fixed = fix::fix(target, &name, &content, &mut files, &wanted)
            .map_err(|error| foreign(target, error))?;
        for file in fixed {
            print(out, &file.patch())?;
        }
        return Ok(failed);
    }
    let linted = Linted {
        target,
        reading: &reading,
        findings: &findings,
        waived,
    };
    if args.nagios {
        let (line, code) = nagios(&linted);
        return print(out, &line).map(|()| code);
    }
    let format = if args.json { Format::Json } else { args.format };
    let text = match format {
        Format::Text => text(&linted, color.enabled()),
        Format::Json => format!("{}\n", document(&linted)),
        Format::Sarif => format!("{:#}\n", sarif::document(&findings)),
    };
    print(out, &text)?;
    Ok(failed)
}

fn print(out: &mut Output, text: &str) -> Result<()> {
    out.write_all(text.as_bytes())
        .map_err(|error| Error::new(Kind::System, "standard output", "cannot write").because(error))
}

/// What makes the command fail.
struct Denied {
    least: Severity,
    rules: Vec<String>,
}

impl Denied {
    fn of(given: &[String]) -> Result<Self> {
        // Naming rules alone still fails on errors.
        let mut least = if given.is_empty() {
            Severity::Warning
        } else {
            Severity::Error
        };
        let mut rules = Vec::new();
        for word in given {
            match word.as_str() {
                "errors" => {}
                "warnings" => least = least.max(Severity::Warning),
                "notes" => least = Severity::Note,
                rule => {
                    known_rule("--deny", rule)?;
                    rules.push(rule.to_owned());
                }
            }
        }
        Ok(Denied { least, rules })
    }

    fn includes(&self, finding: &Finding) -> bool {
        finding.severity <= self.least || self.rules.iter().any(|rule| rule == finding.rule)
    }
}

fn known_rule(option: &str, id: &str) -> Result<()> {
    if lint::rule(id).is_some() || id == waivers::STALE {
        return Ok(());
    }
    Err(unknown_rule(option, id))
}

fn unknown_rule(option: &str, id: &str) -> Error {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    Error::new(
        Kind::Usage,
        option,
        format!("there is no rule `{}`", id.escape_debug()),
    )
    .hint(format!("rules: {}", names.join(", ")))
    .hint("`pxe lint --explain all` lists them with what they find")
}

fn foreign(target: &Target, error: Foreign) -> Error {
    let place = format!("{}:{}:{}", error.source, error.line, error.column);
    Error::new(Kind::Input, place, format!("expected {}", error.expected))
        .hint(format!("`--for {}` reads: {}", target.name, target.what))
}

fn write_waivers(path: &Path, findings: &[Finding]) -> Result<()> {
    let subject = path.display().to_string();
    let text = waivers::write(findings)?;
    // Never half a file: written beside its place and renamed.
    let beside = path.with_extension("toml.new");
    fs::File::create(&beside)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|error| {
            Error::new(Kind::System, subject.clone(), "cannot be written").because(error)
        })?;
    tracing::info!(target: "pxe", "{} waivers to explain in {subject}", findings.len());
    Ok(())
}

/// The text of the configuration.
fn content(path: &Path) -> Result<String> {
    let name = path.display().to_string();
    let result = if path.as_os_str() == "-" {
        bounded(std::io::stdin().lock())
    } else {
        fs::File::open(path)
            .map_err(|error| error.to_string())
            .and_then(bounded)
    };
    let bytes = result
        .map_err(|cause| Error::new(Kind::Input, name.clone(), "cannot be read").because(cause))?;
    decoded(bytes).map_err(|(at, what)| {
        let line = at.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = at
            .rsplit(|byte| *byte == b'\n')
            .next()
            .unwrap_or_default()
            .len()
            + 1;
        Error::new(Kind::Input, format!("{name}:{line}:{column}"), what)
            .hint("`iconv -f LATIN1 -t UTF-8 FILE` makes a copy that can be read")
    })
}

fn bounded(file: impl std::io::Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX) + 1;
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() > LONGEST {
        return Err(format!("longer than {} MiB", LONGEST >> 20));
    }
    Ok(bytes)
}

/// UTF-8, or UTF-16 as PowerShell's `>` writes it; else what stands before
/// the first wrong byte.
fn decoded(bytes: Vec<u8>) -> Result<String, (Vec<u8>, String)> {
    let wide = match bytes.get(..2) {
        Some([0xff, 0xfe]) => Some(u16::from_le_bytes as fn([u8; 2]) -> u16),
        Some([0xfe, 0xff]) => Some(u16::from_be_bytes as fn([u8; 2]) -> u16),
        _ => None,
    };
    if let Some(unit) = wide {
        let units: Vec<u16> = bytes[2..]
            .chunks_exact(2)
            .map(|pair| unit([pair[0], pair[1]]))
            .collect();
        return String::from_utf16(&units).map_err(|_| {
            (
                Vec::new(),
                "expected UTF-16, as its first bytes say".to_owned(),
            )
        });
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let mut bytes = error.into_bytes();
        bytes.truncate(at);
        (bytes, "expected text in UTF-8".to_owned())
    })
}

/// Included files: where the configuration names them, else beside it.
struct Included {
    folder: PathBuf,
}

impl Included {
    fn of(path: &Path) -> Included {
        Included {
            folder: path.parent().map(Path::to_path_buf).unwrap_or_default(),
        }
    }

    fn place(&self, name: &str) -> PathBuf {
        let path = Path::new(name);
        if path.exists() {
            return path.to_path_buf();
        }
        let relative = self.folder.join(name);
        if path.is_relative() && relative.exists() {
            return relative;
        }
        // A copy of /etc/dhcp in another folder.
        let beside = path.file_name().map(|file| self.folder.join(file));
        beside
            .filter(|beside| beside.exists())
            .unwrap_or_else(|| path.to_path_buf())
    }
}

impl Files for Included {
    fn read(&mut self, name: &str) -> Result<String, String> {
        let file = fs::File::open(self.place(name)).map_err(|error| error.to_string())?;
        decoded(bounded(file)?).map_err(|(_, what)| what)
    }

    fn list(&mut self, folder: &str) -> Result<Vec<String>, String> {
        let entries = fs::read_dir(self.place(folder)).map_err(|error| error.to_string())?;
        let mut names: Vec<String> = entries
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .collect();
        names.sort();
        Ok(names)
    }
}
