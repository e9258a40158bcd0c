//! The core by columns: apart from the bytes that say what each instruction does, for every kind of
//! instruction the operands it does it with. Among its like a byte is better foretold, so the
//! script compresses to a fourteenth less.
//!
//! Knows how WebAssembly writes instructions, and www/boot.js, which puts them together again. Must
//! never know what they compute.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use anyhow::Context;
use wasmparser::{FunctionBody, Parser, Payload};

/// The section that holds the functions.
const CODE: u8 = 10;

/// In the place of the `end` that ends a function; its column holds the functions' locals. As an
/// instruction it belongs to a proposal that was given up.
const FUNCTION: u8 = 6;

/// Loads and stores. Their operands are an alignment and an offset.
const ACCESSES: RangeInclusive<u8> = 0x28..=0x3e;

/// How the operands of an instruction stand in its column.
#[derive(Clone, Copy)]
enum Shape {
    /// Bytes, after their number.
    Counted,
    /// One number, whose last byte is below 128.
    Number,
    /// One number, before which the instruction has a zero.
    AfterZero,
}

/// The columns of a module: all before its functions, all after them, and the instructions' first
/// bytes; then for each instruction that has operands its first byte, their [`Shape`], and they.
///
/// Two things change. The size of a function takes two bytes, and is left for www/boot.js to find.
/// An alignment, which is no more than a hint, is always that of a byte.
///
/// # Errors
/// What is no module, and what www/boot.js could not put together again.
pub(super) fn columns(wasm: &[u8]) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut functions = Functions::default();
    let mut before = Vec::new();
    let mut after = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.context("the core is no WebAssembly module")?;
        match &payload {
            Payload::Version { range, .. } => before.extend(&wasm[range.clone()]),
            Payload::CodeSectionEntry(body) => functions.add(body)?,
            _ => {}
        }
        if let Some((id, range)) = payload.as_section().filter(|(id, _)| *id != CODE) {
            let side = match functions.count {
                0 => &mut before,
                _ => &mut after,
            };
            side.push(id);
            side.extend(number(range.len()));
            side.extend(&wasm[range]);
        }
    }
    let count = number(functions.count);
    before.push(CODE);
    before.extend(number(count.len() + functions.size));
    before.extend(count);
    let operands = functions.operands.iter();
    Ok([before, after, functions.instructions]
        .into_iter()
        .chain(operands.map(|(instruction, operands)| column(*instruction, operands)))
        .collect())
}

/// What the functions hold.
#[derive(Default)]
struct Functions {
    count: usize,
    /// The bytes that they will be.
    size: usize,
    instructions: Vec<u8>,
    operands: BTreeMap<u8, Vec<Vec<u8>>>,
}

impl Functions {
    fn add(&mut self, body: &FunctionBody) -> anyhow::Result<()> {
        let bytes = body.as_bytes();
        let mut operators = body.get_operators_reader()?;
        let start = body.range().start;
        let mut at = operators.original_position() - start;
        self.operand(FUNCTION, &bytes[..at])?;
        while !operators.eof() {
            operators.read()?;
            let from = std::mem::replace(&mut at, operators.original_position() - start);
            let (instruction, operand) = (bytes[from], &bytes[from + 1..at]);
            anyhow::ensure!(
                instruction != FUNCTION,
                "the core has an instruction {FUNCTION}, which stands for the end of a function"
            );
            if operators.eof() {
                self.instructions.push(FUNCTION);
            } else {
                self.instructions.push(instruction);
                self.operand(instruction, operand)?;
            }
        }
        anyhow::ensure!(
            bytes.len() < 1 << 14,
            "the core has a function of {} bytes, whose size takes more than two",
            bytes.len()
        );
        self.count += 1;
        self.size += 2 + bytes.len();
        Ok(())
    }

    fn operand(&mut self, instruction: u8, operand: &[u8]) -> anyhow::Result<()> {
        anyhow::ensure!(
            operand.len() < 128,
            "the core has an instruction {instruction} with {} bytes of operands, whose number takes more than one",
            operand.len()
        );
        if !operand.is_empty() {
            let operands = self.operands.entry(instruction).or_default();
            operands.push(operand.to_vec());
        }
        Ok(())
    }
}

fn column(instruction: u8, operands: &[Vec<u8>]) -> Vec<u8> {
    let shape = if ACCESSES.contains(&instruction) {
        Shape::AfterZero
    } else if instruction != FUNCTION && operands.iter().all(|operand| is_number(operand)) {
        Shape::Number
    } else {
        Shape::Counted
    };
    let mut column = vec![instruction, shape as u8];
    for operand in operands {
        match shape {
            Shape::Counted => {
                column.extend(number(operand.len()));
                column.extend(operand);
            }
            Shape::Number => column.extend(operand),
            Shape::AfterZero => column.extend(&operand[1..]),
        }
    }
    column
}

