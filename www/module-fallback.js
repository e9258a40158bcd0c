// The core without WebAssembly, for the ES module.

export { default } from 'backstitch-wasm2js'
