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

use crate::client::{Client, Records, Start};
use crate::effect::Effect;
use crate::error::Error;
use crate::json::{inner, whole};
use crate::text::split;
use crate::time::Millis;

/// What [`tell`] is told: start an instance. The lines are the texts of
/// [`Start`] in their order: JSON strings up to the device id, then objects,
/// what was unsent, and the four records. It is the first call to every instance.
pub const START: u32 = 0;
/// [`Client::capture`]: page, name, properties, options. The event is the
/// [`text`] afterwards.
pub const CAPTURE: u32 = 1;
/// [`Client::identify`]: page, id, what is set.
pub const IDENTIFY: u32 = 2;
/// [`Client::describe`]: page, name, properties.
pub const DESCRIBE: u32 = 3;
/// [`Client::reset`]: `true` for a new device, device id.
pub const RESET: u32 = 4;
/// [`Client::distinct_id`]: it is the [`text`] afterwards, as it stands between
/// quotes.
pub const DISTINCT_ID: u32 = 5;
/// [`Client::sync`]: initial page, the four records.
pub const SYNC: u32 = 6;
/// [`Client::kept`]: the own record.
pub const KEPT: u32 = 7;
/// [`Client::claimed`]: anonymous id as [`CLAIM`] gave it, account or nothing.
pub const CLAIMED: u32 = 8;
/// [`Client::answered`]: request, status, `Retry-After` in milliseconds.
pub const ANSWERED: u32 = 9;
/// [`Client::wake`].
pub const WAKE: u32 = 10;
/// [`Client::online`].
pub const ONLINE: u32 = 11;
/// [`Client::hide`].
pub const HIDE: u32 = 12;
/// [`Client::take_over`]: what was unsent.
pub const TAKE_OVER: u32 = 13;

/// What [`poll`] answers: there is nothing left to do.
pub const NOTHING: u32 = 0;
/// Keep the [`text`] as the [`Record`](crate::effect::Record) of that [`number`].
pub const SAVE: u32 = 1;
/// `POST`: the [`text`] is the address and the body, the [`number`] is the
/// request's.
pub const SEND: u32 = 2;
/// The same, from a page that may be gone in a moment.
pub const SEND_LAST: u32 = 3;
/// Tell [`WAKE`] at the time [`number`].
pub const WAKE_AT: u32 = 4;
/// Report the error [`number`]; the [`text`] is its detail.
pub const REPORT: u32 = 5;
/// The instance could not be started, and does nothing from here on.
pub const REFUSED: u32 = 6;
/// Open the database and tell [`KEPT`].
pub const OPEN: u32 = 7;
/// Claim the anonymous id [`text`] for the account [`number`] and tell
/// [`CLAIMED`].
pub const CLAIM: u32 = 8;

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
    let mut lines = [""; 15];
    for (place, line) in lines.iter_mut().zip(split(given, b'\n')) {
        *place = line;
    }
    let string = |at: usize| inner(lines[at]).unwrap_or_default();
    let now = now as Millis;
    if what == START {
        let started = Client::new(Start {
            now,
            entropy: string(0),
            token: string(1),
            consent: string(2),
            window_id: string(3),
            device_id: string(4),
            options: lines[5],
            device: lines[6],
            tab: lines[7],
            page: lines[8],
            unsent: lines[9],
            initial: lines[10],
            records: records(lines.split_at(11).1),
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
        CAPTURE => answer = client.capture(now, lines[0], string(1), lines[2], lines[3]),
        IDENTIFY => client.identify(now, lines[0], lines[1], lines[2]),
        DESCRIBE => client.describe(now, lines[0], string(1), lines[2]),
        RESET => client.reset(now, lines[0] == "true", string(1)),
        DISTINCT_ID => answer = client.distinct_id().into(),
        SYNC => client.sync(lines[0], records(lines.split_at(1).1)),
        KEPT => client.kept(now, lines[0]),
        CLAIMED => client.claimed(now, lines[0], whole(lines[1])),
        ANSWERED => {
            let number = |at: usize| whole(lines[at]).unwrap_or_default();
            client.answered(now, number(0) as u32, number(1) as u32, number(2));
        }
        WAKE => client.wake(now),
        ONLINE => client.online(now),
        HIDE => client.hide(),
        TAKE_OVER => client.take_over(now, lines[0]),
        _ => {}
    }
    state.text = answer;
}

/// The records, as the last lines of a call hand them in.
fn records<'a>(lines: &[&'a str]) -> Records<'a> {
    let line = |at: usize| lines.get(at).copied().unwrap_or_default();
    Records {
        shared: line(0),
        own: line(1),
        shared_cookie: line(2),
        own_cookie: line(3),
    }
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
            *number = f64::from(record as u32);
            *text = kept;
            SAVE
        }
        Some(Effect::Send {
            request,
            body,
            last,
        }) => {
            *number = request.into();
            *text = client.url();
            text.push_str("\n");
            text.push_str(&body);
            if last { SEND_LAST } else { SEND }
        }
        Some(Effect::Wake { at }) => {
            *number = at as f64;
            WAKE_AT
        }
        Some(Effect::Open) => OPEN,
        Some(Effect::Claim {
            anonymous_id,
            account,
        }) => {
            *number = account as f64;
            *text = anonymous_id;
            CLAIM
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
