//! The files of pkg/dist, from www/ and the core.
//!
//! Knows the bundler and the minifier. Must never know what is in the files.

use std::fs;

use anyhow::Context;

use super::{Build, columns, printable, read, run_tool, write};

/// The newest syntax that the files may hold: what browsers with WebAssembly, and a little
/// before, have understood since 2020.
const SYNTAX: &str = "es2020";

/// One file of pkg/dist.
struct Output {
    entry: &'static str,
    file: &'static str,
    format: &'static str,
    /// Every page that has the SDK fetches it: bytes count.
    fetched: bool,
}

const OUTPUTS: &[Output] = &[
    Output {
        entry: "script.js",
        file: "backstitch.js",
        format: "iife",
        fetched: true,
    },
    Output {
        entry: "script-fallback.js",
        file: "backstitch.nowasm.js",
        format: "iife",
        fetched: false,
    },
    Output {
        entry: "module.js",
        file: "index.js",
        format: "esm",
        fetched: true,
    },
    Output {
        entry: "module-fallback.js",
        file: "fallback.js",
        format: "esm",
        fetched: false,
    },
    Output {
        entry: "snippet.js",
        file: "snippet.js",
        format: "iife",
        fetched: false,
    },
];

/// Bundles every file that people get.
pub(super) fn write_files(build: &Build) -> anyhow::Result<()> {
    let wasm = build.core();
    let bytes = fs::read(&wasm).with_context(|| format!("{} could not be read", wasm.display()))?;
    let columns = columns::columns(&bytes)?;
    let columns: Vec<_> = columns.iter().map(|bytes| printable::text(bytes)).collect();
    let text = serde_json::to_string(&columns.join(printable::BORDER))?;
    write(
        &build.work.join("wasm.js"),
        format!("export default {text};\n"),
    )?;
    for output in OUTPUTS {
        bundle(build, output)?;
    }
    let types = build.root.join("www").join("index.d.ts");
    write(&build.dist.join("index.d.ts"), read(&types)?)
}

fn bundle(build: &Build, output: &Output) -> anyhow::Result<()> {
    let work = |file: &str| build.work.join(file).display().to_string();
    let www = build.root.join("www");
    let mut esbuild = build.tool("esbuild");
    esbuild
        .arg(www.join(output.entry))
        .args([
            "--bundle",
            "--charset=utf8",
            "--log-level=warning",
            "--legal-comments=none",
        ])
        .arg(format!("--target={SYNTAX}"))
        .arg(format!("--format={}", output.format))
        .arg(format!(
            "--outfile={}",
            build.dist.join(output.file).display()
        ))
        .arg(format!("--define:DEBUG={}", build.debug))
        .arg(format!(
            "--define:VERSION=\"{}\"",
            env!("CARGO_PKG_VERSION")
        ))
        .arg("--external:./fallback.js")
        .arg(format!("--alias:backstitch-wasm={}", work("wasm.js")))
        .arg(format!("--alias:backstitch-wasm2js={}", work("wasm2js.js")));
    if !build.debug {
        esbuild.arg("--minify");
    }
    run_tool(&mut esbuild)?;
    if output.fetched && !build.debug {
        shorten(build, output)?;
    }
    Ok(())
}

/// Puts constants and what is used once in their places, which the bundler does not.
fn shorten(build: &Build, output: &Output) -> anyhow::Result<()> {
    let file = build.dist.join(output.file);
    let mut terser = build.tool("terser");
    terser
        .arg(&file)
        .args(["--ecma", SYNTAX.trim_start_matches("es")])
        .args(["--compress", "passes=3,unsafe_arrows", "--mangle"])
        .arg(if output.format == "esm" {
            "--module"
        } else {
            "--toplevel"
        })
        .arg("--output")
        .arg(&file);
    run_tool(&mut terser)
}
