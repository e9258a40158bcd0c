//! The name a person goes by in the events table.
//!
//! Knows: which ids an SDK makes up for a visitor it does not know. Must never know: person
//! properties; a name is always one of the person's ids.

use std::sync::Arc;

use uuid::Uuid;

/// Whether an id is one that an SDK made up: `ph_anonymous_…`, or a UUID in its usual form.
pub fn looks_anonymous(distinct_id: &str) -> bool {
    distinct_id.starts_with("ph_anonymous_")
        || (distinct_id.len() == 36 && Uuid::try_parse(distinct_id).is_ok())
}

/// The name that an id alone gives: none if it looks anonymous.
pub fn name_of_id(distinct_id: &str) -> Option<Arc<str>> {
    (!looks_anonymous(distinct_id)).then(|| distinct_id.into())
}

/// The name of a person that a link of two ids identifies: the id the link points to, unless only
/// the other is a name (`alias('user_1')` in a browser points from the name to the anonymous id).
pub(super) fn name_of_link(into: &Arc<str>, other: &Arc<str>) -> Arc<str> {
    if looks_anonymous(into) && !looks_anonymous(other) {
        Arc::clone(other)
    } else {
        Arc::clone(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sdk_made_ids_look_anonymous() {
        assert!(looks_anonymous(
            "ph_anonymous_2f1d4c1e-9a53-4d0c-8a51-3f6f3f1f5f11"
        ));
        assert!(looks_anonymous("018f2f8e-4b1c-7c3a-9f00-0123456789ab"));
        assert!(!looks_anonymous("user_123"));
        assert!(!looks_anonymous("018f2f8e4b1c7c3a9f000123456789ab"));
    }

    #[test]
    fn a_link_is_named_by_what_it_points_to() {
        let [user, other, anon]: [Arc<str>; 3] =
            ["user_1".into(), "user_2".into(), "ph_anonymous_x".into()];
        assert_eq!(name_of_link(&user, &anon), user);
        assert_eq!(name_of_link(&anon, &user), user);
        assert_eq!(name_of_link(&user, &other), user);
    }
}
