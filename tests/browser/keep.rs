//! The whole journey through the Data view, and that nothing of it is lost.

use std::time::{Duration, Instant};

use serde_json::Value;
use thirtyfour::prelude::*;

use super::data::{exported, select};
use super::page::{Page, SOON, in_browser};

const TEXT: &str = "Poznań has a team. Kolejorz won 5-1 at home and 5-1 away in 1993, then drew.";

/// Questions with the characters that answer them; the words of the third stand twice.
const QUESTIONS: [(&str, usize, usize); 5] =
    [("Which city?", 0, 6), ("Who won?", 19, 27), ("How away?", 48, 51), ("When?", 60, 64), ("What followed?", 66, 75)];

/// How long an annotation may be at risk.
const PROMISE: Duration = Duration::from_secs(1);

/// Adds a pasted text.
pub async fn add(page: &Page, text: &str) -> WebDriverResult<()> {
    page.fill("textbox", "Paste text", text).await?;
    page.click("Add text").await
}

/// Opens the page, adds the text, and a question without words.
async fn open_with_question(page: &Page) -> WebDriverResult<()> {
    page.open("#/data").await?;
    add(page, TEXT).await?;
    page.click("New question").await
}

/// Waits until everything is kept.
pub async fn saved(page: &Page) -> WebDriverResult<()> {
    page.until("all to be saved", SOON, async || {
        let state = page.driver.find(By::Css(".saved")).await?.text().await?;
        Ok(state.starts_with("Saved").then_some(()))
    })
    .await
}

/// Words of the questions that are listed.
async fn questions(page: &Page) -> WebDriverResult<Vec<String>> {
    let script = "return [...document.querySelectorAll('.questions textarea')].map(field => field.value);";
    Ok(page.driver.execute(script, vec![]).await?.json().as_array().unwrap().iter().map(text_of).collect())
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn until_questions(page: &Page, count: usize) -> WebDriverResult<Vec<String>> {
    page.until(&format!("{count} questions"), SOON, async || {
        let questions = questions(page).await?;
        Ok((questions.len() == count).then_some(questions))
    })
    .await
}

fn expect_annotations(dataset: &Value) {
    let paragraph = &dataset["data"][0]["paragraphs"][0];
    assert_eq!(paragraph["context"], TEXT);
    let questions = paragraph["qas"].as_array().unwrap();
    assert_eq!(questions.len(), QUESTIONS.len());
    for (question, (words, start, end)) in questions.iter().zip(QUESTIONS) {
        let answer: String = TEXT.chars().skip(start).take(end - start).collect();
        assert_eq!(
            (text_of(&question["question"]).as_str(), text_of(&question["answers"][0]["text"])),
            (words, answer)
        );
        assert_eq!(question["answers"][0]["answer_start"], start);
    }
}

/// Reload, export, import: equal each time.
async fn expect_it_stays(page: &Page, before: &Value) -> WebDriverResult<()> {
    saved(page).await?;
    page.driver.refresh().await?;
    until_questions(page, QUESTIONS.len()).await?;
    assert_eq!(&exported(page).await?, before, "after a reload");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("back.json");
    std::fs::write(&file, before.to_string()).unwrap();
    page.upload("Dataset file", &[file]).await?;
    page.until("the file to be read", SOON, async || {
        let text = page.driver.find(By::Css("main")).await?.text().await?;
        Ok(text.contains("from back.json").then_some(()))
    })
    .await?;
    assert_eq!(exported(page).await?["data"], before["data"], "after an import");
    Ok(())
}

async fn is_enabled(page: &Page, name: &str) -> WebDriverResult<bool> {
    page.find("button", name).await?.is_enabled().await
}

#[test]
fn the_whole_journey_by_mouse() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        add(&page, TEXT).await?;
        for (number, (words, start, end)) in QUESTIONS.into_iter().enumerate() {
            page.click("New question").await?;
            page.fill("textbox", &format!("Question {}", number + 1), words).await?;
            select(&page, start, end).await?;
            page.click("Answer").await?;
        }
        let before = exported(&page).await?;
        expect_annotations(&before);
        while is_enabled(&page, "Undo").await? {
            page.click("Undo").await?;
        }
        until_questions(&page, 0).await?;
        while is_enabled(&page, "Redo").await? {
            page.click("Redo").await?;
        }
        assert_eq!(exported(&page).await?, before, "after undoing and making again");
        expect_it_stays(&page, &before).await
    });
}

