//! Real network boot firmware: QEMU's machines with iPXE's option ROM or with
//! EDK2, booted on a [`Lan`] and watched until their boot program speaks, the
//! firmware gives up, or the time is over.

mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::tcpdump::Recorder;
use crate::capture::Capture;
use crate::netns::Lan;
use crate::process::Background;
pub use program::{Processor, boot_program};

/// What boots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firmware {
    /// SeaBIOS with iPXE as the card's option ROM.
    BiosIpxe,
    /// EDK2's own PXE.
    UefiX64,
    /// EDK2's own PXE, 32 bit.
    UefiIa32,
    /// EDK2's own PXE, ARM.
    UefiArm64,
    /// EDK2's HTTP boot.
    UefiX64Http,
    /// EDK2's HTTP boot, ARM.
    UefiArm64Http,
}

/// The card of every machine that is not given another.
pub const MAC: [u8; 6] = [0x52, 0x54, 0x00, 0x0b, 0x00, 0x07];
/// The machine's UUID.
pub const UUID: &str = "6c1f3f80-2a55-4d2e-9b7a-3d1f20ab4c5d";

/// How a boot went.
#[derive(Debug)]
pub struct Boot {
    /// How it ended.
    pub end: End,
    /// What the machine wrote on its serial port.
    pub console: String,
    /// What went over its wire.
    pub wire: Capture,
    /// From power-on to the end.
    pub took: Duration,
}

/// Why watching ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The expected text appeared on the serial port.
    Spoke,
    /// The firmware said that it will not boot from the network.
    GaveUp(String),
    /// Neither within the time.
    TimedOut,
}

/// A machine to boot.
#[derive(Debug, Clone)]
pub struct Machine<'a> {
    /// What boots.
    pub firmware: Firmware,
    /// Its card's address.
    pub mac: [u8; 6],
    /// What its boot program says.
    pub marker: &'a str,
    /// How long it may take.
    pub limit: Duration,
}

impl<'a> Machine<'a> {
    /// One with the usual card that has two minutes to say `marker`.
    pub fn new(firmware: Firmware, marker: &'a str) -> Self {
        Machine {
            firmware,
            mac: MAC,
            marker,
            limit: Duration::from_secs(120),
        }
    }

    /// Boots it on a network; logs, flash and capture lie in `folder`.
    ///
    /// # Errors
    /// When the machine cannot be started or ends by itself.
    pub fn boot(&self, lan: &Lan, folder: &Path) -> Result<Boot> {
        fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
        let tap = lan.tap()?;
        let _no_router = lan.no_router()?;
        let recorder = Recorder::start(lan.switch(), &tap, folder)?;
        let console = folder.join("console.log");
        let _ = fs::remove_file(&console);
        let begin = Instant::now();
        let mut qemu = lan
            .switch()
            .start("qemu", self.command(&tap, folder)?, &console)
            .with_context(|| format!("hint: apt-get install {}", self.package()))?;
        let end = self.watch(&mut qemu)?;
        let took = begin.elapsed();
        let console = plain(&qemu.output());
        // What was sent last is in the capture once QEMU is gone.
        drop(qemu);
        Ok(Boot {
            end,
            console,
            wire: recorder.finish()?,
            took,
        })
    }

    fn watch(&self, qemu: &mut Background) -> Result<End> {
        let mut end = End::TimedOut;
        let waited = qemu.wait_until("the boot program to speak", self.limit, |said| {
            let said = plain(said);
            if said.contains(self.marker) {
                end = End::Spoke;
            } else if let Some(words) = self.surrender(&said) {
                end = End::GaveUp(words);
            } else {
                return Err("it has not spoken".to_owned());
            }
            Ok(())
        });
        match (waited, end) {
            (Err(error), End::TimedOut) if error.to_string().contains("qemu ended") => Err(error),
            (_, end) => Ok(end),
        }
    }

    /// The words by which this firmware says that it is through with the network.
    fn surrender(&self, said: &str) -> Option<String> {
        let phrases: &[&str] = match self.firmware {
            Firmware::BiosIpxe => &["No bootable device", "No more network devices"],
            _ => &[
                "UEFI Interactive Shell",
                "Start PXE over IPv6",
                "No bootable option or device",
            ],
        };
        if let Some(phrase) = phrases.iter().find(|phrase| said.contains(**phrase)) {
            return Some((*phrase).to_owned());
        }
        // EDK2 names the boot entry that it could not start.
        let entry = match self.firmware {
            Firmware::UefiX64Http | Firmware::UefiArm64Http => "HTTPv4",
            _ => "PXEv4",
        };
        said.lines()
            .find(|line| line.contains("failed to ") && line.contains(entry))
            .map(|line| line.trim().to_owned())
    }

