// How a text crosses into the core's memory and back. Knows UTF-8, and how wasm-bindgen hands a
// text over; never what a text says.

let core
let encoder, decoder

/** Takes what the core exports. */
export const setCore = (exports) => {
    core = exports
    encoder = new TextEncoder()
    decoder = new TextDecoder()
}

/** Tells the core a text, and returns its own, up to a zero. Memory that grows in between is another buffer. */
export function tell(text) {
    const bytes = encoder.encode(text)
    const room = core.__wbindgen_malloc(bytes.length, 1)
    new Uint8Array(core.memory.buffer).set(bytes, room)
    const at = core.tell(room, bytes.length)
    const memory = new Uint8Array(core.memory.buffer)
    return decoder.decode(memory.subarray(at, memory.indexOf(0, at)))
}
