//! What a user agent string says. Knows the names that PostHog gives browsers
//! and systems (user-agent-utils.ts); never guesses beyond them.

use alloc::string::String;

use crate::json::Object;

/// Marks of browsers, the more particular ones first: a mark, the name of the
/// browser that has it, and the mark that its version follows.
const BROWSERS: &[(&str, &str, &str)] = &[
    ("OPR/", "Opera", "OPR/"),
    ("Opera Mini", "Opera Mini", "Opera Mini/"),
    ("SamsungBrowser/", "Samsung Internet", "SamsungBrowser/"),
    ("UCBrowser", "UC Browser", "UCBrowser/"),
    ("Edg", "Microsoft Edge", "Edg/"),
    ("FBIOS", "Facebook Mobile", "FBAV/"),
    ("CriOS", "Chrome iOS", "CriOS/"),
    ("FxiOS", "Firefox iOS", "FxiOS/"),
    ("Firefox", "Firefox", "Firefox/"),
    ("Chrome", "Chrome", "Chrome/"),
    ("Android", "Android Mobile", "Version/"),
    ("Mobile Safari", "Mobile Safari", "Version/"),
    ("Mobile/", "Mobile Safari", "Version/"),
    ("Safari", "Safari", "Version/"),
    ("Trident", "Internet Explorer", "rv:"),
    ("MSIE", "Internet Explorer", "MSIE "),
];

/// Marks of systems, in the same way.
const SYSTEMS: &[(&str, &str, &str)] = &[
    ("Windows Phone", "Windows Phone", "Windows Phone OS "),
    ("Windows", "Windows", "Windows NT "),
    ("iPhone", "iOS", "OS "),
    ("iPad", "iOS", "OS "),
    ("Android", "Android", "Android "),
    ("CrOS", "Chrome OS", "CrOS x86_64 "),
    ("Mac OS", "Mac OS X", "Mac OS X "),
    ("Linux", "Linux", "Linux "),
];

/// The properties of an event that follow from a user agent; what it does not
/// say is left out.
pub fn add_properties(properties: &mut Object, agent: &str) {
    let named = |table: &[(&str, &'static str, &str)]| {
        let (_, name, mark) = table
            .iter()
            .find(|(mark, ..)| after(agent, mark).is_some())?;
        Some((*name, version(after(agent, mark).unwrap_or_default())))
    };
    if let Some((name, version)) = named(BROWSERS) {
        properties.set_str("$browser", name);
        let number = number(&version);
        if !number.is_empty() {
            properties.set("$browser_version", number);
        }
    }
    let mut device = "Desktop";
    if let Some((name, version)) = named(SYSTEMS) {
        properties.set_str("$os", name);
        let whole = version.strip_suffix(".0").filter(|_| name == "Windows");
        if !version.is_empty() {
            properties.set_str("$os_version", whole.unwrap_or(&version));
        }
        for (mark, is) in [
            ("Mobile", "Mobile"),
            ("Android", "Tablet"),
            ("iPad", "Tablet"),
        ] {
            if device == "Desktop" && after(agent, mark).is_some() {
                device = is;
            }
        }
        for model in ["iPad", "iPhone", "Android"] {
            if after(agent, model).is_some() {
                properties.set_str("$device", model);
                break;
            }
        }
    }
    properties.set_str("$device_type", device);
}

/// What follows a mark; searched byte by byte, since the standard library's
/// searcher alone costs the page a kilobyte.
fn after<'a>(agent: &'a str, mark: &str) -> Option<&'a str> {
    let mut windows = agent.as_bytes().windows(mark.len());
    let at = windows.position(|window| window == mark.as_bytes())?;
    agent.get(at + mark.len()..)
}

/// The digits and dots that a text begins with; Apple writes dots as underscores.
fn version(text: &str) -> String {
    let dots = |byte| if byte == b'_' { b'.' } else { byte };
    text.bytes()
        .map(dots)
        .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
        .map(char::from)
        .collect()
}

/// The number that a version begins with, major and minor, as JSON writes it.
fn number(version: &str) -> &str {
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
