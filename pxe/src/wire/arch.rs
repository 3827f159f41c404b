//! Client system architectures (option 93, RFC 4578 §2.1), all of the IANA
//! registry "Processor Architecture Types".

use std::fmt;

/// A value of option 93.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Architecture(pub u16);

/// How firmware of an architecture fetches its boot file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A path for TFTP.
    Tftp,
    /// A URL for HTTP (UEFI HTTP Boot and its relatives).
    Http,
}

/// One row of the registry.
#[derive(Debug)]
pub struct Row {
    /// The value on the wire.
    pub code: u16,
    /// The name used in configuration, options and output.
    pub name: &'static str,
    /// How its boot file is fetched.
    pub transport: Transport,
    /// The registry's words.
    pub registered: &'static str,
}

const fn tftp(code: u16, name: &'static str, registered: &'static str) -> Row {
    Row {
        code,
        name,
        transport: Transport::Tftp,
        registered,
    }
}

const fn http(code: u16, name: &'static str, registered: &'static str) -> Row {
    Row {
        code,
        name,
        transport: Transport::Http,
        registered,
    }
}

/// The registry, by code.
pub const TABLE: &[Row] = &[
    tftp(0, "bios", "x86 BIOS"),
    tftp(1, "nec-pc98", "NEC/PC98 (deprecated)"),
    tftp(2, "itanium", "Itanium"),
    tftp(3, "dec-alpha", "DEC Alpha (deprecated)"),
    tftp(4, "arc-x86", "Arc x86 (deprecated)"),
    tftp(5, "intel-lean-client", "Intel Lean Client (deprecated)"),
    tftp(6, "uefi-ia32", "x86 UEFI"),
    tftp(7, "uefi-x64", "x64 UEFI"),
    tftp(8, "uefi-xscale", "EFI Xscale (deprecated)"),
    tftp(9, "uefi-ebc", "EBC"),
    tftp(10, "uefi-arm32", "ARM 32-bit UEFI"),
    tftp(11, "uefi-arm64", "ARM 64-bit UEFI"),
    tftp(12, "powerpc-open-firmware", "PowerPC Open Firmware"),
    tftp(13, "powerpc-epapr", "PowerPC ePAPR"),
    tftp(14, "power-opal", "POWER OPAL v3"),
    http(15, "uefi-ia32-http", "x86 uefi boot from http"),
    http(16, "uefi-x64-http", "x64 uefi boot from http"),
    http(17, "uefi-ebc-http", "ebc boot from http"),
    http(18, "uefi-arm32-http", "arm uefi 32 boot from http"),
    http(19, "uefi-arm64-http", "arm uefi 64 boot from http"),
    http(20, "bios-http", "pc/at bios boot from http"),
    tftp(21, "uboot-arm32", "arm 32 uboot"),
    tftp(22, "uboot-arm64", "arm 64 uboot"),
    http(23, "uboot-arm32-http", "arm uboot 32 boot from http"),
    http(24, "uboot-arm64-http", "arm uboot 64 boot from http"),
    tftp(25, "uefi-riscv32", "RISC-V 32-bit UEFI"),
    http(26, "uefi-riscv32-http", "RISC-V 32-bit UEFI boot from http"),
    tftp(27, "uefi-riscv64", "RISC-V 64-bit UEFI"),
    http(28, "uefi-riscv64-http", "RISC-V 64-bit UEFI boot from http"),
    tftp(29, "uefi-riscv128", "RISC-V 128-bit UEFI"),
    http(
        30,
        "uefi-riscv128-http",
        "RISC-V 128-bit UEFI boot from http",
    ),
    tftp(31, "s390-basic", "s390 Basic"),
    tftp(32, "s390-extended", "s390 Extended"),
    tftp(33, "uefi-mips32", "MIPS 32-bit UEFI"),
    tftp(34, "uefi-mips64", "MIPS 64-bit UEFI"),
    tftp(35, "uefi-sunway32", "Sunway 32-bit UEFI"),
    tftp(36, "uefi-sunway64", "Sunway 64-bit UEFI"),
    tftp(37, "uefi-loongarch32", "LoongArch 32-bit UEFI"),
    http(
        38,
        "uefi-loongarch32-http",
        "LoongArch 32-bit UEFI boot from http",
    ),
    tftp(39, "uefi-loongarch64", "LoongArch 64-bit UEFI"),
    http(
        40,
        "uefi-loongarch64-http",
        "LoongArch 64-bit UEFI boot from http",
    ),
    tftp(41, "arm-rpiboot", "arm rpiboot"),
];

impl Architecture {
    /// PC BIOS, which is also what a PXE client is that does not say.
    pub const BIOS: Architecture = Architecture(0);
    /// UEFI on x64.
    pub const UEFI_X64: Architecture = Architecture(7);

    /// The registry's row, if this value is registered.
    pub fn row(self) -> Option<&'static Row> {
        TABLE
            .get(usize::from(self.0))
            .filter(|row| row.code == self.0)
    }

    /// How this firmware fetches its boot file; unregistered values by TFTP.
    pub fn transport(self) -> Transport {
        self.row().map_or(Transport::Tftp, |row| row.transport)
    }

    /// The architecture of this name.
    pub fn named(name: &str) -> Option<Architecture> {
        TABLE
            .iter()
            .find(|row| row.name == name)
            .map(|row| Architecture(row.code))
    }

    /// The architectures that a name in the configuration stands for.
    /// `uefi-x64` is 7 and 9: the registry says 7, but firmware of many years
    /// sent 9 for the same machines (RFC 4578 erratum 4625).
    pub fn selected_by(name: &str) -> Option<&'static [Architecture]> {
        const X64: &[Architecture] = &[Architecture(7), Architecture(9)];
        static SINGLES: [Architecture; TABLE.len()] = {
            let mut all = [Architecture(0); TABLE.len()];
            let mut index = 0;
            while index < all.len() {
                all[index] = Architecture(TABLE[index].code);
                index += 1;
            }
            all
        };
        if name == "uefi-x64" {
            return Some(X64);
        }
        let index = TABLE.iter().position(|row| row.name == name)?;
        SINGLES.get(index..=index)
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some(row) => f.pad(row.name),
            None => write!(f, "arch-{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_stands_at_its_code_and_has_a_name_of_its_own() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(usize::from(row.code), index);
            assert_eq!(Architecture::named(row.name), Some(Architecture(row.code)));
            assert_eq!(
                row.transport == Transport::Http,
                row.name.ends_with("-http")
            );
            assert_eq!(
                row.transport == Transport::Http,
                row.registered.ends_with("http"),
                "{}",
                row.name
            );
        }
    }

    #[test]
    fn uefi_x64_covers_the_registered_value_and_the_one_firmware_sent_for_years() {
        let codes: Vec<u16> = Architecture::selected_by("uefi-x64")
            .unwrap()
            .iter()
            .map(|a| a.0)
            .collect();
        assert_eq!(codes, [7, 9]);
        assert_eq!(
            Architecture::selected_by("uefi-arm64"),
            Some(&[Architecture(11)][..])
        );
        assert_eq!(Architecture::selected_by("uefi"), None);
    }

    #[test]
    fn an_unregistered_value_has_a_name_too() {
        assert_eq!(Architecture(999).to_string(), "arch-999");
    }
}
