//! A page as the shim is one: what it hands to the core is written by the
//! browser's own `JSON.stringify`, what the core asks to keep goes to the
//! browser's storage. Knows the order of calls, and how texts cross into the core
//! and back; never what they mean.

// Every test file is a program of its own, and uses a part of this.
#![allow(dead_code)]

pub mod visit;

use backstitch::effect::{ADOPT, ERASE, KEEP, OPEN, SAVE};
use backstitch::exports::{ADOPTED, CAPTURE, CLAIMED, DISTINCT_ID, KEPT, START, TAKE_OVER, tell};
use gloo_storage::{LocalStorage, SessionStorage, Storage};
use js_sys::{Date, JSON, Uint8Array, WebAssembly};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::{Serializer, from_value};
use wasm_bindgen::JsCast;

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
    pub kind: u64,
    pub number: f64,
    pub text: String,
    pub more: String,
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
    /// The name by which other pages know this one; nothing where nothing is kept.
    name: String,
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
            json(&visit::iso(instance.now)),
            String::new(),
            instance.kept(SHARED),
            instance.kept(OWN),
        ];
        let mut steps = instance.begin(&lines);
        steps.extend(instance.take_over());
        (instance, steps)
    }

    /// Starts one with these lines, whatever is stored.
    pub fn start_with(token: &str, lines: &[String]) -> (Self, Vec<Step>) {
        let mut instance = Instance::named(u32::MAX, token);
        let steps = instance.begin(lines);
        (instance, steps)
    }

    /// One of that number, started or not.
    pub fn named(number: u32, token: &str) -> Self {
        Instance {
            number,
            token: token.into(),
            name: String::new(),
            now: Date::now(),
        }
    }

    fn begin(&mut self, lines: &[String]) -> Vec<Step> {
        let (number, steps) = self.call(START, lines);
        self.number = number.parse().unwrap_or(u32::MAX);
        if let [open] = of_kind(&steps, OPEN)[..] {
            self.name = open.number.to_string();
        }
        steps
    }

    /// A call as the shim makes it: the answer, and what is to be done. What is to
    /// be kept is kept, but for what goes to the database.
    pub fn call(&self, what: u32, lines: &[String]) -> (String, Vec<Step>) {
        let told = format!(
            "{}\n{what}\n{}\n{}",
            self.number,
            self.now,
            lines.join("\n")
        );
        let said = text_at(tell(&told) as u32);
        let (steps, answer) = said.rsplit_once('\n').unwrap_or(("", &said));
        let steps: Vec<_> = steps.lines().map(|line| self.step(line)).collect();
        let mut answer = answer.to_owned();
        if what == CAPTURE && answer == "1" {
            // The event is what was last asked to be kept.
            let keeps = of_kind(&steps, KEEP);
            answer = keeps.last().expect("an event that is kept").text.clone();
        }
        (answer, steps)
    }

    fn step(&self, line: &str) -> Step {
        let mut fields = line.split('\t');
        let mut field = || fields.next().expect("four fields");
        let step = Step {
            kind: field().parse().expect("a kind"),
            number: field().parse().expect("a number"),
            text: field().into(),
            more: field().into(),
        };
        if let Some((storage, name)) = self.place(step.number as u32)
            && step.kind == SAVE
        {
            storage.set_item(&name, &step.text).expect("there is room");
        }
        if step.kind == ERASE {
            LocalStorage::delete(self.words() + &step.number.to_string());
        }
        step
    }

    /// The database is open, and keeps what it is given.
    pub fn opened(&self, state: &str) -> Vec<Step> {
        self.call(KEPT, &[state.into(), "true".into()]).1
    }

    /// The database has nothing for this page of what others left, if it asked.
    pub fn adopted_nothing(&self, steps: &[Step]) -> Vec<Step> {
        let adopts = of_kind(steps, ADOPT).into_iter();
        adopts
            .flat_map(|adopt| {
                let lines = [
                    adopt.number.to_string(),
                    "[]".into(),
                    "0".into(),
                    "true".into(),
                ];
                self.call(ADOPTED, &lines).1
            })
            .collect()
    }

    /// The database has answered a claim: with who holds it, or not at all.
    pub fn claimed(&self, claim: &Step, holder: Option<f64>) -> Vec<Step> {
        let holder = holder.map_or(String::new(), |holder| holder.to_string());
        self.call(CLAIMED, &[claim.text.clone(), holder]).1
    }

    /// Looks for what other pages have left.
    pub fn take_over(&self) -> Vec<Step> {
        let words: Vec<String> = self
            .unsent()
            .into_iter()
            .filter(|key| *key != self.words() + &self.name)
            .filter_map(|key| LocalStorage::raw().get_item(&key).expect("storage"))
            .collect();
        words
            .into_iter()
            .flat_map(|words| self.call(TAKE_OVER, &[words]).1)
            .collect()
    }

    pub fn distinct_id(&self) -> String {
        parsed(&self.call(DISTINCT_ID, &[]).0)
    }

    /// What is stored as a record.
    pub fn kept(&self, record: u32) -> String {
        let (storage, name) = self.place(record).expect("a record in storage");
        let text = storage.get_item(&name).expect("storage");
        text.unwrap_or_default()
    }

    /// How the keys of all pages' last words begin.
    fn words(&self) -> String {
        format!("backstitch_{}_unsent_", self.token)
    }

    /// Their keys.
    fn unsent(&self) -> Vec<String> {
        let storage = LocalStorage::raw();
        let keys = (0..storage.length().expect("storage")).map(|at| storage.key(at));
        keys.map(|key| key.expect("storage").expect("a key"))
            .filter(|key| key.starts_with(&self.words()))
            .collect()
    }

    fn place(&self, record: u32) -> Option<(web_sys::Storage, String)> {
        let token = &self.token;
        Some(match record {
            SHARED => (LocalStorage::raw(), format!("ph_{token}_posthog")),
            OWN => (LocalStorage::raw(), format!("backstitch_{token}")),
            TAB => (SessionStorage::raw(), format!("ph_{token}_posthog")),
            WINDOW => (SessionStorage::raw(), format!("ph_{token}_window_id")),
            UNSENT => (LocalStorage::raw(), self.words() + &self.name),
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
pub fn of_kind(steps: &[Step], kind: u64) -> Vec<&Step> {
    steps.iter().filter(|step| step.kind == kind).collect()
}

/// The text that lies in memory up to a zero.
fn text_at(at: u32) -> String {
    let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let memory = Uint8Array::new(&memory.buffer());
    let end = (at..).find(|at| memory.get_index(*at) == 0);
    // A copy that is not in memory: what takes it may let that grow, and then it is another buffer.
    let bytes = memory.slice(at, end.expect("a zero"));
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
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