async fn press(page: &Page, keys: impl Into<TypingData>) -> WebDriverResult<()> {
    page.driver.active_element().await?.send_keys(keys).await
}

/// Goes on with the Tab key until the named element has the focus.
async fn tab_to(page: &Page, name: &str) -> WebDriverResult<()> {
    for _ in 0..80 {
        // Not by the element: a file input takes keys sent to it for names of files.
        page.driver.action_chain().send_keys(Key::Tab + "").perform().await?;
        if page.label(&page.driver.active_element().await?).await? == name {
            return Ok(());
        }
    }
    panic!("the Tab key does not lead to '{name}'");
}

#[test]
fn the_whole_journey_by_keyboard_alone() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        tab_to(&page, "Paste text").await?;
        press(&page, TEXT).await?;
        tab_to(&page, "Add text").await?;
        press(&page, Key::Enter + "").await?;
        page.until("the text", SOON, async || Ok(page.region("Text").await?.contains("Kolejorz").then_some(())))
            .await?;
        tab_to(&page, "New question").await?;
        press(&page, Key::Enter + "").await?;
        for (number, (words, start, end)) in QUESTIONS.into_iter().enumerate() {
            if number > 0 {
                // The focus is in the text, where a single key is a shortcut.
                press(&page, "n").await?;
            }
            page.until("the question's field", SOON, async || {
                let name = format!("Question {}", number + 1);
                Ok((page.label(&page.driver.active_element().await?).await? == name).then_some(()))
            })
            .await?;
            press(&page, words).await?;
            press(&page, Key::Enter + "").await?;
            press(&page, Key::Control + Key::Home).await?;
            for _ in 0..start {
                press(&page, Key::Right + "").await?;
            }
            for _ in start..end {
                press(&page, Key::Shift + Key::Right).await?;
            }
            press(&page, "a").await?;
        }
        let before = exported(&page).await?;
        expect_annotations(&before);
        // Pressing the button moved the focus to it; shortcuts work there, too.
        while is_enabled(&page, "Undo").await? {
            press(&page, Key::Control + "z").await?;
        }
        until_questions(&page, 0).await?;
        while is_enabled(&page, "Redo").await? {
            press(&page, Key::Control + Key::Shift + "z").await?;
        }
        assert_eq!(exported(&page).await?, before, "after undoing and making again");
        expect_it_stays(&page, &before).await
    });
}

/// Numbers of a fixed seed.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Of a change that waits for its turn nobody is told that it is saved.
#[test]
fn what_waits_to_be_saved_is_not_called_saved() {
    in_browser(|page| async move {
        open_with_question(&page).await?;
        saved(&page).await?;
        let script = "const frame = () => new Promise(requestAnimationFrame);
            const field = document.querySelector('.questions textarea');
            const said = () => document.querySelector('.saved').textContent;
            const type = (words) => {
              field.value = words;
              field.dispatchEvent(new Event('input', { bubbles: true }));
            };
            (async () => {
              type('First words');
              do await frame(); while (said() !== 'Saved just now');
              type('Second words');
              await frame();
              await frame();
              done(said());
            })();";
        assert_eq!(page.script(script, Vec::new()).await?, "Saving…");
        saved(&page).await?;
        page.driver.refresh().await?;
        assert_eq!(until_questions(&page, 1).await?, ["Second words"]);
        Ok(())
    });
}

/// Whoever is about to press a button presses that button: the browser reports what moved without anybody's doing.
#[test]
fn nothing_that_comes_late_moves_the_workbench() {
    in_browser(|page| async move {
        open_with_question(&page).await?;
        saved(&page).await?;
        page.driver.refresh().await?;
        until_questions(&page, 1).await?;
        page.until("what the model knows of the text", SOON, async || {
            Ok(page
                .driver
                .find(By::Css("main"))
                .await?
                .text()
                .await?
                .contains("This model reads English;")
                .then_some(()))
        })
        .await?;
        let script = "const moved = [];
            const bench = document.querySelector('.bench');
            const look = (list) => {
              for (const source of list.getEntries().flatMap((entry) => entry.sources))
                if (bench.contains(source.node)) moved.push(`${source.node.className} by ${source.currentRect.y - source.previousRect.y} px`);
            };
            const frame = () => new Promise(requestAnimationFrame);
            (async () => {
              new PerformanceObserver(look).observe({ type: 'layout-shift', buffered: true });
              for (let i = 0; i < 30; i++) await frame();
              const before = moved.length;
              bench.before(document.createElement('hr'));
              for (let i = 0; i < 30; i++) await frame();
              done([before, moved.length > before, moved]);
            })();";
        let found = page.script(script, Vec::new()).await?;
        assert_eq!(found[0], 0, "{}", found[2]);
        assert_eq!(found[1], true, "a line put above it is reported");
        Ok(())
    });
}

