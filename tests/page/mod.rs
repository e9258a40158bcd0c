//! A page as the shim is one: what it hands to the core is written by the
//! browser's own `JSON.stringify`, what the core asks to keep goes to the
//! browser's storage. Knows the order of calls; never what they mean.

use backstitch::exports::{
    DISTINCT_ID, NOTHING, SAVE_SHARED, SAVE_TAB, SAVE_WINDOW, START, number, poll, tell, text,
};
use gloo_storage::{LocalStorage, SessionStorage, Storage};
use js_sys::{Date, JSON};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::{Serializer, from_value};

/// One thing that an instance wants done.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub kind: u32,
    pub text: String,
    pub number: f64,
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
        let mut instance = Instance {
            number: u32::MAX,
            token: token.into(),
            now: Date::now(),
        };
        let kept = |storage: web_sys::Storage, name: String| {
            storage
                .get_item(&name)
                .expect("storage")
                .unwrap_or_default()
        };
        let lines = [
            json(&entropy()),
            json(&token),
            json(&""),
            json(&kept(SessionStorage::raw(), instance.window_name())),
            json(options),
            String::new(),
            kept(LocalStorage::raw(), instance.name()),
            kept(SessionStorage::raw(), instance.name()),
        ];
        instance.tell(START, &lines);
        instance.number = number() as u32;
        let steps = instance.drain();
        (instance, steps)
    }

    pub fn tell(&self, what: u32, lines: &[String]) {
        tell(self.number, what, self.now, &lines.join("\n"));
    }

    /// A call as the shim makes it: the answer, and what is to be done.
    pub fn call(&self, what: u32, lines: &[String]) -> (String, Vec<Step>) {
        self.tell(what, lines);
        (text(), self.drain())
    }

    /// Drains the steps; what is to be kept is kept.
    pub fn drain(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        loop {
            let kind = poll(self.number);
            if kind == NOTHING {
                return steps;
            }
            let (text, number) = (text(), number());
            let place = match kind {
                SAVE_SHARED => Some((LocalStorage::raw(), self.name())),
                SAVE_TAB => Some((SessionStorage::raw(), self.name())),
                SAVE_WINDOW => Some((SessionStorage::raw(), self.window_name())),
                _ => None,
            };
            if let Some((storage, name)) = place {
                storage.set_item(&name, &text).expect("there is room");
            }
            steps.push(Step { kind, text, number });
        }
    }

    pub fn distinct_id(&self) -> String {
        self.call(DISTINCT_ID, &[]).0
    }

    pub fn name(&self) -> String {
        format!("ph_{}_posthog", self.token)
    }

    pub fn window_name(&self) -> String {
        format!("ph_{}_window_id", self.token)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        LocalStorage::delete(self.name());
        SessionStorage::delete(self.name());
        SessionStorage::delete(self.window_name());
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
    let mut bytes = [0; 32];
    let crypto = web_sys::window().expect("a page").crypto();
    crypto
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes))
        .expect("random bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
