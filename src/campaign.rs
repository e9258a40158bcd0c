//! What brought the visitor to this tab: the referrer and the campaign that the
//! first address named. Knows the parameters that name a campaign; never how an address is written.

use alloc::string::String;

use crate::json::Object;
use crate::page::Page;
use crate::text::split;

/// The parameters that posthog-js reads from an address (event-utils.ts).
const PARAMETERS: &str = "utm_source utm_medium utm_campaign utm_content utm_term gad_source \
    mc_cid gclid gclsrc dclid gbraid wbraid fbclid msclkid twclid \
    li_fat_id igshid ttclid rdt_cid epik qclid sccid irclid _kx";

/// One text, since a table of them would cost as much again.
fn parameters() -> impl Iterator<Item = &'static str> {
    split(PARAMETERS, b' ')
}

/// Adds what a page tells about where its visitor came from. A referrer counts
/// once for a tab, a campaign whenever an address names one: then all its
/// parameters are there, the missing ones as null. Says whether anything is new.
pub fn attribute(tab: &mut Object, page: &Page) -> bool {
    let first = !tab.has("$referrer");
    let mut new = false;
    let mut note = |key, value| {
        if tab.get(key) != Some(value) {
            tab.set(key, value);
            new = true;
        }
    };
    if first {
        for (key, fact) in [
            ("$referrer", &page.referrer),
            ("$referring_domain", &page.referring_domain),
        ] {
            note(key, if fact.len() > 2 { fact } else { "\"$direct\"" });
        }
    }
    if parameters().any(|name| page.query.has(name)) {
        for name in parameters() {
            note(name, page.query.get(name).unwrap_or("null"));
        }
    }
    new
}

/// What is set once on a person, of the page where this visitor was first seen,
/// as a text or nothing: each parameter of a campaign too, as null where it is missing.
pub fn initial(page: &str) -> Object {
    let mut initial = Object::default();
    if page.is_empty() {
        return initial;
    }
    let page = &Page::read(page);
    let mut found = page.properties.clone();
    attribute(&mut found, page);
    let mut add = |key: &str| {
        let mut name = String::from("$initial_");
        name.push_str(key.strip_prefix("$").unwrap_or(key));
        initial.set(&name, found.get(key).unwrap_or("null"));
    };
    split(
        "$current_url $host $pathname $referrer $referring_domain",
        b' ',
    )
    .for_each(&mut add);
    parameters().for_each(&mut add);
    initial
}
