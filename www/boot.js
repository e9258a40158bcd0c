// Brings the core to life: as WebAssembly at once, later where a browser
// refuses that, and as JavaScript where it has none. Knows how to load; never
// what is loaded.

import text from 'backstitch-wasm'
import { setCore } from './memory.js'

/** How far the bytes lie from their characters' codes, by rows of sixteen; the others' are the same. */
const ROWS = [0x30, 0x40, 0, 0x30, 0, 0x40]

/** The core's bytes, from the text that xtask/src/package/printable.rs writes. */
function bytes() {
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