/// A number as WebAssembly writes it.
fn number(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 127 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// Whether bytes are one number.
fn is_number(bytes: &[u8]) -> bool {
    bytes.iter().position(|byte| *byte < 128) == Some(bytes.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As www/boot.js puts the columns together.
    fn module(columns: &[Vec<u8>]) -> Vec<u8> {
        let [before, after, instructions, operands @ ..] = columns else {
            panic!("three columns and those of operands");
        };
        let mut read: BTreeMap<u8, (u8, &[u8])> = BTreeMap::new();
        for column in operands {
            read.insert(column[0], (column[1], &column[2..]));
        }
        let mut bytes = before.clone();
        let mut copy = |bytes: &mut Vec<u8>, instruction: u8| {
            let Some((shape, column)) = read.get_mut(&instruction) else {
                return;
            };
            let mut next = || {
                let (byte, rest) = column.split_first().expect("an operand");
                *column = rest;
                *byte
            };
            if *shape == 0 {
                let count = next();
                bytes.extend((0..count).map(|_| next()));
                return;
            }
            bytes.extend((1..*shape).map(|_| 0));
            loop {
                let byte = next();
                bytes.push(byte);
                if byte < 128 {
                    break;
                }
            }
        };
        for function in instructions.split_inclusive(|instruction| *instruction == FUNCTION) {
            let mut body = Vec::new();
            copy(&mut body, FUNCTION);
            for instruction in &function[..function.len() - 1] {
                body.push(*instruction);
                copy(&mut body, *instruction);
            }
            body.push(0x0b);
            bytes.extend([body.len() as u8 | 128, (body.len() >> 7) as u8]);
            bytes.extend(body);
        }
        [bytes, after.clone()].concat()
    }

    /// A module with a memory, two functions, and data; `align` is that of its load.
    fn sample(align: u8) -> Vec<u8> {
        let first: &[&[u8]] = &[
            &[1, 2, 0x7f],                               // two locals, i32
            &[0x02, 0x40, 0x02, 0x40],                   // block block
            &[0x41, 0x80, 0x88, 0x02],                   // i32.const 33792
            &[0x28, align, 0x83, 0x01],                  // i32.load offset=131
            &[0x21, 1, 0x20, 0],                         // local.set 1, local.get 0
            &[0x0e, 1, 0, 1],                            // br_table 0 1
            &[0x0b, 0x0b],                               // end end
            &[0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 0x1a], // f64.const, drop
            &[0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0],   // memory.fill
            &[0x0b],
        ];
        let second: &[&[u8]] = &[&[0, 0x10, 0, 0x0b]]; // no locals, call 0
        let bodies: Vec<u8> = [first.concat(), second.concat()]
            .iter()
            .flat_map(|body| [vec![body.len() as u8 | 128, 0], body.clone()].concat())
            .collect();
        let code = [vec![2], bodies].concat();
        [
            b"\0asm\x01\0\0\0".to_vec(),
            vec![1, 4, 1, 0x60, 0, 0],
            vec![3, 3, 2, 0, 0],
            vec![5, 3, 1, 0, 1],
            [vec![CODE, code.len() as u8], code].concat(),
            vec![11, 7, 1, 0, 0x41, 0, 0x0b, 1, 42],
        ]
        .concat()
    }

    #[test]
    fn a_module_comes_back_but_for_its_alignments() {
        let made = columns(&sample(2)).expect("columns");
        wasmparser::validate(&sample(2)).expect("a valid sample");
        assert_eq!(module(&made), sample(0));
    }

    #[test]
    fn operands_stand_together_by_instruction() {
        let made = columns(&sample(2)).expect("columns");
        let of = |instruction: u8| made[3..].iter().find(|column| column[0] == instruction);
        let load = vec![0x28, Shape::AfterZero as u8, 0x83, 0x01];
        assert_eq!(of(0x28), Some(&load));
        let constants = vec![0x41, Shape::Number as u8, 0x80, 0x88, 0x02, 0, 0, 0];
        assert_eq!(of(0x41), Some(&constants));
        let locals = vec![FUNCTION, Shape::Counted as u8, 3, 1, 2, 0x7f, 1, 0];
        assert_eq!(of(FUNCTION), Some(&locals));
        assert_eq!(of(0x1a), None, "drop has no operands");
    }

    #[test]
    fn what_could_not_be_put_together_again_is_refused() {
        // block, i32.const 0, br_table of 130 targets, end, end
        let table = [vec![0x0e, 0x82, 0x01], vec![0; 131]].concat();
        let body = [&[0, 0x02, 0x40, 0x41, 0][..], &table, &[0x0b, 0x0b]].concat();
        let code = [vec![1, body.len() as u8 | 128, 1], body].concat();
        let module = [
            b"\0asm\x01\0\0\0".to_vec(),
            vec![1, 4, 1, 0x60, 0, 0],
            vec![3, 2, 1, 0],
            vec![CODE, code.len() as u8 | 128, 1],
            code,
        ]
        .concat();
        wasmparser::validate(&module).expect("a valid module");
        let error = columns(&module).expect_err("a table too long");
        assert!(error.to_string().contains("bytes of operands"), "{error}");
    }

    #[test]
    fn what_is_no_module_is_refused() {
        let error = columns(b"\0asm\x01\0\0\0\x0a").expect_err("cut off");
        assert!(
            error.to_string().contains("no WebAssembly module"),
            "{error}"
        );
    }
}
