//! A model of the hub, from a local server that behaves like it: revisions, redirects to another host, and the copy in the
//! browser's storage.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use thirtyfour::By;
use xtask::site::http::{Answer, Listening};

use super::host::{file, listen};
use super::page::{LONG, SOON, in_browser};

/// Serves `owner/name` at revision `v1`; the weights are elsewhere, behind a redirect.
struct Hub {
    names: Listening,
    /// The other host.
    _storage: Listening,
    served: Arc<AtomicUsize>,
}

impl Hub {
    fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("public/models/default");
        let served = Arc::new(AtomicUsize::new(0));
        let (count, weights) = (served.clone(), folder.join("model.safetensors"));
        let storage = listen(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            file(&weights)
        });
        let (count, port) = (served.clone(), storage.address().port());
        let hub = listen(move |request| {
            count.fetch_add(1, Ordering::SeqCst);
            let name = request.target.strip_prefix("/owner/name/resolve/v1/").unwrap_or_default();
            match folder.join(name) {
                _ if name == "model.safetensors" => {
                    Answer::empty(302).with("Location", format!("http://localhost:{port}/{name}"))
                }
                path if !name.is_empty() && path.is_file() => file(&path),
                _ => Answer::empty(404),
            }
        });
        Self { names: hub, _storage: storage, served }
    }
}

#[test]
fn a_hub_model_is_loaded_once_and_kept() {
    let hub = Hub::start();
    let (port, served) = (hub.names.address().port(), hub.served.clone());
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
