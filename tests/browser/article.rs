//! The article's experiment, from the default model with a fresh head.

use serde_json::Value;

use super::page::{LONG, SOON, in_browser};

const AGGREGATE: &str = "What was the aggregate score of Lech Poznań against Panathinaikos in the 1990-91 season?";

fn sample(file: &str) -> Value {
    let path = format!("{}/public/sample/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Context, question and gold answer of a question of the sample.
fn question(file: &str, wanted: impl Fn(&Value) -> bool) -> (String, String, String) {
    let sample = sample(file);
    for document in sample["data"].as_array().unwrap() {
        for paragraph in document["paragraphs"].as_array().unwrap() {
            if let Some(question) = paragraph["qas"].as_array().unwrap().iter().find(|question| wanted(question)) {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                return (
                    text(&paragraph["context"]),
                    text(&question["question"]),
                    text(&question["answers"][0]["text"]),
                );
            }
        }
    }
    panic!("{file} has no such question");
}

#[test]
fn nonsense_before_and_all_22_right_after() {
    in_browser(|page| async move {
        let (context, _, gold) = question("lech-poznan.json", |question| question["question"] == AGGREGATE);
        assert_eq!(gold, "5-1");
        page.open("#/data").await?;
        page.click("Load sample: Lech Poznań").await?;
        page.region_says("Text", "Lech", SOON).await?;
        page.click("Fresh head").await?;
        page.until("the fresh head", SOON, async || {
            let body = page.driver.find(thirtyfour::By::Css("body")).await?.text().await?;
            Ok(body.contains("freshly drawn").then_some(()))
        })
        .await?;
        let before = page.ask(AGGREGATE, &context).await?;
        assert_ne!(before.text, "5-1", "a head that was drawn by chance cannot know");
        // One question may be right by chance; all of them say that the head knows nothing.
        page.go("Evaluate").await?;
        page.find("radio", "Training questions").await?.click().await?;
        page.click("Evaluate").await?;
        page.until("hardly any of 22 right", LONG, async || {
            let body = page.driver.find(thirtyfour::By::Css("main")).await?.text().await?;
            let is_nonsense = |line: &str| (0..=2).any(|count| line.starts_with(&format!("{count} of 22 right")));
            Ok(body.lines().any(is_nonsense).then_some(()))
        })
        .await?;
        page.go("Train").await?;
        page.find("radio", "As in the article").await?.click().await?;
        page.click("Train").await?;
        let said = page.region_says("Training", "finished", LONG).await?;
        println!("{said}");
        let after = page.ask(AGGREGATE, &context).await?;
        assert_eq!(after.text, "5-1");
        assert!(after.region.contains("217–220"), "{}", after.region);
        let (context, paraphrase, gold) = question("lech-poznan-held-out.json", |question| {
            question["kind"] == "paraphrase" && question["answers"][0]["text"] == "5-1"
        });
        assert_eq!(page.ask(&paraphrase, &context).await?.text, gold);
        page.go("Evaluate").await?;
        page.find("radio", "Training questions").await?.click().await?;
        page.click("Evaluate").await?;
        page.until("22 of 22 right", LONG, async || {
            let body = page.driver.find(thirtyfour::By::Css("main")).await?.text().await?;
            Ok(body.contains("22 of 22 right").then_some(()))
        })
        .await?;
        Ok(())
    });
}

/// The article's model answered "3" where "3-0" was right.
#[test]
fn the_unseen_score_is_right_from_the_default_model() {
    in_browser(|page| async move {
        let (context, unseen, gold) =
            question("lech-poznan-held-out.json", |question| question["answers"][0]["text"] == "3-0");
        page.open("#/data").await?;
        page.click("Load sample: Lech Poznań").await?;
        page.region_says("Text", "Lech", SOON).await?;
        page.go("Train").await?;
        page.find("radio", "A few answers").await?.click().await?;
        page.click("Train").await?;
        page.region_says("Training", "finished", LONG).await?;
        assert_eq!(page.ask(&unseen, &context).await?.text, gold);
        Ok(())
    });
}
