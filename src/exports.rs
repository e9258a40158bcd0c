//! The core as the JavaScript shim calls it. Knows wasm-bindgen; decides
//! nothing. Numbers and strings only, in and out: that is what the build for
//! pages without WebAssembly can carry. There are four functions, because each
//! one that takes a string costs the page more than all that a number can say.
//!
//! A string holds several texts, one on each line: `JSON.stringify` never
//! writes a line break.

use alloc::string::String;
use alloc::vec::Vec;

use spin::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::client::{Client, Start};
use crate::effect::{Effect, Record};
use crate::error::Error;
use crate::json::{unquote, whole};
use crate::text::split;
use crate::time::Millis;

/// What [`tell`] is told: start an instance. The lines are the texts of
/// [`Start`] in their order: JSON strings up to the window id, then objects. It
/// is the first call to every instance.
pub const START: u32 = 0;
/// [`Client::capture`]: page, name, properties, options. The event is the
/// [`text`] afterwards.
pub const CAPTURE: u32 = 1;
/// [`Client::identify`]: page, id, `$set`, `$set_once`.
pub const IDENTIFY: u32 = 2;
/// [`Client::reset`]: `1` for a new device.
pub const RESET: u32 = 3;
/// [`Client::distinct_id`]: it is the [`text`] afterwards.
pub const DISTINCT_ID: u32 = 4;
/// [`Client::sync`]: the record.
pub const SYNC: u32 = 5;
/// [`Client::answered`]: request, status, `Retry-After` in milliseconds.
pub const ANSWERED: u32 = 6;
/// [`Client::wake`].
pub const WAKE: u32 = 7;
/// [`Client::online`].
pub const ONLINE: u32 = 8;
/// [`Client::hide`].
pub const HIDE: u32 = 9;

/// What [`poll`] answers: there is nothing left to do.
pub const NOTHING: u32 = 0;
/// Keep the [`text`] as [`Record::Shared`].
pub const SAVE_SHARED: u32 = 1;
/// Keep the [`text`] as [`Record::Tab`].
pub const SAVE_TAB: u32 = 2;
/// Keep the [`text`] as [`Record::Window`].
pub const SAVE_WINDOW: u32 = 3;
/// `POST`: the [`text`] is the address and the body, the [`number`] is the
/// request's.
pub const SEND: u32 = 4;
/// The same, from a page that may be gone in a moment.
pub const SEND_LAST: u32 = 5;
/// Tell [`WAKE`] at the time [`number`].
pub const WAKE_AT: u32 = 6;
/// Report the error [`number`]; the [`text`] is its detail.
pub const REPORT: u32 = 7;
/// The instance could not be started, and does nothing from here on.
pub const REFUSED: u32 = 8;

#[allow(
    clippy::large_enum_variant,
    reason = "nearly every instance runs; a box costs the page bytes"
)]
enum Instance {
    Running(Client),
    /// With the reason, until it has been told.
    Refused(Option<(Error, String)>),
}

struct State {
    instances: Vec<Instance>,
    text: String,
    number: f64,
}

/// All instances of a page. The lock is never waited for: only a call that
/// trapped can have left it taken, and nothing more happens after that.
static STATE: Mutex<State> = Mutex::new(State {
    instances: Vec::new(),
    text: String::new(),
    number: 0.0,
});

/// Tells an instance what happened, at a time in milliseconds since 1970. Every
/// call is followed by draining [`poll`].
///
/// [`START`] makes an instance: its [`number`] is what every other call names
/// it by.
#[wasm_bindgen]
pub fn tell(instance: u32, what: u32, now: f64, given: &str) {
    let Some(mut state) = STATE.try_lock() else {
        return;
    };
    let mut lines = split(given, b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let now = now as Millis;
    if what == START {
        let mut string = || unquote(line()).unwrap_or_default();
        let (entropy, token, consent, window_id) = (string(), string(), string(), string());
        let started = Client::new(Start {
            entropy: &entropy,
            now,
            token: &token,
            consent: &consent,
            window_id: &window_id,
            options: line(),
            device: line(),
            saved: line(),
            tab: line(),
        });
        state.number = state.instances.len() as f64;
        state.instances.push(match started {
            Ok(client) => Instance::Running(client),
            Err(reason) => Instance::Refused(Some(reason)),
        });
        return;
    }
    let Some(Instance::Running(client)) = state.instances.get_mut(instance as usize) else {
        return;
    };
    let mut answer = String::new();
    match what {
        CAPTURE => {
            let (page, name) = (line(), unquote(line()).unwrap_or_default());
            answer = client.capture(now, page, &name, line(), line());
        }
        IDENTIFY => client.identify(now, line(), line(), line(), line()),
        RESET => client.reset(now, line() == "1"),
        DISTINCT_ID => answer = client.distinct_id().into(),
        SYNC => client.sync(line()),
        ANSWERED => {
            let mut number = || whole(line()).unwrap_or_default();
            let (request, status, retry_after) = (number(), number(), number());
            client.answered(now, request as u32, status as u32, retry_after);
        }
        WAKE => client.wake(now),
        ONLINE => client.online(now),
        HIDE => client.hide(now),
        _ => {}
    }
    state.text = answer;
}

/// Steps to the next thing that an instance wants done, and says of which kind
/// it is; [`text`] and [`number`] then belong to it.
#[wasm_bindgen]
pub fn poll(instance: u32) -> u32 {
    let Some(mut state) = STATE.try_lock() else {
        return NOTHING;
    };
    let State {
        instances,
        text,
        number,
    } = &mut *state;
    let client = match instances.get_mut(instance as usize) {
        Some(Instance::Running(client)) => client,
        Some(Instance::Refused(reason)) => {
            let Some((error, detail)) = reason.take() else {
                return NOTHING;
            };
            *number = error.number().into();
            *text = detail;
            return REFUSED;
        }
        None => return NOTHING,
    };
    match client.poll() {
        None => NOTHING,
        Some(Effect::Save { record, text: kept }) => {
            *text = kept;
            match record {
                Record::Shared => SAVE_SHARED,
                Record::Tab => SAVE_TAB,
                Record::Window => SAVE_WINDOW,
            }
        }
        Some(Effect::Send {
            request,
            body,
            last,
        }) => {
            *number = request.into();
            *text = client.url();
            text.push('\n');
            text.push_str(&body);
            if last { SEND_LAST } else { SEND }
        }
        Some(Effect::Wake { at }) => {
            *number = at as f64;
            WAKE_AT
        }
        Some(Effect::Report { error, detail }) => {
            *number = error.number().into();
            *text = detail;
            REPORT
        }
    }
}

/// Takes the text of the last call or step.
#[wasm_bindgen]
pub fn text() -> String {
    let state = STATE.try_lock();
    state.map_or(String::new(), |mut state| core::mem::take(&mut state.text))
}

/// The number of the last call or step.
#[wasm_bindgen]
pub fn number() -> f64 {
    STATE.try_lock().map_or(0.0, |state| state.number)
}

/// What the error of a number means, for the debug build of the script.
#[cfg(feature = "messages")]
#[wasm_bindgen]
pub fn explain(number: u32) -> String {
    let known = Error::ALL.iter().find(|error| error.number() == number);
    known.map_or(String::new(), |error| error.message().into())
}
