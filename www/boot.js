// Brings the core to life: as WebAssembly at once, later where a browser
// refuses that, and as JavaScript where it has none. Knows how to load; never
// what is loaded.

import { __wbg_set_wasm } from 'backstitch-glue'
import hex from 'backstitch-wasm'

function bytes() {
    if (Uint8Array.fromHex) return Uint8Array.fromHex(hex)
    const bytes = new Uint8Array(hex.length / 2)
    for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.substr(2 * i, 2), 16)
    return bytes
}

/**
 * Makes the glue ready: at once where the browser compiles at once; else it
 * returns a promise of that.
 *
 * `loadFallback` resolves to the function that makes the same core without
 * WebAssembly.
 */
export function boot(loadFallback) {
    const fallback = () => loadFallback().then((instantiate) => __wbg_set_wasm(instantiate()))
    try {
        __wbg_set_wasm(new WebAssembly.Instance(new WebAssembly.Module(bytes())).exports)
    } catch (error) {
        // Older Chromes compile nothing large at once on a page's main thread.
        return error instanceof RangeError
            ? WebAssembly.instantiate(bytes()).then((made) => __wbg_set_wasm(made.instance.exports), fallback)
            : fallback()
    }
}
