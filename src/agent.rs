//! What a user agent string says. Knows the names that PostHog gives browsers
//! and systems (user-agent-utils.ts); never guesses beyond them.

use alloc::string::String;

use crate::json::Object;
use crate::text::{after, push_digit, split};

/// Marks of browsers, the more particular ones first. A line for each: the mark,
/// the name of the browser that has it, and the mark that its version follows,
/// if it tells one. One text, since a table of slices would cost as much again.
const BROWSERS: &str = "OPR/|Opera|OPR/
Opera Mini|Opera Mini|Opera Mini/
SamsungBrowser/|Samsung Internet|SamsungBrowser/
Edge/|Microsoft Edge|Edge/
Edg/|Microsoft Edge|Edg/
FBIOS|Facebook Mobile|
UCBrowser|UC Browser|UCBrowser/
CriOS|Chrome iOS|CriOS/
FxiOS|Firefox iOS|FxiOS/
Firefox|Firefox|Firefox/
Chrome|Chrome|Chrome/
Android|Android Mobile|Android
Mobile|Mobile Safari|Version/
Safari|Safari|Version/
MSIE|Internet Explorer|MSIE
Trident|Internet Explorer|rv:";

/// Marks of systems, in the same way.
const SYSTEMS: &str = "Windows|Windows|Windows NT
iPhone|iOS|OS
iPad|iOS|OS
Android|Android|Android
CrOS|Chrome OS|
Mac OS|Mac OS X|Mac OS X
Linux|Linux|";

/// What is sold as a Windows of another number than its own.
const WINDOWS: &[(&str, &str)] = &[("10.0", "10"), ("6.3", "8.1"), ("6.1", "7")];

/// The properties of an event that follow from a user agent; what it does not
/// say is left out.
pub fn add_properties(properties: &mut Object, agent: &str) {
    let has = |mark: &str| after(agent, mark).is_some();
    let named = |table: &'static str| {
        split(table, b'\n').find_map(|line| {
            let mut parts = split(line, b'|');
            after(agent, parts.next()?)?;
            let name = parts.next()?;
            let version_mark = parts.next()?;
            let version_text = after(agent, version_mark).unwrap_or_default();
            Some((name, version(version_text)))
        })
    };
    if let Some((name, version)) = named(BROWSERS) {
        properties.set_str("$browser", name);
        let number = number(&version);
        if !number.is_empty() {
            properties.set("$browser_version", number);
        }
    }
    if let Some((name, mut version)) = named(SYSTEMS) {
        properties.set_str("$os", name);
        if name == "Windows" {
            let sold = WINDOWS.iter().find(|(own, _)| *own == version);
            version = sold.map_or("", |(_, sold)| sold).into();
        } else {
            // Three parts, or what browsers that hide the version say instead.
            match version.bytes().filter(|byte| *byte == b'.').count() {
                0 => version.clear(),
                1 => version.push_str(".0"),
                _ => {}
            }
        }
        if !version.is_empty() {
            properties.set_str("$os_version", &version);
        }
    }
    let mobile = has("Mobile");
    let (device, kind) = if has("iPad") {
        ("iPad", "Tablet")
    } else if has("iPhone") {
        ("iPhone", "Mobile")
    } else if !has("Android") {
        ("", if mobile { "Mobile" } else { "Desktop" })
    } else if mobile {
        ("Android", "Mobile")
    } else {
        ("Android Tablet", "Tablet")
    };
    if !device.is_empty() {
        properties.set_str("$device", device);
    }
    properties.set_str("$device_type", kind);
}

/// The digits and dots that a text begins with, after any space; Apple writes
/// dots as underscores.
fn version(text: &str) -> String {
    let mut version = String::new();
    for byte in text.trim_ascii_start().bytes() {
        match byte {
            b'0'..=b'9' => push_digit(&mut version, byte - b'0'),
            b'.' | b'_' => version.push_str("."),
            _ => break,
        }
    }
    version
}

/// The number that a version begins with, major and minor, as JSON writes it;
/// nothing if it begins otherwise.
fn number(version: &str) -> &str {
    if !matches!(version.as_bytes(), [b'1'..=b'9', ..]) {
        return "";
    }
    let mut end = 0;
    let mut dots = 0;
    for (at, byte) in version.bytes().enumerate() {
        dots += u32::from(byte == b'.');
        if dots > 1 {
            break;
        }
        // Neither a dot nor a zero after it may stand at the end.
        if dots == 0 || byte > b'0' {
            end = at + 1;
        }
    }
    version.get(..end).unwrap_or_default()
}
