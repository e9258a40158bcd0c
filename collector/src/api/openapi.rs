//! `GET /api/openapi.json`.
//!
//! Knows: the file. Must never know: what is in it.

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

/// The description of the API, in OpenAPI 3.1.
const DOCUMENT: &str = include_str!("openapi.json");

pub(super) async fn document() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::super::routes;
    use super::*;

    fn value() -> Value {
        serde_json::from_str(DOCUMENT).unwrap()
    }

    /// Every object of a value, and where it is.
    fn objects<'a>(value: &'a Value, at: &str, found: &mut Vec<(String, &'a Value)>) {
        match value {
            Value::Object(members) => {
                found.push((at.to_owned(), value));
                for (name, member) in members {
                    objects(member, &format!("{at}/{name}"), found);
                }
            }
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    objects(element, &format!("{at}/{index}"), found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn it_is_openapi() {
        let document = oas3::from_json(DOCUMENT).unwrap();
        document.validate_version().unwrap();
        let mut ids = BTreeSet::new();
        for (path, method, operation) in document.operations() {
            let id = operation.operation_id.clone().unwrap();
            assert!(ids.insert(id), "{method} {path}");
            for parameter in operation.parameters(&document).unwrap() {
                assert!(parameter.description.is_some(), "{method} {path}");
            }
        }
    }

    #[test]
    fn its_schemas_are_schemas() {
        let value = value();
        let mut found = Vec::new();
        objects(&value, "", &mut found);
        let mut schemas = 0;
        for (at, object) in found {
            let is_named = at
                .strip_prefix("/components/schemas/")
                .is_some_and(|name| !name.contains('/'));
            if at.ends_with("/schema") || is_named {
                let dialect = jsonschema::draft202012::meta::validate(object);
                assert!(dialect.is_ok(), "{at}: {dialect:?}");
                schemas += 1;
            }
            if let Some(path) = object.get("$ref").and_then(Value::as_str) {
                let target = value.pointer(path.trim_start_matches('#'));
                assert!(target.is_some(), "{at} leads nowhere: {path}");
            }
        }
        assert!(schemas > 50, "only {schemas} were looked at");
    }

    #[test]
    fn it_has_the_routes_of_the_router() {
        let value = value();
        let paths = value["paths"].as_object().unwrap();
        let described: BTreeSet<(&str, &str)> = paths
            .iter()
            .flat_map(|(path, operations)| {
                let methods = operations.as_object().unwrap().keys();
                methods.map(move |method| (method.as_str(), path.as_str()))
            })
            .filter(|(method, _)| *method != "parameters")
            .collect();
        let routed: BTreeSet<(&str, &str)> = routes::LIST.iter().copied().collect();
        assert_eq!(described, routed);
    }

    #[test]
    fn every_variable_of_a_path_is_described() {
        let value = value();
        for (path, operations) in value["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                if method == "parameters" {
                    continue;
                }
                let lists = [&operations["parameters"], &operation["parameters"]];
                let parameters = lists.into_iter().filter_map(Value::as_array).flatten();
                let described: BTreeSet<&str> = parameters
                    .filter_map(|parameter| parameter["$ref"].as_str())
                    .filter_map(|path| value.pointer(path.trim_start_matches('#')))
                    .filter(|parameter| parameter["in"] == "path")
                    .filter_map(|parameter| parameter["name"].as_str())
                    .collect();
                let variables: BTreeSet<&str> = path
                    .split('/')
                    .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                    .collect();
                assert_eq!(described, variables, "{method} {path}");
            }
        }
    }
}
