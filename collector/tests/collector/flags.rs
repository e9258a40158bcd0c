//! Feature flags from the config file, in the shapes that PostHog's clients of all ages expect.

use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::support::{Collector, DEV_KEY, STAGING_KEY, gzip};

/// `dev` has flags of each kind, `staging` none.
pub async fn flagged() -> Collector {
    let flags = r#"
        [flags]
        on = true
        off = false
        colour = "blue"
        few = { distinct_ids = ["user_1"], payload = { n = 1 }, description = "For a few" }

        [[early_access_features]]
        flag = "few"
        name = "Few"
        description = "Not for all"
        documentation_url = "https://example.com/few"

        [[early_access_features]]
        flag = "on"
        name = "Idea"
        stage = "concept"
    "#;
    Collector::start_as(|config| {
        config.environments["dev"] =
            toml::from_str(&format!("api_key = \"{DEV_KEY}\"\n{flags}")).unwrap();
    })
    .await
}

/// What a path answers a visitor, who asks with the key of `dev`.
async fn asked(collector: &Collector, path: &str, visitor: &str) -> Value {
    let body = json!({"token": DEV_KEY, "distinct_id": visitor});
    let response = collector.post(path, body.to_string()).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response.json().await.unwrap()
}

#[tokio::test]
async fn flags_tell_everything_about_each() {
    let collector = flagged().await;
    for path in [
        "/flags/?v=2",
        "/flags?v=2",
        "/flags/?v=3",
        "/flags/?v=4",
        "/decide/?v=4",
    ] {
        let answer = asked(&collector, path, "user_1").await;
        assert_eq!(answer["errorsWhileComputingFlags"], false);
        assert!(answer["evaluatedAt"].as_i64().unwrap() > 1_700_000_000_000);
        let id = answer["requestId"].as_str().unwrap();
        assert!(uuid::Uuid::parse_str(id).is_ok(), "{id}");
        let flags = &answer["flags"];
        assert_eq!(
            flags["few"],
            json!({
                "key": "few",
                "enabled": true,
                "variant": null,
                "reason": {
                    "code": "condition_match",
                    "condition_index": 0,
                    "description": "On in the collector's config file",
                },
                "metadata": {"id": 4, "version": 1, "description": "For a few", "payload": "{\"n\":1}"},
            }),
            "{path}"
        );
        let told = |key: &str| (flags[key]["enabled"].clone(), flags[key]["variant"].clone());
        assert_eq!(told("on"), (json!(true), json!(null)));
        assert_eq!(told("off"), (json!(false), json!(null)));
        assert_eq!(told("colour"), (json!(true), json!("blue")));
        assert_eq!(flags["off"]["reason"]["code"], "flag_disabled");
    }
}

#[tokio::test]
async fn a_flag_for_a_few_is_off_for_the_rest() {
    let collector = flagged().await;
    let few = &asked(&collector, "/flags/?v=2", "user_2").await["flags"]["few"];
    assert_eq!(few["enabled"], false);
    assert_eq!(few["metadata"]["payload"], json!(null));
    assert_eq!(few["reason"]["code"], "no_condition_match");
}

#[tokio::test]
async fn older_clients_get_their_shapes() {
    let collector = flagged().await;
    let values = json!({"on": true, "off": false, "colour": "blue", "few": true});
    for path in ["/flags/", "/flags/?v=1", "/decide/?v=3"] {
        let answer = asked(&collector, path, "user_1").await;
        assert_eq!(answer["featureFlags"], values, "{path}");
        assert_eq!(answer["featureFlagPayloads"], json!({"few": "{\"n\":1}"}));
    }
    let answer = asked(&collector, "/decide/?v=2", "user_2").await;
    assert_eq!(
        answer["featureFlags"],
        json!({"on": true, "colour": "blue"})
    );
    for path in ["/decide", "/decide/?v=1"] {
        let answer = asked(&collector, path, "user_2").await;
        assert_eq!(answer["featureFlags"], json!(["on", "colour"]), "{path}");
    }
}

#[tokio::test]
async fn the_configuration_comes_with_decide_and_where_it_is_asked_for() {
    let collector = flagged().await;
    for path in ["/decide/?v=3", "/flags/?v=2&config=true"] {
        let answer = asked(&collector, path, "u").await;
        assert_eq!(
            answer["supportedCompression"],
            json!(["gzip", "gzip-js"]),
            "{path}"
        );
        assert_eq!(answer["sessionRecording"], false);
    }
    let answer = asked(&collector, "/flags/?v=2", "u").await;
    assert_eq!(answer["supportedCompression"], json!(null));
}

