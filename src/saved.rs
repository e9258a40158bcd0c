//! What posthog-js keeps in its record besides who this is, so that a site can
//! move to Backstitch and back. Knows which of it goes on events; never where
//! the record lies.

use crate::identity::ALIAS;
use crate::json::Object;
use crate::text::split;

/// How the keys begin that are no property of an event: what posthog-js keeps
/// to itself (persistence-key-policy.ts). It stays as it is.
const HIDDEN: &str = "__ $active_feature_flags $capture_rate_limit $client_session_props \
    $conversations_ $early_access_features $enabled_feature_flags $epp \
    $error_tracking_suppression $fbc_ $fbp_ $feature_flag $flag_ \
    $heatmaps_ $initial_ $last_posthog_reset $logs_ $minimal_flag \
    $override_feature_flag $people_ $product_tours $sesid $sess_rec_ \
    $session_recording_ $stored_ $surveys $user_state ph_product_tours";

/// What of a record goes on every event: who this is, and what the site
/// registered.
pub fn properties(record: &Object) -> Object {
    let mut properties = Object::default();
    for (key, value) in record.members() {
        if !split(HIDDEN, b' ').any(|prefix| key.starts_with(prefix)) {
            properties.set(key, value);
        }
    }
    properties
}

/// Whether events make a person although nobody is logged in: because a group
/// or an alias is set (`_hasPersonProcessing` in posthog-core.ts).
pub fn has_group_or_alias(record: &Object) -> bool {
    let groups = record.get("$groups");
    groups.is_some_and(|groups| groups.len() > 2) || record.has(ALIAS)
}
