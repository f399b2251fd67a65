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
        // A second failure, and one while another model is on its way, change nothing either.
        for names in [["model.safetensors", "vocab.txt"], ["config.json", "vocab.txt"]] {
            page.upload("Model files", &default_model(&names)).await?;
        }
        page.until("what is missing", SOON, async || {
            let body = page.driver.find(thirtyfour::By::Css("body")).await?.text().await?;
            Ok(body.contains("model.safetensors is missing").then_some(()))
        })
        .await?;
        let body = page.driver.find(thirtyfour::By::Css("body")).await?.text().await?;
        assert!(body.contains("The model from before is still there") && !body.contains("No model"), "{body}");
        let marked = page.ask("Who keeps the key?", "The key is kept by Adam Wolny.").await?;
        assert_eq!(marked.text, "Adam Wolny");
        Ok(())
    });
}

#[test]
fn an_answer_of_another_model_is_said_to_be_old() {
    in_browser(|page| async move {
        const OLD: &str = "The model has changed since it answered";
        page.open("#/ask").await?;
        page.ask("Who keeps the key?", "The key is kept by Adam Wolny.").await?;
        let main = async || page.driver.find(thirtyfour::By::Css("main")).await?.text().await;
        assert!(!main().await?.contains(OLD));
        page.go("Data").await?;
        page.click("Fresh head").await?;
        page.go("Ask").await?;
        page.until("the answer to be old", SOON, async || Ok(main().await?.contains(OLD).then_some(()))).await?;
        page.picture("ask-old").await?;
        page.ask("What is kept by Adam Wolny?", "The key is kept by Adam Wolny.").await?;
        assert!(!main().await?.contains(OLD));
        Ok(())
    });
}
