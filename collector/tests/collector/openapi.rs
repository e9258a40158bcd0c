//! The API is as its OpenAPI document says: every answer has the shape that is promised.

use jsonschema::{Draft, Validator};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Collector, DEV_KEY, batch, event, identify};

/// A schema of the document, with the document's other schemas at hand.
fn validator(document: &Value, schema: &Value) -> Validator {
    let mut root = schema.clone();
    root["components"] = document["components"].clone();
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .build(&root)
        .unwrap()
}

fn check(document: &Value, schema: &Value, answer: &Value, what: &str) {
    let validator = validator(document, schema);
    let errors: Vec<String> = validator
        .iter_errors(answer)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}\n{answer:#}");
}

/// What a `$ref` of the document leads to, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(path) => document.pointer(path.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// A collector in which every kind of row is, and what stands for the variables of paths.
async fn filled() -> Collector {
    let collector = Collector::start().await;
    let odd = json!({"$process_person_profile": "yes", "total": 1.5, "list": [], "none": null});
    collector
        .accept(&batch(json!([
            event("page", "anon", json!({"a": 1})),
            event(
                "page",
                "personless",
                json!({"$process_person_profile": false})
            ),
            identify("user", "anon"),
            identify("other", "anon-2"),
            identify("user", "other"),
            event("odd", "user", odd),
        ])))
        .await;
    let let_go = json!({"$anon_distinct_id": "x", "$process_person_profile": false});
    collector
        .accept(&batch(json!([event("$identify", "user", let_go)])))
        .await;
    collector.send(&batch(json!([{"event": "bad"}]))).await;
    collector
        .send(&json!({"api_key": "phc_typo", "batch": [{}]}))
        .await;
    let binary = collector.post("/e/", vec![0xff]).send().await.unwrap();
    assert_eq!(binary.status().as_u16(), 400);
    collector
}

/// Paths to ask for, by the path of the document.
async fn samples(collector: &Collector, path: &str) -> Vec<String> {
    let queries: &[&str] = match path {
        "/api/{environment}/events" => &[
            "",
            "?internal=true&limit=2",
            "?text=a&status=warning&wait=1&timeout=0",
            "?event=none&wait=1&timeout=0",
        ],
        "/api/{environment}/counts" => &["", "?event=none", "?distinct_id=user&internal=true"],
        "/api/{environment}/refusals" | "/api/refusals" => &["", "?limit=1&status=400"],
        _ => &[""],
    };
    let path = path.replace("{environment}", "dev");
    let events = collector.events("dev").await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let variables: Vec<String> = if path.contains("/events/{uuid}") {
        events.iter().map(|event| text(&event["uuid"])).collect()
    } else if path.contains("/persons/{uuid}") {
        events
            .iter()
            .map(|event| text(&event["person"]["uuid"]))
            .collect()
    } else {
        vec!["1".to_owned(), "2".to_owned()]
    };
    let of_path = |variable: &String| path.replace("{uuid}", variable).replace("{id}", variable);
    let mut paths: Vec<String> = variables.iter().map(of_path).collect();
    paths.dedup();
    queries
        .iter()
        .flat_map(|query| paths.iter().map(move |path| format!("{path}{query}")))
        .collect()
}

async fn document(collector: &Collector) -> Value {
    collector.json("/api/openapi.json").await
}

#[tokio::test]
async fn every_answer_has_the_shape_of_the_document() {
    let collector = filled().await;
    let document = document(&collector).await;
    let mut checked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let content = &operations["get"]["responses"]["200"]["content"];
        let Some(schema) = content.get("application/json") else {
            continue;
        };
        for sample in samples(&collector, path).await {
            let answer = collector.json(&sample).await;
            check(&document, &schema["schema"], &answer, &sample);
            checked += 1;
        }
    }
    assert!(checked >= 30, "only {checked} answers were looked at");
}

#[tokio::test]
async fn what_is_not_in_the_document_is_not_in_an_answer() {
    let collector = filled().await;
    let document = document(&collector).await;
    let schema = json!({"$ref": "#/components/schemas/Events"});
    let mut answer = collector.json("/api/dev/events").await;
    answer["events"][0]["unknown"] = json!(1);
    assert!(!validator(&document, &schema).is_valid(&answer));
}

