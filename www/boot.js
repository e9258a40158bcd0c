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

/** The core's bytes, from the columns that xtask/src/package/columns.rs makes of them. */
function bytes() {
    const [head, tail, opcodes, ...operands] = text.split('~').map(plain)
    const columns = []
    /** How far each column has been read. */
    const read = []
    for (const column of operands) {
        columns[column[0]] = column
        read[column[0]] = 2
    }
    const bytes = new Uint8Array(text.length * 2)
    bytes.set(head)
    let end = head.length
    let start = 0
    const copy = (opcode) => {
        const column = columns[opcode]
        if (!column) return
        let at = read[opcode]
        if (column[1]) {
            end += column[1] - 1
            while ((bytes[end++] = column[at++]) > 127);
        } else for (let left = column[at++]; left--; ) bytes[end++] = column[at++]
        read[opcode] = at
    }
    for (let i = 0; i < opcodes.length; i++) {
        const opcode = opcodes[i]
        if (!start) {
            // Two bytes are for its size.
            start = end += 2
            copy(6)
        }
        if (opcode == 6) {
            bytes[end++] = 11
            bytes[start - 2] = (end - start) | 128
            bytes[start - 1] = (end - start) >> 7
            start = 0
        } else {
            bytes[end++] = opcode
            copy(opcode)
        }
    }
    bytes.set(tail, end)
    return bytes.subarray(0, end + tail.length)
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