#[tokio::test]
async fn a_question_may_be_in_any_encoding_and_name_its_key_in_three_ways() {
    let collector = flagged().await;
    for name in ["token", "api_key", "$token"] {
        let body = json!({name: DEV_KEY, "distinct_id": 7}).to_string();
        for body in [body.clone().into_bytes(), gzip(body.as_bytes())] {
            let request = collector.post("/flags/?v=2", body);
            let response = request
                .header(CONTENT_TYPE, "text/plain")
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{name}");
        }
    }
}

#[tokio::test]
async fn a_client_may_ask_for_some_flags_or_none() {
    let collector = flagged().await;
    let keys = async |member: Value| {
        let mut body = json!({"token": DEV_KEY, "distinct_id": "u"});
        for (name, value) in member.as_object().unwrap() {
            body[name] = value.clone();
        }
        let response = collector
            .post("/flags/?v=2", body.to_string())
            .send()
            .await
            .unwrap();
        let answer: Value = response.json().await.unwrap();
        let flags = answer["flags"].as_object().unwrap();
        flags.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        keys(json!({"flag_keys_to_evaluate": ["off", "none"]})).await,
        ["off"]
    );
    assert_eq!(keys(json!({"flag_keys": ["on"]})).await, ["on"]);
    assert_eq!(keys(json!({})).await.len(), 4);
    assert!(keys(json!({"disable_flags": true})).await.is_empty());
}

#[tokio::test]
async fn no_environment_tells_the_flags_of_another() {
    let collector = flagged().await;
    let body = json!({"token": STAGING_KEY, "distinct_id": "user_1"}).to_string();
    let response = collector.post("/flags/?v=2", body).send().await.unwrap();
    assert_eq!(response.json::<Value>().await.unwrap()["flags"], json!({}));
    let path = format!("/api/early_access_features/?token={STAGING_KEY}&stage=concept");
    assert_eq!(
        collector.json(&path).await,
        json!({"earlyAccessFeatures": []})
    );
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_and_shown() {
    let collector = flagged().await;
    let valid = json!({"token": DEV_KEY}).to_string();
    for (body, status, named) in [
        (
            json!({"token": "phc_typo", "distinct_id": "u"}).to_string(),
            401,
            "\"phc_typo\"",
        ),
        (json!({"distinct_id": "u"}).to_string(), 401, "api_key"),
        (valid, 400, "distinct_id"),
        ("[]".to_owned(), 400, "an array"),
        ("{".to_owned(), 400, "not JSON"),
        (String::new(), 400, "missing data payload"),
    ] {
        let response = collector
            .post("/flags/?v=2", body.clone())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{body}");
        let text = response.text().await.unwrap();
        assert!(text.contains(named), "{body}: {text}");
        let refusal = &collector.refusals().await[0];
        assert_eq!(
            (&refusal["reason"], &refusal["path"]),
            (&json!(text), &json!("/flags/"))
        );
    }
    assert_eq!(collector.refusals().await[5]["api_key"], "phc_typo");
    let response = collector.get("/flags/?v=2").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn early_access_features_are_those_in_beta_or_in_the_stages_asked_for() {
    let collector = flagged().await;
    for path in ["/api/early_access_features", "/api/early_access_features/"] {
        let answer = collector.json(&format!("{path}?token={DEV_KEY}")).await;
        let features = answer["earlyAccessFeatures"].as_array().unwrap();
        assert_eq!(features.len(), 1);
        let Value::Object(mut feature) = features[0].clone() else {
            panic!("no object")
        };
        assert!(feature.remove("id").is_some());
        assert_eq!(
            Value::Object(feature),
            json!({
                "name": "Few",
                "description": "Not for all",
                "stage": "beta",
                "documentationUrl": "https://example.com/few",
                "payload": {},
                "flagKey": "few",
            })
        );
    }
    let query = format!("token={DEV_KEY}&stage=concept&stage=beta&_=1700000000000");
    let answer = collector
        .json(&format!("/api/early_access_features/?{query}"))
        .await;
    assert_eq!(answer["earlyAccessFeatures"].as_array().unwrap().len(), 2);
    for query in ["", "?token=phc_typo"] {
        let path = format!("/api/early_access_features/{query}");
        let response = collector.get(&path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{query}");
    }
}
