//! Models from files, and the fresh head.

use std::path::{Path, PathBuf};

use super::page::{SOON, in_browser};

fn default_model(names: &[&str]) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("public/models/default");
    names.iter().map(|name| folder.join(name)).collect()
}

#[test]
fn model_files_are_read_with_a_vocabulary_alone() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        page.upload("Model files", &default_model(&["config.json", "model.safetensors", "vocab.txt"])).await?;
        page.until("the model", SOON, async || {
            let body = page.driver.find(thirtyfour::By::Css("body")).await?.text().await?;
            Ok(body.contains("22.6").then_some(()))
        })
        .await?;
        let marked = page.ask("Who keeps the key?", "The key is kept by Adam Wolny.").await?;
        assert_eq!(marked.text, "Adam Wolny");
        Ok(())
    });
}

#[test]
fn a_model_that_lacks_a_file_says_which_and_the_old_one_stays() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        page.upload("Model files", &default_model(&["model.safetensors", "vocab.txt"])).await?;
        page.until("what is missing", SOON, async || {
            let body = page.driver.find(thirtyfour::By::Css("body")).await?.text().await?;
            Ok(body.contains("config.json is missing").then_some(()))
        })
        .await?;
        let marked = page.ask("Who keeps the key?", "The key is kept by Adam Wolny.").await?;
        assert_eq!(marked.text, "Adam Wolny");
        Ok(())
    });
}
