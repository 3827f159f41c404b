//! Boot programs that say on the serial port that they run: the proof that a
//! machine did not merely load its file.

/// The processors, each with its own program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processor {
    /// Real mode: what a BIOS jumps to.
    Bios,
    /// 32 bit EFI.
    Ia32,
    /// 64 bit EFI.
    X64,
    /// ARM EFI on QEMU's "virt" board.
    Arm64,
}

/// A program that prints `text` on the first serial port and halts, padded to
/// at least `size` bytes. The padding differs from block to block, so that a
/// lost, doubled or swapped one shows.
pub fn boot_program(processor: Processor, text: &str, size: usize) -> Vec<u8> {
    let line = format!("\r\n{text}\r\n");
    let code = match processor {
        // A BIOS writes to the console from its timer interrupt too: what is
        // left of the loader's own line would come in between.
        Processor::Bios => [vec![NO_INTERRUPTS], x86(line.as_bytes(), &[])].concat(),
        Processor::Ia32 | Processor::X64 => x86(line.as_bytes(), &[0, 0]),
        Processor::Arm64 => arm64(line.as_bytes()),
    };
    let mut image = match processor {
        Processor::Bios => code,
        Processor::Ia32 => efi_application(&IA32, &code),
        Processor::X64 => efi_application(&X64, &code),
        Processor::Arm64 => efi_application(&ARM64, &code),
    };
    let mut state = 0x9e37_79b9_u32;
    while image.len() < size {
        // xorshift32: no pattern that repeats within a file.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        image.extend(state.to_le_bytes());
    }
    image
}

/// x86: cli.
const NO_INTERRUPTS: u8 = 0xfa;

/// One byte after another, each written out as instructions: no data, no
/// addresses, so the program runs wherever it is put. `high` is what follows
/// a 16 bit constant where the processor expects 32.
fn x86(line: &[u8], high: &[u8]) -> Vec<u8> {
    const LINE_STATUS: [u8; 2] = 0x3fd_u16.to_le_bytes();
    const TRANSMIT: [u8; 2] = 0x3f8_u16.to_le_bytes();
    let mut code = Vec::new();
    for byte in line {
        code.push(0xba); // mov dx, LINE_STATUS
        code.extend(LINE_STATUS);
        code.extend(high);
        code.push(0xec); // in al, dx
        code.extend([0xa8, 0x20]); // test al, "transmitter is empty"
        code.extend([0x74, 0xfb]); // jz to the in
        code.push(0xba); // mov dx, TRANSMIT
        code.extend(TRANSMIT);
        code.extend(high);
        code.extend([0xb0, *byte]); // mov al, byte
        code.push(0xee); // out dx, al
    }
    code.extend([0xf4, 0xeb, 0xfd]); // hlt, for ever
    code
}

fn arm64(line: &[u8]) -> Vec<u8> {
    /// The PL011 of the "virt" board lies at `0x0900_0000`.
    const UART_HIGH_HALF: u32 = 0x0900;
    let mut code = vec![0xd2a0_0001 | UART_HIGH_HALF << 5]; // movz x1, #.., lsl 16
    for byte in line {
        code.push(0xb940_1823); // ldr w3, [x1, #0x18]: the flags
        code.push(0x372f_ffe3); // tbnz w3, #5 ("full"), to the ldr
        code.push(0x5280_0002 | u32::from(*byte) << 5); // movz w2, #byte
        code.push(0x3900_0022); // strb w2, [x1]
    }
    code.extend([0xd503_207f, 0x17ff_ffff]); // wfi, for ever
    code.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// What differs between the headers of three machines (Microsoft, "PE Format").
struct Machine {
    id: u16,
    magic: u16,
    characteristics: u16,
    /// Bytes of an address in the optional header.
    word: usize,
}

const IA32: Machine = Machine {
    id: 0x014c,
    magic: 0x010b,
    characteristics: 0x0102, // executable, 32 bit
    word: 4,
};
const X64: Machine = Machine {
    id: 0x8664,
    magic: 0x020b,
    characteristics: 0x0022, // executable, large addresses
    word: 8,
};
const ARM64: Machine = Machine { id: 0xaa64, ..X64 };

const FILE_ALIGNMENT: u32 = 0x200;
const PAGE: u32 = 0x1000;
const EFI_APPLICATION: u16 = 10;
const DIRECTORIES: usize = 16;
/// Code, executable, readable.
const TEXT: u32 = 0x6000_0020;

/// A PE image of one section that needs no relocation.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a program of a few hundred bytes"
)]
fn efi_application(machine: &Machine, code: &[u8]) -> Vec<u8> {
    let size = (code.len() as u32).next_multiple_of(FILE_ALIGNMENT);
    let in_memory = size.next_multiple_of(PAGE);
    let mut image = Image::default();
    // The DOS header: its magic, and at 0x3c where the PE header begins.
    image.bytes(b"MZ").pad_to(0x3c).u32(0x40).bytes(b"PE\0\0");
    // COFF header: one section, no symbols.
    let optional_header = 96 + 16 * (machine.word - 4) / 4 + DIRECTORIES * 8;
    image.u16(machine.id).u16(1).zeros(12);
    image
        .u16(optional_header as u16)
        .u16(machine.characteristics);
    let begin = image.0.len();
    // Optional header: linker version, sizes of code, entry point.
    image.u16(machine.magic).zeros(2);
    image.u32(size).zeros(8).u32(PAGE).u32(PAGE);
    if machine.word == 4 {
        image.u32(0); // base of data, which PE32+ has no more
    }
    image.word(machine, 0x40_0000).u32(PAGE).u32(FILE_ALIGNMENT);
    image.zeros(16); // versions
    image.u32(PAGE + in_memory).u32(FILE_ALIGNMENT).u32(0);
    image.u16(EFI_APPLICATION).u16(0);
    for _ in ["stack", "stack now", "heap", "heap now"] {
        image.word(machine, 0);
    }
    image.u32(0).u32(DIRECTORIES as u32).zeros(DIRECTORIES * 8);
    debug_assert_eq!(image.0.len() - begin, optional_header);
    // The section table.
    image.bytes(b".text\0\0\0");
    image.u32(size).u32(PAGE).u32(size).u32(FILE_ALIGNMENT);
    image.zeros(12).u32(TEXT);
    image.pad_to(FILE_ALIGNMENT as usize).bytes(code);
    image.pad_to((FILE_ALIGNMENT + size) as usize);
    image.0
}

#[derive(Default)]
struct Image(Vec<u8>);

impl Image {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend(bytes);
        self
    }
    fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }
    fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }
    fn word(&mut self, machine: &Machine, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes()[..machine.word])
    }
    fn zeros(&mut self, count: usize) -> &mut Self {
        self.pad_to(self.0.len() + count)
    }
    fn pad_to(&mut self, length: usize) -> &mut Self {
        self.0.resize(length, 0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_interrupts_what_a_program_says_under_a_bios() {
        let image = boot_program(Processor::Bios, "SPOKE", 0);
        assert_eq!(image.first(), Some(&NO_INTERRUPTS));
    }
}
