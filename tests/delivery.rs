#![cfg(not(target_arch = "wasm32"))]
//! When events leave, in which batches, and what happens while all goes well.

mod world;

use backstitch::client::Here;
use backstitch::effect::Effect;
use backstitch::error::Error;
use serde_json::json;
use world::server::{Answer, LATENCY, uuid};
use world::{BEGINNING, MINUTE, SECOND, World};

/// A world whose first event has left and was answered.
fn under_way() -> (World, usize) {
    let mut world = World::new();
    let tab = world.open();
    world.capture(tab, "first", json!({}));
    world.settle();
    (world, tab)
}

fn capture_many(world: &mut World, tab: usize, names: impl IntoIterator<Item = u32>) {
    for name in names {
        world.capture(tab, &name.to_string(), json!({}));
    }
}

#[test]
fn the_first_event_leaves_at_once_and_alone() {
    let mut world = World::new();
    let tab = world.open();
    world.capture(tab, "first", json!({}));
    assert_eq!(world.server.requests.len(), 1);
    assert_eq!(world.server.last_request().at, BEGINNING);
    assert!(!world.server.last_request().last);
    capture_many(&mut world, tab, 0..3);
    assert_eq!(world.server.requests.len(), 1);
    assert_eq!(world.server.requests[0].names(), ["first"]);
}

#[test]
fn later_events_leave_together_when_the_interval_is_over() {
    let (mut world, tab) = under_way();
    world.advance(MINUTE);
    let since = world.now;
    world.capture(tab, "a", json!({}));
    world.advance(2 * SECOND);
    world.capture(tab, "b", json!({}));
    world.advance(SECOND - 1);
    assert_eq!(world.server.requests.len(), 1);
    world.advance(1);
    assert_eq!(world.server.requests.len(), 2);
    assert_eq!(world.server.last_request().names(), ["a", "b"]);
    assert_eq!(world.server.last_request().at, since + 3 * SECOND);
    world.advance(MINUTE);
    assert_eq!(world.server.requests.len(), 2, "nothing is sent twice");
}

#[test]
fn the_interval_is_the_sites_to_choose() {
    let mut world = World::new();
    world.options["request_queue_config"] = json!({"flush_interval_ms": 500});
    let tab = world.open();
    world.capture(tab, "first", json!({}));
    world.settle();
    let since = world.now;
    world.capture(tab, "second", json!({}));
    world.settle();
    assert_eq!(world.server.last_request().at, since + 500);
}

#[test]
fn a_full_batch_leaves_early() {
    let (mut world, tab) = under_way();
    capture_many(&mut world, tab, 0..99);
    assert_eq!(world.server.requests.len(), 1);
    capture_many(&mut world, tab, [99]);
    assert_eq!(world.server.requests.len(), 2);
    assert_eq!(world.server.last_request().events().len(), 100);
}

#[test]
fn more_than_a_batch_holds_leaves_in_several_one_after_the_other() {
    let (mut world, tab) = under_way();
    let half = "x".repeat(700_000);
    world.is_one_task = true;
    for name in 0..5 {
        world.capture(tab, &name.to_string(), json!({ "text": half }));
    }
    world.is_one_task = false;
    let since = world.now;
    world.settle();
    let sizes = world.server.requests.iter().map(|r| r.events().len());
    assert_eq!(sizes.collect::<Vec<_>>(), [1, 2, 2, 1]);
    let times = world.server.requests[1..].iter().map(|r| r.at - since);
    let first = 3 * SECOND;
    assert_eq!(
        times.collect::<Vec<_>>(),
        [first, first + LATENCY, first + 2 * LATENCY]
    );
    let expected = (0..5).map(|n: u32| n.to_string());
    assert!(world.server.names()[1..].iter().copied().eq(expected));
}

