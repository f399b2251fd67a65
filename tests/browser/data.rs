//! Bringing and marking data.

use serde_json::Value;
use thirtyfour::prelude::*;

use super::keep::add;
use super::page::{Page, SOON, in_browser, shared};

const TEXT: &str = "Poznań 🏟️ has a team. Kolejorz won 5-1 at home and 5-1 away.";

/// Selects characters of the Text region (UTF-16 units of its text) as a mouse would.
pub async fn select(page: &Page, start: usize, end: usize) -> WebDriverResult<()> {
    let region = page.find("region", "Text").await?;
    let script = r"
        const [region, start, end] = arguments;
        const root = region.querySelector('[data-context]') ?? region;
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        let at = 0;
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const length = node.data.length;
          if (start >= at && start <= at + length) range.setStart(node, start - at);
          if (end >= at && end <= at + length) { range.setEnd(node, end - at); break; }
          at += length;
        }
        const selection = getSelection();
        selection.removeAllRanges();
        selection.addRange(range);";
    page.driver.execute(script, vec![region.to_json()?, start.into(), end.into()]).await?;
    Ok(())
}

/// What the dataset's export holds.
pub async fn exported(page: &Page) -> WebDriverResult<Value> {
    page.click("Export dataset").await?;
    let file = page.downloaded(".json").await?;
    let dataset = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    std::fs::remove_file(file).unwrap();
    Ok(dataset)
}

async fn paste(page: &Page) -> WebDriverResult<()> {
    page.open("#/data").await?;
    let field = page.find("textbox", "Paste text").await?;
    // Keys beyond the basic plane cannot be typed over WebDriver.
    let script = "const [field, text] = arguments; field.value = text; field.dispatchEvent(new Event('input', {bubbles: true}));";
    page.driver.execute(script, vec![field.to_json()?, TEXT.into()]).await?;
    page.click("Add text").await
}

#[test]
fn a_selection_becomes_the_answer_with_its_true_place() {
    in_browser(|page| async move {
        paste(&page).await?;
        page.click("New question").await?;
        // The second "5-1": the one that was selected, not the first of the same words.
        let units = |chars: usize| TEXT.chars().take(chars).map(char::len_utf16).sum::<usize>();
        let second = TEXT.chars().count() - " away.".len() - 3;
        select(&page, units(second), units(second + 3)).await?;
        page.click("Answer").await?;
        let dataset = exported(&page).await?;
        let paragraph = &dataset["data"][0]["paragraphs"][0];
        assert_eq!(paragraph["context"], TEXT);
        assert_eq!(paragraph["qas"][0]["answers"][0]["text"], "5-1");
        assert_eq!(paragraph["qas"][0]["answers"][0]["answer_start"], second);
        Ok(())
    });
}

#[test]
fn an_answer_is_marked_by_keyboard_alone() {
    in_browser(|page| async move {
        paste(&page).await?;
        page.click("New question").await?;
        page.driver.active_element().await?.send_keys("What is the city?").await?;
        let region = page.find("region", "Text").await?;
        let script =
            "(arguments[0].matches('[tabindex]') ? arguments[0] : arguments[0].querySelector('[tabindex]')).focus();";
        page.driver.execute(script, vec![region.to_json()?]).await?;
        let keys = Key::Home + "";
        page.driver.active_element().await?.send_keys(keys).await?;
        for _ in 0..6 {
            page.driver.active_element().await?.send_keys(Key::Shift + Key::Right).await?;
        }
        page.driver.active_element().await?.send_keys("a").await?;
        let dataset = exported(&page).await?;
        let question = &dataset["data"][0]["paragraphs"][0]["qas"][0];
        assert_eq!(question["question"], "What is the city?");
        assert_eq!(question["answers"][0]["text"], "Poznań");
        assert_eq!(question["answers"][0]["answer_start"], 0);
        Ok(())
    });
}

#[test]
fn a_squad_file_is_read_checked_and_given_back() {
    let Some(file) = shared("data/offsets/xquad.en.json") else { return };
    in_browser(|page| async move {
        page.open("#/data").await?;
        page.upload("Dataset file", std::slice::from_ref(&file)).await?;
        page.until("the questions", SOON, async || {
            let body = page.driver.find(By::Css("main")).await?.text().await?;
            Ok(body.contains("1,190").then_some(()))
        })
        .await?;
        let before: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(exported(&page).await?["data"], before["data"]);
        Ok(())
    });
}

#[test]
fn a_broken_file_says_where_and_loses_nothing() {
    in_browser(|page| async move {
        paste(&page).await?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("broken.json");
        std::fs::write(&file, r#"{"data":[{"paragraphs":[{"context":"a","qas":[{"id":"1"}]}]}]}"#).unwrap();
        page.upload("Dataset file", &[file]).await?;
        page.until("the place of the error", SOON, async || {
            let body = page.driver.find(By::Css("body")).await?.text().await?;
            Ok(body.contains("data[0].paragraphs[0].qas[0].question").then_some(()))
        })
        .await?;
        assert_eq!(exported(&page).await?["data"][0]["paragraphs"][0]["context"], TEXT);
        Ok(())
    });
}

#[test]
fn bad_answers_are_listed() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shifted.json");
        let answer = r#"{"text":"Poznan","answer_start":0}"#;
        let data = format!(
            r#"{{"data":[{{"title":"t","paragraphs":[{{"context":"Poznań lies on the Warta.","qas":[{{"id":"1","question":"Where?","answers":[{answer}]}}]}}]}}]}}"#
        );
        std::fs::write(&file, data).unwrap();
        page.upload("Dataset file", &[file]).await?;
        let said = page.region_says("Findings", "data[0].paragraphs[0].qas[0].answers[0]", SOON).await?;
        assert!(said.contains("Poznan"), "{said}");
        Ok(())
    });
}

#[test]
fn lengths_are_counted_in_tokens_of_the_model_and_anew_after_a_change() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        let longest = async |wanted: &str| {
            page.until(wanted, SOON, async || {
                let said = page.region("Statistics").await?;
                Ok((said.contains("in tokens") && said.contains(wanted)).then_some(()))
            })
            .await
        };
        // Three words; the full stop is a token of its own.
        add(&page, "The cat sat.").await?;
        page.driver.find(By::Css(".statistics > details > summary")).await?.click().await?;
        longest("median 4, longest 4").await?;
        add(&page, "The cat sat. The cat sat.").await?;
        longest("longest 8").await?;
        page.click("Undo").await?;
        longest("longest 4").await
    });
}
