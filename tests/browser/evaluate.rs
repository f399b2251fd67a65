//! Evaluate: wrong answers by the way in which they are wrong, and the reliability diagram.

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::page::{LONG, Page, SOON, in_browser};

const WRONG: &str = "Wrong answers:";
const RELIABILITY: &str = "Can its probabilities be trusted?";

/// Two questions that the default model answers, the second marked by more than it answers, and ten that nothing in their text answers.
fn held_out() -> Value {
    let context = "The mill at Orzechowo was built in 1784. Its owner was Maria Kowalska.";
    let question = |id: String, question: String, text: &str| {
        let start = context.find(text).unwrap();
        json!({"id": id, "question": question, "answers": [{"text": text, "answer_start": start}]})
    };
    let mut qas = vec![
        question("year".to_owned(), "In which year was the mill built?".to_owned(), "1784"),
        question("owner".to_owned(), "Who owned the mill?".to_owned(), "Its owner was Maria Kowalska"),
    ];
    let other = |number: usize| question(number.to_string(), format!("Who built mill number {number}?"), "mill at");
    qas.extend((0..10).map(other));
    json!({"version": "1.1", "data": [{"title": "Mill", "paragraphs": [{"context": context, "qas": qas}]}]})
}

/// The numbers beside the filters of a group.
async fn counts(page: &Page, group: &str) -> WebDriverResult<Vec<(String, usize)>> {
    let buttons = page.find("group", group).await?.find_all(By::Css("button")).await?;
    let mut counts = Vec::new();
    for button in buttons {
        let text = button.text().await?;
        let (name, count) = text.rsplit_once(char::is_whitespace).unwrap();
        counts.push((name.trim().to_owned(), count.parse().unwrap()));
    }
    Ok(counts)
}

async fn rows(page: &Page) -> WebDriverResult<Vec<String>> {
    let script = "return [...document.querySelectorAll('.question-table tbody tr')].map(row => row.innerText);";
    let rows = page.driver.execute(script, vec![]).await?.json().clone();
    Ok(rows.as_array().unwrap().iter().map(|row| row.as_str().unwrap().to_owned()).collect())
}

#[test]
fn wrong_answers_are_told_apart_and_probabilities_compared_with_right_ones() {
    in_browser(|page| async move {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mill.json");
        std::fs::write(&file, held_out().to_string()).unwrap();
        page.open("#/evaluate").await?;
        page.upload("Held-out file", &[file]).await?;
        page.region_says("Worker", "thread", LONG).await?;
        page.until("12 questions", SOON, async || {
            let main = page.driver.find(By::Css("main")).await?.text().await?;
            Ok(main.contains("mill.json: 12 questions").then_some(()))
        })
        .await?;
        page.until("a model that answers", LONG, async || {
            Ok(page.find("button", "Evaluate").await?.is_enabled().await?.then_some(()))
        })
        .await?;
        page.click("Evaluate").await?;
        let result = page.region_says("Result", "of 12 right", LONG).await?;
        let right: usize = result.split_whitespace().next().unwrap().parse().unwrap();
        let wrong = counts(&page, WRONG).await?;
        println!("{right} right, {wrong:?}");
        assert_eq!(wrong.iter().map(|(_, count)| count).sum::<usize>(), 12 - right);
        let short = wrong.iter().find(|(name, _)| name == "Too short").unwrap().1;
        page.click(&format!("Too short {short}")).await?;
        let shown = page
            .until("the filter", SOON, async || {
                let rows = rows(&page).await?;
                Ok((rows.len() == short).then_some(rows))
            })
            .await?;
        assert!(shown.iter().any(|row| row.contains("Who owned the mill?")), "{shown:?}");
        assert!(shown.iter().all(|row| row.contains("wrong")), "{shown:?}");
        let share = format!("{:.0} % of them are right", 100.0 * right as f64 / 12.0);
        page.region_says(RELIABILITY, &share, SOON).await?;
        let picture = page.driver.find(By::Css(".reliability svg[role=img]")).await?;
        assert!(page.label(&picture).await?.contains(&share), "the picture has no name");
        page.unfold("The same as a table").await?;
        let script =
            "return [...document.querySelectorAll('.reliability tbody tr')].map(row => row.cells[1].innerText);";
        let bars = page.driver.execute(script, vec![]).await?.json().clone();
        let bars = bars.as_array().unwrap().iter().map(|count| count.as_str().unwrap().parse::<usize>().unwrap());
        assert_eq!(bars.collect::<Vec<_>>().iter().sum::<usize>(), 12);
        Ok(())
    });
}
