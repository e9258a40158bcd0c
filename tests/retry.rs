#![cfg(not(target_arch = "wasm32"))]
//! What happens to events that the server did not take.

mod world;

use backstitch::error::Error;
use backstitch::id::Ids;
use backstitch::retry;
use serde_json::{Value, json};
use world::server::{Answer, Request, name, uuid};
use world::{HOUR, MINUTE, SECOND, World, entropy};

/// A world whose server answers the first request so, with three events.
fn refused(answer: Answer) -> (World, usize) {
    let mut world = World::new();
    world.server.next.push_back(answer);
    let tab = world.open();
    for name in ["a", "b", "c"] {
        world.capture(tab, name, json!({}));
    }
    (world, tab)
}

#[test]
fn what_was_not_taken_comes_again_as_it_was_and_in_its_order() {
    for status in [0, 500, 502, 503, 504, 408, 429, 302] {
        let (mut world, tab) = refused(Answer::status(status));
        world.settle();
        let sent = &world.server.requests;
        assert_eq!(sent[0].names(), ["a"], "{status}");
        assert_eq!(sent[1].names(), ["a", "b", "c"], "{status}");
        assert_eq!(sent[0].events()[0], sent[1].events()[0]);
        assert_ne!(sent[0].body["sent_at"], sent[1].body["sent_at"]);
        assert_eq!(sent.len(), 2, "{status}");
        assert_eq!(world.errors(tab), []);
    }
}

#[test]
fn an_answer_that_was_lost_stores_nothing_twice() {
    let (mut world, _) = refused(Answer::lost(true));
    world.settle();
    let [first, again] = &world.server.requests[..] else {
        panic!("{} requests", world.server.requests.len())
    };
    assert_eq!(uuid(&first.events()[0]), uuid(&again.events()[0]));
    assert_eq!(world.server.names(), ["a", "b", "c"]);
}

#[test]
fn waits_grow_from_a_second_to_minutes_and_begin_anew_after_success() {
    let mut world = World::new();
    world.server.always(Answer::status(503));
    let tab = world.open();
    world.capture(tab, "a", json!({}));
    world.advance(24 * HOUR);
    let times: Vec<_> = world.server.requests.iter().map(|r| r.at).collect();
    let mut average = SECOND;
    for two in times.windows(2) {
        let wait = two[1] - two[0] - world::server::LATENCY;
        assert!(
            (average * 3 / 4..average * 5 / 4).contains(&wait),
            "{wait} for {average}"
        );
        average = (average * 2).min(800 * SECOND);
    }
    // So the shortest of the longest waits is ten minutes.
    assert_eq!(average * 3 / 4, 10 * MINUTE);

    world.server.always(Answer::status(200));
    world.settle();
    world.server.next.push_back(Answer::status(503));
    world.capture(tab, "b", json!({}));
    world.settle();
    let [.., failed, healed] = &world.server.requests[..] else {
        panic!("no requests")
    };
    assert!(healed.at - failed.at < 2 * SECOND);
}

#[test]
fn waits_differ_from_page_to_page() {
    let mut ids = Ids::new(&entropy(1));
    let mut waits: Vec<_> = (0..100).map(|_| retry::wait(5, 0, &mut ids)).collect();
    assert!(
        waits
            .iter()
            .all(|wait| (8 * SECOND..24 * SECOND).contains(wait))
    );
    waits.sort_unstable();
    waits.dedup();
    assert!(waits.len() > 90);
    // However many failures, and whatever is asked for: no overflow, an hour at most.
    assert_eq!(retry::wait(u32::MAX, u64::MAX, &mut ids), HOUR);
    assert!(retry::wait(0, 0, &mut ids) < 2 * SECOND);
    assert!(retry::wait(u32::MAX, 0, &mut ids) < 15 * MINUTE);
}

#[test]
fn a_server_that_asks_for_a_wait_gets_it() {
    for status in [429, 503] {
        let (mut world, _) = refused(Answer::status(status).retry_after(5 * MINUTE));
        world.settle();
        let sent = &world.server.requests;
        assert_eq!(sent[1].at - sent[0].at, 5 * MINUTE + world::server::LATENCY);
    }
    let (mut world, _) = refused(Answer::status(503).retry_after(100 * HOUR));
    world.settle();
    let sent = &world.server.requests;
    assert_eq!(sent[1].at - sent[0].at, HOUR + world::server::LATENCY);
}

#[test]
fn a_server_that_asks_for_a_wait_gets_it_even_if_the_visitor_comes_back_sooner() {
    let (mut world, tab) = refused(Answer::status(503).retry_after(5 * MINUTE));
    world.advance(MINUTE);
    world.online(tab);
    world.advance(MINUTE);
    assert_eq!(world.server.requests.len(), 1);
    world.settle();
    assert_eq!(world.server.requests.len(), 2);
}