    fn command(&self, tap: &str, folder: &Path) -> Result<Command> {
        let arm = matches!(self.firmware, Firmware::UefiArm64 | Firmware::UefiArm64Http);
        let accelerated = !arm && kvm_is_usable();
        let mut command = Command::new(if arm {
            "qemu-system-aarch64"
        } else {
            "qemu-system-x86_64"
        });
        let (board, processor) = match self.firmware {
            Firmware::BiosIpxe => ("pc,graphics=off", "qemu64"),
            Firmware::UefiX64 | Firmware::UefiX64Http => ("q35", "qemu64"),
            // Debian's 32 bit build is the one with System Management Mode.
            Firmware::UefiIa32 => ("q35,smm=on", "qemu64"),
            Firmware::UefiArm64 | Firmware::UefiArm64Http => ("virt", "cortex-a57"),
        };
        command.args(["-machine", board, "-m", "512", "-uuid", UUID]);
        command.args(["-accel", if accelerated { "kvm" } else { "tcg" }]);
        command.args(["-cpu", if accelerated { "host" } else { processor }]);
        command.args(["-nodefaults", "-no-reboot", "-display", "none"]);
        command.args(["-monitor", "none", "-serial", "stdio"]);
        command.args([
            "-netdev",
            &format!("tap,id=lan,ifname={tap},script=no,downscript=no"),
        ]);
        let mac = self.mac.map(|byte| format!("{byte:02x}")).join(":");
        let mut card = format!("virtio-net-pci,netdev=lan,mac={mac},bootindex=0");
        if let Some((code, variables)) = self.flash()? {
            let own = folder.join("variables.fd");
            fs::copy(&variables, &own).with_context(|| format!("{}", variables.display()))?;
            let drive = |unit: u32, file: &Path, readonly: &str| {
                let file = file.display();
                format!("if=pflash,unit={unit},format=raw,readonly={readonly},file={file}")
            };
            command.args(["-drive", &drive(0, &code, "on")]);
            command.args(["-drive", &drive(1, &own, "off")]);
            command.args(["-device", "virtio-rng-pci"]);
            // Without the card's ROM the firmware's own driver and its own
            // network boot run, not iPXE's.
            card.push_str(",romfile=");
            let http = matches!(
                self.firmware,
                Firmware::UefiX64Http | Firmware::UefiArm64Http
            );
            for name in ["IPv6PXESupport", "IPv4PXESupport"] {
                if http || name.starts_with("IPv6") {
                    let value = format!("name=opt/org.tianocore/{name},string=no");
                    command.args(["-fw_cfg", &value]);
                }
            }
        }
        command.args(["-device", &card]);
        Ok(command)
    }

    /// The package whose firmware this is.
    pub fn package(&self) -> &'static str {
        match self.firmware {
            Firmware::BiosIpxe => "qemu-system-x86 ipxe-qemu",
            Firmware::UefiX64 | Firmware::UefiX64Http => "qemu-system-x86 ovmf",
            Firmware::UefiIa32 => "qemu-system-x86 ovmf-ia32",
            Firmware::UefiArm64 | Firmware::UefiArm64Http => "qemu-system-arm qemu-efi-aarch64",
        }
    }

    /// The two flash images, code and variables; none for a BIOS.
    fn flash(&self) -> Result<Option<(PathBuf, PathBuf)>> {
        let candidates: &[(&str, &str)] = match self.firmware {
            Firmware::BiosIpxe => return Ok(None),
            Firmware::UefiX64 | Firmware::UefiX64Http => &[
                ("OVMF/OVMF_CODE_4M.fd", "OVMF/OVMF_VARS_4M.fd"),
                ("OVMF/OVMF_CODE.fd", "OVMF/OVMF_VARS.fd"),
            ],
            Firmware::UefiIa32 => &[("OVMF/OVMF32_CODE_4M.secboot.fd", "OVMF/OVMF32_VARS_4M.fd")],
            Firmware::UefiArm64 | Firmware::UefiArm64Http => {
                &[("AAVMF/AAVMF_CODE.fd", "AAVMF/AAVMF_VARS.fd")]
            }
        };
        let share = Path::new("/usr/share");
        let found = candidates
            .iter()
            .map(|(code, variables)| (share.join(code), share.join(variables)))
            .find(|(code, variables)| code.exists() && variables.exists());
        match found {
            Some(pair) => Ok(Some(pair)),
            None => bail!(
                "no firmware image {}: hint: apt-get install {}",
                candidates[0].0,
                self.package()
            ),
        }
    }
}

/// `/dev/kvm` alone proves nothing: on a machine that is virtual itself and
/// passes no hardware support on, it may be there, start a machine, and leave
/// its firmware standing still for ever.
fn kvm_is_usable() -> bool {
    let opens = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/kvm")
        .is_ok();
    let flags = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let hardware = flags
        .split_whitespace()
        .any(|word| word == "vmx" || word == "svm");
    cfg!(target_arch = "x86_64") && opens && hardware
}

/// Terminal output without its control sequences.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c != '\x1b' {
            out.push(c);
            continue;
        }
        if characters.next_if_eq(&'[').is_some() {
            // ECMA-48 5.4: parameters, then one final byte.
            for c in characters.by_ref() {
                if ('@'..='~').contains(&c) {
                    break;
                }
            }
        }
    }
    out
}

/// Waits until a server of this host listens on one of the ports.
///
/// # Errors
/// When it does not within ten seconds or ends first.
pub fn wait_for_udp(
    host: &crate::netns::Host,
    server: &mut Background,
    ports: &[u16],
) -> Result<()> {
    server.wait_until("UDP ports", Duration::from_secs(10), |_| {
        let open = host.udp_ports().map_err(|error| error.to_string())?;
        let missing = ports.iter().find(|port| !open.contains(port));
        missing.map_or(Ok(()), |port| Err(format!("{port} is not open")))
    })
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn control_sequences_are_left_out_of_the_console() {
        assert_eq!(plain("\x1b[2J\x1b[01;01HStart\x1b[0m PXE"), "Start PXE");
    }
}
