//! The weights, taken home.

use std::io::Read;

use safetensors::SafeTensors;
use spanwise::model::{Config, WeightsReader};

use super::page::in_browser;

#[test]
fn the_zip_holds_a_model_that_reads_back() {
    in_browser(|page| async move {
        page.open("#/export").await?;
        page.click("Download weights").await?;
        let file = page.downloaded(".zip").await?;
        if let Ok(kept) = std::env::var("SPANWISE_KEEP_ZIP") {
            std::fs::copy(&file, kept).unwrap();
        }
        let mut archive = zip::ZipArchive::new(std::fs::File::open(&file).unwrap()).unwrap();
        let mut names: Vec<String> = archive.file_names().map(str::to_owned).collect();
        names.sort();
        assert_eq!(
            names,
            ["README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"]
        );
        let mut read = |name: &str| {
            let mut bytes = Vec::new();
            archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        let original =
            |name: &str| std::fs::read(format!("{}/public/models/default/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        for name in ["tokenizer.json", "tokenizer_config.json", "vocab.txt"] {
            assert_eq!(read(name), original(name), "{name} changed on its way");
        }
        let config = Config::from_json(&read("config.json")).unwrap();
        assert_eq!(config.extra["architectures"][0], "DistilBertForQuestionAnswering");
        let weights = read("model.safetensors");
        assert_eq!(SafeTensors::deserialize(&weights).unwrap().len(), 102);
        let parameters = |bytes: &[u8]| {
            let mut reader = WeightsReader::new(&config, bytes.len() as u64);
            reader.push(bytes).unwrap();
            reader.finish().unwrap().parameters
        };
        assert_eq!(parameters(&weights).values(), parameters(&original("model.safetensors")).values());
        let card = String::from_utf8(read("README.md")).unwrap();
        assert!(card.contains("AutoModelForQuestionAnswering"), "{card}");
        Ok(())
    });
}
