//! The core as the JavaScript shim calls it. Knows wasm-bindgen; decides
//! nothing. Numbers and strings only, in and out: that is what the build for
//! pages without WebAssembly can carry, and what keeps the glue small.

use alloc::string::String;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::client::{Client, Start};
use crate::effect::{Effect, Store};
use crate::error::Error;
use crate::json::Object;
use crate::time::Millis;

/// What [`Core::poll`] answers: there is nothing left to do.
pub const NOTHING: u32 = 0;
/// Keep `text` under `key` in the store that tabs share.
pub const SAVE_SHARED: u32 = 1;
/// Keep `text` under `key` in this tab's store.
pub const SAVE_TAB: u32 = 2;
/// `POST` `text` to `key`; `number` is the request's.
pub const SEND: u32 = 3;
/// The same, from a page that may be gone in a moment.
pub const SEND_LAST: u32 = 4;
/// Call `wake` at the time `number`.
pub const WAKE: u32 = 5;
/// Report the error `number`, with `text` as its detail.
pub const REPORT: u32 = 6;

/// One instance. Every call but the getters is followed by draining `poll`.
#[wasm_bindgen]
pub struct Core {
    client: Option<Client>,
    refused: Option<(Error, String)>,
    key: String,
    text: String,
    number: f64,
}

#[wasm_bindgen]
impl Core {
    /// Starts an instance from an object with the members of [`Start`] as JSON
    /// text: strings, but for `options` and `device`, which are objects.
    #[wasm_bindgen(constructor)]
    pub fn new(start: &str) -> Core {
        let start = Object::parse(start);
        let string = |key| start.get_str(key);
        let started = Client::new(Start {
            entropy: &string("entropy"),
            token: &string("token"),
            options: start.get("options").unwrap_or_default(),
            device: start.get("device").unwrap_or_default(),
            saved: &string("saved"),
            tab: &string("tab"),
            window_id: &string("windowId"),
            anonymous_id: &string("anonymousId"),
        });
        let (client, refused) = match started {
            Ok(client) => (Some(client), None),
            Err(refused) => (None, Some(refused)),
        };
        Core {
            client,
            refused,
            key: String::new(),
            text: String::new(),
            number: 0.0,
        }
    }

    /// Whether `init` was accepted. If not, nothing but `poll` has an effect.
    #[wasm_bindgen(getter)]
    pub fn running(&self) -> bool {
        self.client.is_some()
    }

    /// See [`Client::capture`].
    pub fn capture(
        &mut self,
        now: f64,
        page: &str,
        name: &str,
        properties: &str,
        options: &str,
    ) -> String {
        match &mut self.client {
            Some(client) => client.capture(now as Millis, page, name, properties, options),
            None => String::new(),
        }
    }

    /// See [`Client::identify`].
    pub fn identify(&mut self, now: f64, page: &str, id: &str, set: &str, set_once: &str) {
        if let Some(client) = &mut self.client {
            client.identify(now as Millis, page, id, set, set_once);
        }
    }

    /// See [`Client::reset`].
    pub fn reset(&mut self, now: f64, new_device: bool) {
        if let Some(client) = &mut self.client {
            client.reset(now as Millis, new_device);
        }
    }

    /// See [`Client::distinct_id`].
    #[wasm_bindgen(js_name = distinctId)]
    pub fn distinct_id(&self) -> String {
        let client = self.client.as_ref();
        client.map_or(String::new(), |client| client.distinct_id().into())
    }

    /// See [`Client::sync`].
    pub fn sync(&mut self, record: &str) {
        if let Some(client) = &mut self.client {
            client.sync(record);
        }
    }

    /// See [`Client::answered`]; `retry_after` is in milliseconds.
    pub fn answered(&mut self, now: f64, request: u32, status: u32, retry_after: f64) {
        if let Some(client) = &mut self.client {
            client.answered(now as Millis, request, status, retry_after as Millis);
        }
    }

    /// See [`Client::wake`].
    pub fn wake(&mut self, now: f64) {
        if let Some(client) = &mut self.client {
            client.wake(now as Millis);
        }
    }

    /// See [`Client::online`].
    pub fn online(&mut self, now: f64) {
        if let Some(client) = &mut self.client {
            client.online(now as Millis);
        }
    }

    /// See [`Client::hide`].
    pub fn hide(&mut self, now: f64) {
        if let Some(client) = &mut self.client {
            client.hide(now as Millis);
        }
    }

    /// Steps to the next thing to do and says of which kind it is; `key`,
    /// `text` and `number` then belong to it.
    pub fn poll(&mut self) -> u32 {
        let effect = match &mut self.client {
            Some(client) => client.poll(),
            None => self
                .refused
                .take()
                .map(|(error, detail)| Effect::Report { error, detail }),
        };
        match effect {
            None => NOTHING,
            Some(Effect::Save { store, key, text }) => {
                self.key = key;
                self.text = text;
                match store {
                    Store::Shared => SAVE_SHARED,
                    Store::Tab => SAVE_TAB,
                }
            }
            Some(Effect::Send {
                request,
                url,
                body,
                last,
            }) => {
                self.number = request.into();
                self.key = url;
                self.text = body;
                if last { SEND_LAST } else { SEND }
            }
            Some(Effect::Wake { at }) => {
                self.number = at as f64;
                WAKE
            }
            Some(Effect::Report { error, detail }) => {
                self.number = error.number().into();
                self.text = detail;
                REPORT
            }
        }
    }

    /// Takes the text of the last step.
    pub fn text(&mut self) -> String {
        core::mem::take(&mut self.text)
    }

    /// Takes the key of the last step.
    pub fn key(&mut self) -> String {
        core::mem::take(&mut self.key)
    }

    /// The number of the last step.
    #[wasm_bindgen(getter)]
    pub fn number(&self) -> f64 {
        self.number
    }
}