#[test]
fn twenty_kills_lose_nothing_older_than_a_second() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        add(&page, TEXT).await?;
        saved(&page).await?;
        let spare = page.driver.new_tab().await?;
        let mut seeded = Seeded(20);
        let mut known: Vec<String> = Vec::new();
        for round in 0..20 {
            // Each question is one step, with the time at which the page had it.
            let mut made: Vec<(String, Instant)> = Vec::new();
            let first = page.driver.windows().await?.into_iter().find(|window| *window != spare).unwrap();
            page.driver.switch_to_window(first.clone()).await?;
            until_questions(&page, known.len()).await?;
            for step in 0..2 + seeded.below(6) {
                page.click("New question").await?;
                let words = format!("Round {round}, step {step}?");
                let number = known.len() + made.len() + 1;
                page.fill("textbox", &format!("Question {number}"), &words).await?;
                made.push((words, Instant::now()));
                tokio::time::sleep(Duration::from_millis(seeded.below(500))).await;
            }
            // The process of the page dies at once: no event, no farewell.
            let killed = Instant::now();
            let _ = tokio::time::timeout(Duration::from_secs(5), page.driver.goto("chrome://crash")).await;
            page.driver.switch_to_window(spare.clone()).await?;
            let fresh = page.driver.new_tab().await?;
            page.driver.switch_to_window(first).await?;
            let _ = page.driver.close_window().await;
            page.driver.switch_to_window(fresh).await?;
            page.open("#/data").await?;
            let must: Vec<String> =
                made.iter().filter(|(_, at)| killed - *at > PROMISE).map(|(words, _)| words.clone()).collect();
            let found = page
                .until("the project of before", SOON, async || {
                    let found = questions(&page).await?;
                    Ok((found.len() >= known.len() + must.len()).then_some(found))
                })
                .await?;
            assert_eq!(found[..known.len()], known, "round {round}");
            for words in &must {
                assert!(found.contains(words), "'{words}' was lost in round {round}: {found:?}");
            }
            known = found;
        }
        Ok(())
    });
}

#[test]
fn two_tabs_never_write_the_same_project() {
    in_browser(|page| async move {
        open_with_question(&page).await?;
        saved(&page).await?;
        let first = page.driver.window().await?;
        let second = page.driver.new_tab().await?;
        page.driver.switch_to_window(second.clone()).await?;
        page.open("#/data").await?;
        let alerts = async |wanted: &'static str| {
            page.until(wanted, SOON, async || {
                let text = page.driver.find(By::Css(".alerts")).await?.text().await?;
                Ok(text.contains(wanted).then_some(()))
            })
            .await
        };
        alerts("open in another tab").await?;
        until_questions(&page, 1).await?;
        for name in ["New question", "Edit text", "Undo"] {
            assert!(!is_enabled(&page, name).await?, "{name}: a project that is open elsewhere is only read");
        }
        add(&page, "More.").await?;
        page.until("the refusal", SOON, async || {
            Ok(page.driver.find(By::Css("main")).await?.text().await?.contains("only read here").then_some(()))
        })
        .await?;
        page.driver.switch_to_window(first.clone()).await?;
        page.click("Edit text").await?;
        page.fill("textbox", "Edited text", "Words that are not saved.").await?;
        page.driver.switch_to_window(second).await?;
        page.click("Work on it here").await?;
        page.until("the tab to write", SOON, async || {
            Ok((!page.driver.find(By::Css(".alerts")).await?.text().await?.contains("another tab")).then_some(()))
        })
        .await?;
        page.click("New question").await?;
        until_questions(&page, 2).await?;
        saved(&page).await?;
        page.driver.switch_to_window(first).await?;
        alerts("taken over by another tab").await?;
        assert_eq!(questions(&page).await?.len(), 1);
        page.click("Save text").await?;
        page.until("the words to be kept in their field", SOON, async || {
            Ok(page.driver.find(By::Css("main")).await?.text().await?.contains("Your words stay").then_some(()))
        })
        .await?;
        let draft = page.find("textbox", "Edited text").await?.prop("value").await?;
        assert_eq!(draft.as_deref(), Some("Words that are not saved."));
        page.driver.refresh().await?;
        until_questions(&page, 2).await?;
        alerts("open in another tab").await
    });
}

