#![cfg(not(target_arch = "wasm32"))]
//! What brought the visitor to this tab, on every event of the tab.

mod world;

use backstitch::effect::Record;
use serde_json::{Value, json};
use world::World;

fn arrive(world: &mut World, tab: usize, referrer: &str, query: Value) -> Value {
    let page = &mut world.tab(tab).page;
    page["referrer"] = json!(referrer);
    page["referring_domain"] = json!(referrer.split('/').nth(2).unwrap_or_default());
    page["query"] = query;
    world.capture(tab, "seen", json!({}))["properties"].clone()
}

#[test]
fn a_visitor_from_nowhere_is_direct() {
    let mut world = World::new();
    let tab = world.open();
    let properties = arrive(&mut world, tab, "", json!({}));
    assert_eq!(properties["$referrer"], "$direct");
    assert_eq!(properties["$referring_domain"], "$direct");
    assert_eq!(properties.get("utm_source"), None);
    let properties = world.capture(tab, "seen", json!({}))["properties"].clone();
    assert_eq!(properties["$referrer"], "$direct");
}

#[test]
fn the_first_referrer_of_a_tab_counts_for_all_its_pages() {
    let mut world = World::new();
    let tab = world.open();
    let first = "https://search.example/?q=x";
    arrive(&mut world, tab, first, json!({}));
    world.reload(tab);
    let properties = arrive(&mut world, tab, "https://shop.example/", json!({}));
    assert_eq!(properties["$referrer"], first);
    assert_eq!(properties["$referring_domain"], "search.example");

    let other = world.open();
    let properties = arrive(&mut world, other, "https://news.example/", json!({}));
    assert_eq!(properties["$referrer"], "https://news.example/");
}

#[test]
fn a_campaign_is_all_parameters_and_the_latest_counts() {
    let mut world = World::new();
    let tab = world.open();
    let mail = json!({"utm_source": "mail", "utm_campaign": "spring", "q": "x"});
    let properties = arrive(&mut world, tab, "", mail);
    assert_eq!(properties["utm_source"], "mail");
    assert_eq!(properties["utm_campaign"], "spring");
    assert_eq!(properties.get("gclid"), Some(&Value::Null));
    assert_eq!(properties.get("q"), None);

    world.reload(tab);
    let properties = arrive(&mut world, tab, "", json!({"q": "y"}));
    assert_eq!(properties["utm_source"], "mail", "the tab remembers");

    let properties = arrive(&mut world, tab, "", json!({"gclid": "ad"}));
    assert_eq!(properties["gclid"], "ad");
    assert_eq!(properties["utm_source"], Value::Null);
}

/// The names in the order of posthog-js's event-utils.ts.
#[test]
fn every_parameter_that_posthog_js_reads_names_a_campaign() {
    let names = "utm_source utm_medium utm_campaign utm_content utm_term gad_source mc_cid gclid \
                 gclsrc dclid gbraid wbraid fbclid msclkid twclid li_fat_id igshid ttclid rdt_cid \
                 epik qclid sccid irclid _kx";
    for name in names.split_whitespace() {
        let mut world = World::new();
        let tab = world.open();
        let properties = arrive(&mut world, tab, "", json!({name: "value"}));
        for other in names.split_whitespace() {
            let expected = if other == name {
                json!("value")
            } else {
                Value::Null
            };
            assert_eq!(properties.get(other), Some(&expected), "{other} of {name}");
        }
    }
}

#[test]
fn the_tab_is_saved_only_when_something_is_new() {
    let mut world = World::new();
    let tab = world.open();
    for _ in 0..3 {
        arrive(&mut world, tab, "", json!({"utm_source": "mail"}));
    }
    let saves = world.tab(tab).saves.iter();
    assert_eq!(
        saves.filter(|(_, record)| *record == Record::Tab).count(),
        1
    );
    let kept: Value = serde_json::from_str(&world.tab(tab).record).expect("JSON");
    assert_eq!(kept["utm_source"], "mail");
    assert_eq!(kept["$referrer"], "$direct");
}
