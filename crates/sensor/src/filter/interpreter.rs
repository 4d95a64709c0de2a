//! The machine of classic BPF, as the kernel runs it: for capture files, where no kernel filters, and for tests.
//!
//! **Invariant:** no program and no frame makes it panic or run for ever; a load beyond the frame gives 0, as
//! in the kernel.

use super::Instruction;

/// Words of memory a program has (`BPF_MEMWORDS`).
const MEMORY_WORDS: usize = 16;

/// How many bytes of a frame the program takes; 0 for none.
pub fn run(program: &[Instruction], frame: &[u8]) -> u32 {
    evaluate(program, frame).unwrap_or(0)
}

fn evaluate(program: &[Instruction], frame: &[u8]) -> Option<u32> {
    let (mut a, mut x, mut memory) = (0u32, 0u32, [0u32; MEMORY_WORDS]);
    let mut at = 0usize;
    loop {
        let Instruction { code, jt, jf, k } = *program.get(at)?;
        at += 1;
        let operand = if code & 0x08 == 0 { k } else { x };
        match code & 0x07 {
            // Loads into A.
            0 => {
                a = match code & 0xe0 {
                    0x00 => k,
                    0x20 => bytes(frame, k as usize, code)?,
                    0x40 => bytes(frame, (x as usize).checked_add(k as usize)?, code)?,
                    0x60 => *memory.get(k as usize)?,
                    0x80 => frame.len() as u32,
                    _ => return None,
                }
            }
            // Loads into X.
            1 => {
                x = match code & 0xe0 {
                    0x00 => k,
                    0x60 => *memory.get(k as usize)?,
                    0x80 => frame.len() as u32,
                    0xa0 => u32::from(*frame.get(k as usize)? & 0x0f) << 2,
                    _ => return None,
                }
            }
            2 => *memory.get_mut(k as usize)? = a,
            3 => *memory.get_mut(k as usize)? = x,
            4 => a = arithmetic(code, a, operand)?,
            5 => {
                let holds = match code & 0xf0 {
                    0x00 => {
                        at = at.checked_add(k as usize)?;
                        continue;
                    }
                    0x10 => a == operand,
                    0x20 => a > operand,
                    0x30 => a >= operand,
                    0x40 => a & operand != 0,
                    _ => return None,
                };
                at += usize::from(if holds { jt } else { jf });
            }
            6 => return Some(if code & 0x18 == 0x10 { a } else { k }),
            _ => match code & 0xf8 {
                0x00 => x = a,
                0x80 => a = x,
                _ => return None,
            },
        }
    }
}

fn arithmetic(code: u16, a: u32, operand: u32) -> Option<u32> {
    Some(match code & 0xf0 {
        0x00 => a.wrapping_add(operand),
        0x10 => a.wrapping_sub(operand),
        0x20 => a.wrapping_mul(operand),
        0x30 => a.checked_div(operand)?,
        0x40 => a | operand,
        0x50 => a & operand,
        0x60 => a.checked_shl(operand).unwrap_or(0),
        0x70 => a.checked_shr(operand).unwrap_or(0),
        0x80 => a.wrapping_neg(),
        0x90 => a.checked_rem(operand)?,
        0xa0 => a ^ operand,
        _ => return None,
    })
}

fn bytes(frame: &[u8], at: usize, code: u16) -> Option<u32> {
    let len = match code & 0x18 {
        0x00 => 4,
        0x08 => 2,
        0x10 => 1,
        _ => return None,
    };
    let bytes = frame.get(at..at.checked_add(len)?)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}
