//! A filter as text: the form of `tcpdump -ddd`, both ways, and one that people read.
//!
//! **Invariant:** what is printed with -ddd is read back as the same.

use std::fmt::Write;
use std::str::FromStr;

use super::{INSTRUCTIONS_MAX, Instruction};
use crate::error::SensorError;

/// A program that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program(pub Vec<Instruction>);

impl FromStr for Program {
    type Err = SensorError;

    fn from_str(text: &str) -> Result<Program, SensorError> {
        let fault = |what: String| SensorError::Filter(format!("the text of `tcpdump -ddd`: {what}"));
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let count: usize = lines
            .next()
            .and_then(|line| line.parse().ok())
            .filter(|count| (1..=INSTRUCTIONS_MAX).contains(count))
            .ok_or_else(|| fault(format!("its first line is not a number from 1 to {INSTRUCTIONS_MAX}")))?;
        let program = lines
            .enumerate()
            .map(|(place, line)| {
                instruction(line)
                    .ok_or_else(|| fault(format!("instruction {} is not four numbers: `{line}`", place + 1)))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if program.len() != count {
            return Err(fault(format!("{count} instructions were announced, {} are there", program.len())));
        }
        for (place, instruction) in program.iter().enumerate() {
            let rest = count - place - 1;
            let reach = match instruction.code {
                super::assembler::JA => instruction.k as usize + 1,
                code if code & 0x07 == 5 => usize::from(instruction.jt.max(instruction.jf)) + 1,
                code if code & 0x07 == 6 => 0,
                _ => 1,
            };
            if reach > rest {
                return Err(fault(format!("instruction {} goes beyond the end", place + 1)));
            }
            if instruction.code & 0x07 == 6 && instruction.code != super::assembler::RET {
                return Err(fault(format!("instruction {} gives a computed length", place + 1)));
            }
        }
        Ok(Program(program))
    }
}

fn instruction(line: &str) -> Option<Instruction> {
    let mut numbers = line.split_ascii_whitespace();
    let found = Instruction {
        code: numbers.next()?.parse().ok()?,
        jt: numbers.next()?.parse().ok()?,
        jf: numbers.next()?.parse().ok()?,
        k: numbers.next()?.parse().ok()?,
    };
    numbers.next().is_none().then_some(found)
}

/// The form of `tcpdump -ddd`.
pub fn ddd(program: &[Instruction]) -> String {
    let mut text = format!("{}\n", program.len());
    for Instruction { code, jt, jf, k } in program {
        let _infallible = writeln!(text, "{code} {jt} {jf} {k}");
    }
    text
}

/// A line for each instruction, as `tcpdump -d` prints them.
pub fn readable(program: &[Instruction]) -> String {
    let mut text = String::new();
    for (place, instruction) in program.iter().enumerate() {
        let _infallible = writeln!(text, "({place:03}) {}", line(place, *instruction));
    }
    text
}

fn line(place: usize, Instruction { code, jt, jf, k }: Instruction) -> String {
    let size = ["ld", "ldh", "ldb", "ld?"][usize::from(code >> 3 & 3)];
    let operand = if code & 0x08 == 0 { format!("#{k:#x}") } else { "x".to_string() };
    let (yes, no) = (place + 1 + usize::from(jt), place + 1 + usize::from(jf));
    match (code & 0x07, code & 0xf0) {
        (0, 0x00) => format!("ld   #{k:#x}"),
        (0, 0x20 | 0x30) => format!("{size:<4} [{k}]"),
        (0, 0x40 | 0x50) => format!("{size:<4} [x + {k}]"),
        (0, 0x60) => format!("ld   M[{k}]"),
        (0, 0x80) => "ld   #pktlen".to_string(),
        (1, 0x00) => format!("ldx  #{k:#x}"),
        (1, 0x60) => format!("ldx  M[{k}]"),
        (1, 0xa0 | 0xb0) => format!("ldxb 4*([{k}]&0xf)"),
        (2, _) => format!("st   M[{k}]"),
        (3, _) => format!("stx  M[{k}]"),
        (4, operation) => {
            let names = ["add", "sub", "mul", "div", "or", "and", "lsh", "rsh", "neg", "mod", "xor"];
            format!("{:<4} {operand}", names.get(usize::from(operation >> 4)).unwrap_or(&"alu?"))
        }
        (5, 0x00) => format!("ja   {}", place + 1 + k as usize),
        (5, operation) => {
            let names = ["ja", "jeq", "jgt", "jge", "jset"];
            let name = names.get(usize::from(operation >> 4)).unwrap_or(&"j?");
            format!("{name:<4} {operand:<18} jt {yes} jf {no}")
        }
        (6, _) => format!("ret  #{k}"),
        (7, 0x00) => "tax".to_string(),
        (7, 0x80) => "txa".to_string(),
        _ => format!("code {code:#x} {k:#x}"),
    }
}
