//! The events page: the files a browser gets at `/` and under `/page/`.
//!
//! Knows each file, its path and its content type, all embedded in the binary. Knows
//! nothing of HTTP, of events or of environments: the page fetches those by itself, from
//! the API, as any script could. The files are what the browser runs; there is no build
//! step.

/// One file of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// Where it is served, from the root: `/` or `/page/…`.
    pub path: &'static str,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The file's text.
    pub body: &'static str,
}

/// The value of `Content-Security-Policy` the page is written for: no inline script or
/// style, nothing from elsewhere.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

macro_rules! asset {
    ($file:literal, $content_type:expr) => {
        Asset {
            path: concat!("/page/", $file),
            content_type: $content_type,
            body: include_str!($file),
        }
    };
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Every file of the page, the document itself first.
pub static ASSETS: &[Asset] = &[
    Asset {
        path: "/",
        content_type: "text/html; charset=utf-8",
        body: include_str!("events.html"),
    },
    asset!("icon.svg", "image/svg+xml"),
    asset!("chart.css", CSS),
    asset!("events.css", CSS),
    asset!("filters.css", CSS),
    asset!("login.css", CSS),
    asset!("panel.css", CSS),
    asset!("person.css", CSS),
    asset!("refusals.css", CSS),
    asset!("table.css", CSS),
    asset!("address.js", JS),
    asset!("api.js", JS),
    asset!("bars.js", JS),
    asset!("block.js", JS),
    asset!("chart.js", JS),
    asset!("copy.js", JS),
    asset!("details.js", JS),
    asset!("element.js", JS),
    asset!("empty.js", JS),
    asset!("end.js", JS),
    asset!("events.js", JS),
    asset!("feed.js", JS),
    asset!("filters.js", JS),
    asset!("follow.js", JS),
    asset!("header.js", JS),
    asset!("history.js", JS),
    asset!("json.js", JS),
    asset!("keys.js", JS),
    asset!("legend.js", JS),
    asset!("live.js", JS),
    asset!("panel.js", JS),
    asset!("person.js", JS),
    asset!("refresh.js", JS),
    asset!("refusal-table.js", JS),
    asset!("refusal.js", JS),
    asset!("refusals.js", JS),
    asset!("roving.js", JS),
    asset!("search.js", JS),
    asset!("span.js", JS),
    asset!("stream.js", JS),
    asset!("table.js", JS),
    asset!("time.js", JS),
    asset!("who.js", JS),
];

/// The form at `/login`, with the field `token`.
pub const LOGIN: &str = include_str!("login.html");

/// What the form hides until a token was wrong.
const WRONG: &str = " id=\"wrong\" hidden";

/// The form after a wrong token.
pub fn login_refused() -> String {
    LOGIN.replacen(WRONG, " id=\"wrong\"", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file served at `path`, if the page has one there.
    fn asset(path: &str) -> Option<&'static Asset> {
        ASSETS.iter().find(|asset| asset.path == path)
    }

    /// What stands between `before` and the next `after`, at each place in `text`.
    fn between<'a>(text: &'a str, before: &'a str, after: char) -> impl Iterator<Item = &'a str> {
        text.split(before)
            .skip(1)
            .filter_map(move |rest| rest.split_once(after).map(|(found, _)| found))
    }

    #[test]
    fn every_file_of_the_folder_is_served() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page");
        for entry in std::fs::read_dir(folder).expect("the page's folder is readable") {
            let name = entry.expect("its entries too").file_name();
            let name = name.to_str().expect("file names are ASCII");
            let served = match name {
                "mod.rs" | "login.html" => continue,
                "events.html" => asset("/"),
                _ => asset(&format!("/page/{name}")),
            };
            assert!(served.is_some(), "{name} is missing in ASSETS");
        }
    }

    #[test]
    fn the_form_says_when_a_token_was_wrong() {
        assert_eq!(LOGIN.matches(WRONG).count(), 1);
        assert!(!login_refused().contains(WRONG));
    }

    #[test]
    fn whatever_a_file_asks_for_is_served() {
        let mut asked = 0;
        let files = ASSETS.iter().map(|file| (file.path, file.body));
        for (place, body) in files.chain([("/login", LOGIN)]) {
            let imports = between(body, "from './", '\'').map(|name| format!("/page/{name}"));
            let links = ["href=\"/page/", "src=\"/page/"]
                .into_iter()
                .flat_map(|before| between(body, before, '"'))
                .map(|name| format!("/page/{name}"));
            for path in imports.chain(links) {
                asked += 1;
                assert!(asset(&path).is_some(), "{place} asks for {path}");
            }
        }
        assert!(asked > ASSETS.len(), "only {asked} references were found");
    }

    #[test]
    fn the_policy_has_nothing_to_forbid() {
        for html in [ASSETS[0].body, LOGIN] {
            assert!(!html.contains("<style") && !html.contains(" style="));
            assert!(between(html, "<script", '>').all(|tag| tag.contains(" src=\"/page/")));
            assert!(between(html, "<", '>').all(|tag| !tag.contains(" on")));
        }
    }

    #[test]
    fn text_never_becomes_markup() {
        let ways = [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "createContextualFragment",
            "setHTML",
        ];
        for file in ASSETS.iter().filter(|file| file.content_type == JS) {
            for way in ways {
                assert!(!file.body.contains(way), "{} uses {way}", file.path);
            }
        }
    }
}
