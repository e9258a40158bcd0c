// How a text crosses into the core's memory and back: what the functions that wasm-bindgen writes
// ask for, under its names. wasm-bindgen's own are ready for cases that we have not. Knows UTF-8;
// never what a text says.
//
// Memory that grows is another buffer: nothing here is kept from one call to the next.

/** What the core exports. */
export let wasm
export const setCore = (exports) => (wasm = exports)

/** How many bytes were passed last. */
export let WASM_VECTOR_LEN

export function passStringToWasm0(text, malloc) {
    const bytes = new TextEncoder().encode(text)
    WASM_VECTOR_LEN = bytes.length
    const at = malloc(bytes.length, 1) >>> 0
    new Uint8Array(wasm.memory.buffer).set(bytes, at)
    return at
}

/** The text that lies in memory up to a zero. */
export function textAt(at) {
    const memory = new Uint8Array(wasm.memory.buffer)
    return new TextDecoder().decode(memory.subarray(at, memory.indexOf(0, at)))
}
