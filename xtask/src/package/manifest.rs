//! What npm reads: pkg/package.json from its template, with the readme and the licences.
//!
//! Knows the template's placeholders. Must never invent a field of its own.

use anyhow::Context;
use serde_json::Value;

use super::{Build, read, write};

/// The files of the repository that go along.
const ALONG: &[&str] = &["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// Writes pkg/package.json and what goes along.
pub(super) fn write_files(build: &Build) -> anyhow::Result<()> {
    let pkg = build.root.join("pkg");
    let template = read(&build.root.join("pkg.json.template"))?;
    write(&pkg.join("package.json"), fill(&template)?)?;
    for file in ALONG {
        write(&pkg.join(file), read(&build.root.join(file))?)?;
    }
    Ok(())
}

/// The template with its placeholders filled in.
fn fill(template: &str) -> anyhow::Result<String> {
    let filled = template
        .replace("{{version}}", env!("CARGO_PKG_VERSION"))
        .replace("{{license}}", env!("CARGO_PKG_LICENSE"));
    let _: Value = serde_json::from_str(&filled)
        .context("pkg.json.template is no JSON once it is filled in")?;
    if let Some((_, rest)) = filled.split_once("{{") {
        let name = rest.split("}}").next().unwrap_or(rest);
        anyhow::bail!("pkg.json.template has an unknown placeholder `{name}`");
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn placeholders_are_filled_in() {
        let filled =
            fill(r#"{"version": "{{version}}", "license": "{{license}}"}"#).expect("known ones");
        assert!(
            filled.contains(env!("CARGO_PKG_VERSION")) && !filled.contains("{{"),
            "{filled}"
        );
    }

    #[test]
    fn an_unknown_placeholder_is_named() {
        let error = fill(r#"{"version": "{{verison}}"}"#)
            .expect_err("a typo")
            .to_string();
        assert!(error.contains("`verison`"), "{error}");
    }
}
