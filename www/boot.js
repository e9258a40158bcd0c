// Brings the core to life: as WebAssembly at once, later where a browser
// refuses that, and as JavaScript where it has none. Knows how to load; never
// what is loaded.

import text from 'backstitch-wasm'
import { setCore } from './memory.js'

/** How far the bytes lie from their characters' codes, by rows of sixteen; the others' are the same. */
const ROWS = [0x30, 0x40, 0, 0x30, 0, 0x40]

/** Bytes, from the text that xtask/src/package/printable.rs writes. */
function plain(text) {
    const bytes = new TextEncoder().encode(text)
    let end = 0
    for (let at = 0; at < bytes.length; at++) {
        let code = bytes[at]
        // A mark, z or {, shifts the character after it.
        if (code == 122 || code == 123) code = (bytes[++at] + code * 165) & 255
        bytes[end++] = code ^ ROWS[code >> 4]
    }
    return bytes.subarray(0, end)
}

/** Stands for the end of a function; its column holds what each function has of locals. */
const FUNCTION = 6
/** The instruction that a function really ends with. */
const END = 11

/** The core's bytes, from the columns that xtask/src/package/columns.rs makes of them. */
function bytes() {
    const [before, after, instructions, ...operands] = text.split('~').map(plain)
    const columns = []
    /** How far each column has been read. */
    const read = []
    for (const column of operands) {
        columns[column[0]] = column
        read[column[0]] = 2
    }
    const bytes = new Uint8Array(text.length * 2)
    bytes.set(before)
    let end = before.length
    /** Where the function begins that is being written; 0 between two. */
    let start = 0
    /** Copies the operands of an instruction, if it has any, as its column's shape says. */
    const copy = (instruction) => {
        const column = columns[instruction]
        if (!column) return
        const shape = column[1]
        let at = read[instruction]
        if (shape) {
            // One number, whose last byte is below 128; before it a zero where the shape is 2.
            end += shape - 1
            while ((bytes[end++] = column[at++]) > 127);
        } else for (let left = column[at++]; left--; ) bytes[end++] = column[at++]
        read[instruction] = at
    }
    // By index: an iterator takes this loop, cold, half as long again.
    for (let i = 0; i < instructions.length; i++) {
        const instruction = instructions[i]
        if (!start) {
            // Two bytes are for its size.
            start = end += 2
            copy(FUNCTION)
        }
        if (instruction == FUNCTION) {
            bytes[end++] = END
            bytes[start - 2] = (end - start) | 128
            bytes[start - 1] = (end - start) >> 7
            start = 0
        } else {
            bytes[end++] = instruction
            copy(instruction)
        }
    }
    bytes.set(after, end)
    return bytes.subarray(0, end + after.length)
}

/**
 * Makes the core ready: at once where the browser compiles at once; else it
 * returns a promise of that.
 *
 * `loadFallback` resolves to the function that makes the same core without
 * WebAssembly.
 */
export function boot(loadFallback) {
    const fallback = () => loadFallback().then((instantiate) => setCore(instantiate()))
    try {
        setCore(new WebAssembly.Instance(new WebAssembly.Module(bytes())).exports)
    } catch (error) {
        // Older Chromes compile nothing large at once on a page's main thread.
        return error instanceof RangeError
            ? WebAssembly.instantiate(bytes()).then((made) => setCore(made.instance.exports), fallback)
            : fallback()
    }
}