#[test]
fn a_network_that_is_back_is_used_at_once() {
    let mut world = World::new();
    world.server.always(Answer::lost(false));
    let tab = world.open();
    world.capture(tab, "a", json!({}));
    world.advance(HOUR);
    let tried = world.server.requests.len();
    world.server.always(Answer::status(200));
    world.online(tab);
    assert_eq!(world.server.requests.len(), tried + 1);
    assert_eq!(world.server.last_request().at, world.now);
    world.settle();
    assert_eq!(world.server.names(), ["a"]);
}

#[test]
fn events_captured_while_the_server_is_away_wait_behind_the_others() {
    let mut world = World::new();
    world.server.always(Answer::status(503));
    let tab = world.open();
    let names: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    for name in &names {
        world.capture(tab, name, json!({}));
        world.advance(SECOND);
    }
    world.server.always(Answer::status(200));
    world.settle();
    assert_eq!(world.server.names(), names);
}

fn refuse_if(
    refuses: impl Fn(&Request) -> bool + 'static,
    status: u32,
) -> Box<dyn Fn(&Request) -> Answer> {
    Box::new(move |request| Answer::status(if refuses(request) { status } else { 200 }))
}

#[test]
fn a_batch_is_halved_until_the_offender_is_alone_which_is_dropped_and_reported() {
    for status in [400, 413] {
        let mut world = World::new();
        let tab = world.open();
        world.capture(tab, "first", json!({}));
        world.settle();
        let bad = |request: &Request| request.names().contains(&"61");
        world.server.rule = refuse_if(bad, status);
        let mut names = vec!["first".to_owned()];
        for n in 0..100 {
            world.capture(tab, &n.to_string(), json!({}));
            if n != 61 {
                names.push(n.to_string());
            }
        }
        world.settle();
        assert_eq!(world.server.names(), names);
        let [(error, detail)] = &world.tab(tab).reports[..] else {
            panic!("{:?}", world.tab(tab).reports)
        };
        assert_eq!(*error, Error::EventRefused);
        let dropped: Value = serde_json::from_str(detail).expect("the event");
        assert_eq!(name(&dropped), "61");
        let alone = world.server.requests.iter().filter(|r| r.names() == ["61"]);
        assert_eq!(alone.count(), 1);
        assert!(
            world.server.requests.len() < 40,
            "{}",
            world.server.requests.len()
        );
    }
}

#[test]
fn a_server_that_takes_small_batches_only_gets_small_batches() {
    let mut world = World::new();
    world.server.rule = refuse_if(|request| request.events().len() > 7, 413);
    let tab = world.open();
    let names: Vec<String> = (0..130).map(|n| n.to_string()).collect();
    for name in &names {
        world.capture(tab, name, json!({}));
    }
    world.settle();
    assert_eq!(world.server.names(), names);
    assert_eq!(world.errors(tab), []);
}

#[test]
fn a_refusal_of_the_key_or_the_address_stops_the_page_and_keeps_its_events() {
    for status in [401, 403, 404, 405, 410, 451, 499] {
        let (mut world, tab) = refused(Answer::status(status));
        world.settle();
        assert_eq!(world.server.requests.len(), 1, "{status}");
        assert_eq!(world.errors(tab), [Error::Refused], "{status}");
        world.capture(tab, "d", json!({}));
        world.online(tab);
        world.hide(tab);
        world.advance(24 * HOUR);
        assert_eq!(world.server.requests.len(), 1, "{status}");
        assert_eq!(world.errors(tab), [Error::Refused], "{status}");

        let next = world.open();
        world.capture(next, "e", json!({}));
        assert_eq!(world.server.names(), ["e"], "another page tries");
    }
}

#[test]
fn two_requests_of_a_hidden_page_that_both_fail_keep_the_order() {
    let mut world = World::new();
    world.server.next.extend([
        Answer::status(503).after(2 * SECOND),
        Answer::status(503).after(SECOND),
    ]);
    let tab = world.open();
    for name in ["a", "b", "c"] {
        world.capture(tab, name, json!({}));
    }
    world.hide(tab);
    world.capture(tab, "d", json!({}));
    world.settle();
    assert_eq!(world.server.names(), ["a", "b", "c", "d"]);
}

#[test]
fn a_clock_that_was_set_back_holds_nothing_up() {
    let mut world = World::new();
    let tab = world.open();
    world.capture(tab, "a", json!({}));
    world.settle();
    world.capture(tab, "b", json!({}));
    world.now -= 2 * HOUR;
    world.wake(tab);
    world.capture(tab, "c", json!({}));
    world.advance(MINUTE);
    assert_eq!(world.server.names(), ["a", "b", "c"]);
}

#[test]
fn each_offender_costs_a_search_and_no_more() {
    let mut world = World::new();
    let tab = world.open();
    world.capture(tab, "first", json!({}));
    world.settle();
    let bad = |request: &Request| {
        request
            .names()
            .iter()
            .any(|name| ["5", "90"].contains(name))
    };
    world.server.rule = refuse_if(bad, 400);
    for n in 0..100 {
        world.capture(tab, &n.to_string(), json!({}));
    }
    world.settle();
    assert_eq!(world.server.names().len(), 99);
    assert!(
        world.server.requests.len() < 26,
        "{}",
        world.server.requests.len()
    );
}
