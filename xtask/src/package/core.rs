//! The core as WebAssembly, and the glue that calls it.
//!
//! Knows cargo, wasm-bindgen and wasm-opt. Must never know where the result goes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use wasm_bindgen_cli_support::Bindgen;

use super::{Build, read, replace_once, run_tool, write};

/// Rust's default stack of 1 MiB would be 16 of the at most three pages of memory.
const STACK: &str = "link-args=-zstack-size=32768 --stack-first";

/// What the core needs of a browser's WebAssembly, which wasm-bindgen leaves no note of.
pub(super) const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// wasm-opt's passes. Code that is written anew from its control flow in between comes out smaller.
/// Nobody uses the first kilobyte, the end of the stack, so that no address wraps around into it.
const PASSES: &[&str] = &[
    "--low-memory-unused",
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--strip-producers",
    "--strip-target-features",
];

/// Exports that serve JavaScript values, of which the core has none, and texts that the core
/// does not keep.
const UNUSED_EXPORTS: &[&str] = &[
    "__wbindgen_externrefs",
    "__wbindgen_start",
    "__wbindgen_free",
    "__abort_handler",
    "__instance_terminated",
];

/// Compiles the core.
pub(super) fn compile(build: &Build) -> anyhow::Result<PathBuf> {
    let features = if build.debug {
        "small,messages"
    } else {
        "small"
    };
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&build.root).args([
        "rustc",
        "--package",
        "backstitch",
        "--lib",
        // With an rlib beside it, link-time optimisation would be off.
        "--crate-type",
        "cdylib",
        "--profile",
        "wasm",
        "--target",
        "wasm32-unknown-unknown",
        "--features",
        features,
        "--",
        "-C",
        STACK,
    ]);
    run_tool(&mut cargo)?;
    Ok(build
        .target
        .join("wasm32-unknown-unknown")
        .join("wasm")
        .join("backstitch.wasm"))
}

/// Makes the glue (`glue.js` in the work folder) and the wasm that goes with it.
pub(super) fn bind(build: &Build, compiled: &Path) -> anyhow::Result<()> {
    let mut module = walrus::ModuleConfig::new()
        .generate_name_section(true)
        .parse_file(compiled)
        .with_context(|| format!("{} could not be read", compiled.display()))?;
    // wasm2js can't carry functions that return several values.
    if let Some(features) = module.customs.remove_raw("target_features") {
        let data = without_multivalue(&features.data);
        module.customs.add(walrus::RawCustomSection {
            name: features.name,
            data,
        });
    }
    let plain = build.work.join("backstitch.wasm");
    // www/memory.js knows a text's length before it asks for room.
    let _ = module.exports.remove("__wbindgen_realloc");
    module.emit_wasm_file(&plain)?;

    Bindgen::new()
        .input_path(&plain)
        .bundler(true)?
        .typescript(false)
        .remove_name_section(!build.debug)
        .remove_producers_section(true)
        .out_name("bound")
        .generate(&build.work)
        .context("wasm-bindgen could not read what cargo built")?;
    write(
        &build.work.join("glue.js"),
        over_our_memory(&read(&build.work.join("bound_bg.js"))?)?,
    )?;

    let pruned = build.work.join("pruned.wasm");
    prune(&build.work.join("bound_bg.wasm"), &pruned)?;
    let mut wasm_opt = build.tool("wasm-opt");
    wasm_opt
        .args(FEATURES)
        .args(PASSES)
        .arg(&pruned)
        .arg("-o")
        .arg(build.core());
    if build.debug {
        wasm_opt.arg("-g");
    }
    run_tool(&mut wasm_opt)
}

/// What www/memory.js has in place of wasm-bindgen's own.
const HELPERS: &[&str] = &["WASM_VECTOR_LEN", "passStringToWasm0", "wasm"];

/// The glue's functions, which call the core's exports, over the helpers of www/memory.js.
fn over_our_memory(glue: &str) -> anyhow::Result<String> {
    let border = "export function __wbindgen_init_externref_table";
    let marked = replace_once(glue, border, "\0", "wasm-bindgen")?;
    let (functions, own) = marked.split_once('\0').unwrap_or_default();
    let defined = own
        .lines()
        .filter_map(|line| {
            ["function ", "let ", "const "]
                .iter()
                .find_map(|kind| line.strip_prefix(kind))
        })
        .flat_map(|line| words(line).next());
    for name in defined.filter(|name| !HELPERS.contains(name)) {
        anyhow::ensure!(
            words(functions).all(|word| word != name),
            "wasm-bindgen's functions use `{name}`, which www/memory.js has nothing for"
        );
    }
    Ok(format!(
        "import {{ {} }} from 'backstitch-memory';\n{functions}",
        HELPERS.join(", ")
    ))
}

fn words(script: &str) -> impl Iterator<Item = &str> {
    script.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// Takes out what only JavaScript values would need.
fn prune(bound: &Path, pruned: &Path) -> anyhow::Result<()> {
    let mut module = walrus::Module::from_file(bound)?;
    for name in UNUSED_EXPORTS {
        module
            .exports
            .remove(name)
            .with_context(|| format!("wasm-bindgen no longer exports {name}"))?;
    }
    walrus::passes::gc::run(&mut module);
    let left: Vec<_> = module.imports.iter().map(|import| &*import.name).collect();
    anyhow::ensure!(
        left.is_empty(),
        "the core takes and gives numbers and strings only, and imports nothing: it imports {}",
        left.join(", ")
    );
    module.emit_wasm_file(pruned)
}

/// The list of WebAssembly features that the compiler has noted, without the one that lets a
/// function return several values. Each entry is a sign, a length and a name.
fn without_multivalue(features: &[u8]) -> Vec<u8> {
    let mut kept = vec![0];
    let mut rest = features.get(1..).unwrap_or_default();
    while let [_, length, ..] = rest {
        let end = (2 + usize::from(*length)).min(rest.len());
        let (entry, after) = rest.split_at(end);
        if &entry[2..] != b"multivalue" {
            kept[0] += 1;
            kept.extend(entry);
        }
        rest = after;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{over_our_memory, without_multivalue};

    const GLUE: &str = "export function number() {
    return wasm.number();
}
export function __wbindgen_init_externref_table() {}
function getDataViewMemory0() {}
let numBytesDecoded = 0;
";

    #[test]
    fn the_glue_keeps_its_functions_and_gets_our_helpers() {
        let glue = over_our_memory(GLUE).expect("the known shape");
        assert!(
            glue.contains("wasm.number()") && glue.contains("from 'backstitch-memory'"),
            "{glue}"
        );
        assert!(!glue.contains("function getDataViewMemory0"), "{glue}");
    }

    #[test]
    fn a_helper_that_we_have_not_is_named() {
        let other = GLUE.replace("wasm.number()", "wasm.number(numBytesDecoded)");
        let error = over_our_memory(&other).expect_err("unknown").to_string();
        assert!(error.contains("`numBytesDecoded`"), "{error}");
    }

    #[test]
    fn only_multivalue_is_left_out() {
        let features = b"\x03+\x0bbulk-memory+\x0amultivalue+\x08sign-ext";
        assert_eq!(
            without_multivalue(features),
            b"\x02+\x0bbulk-memory+\x08sign-ext"
        );
    }

    #[test]
    fn a_section_that_breaks_off_is_kept_as_far_as_it_goes() {
        assert_eq!(without_multivalue(b"\x02+\x08sign"), b"\x01+\x08sign");
        assert_eq!(without_multivalue(b""), b"\x00");
    }
}
