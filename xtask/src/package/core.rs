//! The core as WebAssembly.
//!
//! Knows cargo, wasm-bindgen and wasm-opt. Must never know where the result goes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use wasm_bindgen_cli_support::Bindgen;

use super::{Build, run_tool};

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

/// What www/memory.js calls the core by; wasm-bindgen exports more, for cases that we have not.
const EXPORTS: &[&str] = &["memory", "tell", "__wbindgen_malloc"];

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

/// Makes of it what www/memory.js calls. The functions that wasm-bindgen writes in JavaScript for that
/// are ready for cases that we have not: ours take 300 bytes less.
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

/// Takes out what nobody calls.
fn prune(bound: &Path, pruned: &Path) -> anyhow::Result<()> {
    let mut module = walrus::Module::from_file(bound)?;
    let (used, unused): (Vec<_>, Vec<_>) = module
        .exports
        .iter()
        .map(|export| export.id())
        .partition(|id| EXPORTS.contains(&&*module.exports.get(*id).name));
    anyhow::ensure!(
        used.len() == EXPORTS.len(),
        "wasm-bindgen no longer exports all of {}",
        EXPORTS.join(", ")
    );
    for id in unused {
        module.exports.delete(id);
    }
    walrus::passes::gc::run(&mut module);
    let left: Vec<_> = module.imports.iter().map(|import| &*import.name).collect();
    anyhow::ensure!(
        left.is_empty(),
        "the core takes and gives numbers only, and imports nothing: it imports {}",
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
    use super::without_multivalue;

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
