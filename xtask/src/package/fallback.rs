//! The same core as JavaScript, for pages where WebAssembly is missing or forbidden.
//!
//! Knows wasm2js and the shape of what it writes. Must never change what the core does.

use super::core::FEATURES;
use super::{Build, read, replace_once, run_tool, write};

/// Writes `wasm2js.js` into the work folder: a module whose default export makes the core's
/// exports.
pub(super) fn translate(build: &Build) -> anyhow::Result<()> {
    let lowered = build.work.join("lowered.wasm");
    let mut lower = build.tool("wasm-opt");
    lower
        .args(FEATURES)
        .arg(build.core())
        .arg("-o")
        .arg(&lowered)
        .args([
            "--llvm-memory-copy-fill-lowering",
            "--llvm-nontrapping-fptoint-lowering",
            "--signext-lowering",
        ]);
    run_tool(&mut lower)?;
    let written = build.work.join("wasm2js-written.js");
    let mut wasm2js = build.tool("wasm2js");
    wasm2js
        .args(["--mvp-features", "-Oz"])
        .arg(&lowered)
        .arg("-o")
        .arg(&written);
    run_tool(&mut wasm2js)?;
    write(
        &build.work.join("wasm2js.js"),
        instantiable(&read(&written)?)?,
    )
}

/// wasm2js writes a module that starts by itself; ours is started by www/boot.js.
fn instantiable(written: &str) -> anyhow::Result<String> {
    let start = "var retasmFunc = asmFunc({";
    let marked = replace_once(written, start, "\0", "wasm2js")?;
    let functions = marked.split('\0').next().unwrap_or_default();
    Ok(format!("{functions}\nexport default asmFunc;\n"))
}

#[cfg(test)]
mod tests {
    use super::instantiable;

    #[test]
    fn the_module_no_longer_starts_by_itself() {
        let written = "function asmFunc(imports) {}\nvar retasmFunc = asmFunc({\n});\nexport var memory = retasmFunc.memory;\n";
        let text = instantiable(written).expect("the known shape");
        assert!(
            text.trim_end().ends_with("export default asmFunc;") && !text.contains("retasmFunc"),
            "{text}"
        );
    }

    #[test]
    fn another_shape_is_an_error() {
        assert!(instantiable("export default 1;").is_err());
    }
}
