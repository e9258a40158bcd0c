//! What is kept between pages, in the form in which posthog-js keeps it, so
//! that a site can move to Backstitch and back. Knows that record's members;
//! never where it lies.

use alloc::string::String;

use crate::identity::Identity;
use crate::json::{Object, merged};
use crate::session::Session;
use crate::text::split;

/// A posthog-js record, taken apart.
#[derive(Clone, Debug, Default, Hash, PartialEq)]
pub struct Saved {
    /// Who this is.
    pub identity: Option<Identity>,
    /// In which session.
    pub session: Option<Session>,
    /// What the site registered: goes on every event.
    pub super_properties: Object,
    /// posthog-js's own state that Backstitch does not act on. It stays as it
    /// is, but is no property of an event.
    pub hidden: Object,
}

/// How the keys begin that posthog-js keeps to itself
/// (persistence-key-policy.ts).
const HIDDEN: &str = "__ $active_feature_flags $capture_rate_limit $client_session_props \
    $conversations_ $early_access_features $enabled_feature_flags \
    $error_tracking_suppression $fbc_ $fbp_ $feature_flag $flag_ \
    $heatmaps_ $initial_ $last_posthog_reset $logs_ $minimal_flag \
    $override_feature_flag $people_ $product_tours $sess_rec_ \
    $session_recording_ $stored_ $surveys ph_product_tours";

impl Saved {
    /// Reads a record; whatever it is, there is a result.
    pub fn read(text: &str) -> Self {
        let mut record = Object::parse(text);
        let identity = Identity::take(&mut record);
        let session = Session::take(&mut record);
        let mut saved = Saved {
            identity,
            session,
            ..Saved::default()
        };
        for (key, value) in record.members() {
            let hidden = split(HIDDEN, b' ').any(|prefix| key.starts_with(prefix));
            let into = if hidden {
                &mut saved.hidden
            } else {
                &mut saved.super_properties
            };
            into.set(key, value);
        }
        saved
    }

    /// Whether events make a person although nobody is logged in: because a
    /// group or an alias is set (`_hasPersonProcessing` in posthog-core.ts).
    pub fn has_group_or_alias(&self) -> bool {
        let groups = self.super_properties.get("$groups");
        groups.is_some_and(|groups| groups.len() > 2) || self.hidden.has("__alias")
    }

    /// The record as text.
    pub fn text(&self, identity: &Identity, session: &Object) -> String {
        merged(&[
            &self.super_properties,
            &self.hidden,
            &identity.record(),
            session,
        ])
    }
}

/// What posthog-js keeps of a record in the cookie beside it, and those that the
/// site names besides (`cookie_persisted_properties`).
pub fn cookie(record: &Object, more: &[String]) -> String {
    const KEPT: &str =
        "$device_id distinct_id $sesid $session_is_sampled $epp $initial_person_info $user_state";
    let mut cookie = Object::default();
    // There it is left out, so a reader takes it for the same as `distinct_id`.
    let user = (record.get("$user_id") != record.get("distinct_id")).then_some("$user_id");
    let more = more.iter().map(|key| &**key);
    for key in split(KEPT, b' ').chain(user).chain(more) {
        if let Some(value) = record.get(key) {
            cookie.set(key, value);
        }
    }
    cookie.text()
}
