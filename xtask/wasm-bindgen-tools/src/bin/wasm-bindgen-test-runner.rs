//! The `wasm-bindgen-test-runner` command, at the workspace's own version.
//!
//! Knows nothing but the library it calls; see `wasm-bindgen.rs` beside it for why it exists.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
