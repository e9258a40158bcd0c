//! The core as the JavaScript shim calls it. Knows wasm-bindgen; decides
//! nothing. There is one function, from a text to a text, because all else that
//! could cross the border costs the page more.
//!
//! A text holds several, one on each line: `JSON.stringify` never writes a line
//! break, nor a tab or a zero.

use alloc::string::String;
use alloc::vec::Vec;

use spin::Mutex;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::client::{Client, Here, Records, Start};
use crate::effect::Effect;
use crate::json::{inner, quoted, whole};
use crate::text::split;
use crate::time::decimal;

/// What [`tell`] is told: start an instance. The lines are the texts of
/// [`Start`] in their order: JSON strings up to the device id, then objects,
/// and the four records; the time is a JSON string as it stands. It is the first call to every instance;
/// the answer is its number, or nothing where it could not be started.
pub const START: u32 = 0;
/// [`Client::capture`]: page and time, as [`Here`]; name, properties, options. The answer is
/// the event, or 1 if it is the one last asked to be kept.
pub const CAPTURE: u32 = 1;
/// [`Client::identify`]: page, time, id, what is set.
pub const IDENTIFY: u32 = 2;
/// [`Client::describe`]: page, time, name, properties.
pub const DESCRIBE: u32 = 3;
/// [`Client::reset`]: `true` for a new device, device id.
pub const RESET: u32 = 4;
/// [`Client::distinct_id`]: the answer, as JSON.
pub const DISTINCT_ID: u32 = 5;
/// [`Client::sync`]: initial page, the four records.
pub const SYNC: u32 = 6;
/// [`Client::kept`]: the own record, `true` if the database keeps what it is given.
pub const KEPT: u32 = 7;
/// [`Client::claimed`]: anonymous id as [`Effect::Claim`] gave it, account or nothing.
pub const CLAIMED: u32 = 8;
/// [`Client::answered`]: request, status, `Retry-After` in milliseconds.
pub const ANSWERED: u32 = 9;
/// [`Client::wake`].
pub const WAKE: u32 = 10;
/// [`Client::online`]: `true` if the page can be seen.
pub const ONLINE: u32 = 11;
/// [`Client::hide`]: `true` if the page is leaving, `true` if the browser is offline.
pub const HIDE: u32 = 12;
/// [`Client::take_over`]: the last words of another page.
pub const TAKE_OVER: u32 = 13;
/// [`Client::stored`]: how many questions to keep an event are committed.
pub const STORED: u32 = 14;
/// [`Client::adopted`]: first sequence, events, the next lease that ends, `true` if the
/// own one is there.
pub const ADOPTED: u32 = 15;
/// [`Client::flush`].
pub const FLUSH: u32 = 16;
/// [`Client::opt_out`].
pub const OPT_OUT: u32 = 17;

struct State {
    instances: Vec<Client>,
    /// What was said last.
    said: String,
}

/// All instances of a page. The lock is never waited for: only a call that
/// trapped can have left it taken, and nothing more happens after that.
static STATE: Mutex<State> = Mutex::new(State {
    instances: Vec::new(),
    said: String::new(),
});

/// Tells an instance what happened: the first lines are its number, what it is,
/// and the time in milliseconds since 1970. Comes back with what is to be done, a
/// line for each [`Effect`], and the answer on the last line: where in memory that
/// text lies, up to a zero, until the next call.
#[wasm_bindgen]
pub fn tell(told: &str) -> *const u8 {
    let Some(mut state) = STATE.try_lock() else {
        return core::ptr::null();
    };
    let mut said = said(&mut state.instances, told);
    said.push_str("\0");
    state.said = said;
    state.said.as_ptr()
}

fn said(instances: &mut Vec<Client>, told: &str) -> String {
    let mut lines = [""; 18];
    for (place, line) in lines.iter_mut().zip(split(told, b'\n')) {
        *place = line;
    }
    let number = |at: usize| whole(lines[at]).unwrap_or_default();
    let string = |at: usize| inner(lines[at]).unwrap_or_default();
    let records = |at: usize| Records {
        shared: lines[at],
        own: lines[at + 1],
        shared_cookie: lines[at + 2],
        own_cookie: lines[at + 3],
    };
    let here = Here {
        page: lines[3],
        time: lines[4],
    };
    let mut asked = String::new();
    let mut answer = String::new();
    let (what, now) = (number(1) as u32, number(2));
    if what == START {
        let started = Client::new(Start {
            now,
            entropy: string(3),
            token: string(4),
            consent: string(5),
            window_id: string(6),
            device_id: string(7),
            options: lines[8],
            device: lines[9],
            tab: lines[10],
            page: lines[11],
            time: lines[12],
            initial: lines[13],
            records: records(14),
        });
        match started {
            Ok(mut client) => {
                asked = client.asked();
                answer = decimal(instances.len() as u64);
                instances.push(client);
            }
            Err((error, detail)) => Effect::Report {
                error,
                detail: &*detail,
            }
            .write(&mut asked),
        }
    } else if let Some(client) = instances.get_mut(number(0) as usize) {
        match what {
            CAPTURE => {
                answer = client.capture(now, here, string(5), lines[6], lines[7]);
                // To hand it over twice would be slow.
                if client.keeps() && !answer.is_empty() {
                    answer = decimal(1);
                }
            }
            IDENTIFY => client.identify(now, here, lines[5], lines[6]),
            DESCRIBE => client.describe(now, here, string(5), lines[6]),
            RESET => client.reset(now, lines[3] == "true", string(4)),
            DISTINCT_ID => answer = quoted(client.distinct_id()),
            SYNC => client.sync(lines[3], records(4)),
            KEPT => client.kept(now, lines[3], lines[4] == "true"),
            CLAIMED => client.claimed(now, lines[3], whole(lines[4])),
            ANSWERED => client.answered(now, number(3) as u32, number(4) as u32, number(5)),
            WAKE => client.wake(now),
            ONLINE => client.online(now, lines[3] == "true"),
            HIDE => client.hide(now, lines[3] == "true", lines[4] == "true"),
            TAKE_OVER => client.take_over(now, lines[3]),
            STORED => client.stored(number(3)),
            ADOPTED => {
                client.adopted(now, number(3), lines[4], number(5), lines[6] == "true");
            }
            FLUSH => client.flush(now),
            OPT_OUT => client.opt_out(),
            _ => {}
        }
        asked = client.asked();
    }
    asked.push_str(&answer);
    asked
}