#[test]
fn projects_have_names_and_are_opened_renamed_and_deleted() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        let chip = async || page.driver.find(By::Css(".top-bar .project")).await;
        add(&page, TEXT).await?;
        chip().await?.click().await?;
        page.fill("textbox", "Project name", "Lech").await?;
        saved(&page).await?;
        page.click("New project").await?;
        page.until("a new project", SOON, async || Ok((chip().await?.text().await? == "New project").then_some(())))
            .await?;
        add(&page, "Another text.").await?;
        saved(&page).await?;
        page.driver.refresh().await?;
        page.until("the last project", SOON, async || {
            Ok(page.region("Text").await?.contains("Another text.").then_some(()))
        })
        .await?;
        page.click("Edit text").await?;
        page.fill("textbox", "Edited text", "Another text, longer.").await?;
        chip().await?.click().await?;
        page.click("Open Lech").await?;
        page.until("the first project", SOON, async || {
            Ok(page.region("Text").await?.contains("Kolejorz").then_some(()))
        })
        .await?;
        chip().await?.click().await?;
        page.click("Delete project").await?;
        page.driver.accept_alert().await?;
        page.until("the other project", SOON, async || {
            Ok(page.region("Text").await?.contains("Another text, longer.").then_some(()))
        })
        .await?;
        assert!(page.all("button", "Open Lech").await?.is_empty());
        Ok(())
    });
}

#[test]
fn an_edited_text_takes_its_answers_along() {
    in_browser(|page| async move {
        open_with_question(&page).await?;
        page.fill("textbox", "Question 1", "How away?").await?;
        select(&page, 48, 51).await?;
        page.click("Answer").await?;
        page.click("Edit text").await?;
        page.fill("textbox", "Edited text", &format!("🐢 Long ago, {TEXT}")).await?;
        page.driver.active_element().await?.send_keys(Key::Control + Key::Enter).await?;
        page.until("the edited text", SOON, async || Ok(page.region("Text").await?.contains("Long ago").then_some(())))
            .await?;
        let dataset = exported(&page).await?;
        let answer = &dataset["data"][0]["paragraphs"][0]["qas"][0]["answers"][0];
        assert_eq!((&answer["text"], &answer["answer_start"]), (&"5-1".into(), &60.into()));
        page.click("Edit text").await?;
        page.fill("textbox", "Edited text", "Poznań has a team.").await?;
        for view in ["Ask", "Data"] {
            page.driver.execute(format!("location.hash = '#/{}';", view.to_lowercase()), vec![]).await?;
            page.until(view, SOON, async || {
                Ok(page.driver.find(By::Css("main h1")).await?.text().await?.contains(view).then_some(()))
            })
            .await?;
        }
        page.click("Save text").await?;
        page.region_says("Findings", "5-1", SOON).await?;
        page.click("Undo").await?;
        assert_eq!(exported(&page).await?, dataset);
        Ok(())
    });
}

/// Pictures for whoever looks at them, in the folder `SPANWISE_SCREENSHOTS`; and nothing is wider than a narrow screen.
#[test]
fn the_data_view_fits_wide_and_narrow_screens() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        page.click("Load sample: Lech Poznań").await?;
        page.until("the sample", SOON, async || Ok(page.region("Text").await?.contains("Lech").then_some(()))).await?;
        let open = "document.querySelector('.statistics details').open = true;";
        page.driver.execute(open, vec![]).await?;
        page.until("the lengths", SOON, async || Ok(page.driver.find_all(By::Css(".histogram svg")).await?.pop()))
            .await?;
        for (width, height) in [(1280, 900), (360, 800)] {
            page.driver.set_window_rect(0, 0, width, height).await?;
            for theme in ["light", "dark"] {
                let script = "document.documentElement.setAttribute('data-theme', arguments[0]);
                    const body = document.scrollingElement; return [body.scrollWidth, body.clientWidth];";
                let widths = page.driver.execute(script, vec![theme.into()]).await?.json().clone();
                assert!(widths[0].as_u64() <= widths[1].as_u64(), "wider than {width} px: {widths}");
                for (part, selector) in [("top", ".toolbar"), ("bench", ".bench"), ("statistics", ".statistics")] {
                    let script = "document.querySelector(arguments[0]).scrollIntoView();";
                    page.driver.execute(script, vec![selector.into()]).await?;
                    page.picture(&format!("data-{part}-{width}-{theme}")).await?;
                }
            }
        }
        Ok(())
    });
}
