// The core without WebAssembly, for the classic script.

import instantiate from 'backstitch-wasm2js'

globalThis.__backstitch_nowasm = instantiate
