#![cfg(not(target_arch = "wasm32"))]
//! JSON as text, against serde_json.

use backstitch::json::{Object, elements, inner, merged, push_member, quoted, whole};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Any text, with the characters that must be escaped.
fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        vec(any::<char>(), 0..12).prop_map(String::from_iter),
        "[\\x00-\\x20\"\\\\/a]{0,6}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1_000_000_i32..1_000_000).prop_map(|n| Value::from(f64::from(n) / 64.0)),
        string().prop_map(Value::from),
        "[\\[\\]{},:\"\\\\ ]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            object_of(inner).prop_map(Value::Object),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[a-e]", string(), "[\\[\\]{},:\"\\\\\u{7}\n]{0,4}"]
}

fn object_of(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    btree_map(key(), value, 0..6).prop_map(Map::from_iter)
}

fn text(object: &Map<String, Value>) -> String {
    Value::Object(object.clone()).to_string()
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// The key as an object of ours holds it: still escaped.
fn escaped(key: &str) -> String {
    let quoted = Value::from(key).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

proptest! {
    #[test]
    fn an_object_is_split_into_its_members(object in object_of(value())) {
        let ours = Object::parse(&text(&object));
        prop_assert_eq!(ours.members().count(), object.len());
        prop_assert_eq!(ours.is_empty(), object.is_empty());
        for (key, value) in &object {
            let value = value.to_string();
            prop_assert_eq!(ours.get(&escaped(key)), Some(&*value));
            prop_assert_eq!(ours.get_str(&escaped(key)), inner(&value).unwrap_or_default());
        }
        prop_assert_eq!(ours.text(), text(&object));
    }

    #[test]
    fn space_between_the_parts_changes_nothing(object in object_of(value())) {
        let pretty = serde_json::to_string_pretty(&object).expect("JSON");
        let ours = Object::parse(&format!("\n {pretty} \t"));
        prop_assert_eq!(read(&ours.text()), Value::Object(object));
    }

    #[test]
    fn of_two_members_with_a_name_the_later_objects_counts(objects in vec(object_of(value()), 0..4)) {
        let ours: Vec<_> = objects.iter().map(|object| Object::parse(&text(object))).collect();
        let ours: Vec<_> = ours.iter().collect();
        let expected: Map<_, _> = objects.into_iter().flatten().collect();
        let merged = read(&merged(&ours));
        prop_assert_eq!(merged, Value::Object(expected));
    }

    #[test]
    fn a_member_is_set_replaced_and_taken(object in object_of(value()), new in value(), at: prop::sample::Index) {
        let mut expected = object.clone();
        let mut ours = Object::parse(&text(&object));
        let known = object.keys().nth(at.index(object.len() + 1)).cloned();
        let key = known.unwrap_or_else(|| "new".into());
        let order = |ours: &Object| ours.members().map(|(key, _)| key.to_owned()).collect::<Vec<_>>();
        let before = order(&ours);
        ours.set(&escaped(&key), &new.to_string());
        prop_assert_eq!(&order(&ours)[..before.len()], &before[..]);
        expected.insert(key.clone(), new.clone());
        prop_assert_eq!(read(&ours.text()), Value::Object(expected.clone()));
        prop_assert_eq!(ours.take(&escaped(&key)), new.to_string());
        prop_assert!(!ours.has(&escaped(&key)));
        prop_assert_eq!(ours.take(&escaped(&key)), "");
        expected.remove(&key);
        prop_assert_eq!(read(&ours.text()), Value::Object(expected));
    }

    #[test]
    fn an_array_is_split_into_its_elements(array in vec(value(), 0..6)) {
        let text = Value::from(array.clone()).to_string();
        let expected: Vec<_> = array.iter().map(Value::to_string).collect();
        prop_assert_eq!(elements(&text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_string_stays_as_it_is_written(string in string()) {
        let text = Value::from(string).to_string();
        let inside = inner(&text).expect("a string");
        prop_assert_eq!(quoted(inside), text.clone());
        let mut object = Object::default();
        object.set("key", &text);
        prop_assert_eq!(object.get_str("key"), inside);
        object.set_str("key", inside);
        prop_assert_eq!(object.get("key"), Some(&*text));
    }

    #[test]
    fn only_a_string_has_quotes(value in value().prop_filter("no string", |v| !v.is_string())) {
        prop_assert!(inner(&value.to_string()).is_none());
        prop_assert_eq!(Object::parse(&value.to_string()).is_empty(), value.as_object().is_none_or(Map::is_empty));
    }

    #[test]
    fn a_text_that_breaks_off_reads_up_to_there(object in object_of(value()), at: prop::sample::Index) {
        let whole = text(&object);
        let end = at.index(whole.len());
        let end = (0..=end).rev().find(|end| whole.is_char_boundary(*end)).unwrap_or_default();
        let read_so_far = Object::parse(&whole[..end]);
        let all = Object::parse(&whole);
        prop_assert!(read_so_far.members().count() <= all.members().count());
        prop_assert!(read_so_far.members().eq(all.members().take(read_so_far.members().count())));
    }

    #[test]
    fn the_whole_part_of_a_number(number: u64, fraction in "(\\.[0-9]{1,4})?") {
        prop_assert_eq!(whole(&format!("{number}{fraction}")), Some(number));
    }

    /// Whatever it is, it is read without a panic.
    #[test]
    fn any_text_reads_as_something(text in prop_oneof![
        any::<String>(),
        "[\\[\\]{},:\"\\\\ua0\u{fc}\u{1f600} ]{0,24}",
    ]) {
        for text in [text.clone(), format!("{{{text}"), format!("{{\"{text}"), format!("[{text}")] {
            let object = Object::parse(&text);
            let again = Object::parse(&object.text());
            prop_assert_eq!(again.members().count(), object.members().count());
            elements(&text).count();
            inner(&text);
            whole(&text);
        }
    }
}

#[test]
fn numbers_keep_every_digit() {
    let text = r#"{"a":1.10000000000000000000000001,"b":9007199254740993,"c":1e400,"d":-0}"#;
    assert_eq!(Object::parse(text).text(), text);
}

#[test]
fn what_is_no_whole_number_is_none() {
    for text in ["", "-1", "x", "\"1\"", "null", " 1", "."] {
        assert_eq!(whole(text), None, "{text}");
    }
    assert!(whole("99999999999999999999999").is_some());
}

#[test]
fn a_key_that_is_set_again_keeps_its_place() {
    let mut object = Object::parse(r#"{"a":1,"b":2}"#);
    object.set("a", "3");
    assert_eq!(object.text(), r#"{"a":3,"b":2}"#);
}

#[test]
fn members_are_appended_with_a_comma_between() {
    let mut text = String::from("{");
    push_member(&mut text, "a", "1");
    push_member(&mut text, "b", "{}");
    text.push('}');
    assert_eq!(read(&text), json!({"a": 1, "b": {}}));
}