#[tokio::test]
async fn changes_have_the_shape_of_the_document() {
    let collector = filled().await;
    let document = document(&collector).await;
    for (path, schema) in [
        ("/api/dev/stream", "Change"),
        ("/api/refusals/stream", "UnnamedChange"),
    ] {
        let mut response = collector.get(path).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let chunk = response.chunk().await.unwrap().unwrap();
        let text = std::str::from_utf8(&chunk).unwrap();
        let mut lines = text.lines();
        let data = lines.find_map(|line| line.strip_prefix("data: ")).unwrap();
        let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
        check(
            &document,
            &schema,
            &serde_json::from_str(data).unwrap(),
            path,
        );
    }
}

#[tokio::test]
async fn every_error_has_the_shape_of_the_document() {
    let collector = filled().await;
    let document = document(&collector).await;
    let schema = json!({"$ref": "#/components/schemas/Error"});
    for (path, operations) in document["paths"].as_object().unwrap() {
        let there = path.replace("{environment}", "dev");
        // A method that no path takes; the paths that do not are named.
        let url = format!(
            "{}{}",
            collector.base,
            there.replace("{uuid}", "x").replace("{id}", "1")
        );
        let response = collector
            .client
            .request(Method::PATCH, url)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), 405, "{path}");
        let allow = response.headers()["allow"].to_str().unwrap().to_lowercase();
        for method in ["get", "post"] {
            let takes = operations.get(method).is_some();
            assert_eq!(
                allow.split(',').any(|allowed| allowed == method),
                takes,
                "{path}: {allow}"
            );
        }
        let answer: Value = response.json().await.unwrap();
        check(&document, &schema, &answer, path);

        let Some(operation) = operations.get("get") else {
            continue;
        };
        let mut wrong = Vec::new();
        if path.contains("{environment}") {
            wrong.push((404, path.replace("{environment}", "none")));
        }
        if path.contains("{uuid}") || path.contains("{id}") {
            wrong.push((404, there.replace("{uuid}", "none").replace("{id}", "none")));
        }
        if operation["responses"].get("400").is_some() {
            wrong.push((400, format!("{there}?none=1")));
        }
        for (status, path) in wrong {
            let response = collector.get(&path).send().await.unwrap();
            assert_eq!(response.status().as_u16(), status, "{path}");
            let promised = &operation["responses"][status.to_string()];
            assert!(
                !promised.is_null(),
                "{status} of {path} is promised nowhere"
            );
            let answer: Value = response.json().await.unwrap();
            check(&document, &schema, &answer, &path);
        }
    }
}

/// A parameter with a value that its schema does not allow is an error, and one that it does is
/// none: the document says which parameters there are, and what they may be.
#[tokio::test]
async fn parameters_are_as_the_document_says() {
    let collector = filled().await;
    let document = document(&collector).await;
    let mut checked = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let path = path.replace("{environment}", "dev");
        let parameters = operations["get"]["parameters"].as_array();
        for parameter in parameters.into_iter().flatten() {
            let parameter = resolved(&document, parameter);
            let schema = &parameter["schema"];
            if parameter["in"] != "query" {
                continue;
            }
            let name = parameter["name"].as_str().unwrap();
            let mut wrong: Vec<String> = Vec::new();
            let mut right = vec![schema["default"].clone(), schema["enum"][0].clone()];
            for (bound, beyond) in [("minimum", -1), ("maximum", 1)] {
                if let Some(bound) = schema[bound].as_i64() {
                    wrong.push((bound + beyond).to_string());
                    right.push(json!(bound));
                }
            }
            if let Some(length) = schema["maxLength"].as_u64() {
                wrong.push("a".repeat(length as usize + 1));
            }
            let is_free = schema["type"] == "string" && schema.get("format").is_none();
            if !is_free && schema["type"] != "array" {
                wrong.push("none".to_owned());
            }
            right.retain(|value| !value.is_null());
            let right: Vec<String> = right
                .iter()
                .map(|value| value.to_string().replace('"', ""))
                .collect();
            // A page needs no wait here; a wait ends at once.
            let rest = if name == "wait" { "&timeout=0" } else { "" };
            for (values, status) in [(wrong, 400), (right, 200)] {
                for value in values {
                    let query = format!("{path}?{name}={value}{rest}");
                    let response = collector.get(&query).send().await.unwrap();
                    assert_eq!(response.status().as_u16(), status, "{query}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 40, "only {checked} values were tried");
    // Keys of the document are those of the collector, and no key is in it.
    assert!(!document.to_string().contains(DEV_KEY));
}
