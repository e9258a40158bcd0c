//! A page as the shim is one: what it hands to the core is written by the
//! browser's own `JSON.stringify`, what the core asks to keep goes to the
//! browser's storage. Knows the order of calls, and how texts and numbers come
//! out of the core; never what they mean.

// Every test file is a program of its own, and uses a part of this.
#![allow(dead_code)]

pub mod visit;

use backstitch::exports::{
    CLAIMED, DISTINCT_ID, KEPT, NOTHING, SAVE, START, TAKE_OVER, number, poll, tell, text,
};
use gloo_storage::{LocalStorage, SessionStorage, Storage};
use js_sys::{Date, JSON};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::{Serializer, from_value};

// The records, by their numbers in src/effect.rs.
pub const SHARED: u32 = 1;
pub const OWN: u32 = 2;
pub const TAB: u32 = 5;
pub const WINDOW: u32 = 6;
pub const UNSENT: u32 = 7;
pub const STATE: u32 = 8;

/// One thing that an instance wants done.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub kind: u32,
    pub text: String,
    pub number: f64,
}

impl Step {
    /// Whether it is to keep this record.
    pub fn keeps(&self, record: u32) -> bool {
        self.kind == SAVE && self.number == f64::from(record)
    }
}

/// An instance of the core, and the names under which it is kept.
pub struct Instance {
    pub number: u32,
    token: String,
    /// The time of its calls.
    pub now: f64,
}

impl Instance {
    /// Starts one from what is stored for the token.
    pub fn start(token: &str, options: &impl Serialize) -> (Self, Vec<Step>) {
        let mut instance = Instance::named(u32::MAX, token);
        let lines = [
            json(&entropy()),
            json(&token),
            json(&""),
            json(&instance.kept(WINDOW)),
            json(&""),
            json(options),
            String::new(),
            instance.kept(TAB),
            String::new(),
            instance.unsent(),
            String::new(),
            instance.kept(SHARED),
            instance.kept(OWN),
        ];
        instance.begin(&lines);
        let steps = instance.drain();
        (instance, steps)
    }

    /// Starts one with these lines, whatever is stored.
    pub fn start_with(token: &str, lines: &[String]) -> (Self, Vec<Step>) {
        let mut instance = Instance::named(u32::MAX, token);
        instance.begin(lines);
        let steps = instance.drain();
        (instance, steps)
    }

    /// One of that number, started or not.
    pub fn named(number: u32, token: &str) -> Self {
        Instance {
            number,
            token: token.into(),
            now: Date::now(),
        }
    }

    fn begin(&mut self, lines: &[String]) {
        self.tell(START, lines);
        self.number = number() as u32;
    }

    fn tell(&self, what: u32, lines: &[String]) {
        tell(self.number, what, self.now, &lines.join("\n"));
    }

    /// A call as the shim makes it: the answer, and what is to be done.
    pub fn call(&self, what: u32, lines: &[String]) -> (String, Vec<Step>) {
        self.tell(what, lines);
        (text(), self.drain())
    }

    /// Drains the steps; what is to be kept is kept, but for what goes to the
    /// database.
    pub fn drain(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        loop {
            let kind = poll(self.number);
            if kind == NOTHING {
                return steps;
            }
            let step = Step {
                kind,
                text: text(),
                number: number(),
            };
            if let Some((storage, name)) = self.place(step.number as u32)
                && kind == SAVE
            {
                storage.set_item(&name, &step.text).expect("there is room");
            }
            steps.push(step);
        }
    }

    /// The database is open.
    pub fn opened(&self, state: &str) -> Vec<Step> {
        self.call(KEPT, &[state.into()]).1
    }

    /// The database has answered a claim: with who holds it, or not at all.
    pub fn claimed(&self, claim: &Step, holder: Option<f64>) -> Vec<Step> {
        let holder = holder.map_or(String::new(), |holder| holder.to_string());
        self.call(CLAIMED, &[claim.text.clone(), holder]).1
    }

    /// Another page has left something.
    pub fn take_over(&self) -> Vec<Step> {
        self.call(TAKE_OVER, &[self.unsent()]).1
    }

    pub fn distinct_id(&self) -> String {
        let text = self.call(DISTINCT_ID, &[]).0;
        parsed(&format!("\"{text}\""))
    }

    /// What is stored as a record.
    pub fn kept(&self, record: u32) -> String {
        let (storage, name) = self.place(record).expect("a record in storage");
        let text = storage.get_item(&name).expect("storage");
        text.unwrap_or_default()
    }

    fn unsent(&self) -> String {
        let events = self.kept(UNSENT);
        LocalStorage::delete(format!("backstitch_{}_unsent", self.token));
        events
    }

    fn place(&self, record: u32) -> Option<(web_sys::Storage, String)> {
        let token = &self.token;
        Some(match record {
            SHARED => (LocalStorage::raw(), format!("ph_{token}_posthog")),
            OWN => (LocalStorage::raw(), format!("backstitch_{token}")),
            TAB => (SessionStorage::raw(), format!("ph_{token}_posthog")),
            WINDOW => (SessionStorage::raw(), format!("ph_{token}_window_id")),
            UNSENT => (LocalStorage::raw(), format!("backstitch_{token}_unsent")),
            _ => return None,
        })
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        for record in [SHARED, OWN, TAB, WINDOW, UNSENT] {
            let (storage, name) = self.place(record).expect("a record in storage");
            storage.remove_item(&name).expect("storage");
        }
    }
}

/// The steps of a kind.
pub fn of_kind(steps: &[Step], kind: u32) -> Vec<&Step> {
    steps.iter().filter(|step| step.kind == kind).collect()
}

/// What the browser writes for a value.
pub fn json(value: &impl Serialize) -> String {
    let value = value
        .serialize(&Serializer::json_compatible())
        .expect("a value");
    JSON::stringify(&value).expect("JSON").into()
}

/// What the browser reads from a text, typed.
pub fn parsed<T: DeserializeOwned>(text: &str) -> T {
    from_value(JSON::parse(text).expect("JSON")).expect("the members")
}

fn entropy() -> String {
    let mut bytes = [0; 16];
    let crypto = web_sys::window().expect("a page").crypto();
    crypto
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes))
        .expect("random bytes");
    bytes.map(|byte| byte.to_string()).join(",")
}
