//! What is so in a world as long as it stands: which faults it has, which options its site gave,
//! how large a request its server takes. Must never know what happens in it.

use backstitch::time::Millis;

use crate::chance::Chance;
use crate::fault::{Fault, Faults};
use crate::storage::Access;

/// How a page's database opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    Soon,
    Late,
    Never,
    /// There is none, and the page learns of it.
    Refused,
}

/// A kind of world.
#[derive(Clone, Debug)]
pub struct Climate {
    /// The faults that can happen.
    pub faults: Faults,
    /// Whether nothing may be kept.
    pub memory: bool,
    /// The options of `init`, as JSON.
    pub options: String,
    pub max_events: usize,
    pub max_bytes: usize,
    /// Beyond this the server says 413.
    pub largest_body: usize,
    pub storage: Access,
    /// How many in a hundred of what can fail does.
    pub severity: u64,
}

impl Climate {
    pub fn new(chance: &mut Chance) -> Self {
        let mut faults = Faults::of(&Fault::EVERYDAY);
        let faultless = chance.percent(6);
        // Few kinds at once, or hardly anything would ever work.
        let density = chance.pick(&[10, 25, 40]);
        for fault in Fault::ALL {
            if !faultless && chance.percent(density) {
                faults.add(fault);
            }
        }
        let memory = chance.percent(6);
        let is_bounded = !faultless && chance.percent(6);
        let (max_events, max_bytes) = if is_bounded {
            (
                chance.within(5..=60) as usize,
                chance.within(4000..=40_000) as usize,
            )
        } else {
            (10_000, 16 << 20)
        };
        let flush_interval = chance.pick(&[250, 1000, 3000, 3000, 5000]);
        let mut storage = Access::Open;
        for (fault, access) in [
            (Fault::StorageFull, Access::Full),
            (Fault::StorageBlocked, Access::Blocked),
        ] {
            if faults.has(fault) && chance.percent(20) {
                storage = access;
            }
        }
        let persistence = if memory { "memory" } else { "localStorage" };
        let flush_at = chance.pick(&[100, 100, 100, 20, 5]);
        let mut options = format!(
            "{{\"api_host\":\"https://c.example\",\"persistence\":\"{persistence}\",\
             \"request_queue_config\":{{\"flush_interval_ms\":{flush_interval}}},\
             \"flush_at\":{flush_at}"
        );
        if is_bounded {
            options.push_str(&format!(
                ",\"outbox\":{{\"max_events\":{max_events},\"max_bytes\":{max_bytes}}}"
            ));
        }
        if !faultless && chance.percent(5) {
            options.push_str(&format!(",\"max_retries\":{}", chance.within(0..=5)));
        }
        options.push('}');
        Climate {
            faults,
            memory,
            options,
            max_events,
            max_bytes,
            largest_body: if faults.has(Fault::TooLarge413) {
                chance.within(2000..=20_000) as usize
            } else {
                2 << 20
            },
            storage,
            severity: chance.pick(&[5, 15, 30]),
        }
    }

    /// One in which nothing goes wrong.
    pub fn calm() -> Self {
        Climate {
            faults: Faults::default(),
            memory: false,
            options: String::new(),
            max_events: 0,
            max_bytes: 0,
            largest_body: 0,
            storage: Access::Open,
            severity: 0,
        }
    }

    /// Whether nothing goes wrong in it: pages come and go, and that is all.
    pub fn is_faultless(&self) -> bool {
        self.faults == Faults::of(&Fault::EVERYDAY)
    }

    pub fn has(&self, fault: Fault) -> bool {
        self.faults.has(fault)
    }

    /// How the next page's database opens, and after how long.
    pub fn opening(&self, chance: &mut Chance) -> (Weather, Millis) {
        if self.has(Fault::NeverOpens) && chance.percent(25) {
            return (chance.pick(&[Weather::Never, Weather::Refused]), 50);
        }
        if self.has(Fault::OpensLate) && chance.percent(40) {
            return (Weather::Late, chance.within(500..=20_000));
        }
        (Weather::Soon, chance.within(1..=60))
    }
}
