//! Classic BPF with labels instead of distances.
//!
//! A conditional jump reaches 255 instructions, a plain one any distance: every comparison is followed by a
//! plain jump, so that no program grows too long for its labels.
//!
//! **Invariant:** jumps go forward only, so every program ends.

use super::Instruction;

/// Code of the end of a program with a number.
pub(super) const RET: u16 = 0x06;
pub(super) const JA: u16 = 0x05;
const JEQ: u16 = 0x15;
const JSET: u16 = 0x45;
const JGE_X: u16 = 0x3d;
const LD_IMM: u16 = 0x00;
const LD_MEM: u16 = 0x60;
const LD_LEN: u16 = 0x80;
const LDH_ABS: u16 = 0x28;
const LD_IND: u16 = 0x40;
const LDH_IND: u16 = 0x48;
const LDB_IND: u16 = 0x50;
const LDX_IMM: u16 = 0x01;
const LDX_MEM: u16 = 0x61;
const ST: u16 = 0x02;
const STX: u16 = 0x03;
const AND: u16 = 0x54;
const LSH: u16 = 0x64;
const RSH: u16 = 0x74;
const ADD: u16 = 0x04;
const ADD_X: u16 = 0x0c;
const TAX: u16 = 0x07;
const TXA: u16 = 0x87;

/// A place in the program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Label(usize);

/// A program that grows.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    program: Vec<Instruction>,
    places: Vec<Option<usize>>,
    jumps: Vec<(usize, Label)>,
}

impl Assembler {
    /// New labels, to be placed later.
    pub(super) fn labels<const N: usize>(&mut self) -> [Label; N] {
        std::array::from_fn(|_| {
            self.places.push(None);
            Label(self.places.len() - 1)
        })
    }

    /// The label means what comes next.
    pub(super) fn place(&mut self, label: Label) {
        self.places[label.0] = Some(self.program.len());
    }

    pub(super) fn push(&mut self, instruction: Instruction) {
        self.program.push(instruction);
    }

    fn plain(&mut self, code: u16, k: u32) {
        self.push(Instruction { code, jt: 0, jf: 0, k });
    }

    pub(super) fn go(&mut self, label: Label) {
        self.jumps.push((self.program.len(), label));
        self.plain(JA, 0);
    }

    pub(super) fn go_if_equal(&mut self, k: u32, label: Label) {
        self.push(Instruction { code: JEQ, jt: 0, jf: 1, k });
        self.go(label);
    }

    pub(super) fn go_unless_equal(&mut self, k: u32, label: Label) {
        self.push(Instruction { code: JEQ, jt: 1, jf: 0, k });
        self.go(label);
    }

    /// Goes there when any of these bits is set in A.
    pub(super) fn go_if_any(&mut self, bits: u32, label: Label) {
        self.push(Instruction { code: JSET, jt: 0, jf: 1, k: bits });
        self.go(label);
    }

    /// Goes there when the frame ends before so many bytes behind X; X keeps its value, A does not.
    /// Where it goes, X is not what it was.
    pub(super) fn go_if_shorter_than_x_plus(&mut self, bytes: u32, label: Label) {
        const KEPT: u32 = 15;
        self.plain(STX, KEPT);
        self.plain(TXA, 0);
        self.plain(ADD, bytes);
        self.plain(TAX, 0);
        self.plain(LD_LEN, 0);
        self.push(Instruction { code: JGE_X, jt: 1, jf: 0, k: 0 });
        self.go(label);
        self.plain(LDX_MEM, KEPT);
    }

    pub(super) fn load(&mut self, number: u32) {
        self.plain(LD_IMM, number);
    }

    pub(super) fn load_x(&mut self, number: u32) {
        self.plain(LDX_IMM, number);
    }

    pub(super) fn load_half(&mut self, offset: u32) {
        self.plain(LDH_ABS, offset);
    }

    pub(super) fn load_word_at_x(&mut self, offset: u32) {
        self.plain(LD_IND, offset);
    }

    pub(super) fn load_half_at_x(&mut self, offset: u32) {
        self.plain(LDH_IND, offset);
    }

    pub(super) fn load_byte_at_x(&mut self, offset: u32) {
        self.plain(LDB_IND, offset);
    }

    pub(super) fn store(&mut self, place: u32) {
        self.plain(ST, place);
    }

    pub(super) fn store_x(&mut self, place: u32) {
        self.plain(STX, place);
    }

    pub(super) fn restore(&mut self, place: u32) {
        self.plain(LD_MEM, place);
    }

    pub(super) fn restore_x(&mut self, place: u32) {
        self.plain(LDX_MEM, place);
    }

    pub(super) fn and(&mut self, mask: u32) {
        self.plain(AND, mask);
    }

    pub(super) fn shift_left(&mut self, bits: u32) {
        self.plain(LSH, bits);
    }

    pub(super) fn shift_right(&mut self, bits: u32) {
        self.plain(RSH, bits);
    }

    pub(super) fn add_x(&mut self) {
        self.plain(ADD_X, 0);
    }

    pub(super) fn transfer_to_x(&mut self) {
        self.plain(TAX, 0);
    }

    /// Ends with so many bytes of the frame.
    pub(super) fn give(&mut self, bytes: u32) {
        self.plain(RET, bytes);
    }

    /// The program with its distances.
    pub(super) fn finish(mut self) -> Vec<Instruction> {
        for (at, label) in self.jumps {
            let place = self.places[label.0].expect("every label that is gone to is placed");
            let distance = place.checked_sub(at + 1).expect("jumps go forward");
            self.program[at].k = distance as u32;
        }
        self.program
    }
}