#[test]
fn a_batch_has_so_many_bytes_at_most_and_an_event_that_is_too_large_is_refused() {
    let (mut world, tab) = under_way();
    let third = "x".repeat(600_000);
    for name in ["a", "b", "c"] {
        world.capture(tab, name, json!({"text": third}));
    }
    let event = world.capture(tab, "large", json!({"text": "x".repeat(900_000)}));
    assert!(event.is_null());
    let [(error, detail)] = &world.tab(tab).reports[..] else {
        panic!("{:?}", world.tab(tab).reports)
    };
    assert_eq!(*error, Error::EventTooLarge);
    let size = detail.strip_prefix("large: ").expect("its name");
    assert!(size.parse::<usize>().expect("its size") > 900_000);
    world.capture(tab, "small", json!({}));
    world.settle();
    let batches: Vec<_> = world.server.requests[1..]
        .iter()
        .map(|r| r.names())
        .collect();
    assert_eq!(batches, [vec!["a", "b"], vec!["c", "small"]]);
}

#[test]
fn one_request_is_under_way_at_a_time() {
    let mut world = World::new();
    world.server.always(Answer::status(200).after(MINUTE));
    let tab = world.open();
    capture_many(&mut world, tab, 0..150);
    world.advance(MINUTE - 1);
    assert_eq!(world.server.requests.len(), 1);
    world.advance(1);
    assert_eq!(world.server.requests.len(), 2);
    assert_eq!(world.server.last_request().events().len(), 149);
}

#[test]
fn an_answer_that_never_comes_keeps_the_rest_waiting_but_loses_nothing_at_the_pages_end() {
    let mut world = World::new();
    world.server.next.push_back(Answer::status(200).never());
    let tab = world.open();
    capture_many(&mut world, tab, 0..3);
    world.advance(MINUTE);
    assert_eq!(world.server.requests.len(), 1);
    world.reload(tab);
    assert_eq!(world.server.names(), ["0", "1", "2"]);
}

#[test]
fn a_page_that_is_hidden_hands_over_what_waits() {
    let (mut world, tab) = under_way();
    capture_many(&mut world, tab, 0..3);
    world.hide(tab);
    let request = world.server.last_request();
    assert!(request.last);
    assert_eq!(request.names(), ["0", "1", "2"]);
    assert_eq!(request.at, world.now);
    world.hide(tab);
    world.settle();
    assert_eq!(
        world.server.requests.len(),
        2,
        "nothing is handed over twice"
    );

    capture_many(&mut world, tab, [3]);
    world.settle();
    assert_eq!(world.server.last_request().names(), ["3"]);
    assert!(!world.server.last_request().last);
}

#[test]
fn what_a_hidden_page_hands_over_never_overtakes_what_is_under_way() {
    let mut world = World::new();
    world
        .server
        .next
        .push_back(Answer::lost(false).after(SECOND));
    let tab = world.open();
    capture_many(&mut world, tab, 0..3);
    world.hide(tab);
    assert_eq!(world.server.requests.len(), 1);
    world.settle();
    assert_eq!(world.server.names(), ["0", "1", "2"]);
}

#[test]
fn a_hidden_page_hands_over_no_more_than_a_browser_carries() {
    let (mut world, tab) = under_way();
    for name in 0..30 {
        world.capture(tab, &name.to_string(), json!({"text": "x".repeat(4000)}));
    }
    world.hide(tab);
    let handed = world.server.last_request();
    assert!(handed.last);
    let bytes = handed.body.to_string().len();
    assert!((50_000..64 * 1024).contains(&bytes), "{bytes}");
    world.settle();
    assert_eq!(world.server.stored.len(), 31);
    let requests = world.server.requests.iter();
    let handed = requests.filter(|request| request.last).count();
    assert_eq!(handed, 3, "the rest leaves in the same way");
}

#[test]
fn what_a_hidden_page_could_not_hand_over_leaves_when_it_is_back() {
    let (mut world, tab) = under_way();
    capture_many(&mut world, tab, 0..3);
    world.server.next.push_back(Answer::lost(false));
    world.hide(tab);
    assert_eq!(world.server.stored.len(), 1);
    world.settle();
    assert_eq!(world.server.names(), ["first", "0", "1", "2"]);
}

