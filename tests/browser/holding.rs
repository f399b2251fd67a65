//! Holding questions back: a share, one fold after the other, and what is held back in the list.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::data::exported;
use super::page::{Page, SOON, in_browser};

/// Waits until the line above the panes says so.
async fn totals(page: &Page, wanted: &'static str) -> WebDriverResult<()> {
    page.until(wanted, SOON, async || {
        Ok(page.driver.find(By::Css(".totals")).await?.text().await?.contains(wanted).then_some(()))
    })
    .await
}

/// What the list shows: texts or questions.
async fn list(page: &Page, what: &str) -> WebDriverResult<()> {
    let script = "const list = document.querySelector('.outline-pane select'); list.value = arguments[0];
        list.dispatchEvent(new Event('change', { bubbles: true }));";
    page.driver.execute(script, vec![what.into()]).await?;
    Ok(())
}

/// Labels of the rows that are held back.
async fn held_back(page: &Page) -> WebDriverResult<Vec<String>> {
    let script =
        "return [...document.querySelectorAll('.outline-row.held-back .label')].map(label => label.textContent);";
    let labels = page.driver.execute(script, vec![]).await?.json().clone();
    Ok(labels.as_array().unwrap().iter().map(|label| label.as_str().unwrap().to_owned()).collect())
}

#[test]
fn a_part_is_held_back_and_given_back() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        page.click("Load sample: Lech Poznań").await?;
        totals(&page, "22 questions").await?;
        page.click("Hold back a part…").await?;
        page.click("Hold back").await?;
        page.until("fewer questions", SOON, async || {
            Ok((!page.driver.find(By::Css(".totals")).await?.text().await?.contains("22 questions")).then_some(()))
        })
        .await?;
        page.click("Undo").await?;
        totals(&page, "22 questions").await
    });
}

#[test]
fn what_is_held_back_is_listed_and_only_read() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        page.click("Load sample: Lech Poznań").await?;
        totals(&page, "22 questions").await?;
        let before = exported(&page).await?;
        list(&page, "questions").await?;
        let row = page
            .until("a row that is held back", SOON, async || {
                // The list is long: what is held back stands at its end.
                let script =
                    "const list = document.querySelector('.outline-scroll'); list.scrollTop = list.scrollHeight;";
                page.driver.execute(script, vec![]).await?;
                Ok(page.driver.find_all(By::Css(".outline-row.held-back")).await?.pop())
            })
            .await?;
        assert!(page.label(&row).await?.contains("held back: not trained on"), "{}", page.label(&row).await?);
        row.click().await?;
        page.until("the text that is held back", SOON, async || {
            Ok(page.driver.find_all(By::Css(".held-back-line")).await?.pop())
        })
        .await?;
        assert!(!page.region("Text").await?.is_empty());
        for name in ["Answer", "New question", "Edit text", "Delete paragraph"] {
            assert!(!page.find("button", name).await?.is_enabled().await?, "'{name}' can be pressed");
        }
        let field = page.driver.find(By::Css(".questions textarea")).await?;
        assert!(field.prop("readOnly").await?.is_some_and(|value| value == "true"), "a question can be changed");
        // A shortcut says why nothing happens.
        page.driver.find(By::Css(".context")).await?.click().await?;
        page.driver.active_element().await?.send_keys("n").await?;
        page.until("the reason", SOON, async || {
            Ok(page.driver.find(By::Css("main")).await?.text().await?.contains("held back and only read").then_some(()))
        })
        .await?;
        assert_eq!(exported(&page).await?, before);
        list(&page, "texts").await?;
        page.driver.find(By::Css(".outline-row:not(.held-back)")).await?.click().await?;
        page.until("a text that is trained on", SOON, async || {
            Ok(page.find("button", "Answer").await?.is_enabled().await?.then_some(()))
        })
        .await
    });
}

/// Ten paragraphs of two documents, a question about each.
fn ten() -> Value {
    let paragraph = |number: usize| {
        let answers = json!([{"text": "Żółw", "answer_start": 0}]);
        let question =
            json!({"id": number.to_string(), "question": format!("Who is number {number}?"), "answers": answers});
        json!({"context": format!("Żółw {number} 🐢 went home."), "qas": [question]})
    };
    let document = |from: usize| json!({"title": format!("From {from}"), "paragraphs": (from..from + 5).map(paragraph).collect::<Vec<_>>()});
    json!({"version": "1.1", "data": [document(0), document(5)]})
}

#[test]
fn a_person_goes_through_the_folds_one_by_one() {
    in_browser(|page| async move {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ten.json");
        std::fs::write(&file, ten().to_string()).unwrap();
        page.open("#/data").await?;
        page.upload("Dataset file", &[file]).await?;
        totals(&page, "10 questions").await?;
        list(&page, "questions").await?;
        let mut measured = BTreeSet::new();
        for number in 1..=5 {
            page.click("Hold back a part…").await?;
            if number == 1 {
                page.find("radio", "One of several folds").await?.click().await?;
                page.fill("spinbutton", "Of how many folds", "5").await?;
            }
            let proposed = page.find("spinbutton", "Fold").await?.value().await?;
            assert_eq!(proposed, Some(number.to_string()), "the next fold is proposed");
            page.click("Hold back").await?;
            totals(&page, "8 questions").await?;
            let fold = page
                .until(&format!("fold {number}"), SOON, async || {
                    let fold = held_back(&page).await?;
                    Ok((fold.len() == 2 && fold.iter().all(|label| !measured.contains(label))).then_some(fold))
                })
                .await?;
            measured.extend(fold);
        }
        assert_eq!(measured.len(), 10, "every question is measured once: {measured:?}");
        page.click("Hold back a part…").await?;
        page.click("Train on them again").await?;
        totals(&page, "10 questions").await?;
        assert_eq!(exported(&page).await?, ten(), "everything is in its place again");
        Ok(())
    });
}
