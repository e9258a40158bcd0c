//! The `wasm-bindgen` command, at the workspace's own version.
//!
//! Knows nothing but the library it calls: wasm-pack looks for a program of this name and refuses
//! any version but the one in `Cargo.lock`, and a program built from that lock can't be another.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(std::env::args_os())
}