#[test]
fn a_page_that_is_back_waits_for_no_answer_from_before() {
    let mut world = World::new();
    let tab = world.open();
    world.server.next.push_back(Answer::status(200).never());
    for name in ["under way", "handed over"] {
        world.capture(tab, name, json!({}));
    }
    world.leave(tab);
    world.online(tab);
    world.capture(tab, "back", json!({}));
    world.advance(MINUTE);
    // The first goes again: whether it arrived is not known.
    assert_eq!(world.server.names(), ["under way", "handed over", "back"]);
    assert_eq!(world.server.requests.len(), 3);
}

#[test]
fn each_tab_sends_its_own_events() {
    let mut world = World::new();
    let (one, other) = (world.open(), world.open());
    for name in ["a", "b"] {
        world.capture(one, name, json!({}));
        world.capture(other, name, json!({}));
    }
    world.settle();
    let mut uuids: Vec<_> = world
        .server
        .requests
        .iter()
        .flat_map(|r| r.events())
        .map(uuid)
        .collect();
    assert_eq!(uuids.len(), 4);
    uuids.sort_unstable();
    uuids.dedup();
    assert_eq!(uuids.len(), 4);
}

#[test]
fn a_timer_that_rings_early_is_set_again() {
    let (mut world, tab) = under_way();
    capture_many(&mut world, tab, [0]);
    let due = world.next_at().expect("a timer");
    // Browsers round the time that pages may read.
    world.online(tab);
    assert_eq!(world.next_at(), Some(due));
    world.wake(tab);
    assert_eq!(world.server.requests.len(), 1);
    assert_eq!(world.next_at(), Some(due));
    world.settle();
    assert_eq!(world.server.last_request().at, due);
}

#[test]
fn what_was_called_before_the_start_keeps_its_time() {
    let mut client = backstitch::client::Client::new(backstitch::client::Start {
        now: BEGINNING + MINUTE,
        token: "phc_token",
        ..Default::default()
    })
    .expect("a token");
    let here = Here {
        page: "{}",
        time: "\"2026-11-23T08:00:00.000Z\"",
    };
    client.capture(BEGINNING, here, "early", "", "");
    client.wake(BEGINNING + MINUTE);
    let sent: Vec<serde_json::Value> = std::iter::from_fn(|| client.poll())
        .filter_map(|effect| match effect {
            Effect::Send { body, .. } => serde_json::from_str(&body).ok(),
            _ => None,
        })
        .collect();
    assert_eq!(sent[0]["batch"][0]["timestamp"], "2026-11-23T08:00:00.000Z");
}

#[test]
fn an_answer_to_no_request_is_none_for_what_waits() {
    let mut client = backstitch::client::Client::new(backstitch::client::Start {
        now: BEGINNING,
        token: "phc_token",
        ..Default::default()
    })
    .expect("a token");
    client.capture(BEGINNING, Here::default(), "first", "", "");
    client.wake(BEGINNING);
    client.capture(BEGINNING, Here::default(), "second", "", "");
    while client.poll().is_some() {}
    let does_more_than_wait =
        |effect: &Effect| !matches!(effect, Effect::Save { .. } | Effect::Wake { .. });
    for status in [0, 200, 400, 401, 503] {
        client.answered(BEGINNING, 0, status, 0);
        let mut asked = std::iter::from_fn(|| client.poll());
        assert_eq!(asked.find(does_more_than_wait), None, "{status}");
    }
    client.answered(BEGINNING, 1, 200, 0);
    client.wake(BEGINNING + MINUTE);
    let sent: Vec<_> = std::iter::from_fn(|| client.poll()).collect();
    let is_sent =
        |effect: &Effect| matches!(effect, Effect::Send { body, .. } if body.contains("second"));
    assert!(sent.iter().any(is_sent), "{sent:?}");
}

#[test]
fn a_page_keeps_no_more_than_its_share_and_says_so_once() {
    let mut world = World::new();
    world.options["outbox"] = json!({"max_events": 500});
    world.server.always(Answer::status(503));
    let tab = world.open();
    capture_many(&mut world, tab, 0..600);
    assert_eq!(world.errors(tab), [Error::TooManyWaiting]);
    world.server.always(Answer::status(200));
    world.settle();
    let names = world.server.names();
    // The oldest are gone, but for the first, which was under way.
    assert_eq!((names.len(), names[1], names[499]), (500, "101", "599"));
}
