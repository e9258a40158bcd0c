//! The demo shop's server: the pages of www/shop/, and the built SDK under /dist/.
//!
//! Knows files and their types. Must never serve a file outside its two folders, nor let a
//! browser keep one: a page must show the SDK that was built last.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

/// What the server serves, and what it puts in for the placeholders of the pages.
#[derive(Clone, Debug)]
pub struct Shop {
    /// The folder of the shop's pages.
    pub pages: PathBuf,
    /// The folder of the built SDK.
    pub dist: PathBuf,
    /// For `{{api_key}}`.
    pub api_key: String,
    /// For `{{api_host}}`.
    pub api_host: String,
    /// For `{{events_url}}`.
    pub events_url: String,
}

/// A shop that holds its port.
pub struct Listening {
    /// Its address, without a slash at the end.
    pub address: String,
    listener: TcpListener,
    router: Router,
}

/// Takes the port (0: any free one) on loopback.
///
/// # Errors
/// When the port is taken.
pub async fn listen(shop: Shop, port: u16) -> anyhow::Result<Listening> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.with_context(|| {
        format!("the shop can't listen on port {port}: give it another with --shop-port, or 0 for a free one")
    })?;
    let address = format!("http://{}", listener.local_addr()?);
    let router = Router::new()
        .fallback(get(serve))
        .with_state(Arc::new(shop));
    Ok(Listening {
        address,
        listener,
        router,
    })
}

impl Listening {
    /// Serves until it fails.
    pub async fn serve(self) -> anyhow::Error {
        match axum::serve(self.listener, self.router).await {
            Ok(()) => anyhow::anyhow!("the shop's server ended by itself"),
            Err(error) => anyhow::Error::new(error).context("the shop's server failed"),
        }
    }
}

async fn serve(State(shop): State<Arc<Shop>>, uri: Uri) -> Response {
    let Some(path) = shop.file(uri.path()) else {
        return not_found(&uri);
    };
    let Ok(bytes) = tokio::fs::read(&path).await else {
        return not_found(&uri);
    };
    let kind = mime_guess::from_path(&path).first_or_octet_stream();
    let text = kind.type_() == mime_guess::mime::TEXT;
    let content_type = if text {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    };
    let body = match String::from_utf8(bytes) {
        Ok(page)
            if path
                .extension()
                .is_some_and(|extension| extension == "html") =>
        {
            shop.filled(&page).into_bytes()
        }
        Ok(other) => other.into_bytes(),
        Err(binary) => binary.into_bytes(),
    };
    (
        [
            (header::CONTENT_TYPE, content_type),
            (header::CACHE_CONTROL, "no-store".into()),
        ],
        body,
    )
        .into_response()
}

fn not_found(uri: &Uri) -> Response {
    (
        StatusCode::NOT_FOUND,
        [(header::CACHE_CONTROL, "no-store")],
        format!("the shop has no {}\n", uri.path()),
    )
        .into_response()
}

impl Shop {
    /// The file of a request path. No escape is decoded: no file here has a name that needs one.
    fn file(&self, request: &str) -> Option<PathBuf> {
        let request = request.strip_prefix('/')?;
        let (folder, name) = match request.strip_prefix("dist/") {
            Some(name) => (&self.dist, name),
            None if request.is_empty() => (&self.pages, "index.html"),
            None => (&self.pages, request),
        };
        if name.contains('\\')
            || !Path::new(name)
                .components()
                .all(|part| matches!(part, Component::Normal(_)))
        {
            return None;
        }
        // A link in the folder could still lead out of it.
        let folder = folder.canonicalize().ok()?;
        let file = folder.join(name).canonicalize().ok()?;
        (file.starts_with(&folder) && file.is_file()).then_some(file)
    }

    /// A page with its placeholders filled in.
    fn filled(&self, page: &str) -> String {
        page.replace("{{api_key}}", &self.api_key)
            .replace("{{api_host}}", &self.api_host)
            .replace("{{events_url}}", &self.events_url)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use axum::body::to_bytes;

    use super::*;

    fn shop() -> (Shop, tempfile::TempDir) {
        let root = tempfile::tempdir().expect("a folder");
        let (pages, dist) = (root.path().join("pages"), root.path().join("dist"));
        fs::create_dir_all(&pages).expect("pages");
        fs::create_dir_all(&dist).expect("dist");
        fs::write(
            pages.join("index.html"),
            "<p>{{api_key}} {{api_host}} {{events_url}}",
        )
        .expect("a page");
        fs::write(dist.join("backstitch.js"), "'{{api_key}}'").expect("a script");
        fs::write(root.path().join("secret"), "secret").expect("a secret");
        let shop = Shop {
            pages,
            dist,
            api_key: "phc_x".into(),
            api_host: "http://127.0.0.1:1".into(),
            events_url: "http://127.0.0.1:1/?environment=dev".into(),
        };
        (shop, root)
    }

    async fn get(shop: &Shop, path: &str) -> (StatusCode, String, String) {
        let response = serve(State(Arc::new(shop.clone())), path.parse().expect("a path")).await;
        let status = response.status();
        let kind = response
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|value| value.to_str().expect("text").to_owned());
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let body = to_bytes(response.into_body(), usize::MAX)
            .await
            .expect("a body");
        (
            status,
            kind.unwrap_or_default(),
            String::from_utf8(body.to_vec()).expect("text"),
        )
    }

    #[tokio::test]
    async fn a_page_is_filled_in_and_a_script_is_served_as_it_is() {
        let (shop, _root) = shop();
        let page = get(&shop, "/").await;
        assert_eq!(page.1, "text/html; charset=utf-8");
        assert_eq!(
            page.2,
            "<p>phc_x http://127.0.0.1:1 http://127.0.0.1:1/?environment=dev"
        );
        let script = get(&shop, "/dist/backstitch.js?v=1").await;
        assert_eq!(
            (script.0, script.1.as_str()),
            (StatusCode::OK, "text/javascript; charset=utf-8")
        );
        assert_eq!(script.2, "'{{api_key}}'");
    }

    #[tokio::test]
    async fn nothing_outside_the_folders_is_served() {
        let (shop, root) = shop();
        for path in [
            "/../secret",
            "/dist/../secret",
            "/dist/../../secret",
            "/%2e%2e/secret",
            "//secret",
            "/dist/",
            "/nothing",
        ] {
            assert_eq!(get(&shop, path).await.0, StatusCode::NOT_FOUND, "{path}");
        }
        let absolute = format!("/{}", root.path().join("secret").display());
        assert_eq!(get(&shop, &absolute).await.0, StatusCode::NOT_FOUND);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_link_out_of_a_folder_is_not_followed() {
        let (shop, root) = shop();
        std::os::unix::fs::symlink(root.path().join("secret"), shop.pages.join("link"))
            .expect("a link");
        assert_eq!(get(&shop, "/link").await.0, StatusCode::NOT_FOUND);
    }
}
