//! A model of the hub, from a local server that behaves like it: revisions, redirects to another host, and the copy in the
//! browser's storage.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use thirtyfour::By;

use super::page::{LONG, SOON, in_browser};

/// Serves `owner/name` at revision `v1`; the weights are elsewhere, behind a redirect.
struct Hub {
    server: Arc<tiny_http::Server>,
    storage: Arc<tiny_http::Server>,
    served: Arc<AtomicUsize>,
    port: u16,
}

fn header(name: &str, value: &str) -> tiny_http::Header {
    tiny_http::Header::from_bytes(name, value).unwrap()
}

impl Hub {
    fn start() -> Self {
        let server = Arc::new(tiny_http::Server::http("127.0.0.1:0").unwrap());
        let storage = Arc::new(tiny_http::Server::http("127.0.0.1:0").unwrap());
        let port = server.server_addr().to_ip().unwrap().port();
        let storage_port = storage.server_addr().to_ip().unwrap().port();
        let served = Arc::new(AtomicUsize::new(0));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("public/models/default");
        let (hub, from, count) = (server.clone(), folder.clone(), served.clone());
        std::thread::spawn(move || {
            for request in hub.incoming_requests() {
                count.fetch_add(1, Ordering::SeqCst);
                let cors = header("Access-Control-Allow-Origin", "*");
                let name = request.url().strip_prefix("/owner/name/resolve/v1/").map(str::to_owned);
                let path = name.as_ref().map(|name| from.join(name)).filter(|path| path.is_file());
                let _ = match (name, path) {
                    (Some(name), Some(_)) if name == "model.safetensors" => {
                        let address = format!("http://localhost:{storage_port}/{name}");
                        let response = tiny_http::Response::empty(302).with_header(header("Location", &address));
                        request.respond(response.with_header(cors))
                    }
                    (_, Some(path)) => {
                        let bytes = std::fs::read(path).unwrap();
                        request.respond(tiny_http::Response::from_data(bytes).with_header(cors))
                    }
                    _ => request.respond(tiny_http::Response::empty(404).with_header(cors)),
                };
            }
        });
        let (other, count) = (storage.clone(), served.clone());
        std::thread::spawn(move || {
            for request in other.incoming_requests() {
                count.fetch_add(1, Ordering::SeqCst);
                let file = std::fs::File::open(folder.join("model.safetensors")).unwrap();
                let response = tiny_http::Response::from_file(file).with_chunked_threshold(usize::MAX);
                let _ = request.respond(response.with_header(header("Access-Control-Allow-Origin", "*")));
            }
        });
        Self { server, storage, served, port }
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.server.unblock();
        self.storage.unblock();
    }
}

#[test]
fn a_hub_model_is_loaded_once_and_kept() {
    let hub = Hub::start();
    let (port, served) = (hub.port, hub.served.clone());
    in_browser(move |page| async move {
        page.open("#/data").await?;
        let load = async |id: &str| {
            page.fill("textbox", "Hub model", id).await?;
            page.fill("textbox", "Revision", "v1").await?;
            page.fill("textbox", "Hub address", &format!("http://localhost:{port}")).await?;
            page.click("Load from hub").await
        };
        let says = async |wanted: &str| {
            page.until(&format!("'{wanted}'"), LONG, async || {
                let body = page.driver.find(By::Css("body")).await?.text().await?;
                Ok(body.contains(wanted).then_some(()))
            })
            .await
        };
        load("owner/name").await?;
        says("owner/name").await?;
        let marked = page.ask("Who keeps the key?", "The key is kept by Adam Wolny.").await?;
        assert_eq!(marked.text, "Adam Wolny");
        let first = served.load(Ordering::SeqCst);
        assert!(first > 3, "the hub was asked for {first} files");
        // Again after a reload: everything comes from the browser's storage.
        page.driver.refresh().await?;
        page.go("Data").await?;
        load("owner/name").await?;
        says("owner/name").await?;
        page.region_says("Worker", "fast", SOON).await?;
        let marked = page.ask("Who keeps the key?", "The key is kept by Ewa Lis.").await?;
        assert_eq!(marked.text, "Ewa Lis");
        assert_eq!(served.load(Ordering::SeqCst), first, "the hub was asked again");
        page.go("Data").await?;
        load("owner/absent").await?;
        says("The hub has no config.json for 'owner/absent' at revision 'v1'").await
    });
    drop(hub);
}
