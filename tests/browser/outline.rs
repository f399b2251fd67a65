//! The list of documents and questions, as long as it may be.

use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};
use thirtyfour::prelude::*;

use super::keep::saved;
use super::page::{LONG, Page, SOON, in_browser};
use crate::support::say;

const PARAGRAPHS: usize = 10_000;
const QUESTIONS_EACH: usize = 10;
const QUESTIONS: usize = PARAGRAPHS * QUESTIONS_EACH;

/// Height of a row, in pixels.
const ROW_PX: usize = 52;

/// Rows that may be in the page at once: those of the highest list, and a dozen beyond each edge.
const ROWS_MAX: u64 = 48;

fn question(number: usize) -> String {
    format!("Question {number}: what does text {} hold?", number / QUESTIONS_EACH)
}

/// A file of 100,000 questions, all with their answer.
fn write_dataset(path: &Path) {
    let mut file = BufWriter::new(std::fs::File::create(path).unwrap());
    write!(file, r#"{{"version":"1.1","data":[{{"title":"Many","paragraphs":["#).unwrap();
    for paragraph in 0..PARAGRAPHS {
        let asked = |index: usize| {
            let number = paragraph * QUESTIONS_EACH + index;
            let answers = json!([{"text": "Żółw", "answer_start": 0}]);
            json!({"id": number.to_string(), "question": question(number), "answers": answers})
        };
        let qas: Vec<Value> = (0..QUESTIONS_EACH).map(asked).collect();
        let separator = if paragraph == 0 { "" } else { "," };
        let text = format!("Żółw {paragraph} 🐢 holds the words of its own text, and nothing else.");
        write!(file, "{separator}{}", json!({"context": text, "qas": qas})).unwrap();
    }
    write!(file, "]}}]}}").unwrap();
    file.into_inner().unwrap().sync_all().unwrap();
}

/// Scrolls so far a frame, from the top; says in each frame how many rows there are, whether they fill what is seen, and how long the page
/// itself took for it, from the frame's beginning to the first task after it was laid out and painted. `kind` is the list itself, or what
/// stands in its place to compare it with: a box as high that is blank, or the first thousand rows, which nobody keeps.
const SCROLL: &str = r"
    const [frames, distance, kind] = arguments;
    const own = document.querySelector('.outline-scroll');
    const result = { times: [], work: [], most: 0, empty: 0 };
    let list = own;
    if (kind !== 'own') {
      const row = own.querySelector('li');
      list = own.cloneNode(false);
      const size = own.getBoundingClientRect();
      list.style.cssText = `width:${size.width}px; height:${size.height}px; overflow:auto; flex:none`;
      const inner = list.appendChild(row.parentElement.cloneNode(false));
      inner.style.cssText = `position:relative; height:${own.scrollHeight}px`;
      for (let index = 0; kind === 'rows' && index < 1000; index += 1) {
        const copy = inner.appendChild(row.cloneNode(true));
        copy.style.cssText = `position:absolute; left:0; right:0; top:0; transform:none; top:${index * row.offsetHeight}px`;
      }
      own.after(list);
      own.style.display = 'none';
    }
    let [frame, before] = [0, 0];
    const channel = new MessageChannel();
    channel.port1.onmessage = ({ data }) => result.work.push(performance.now() - data);
    const look = () => {
      const rows = [...list.querySelectorAll('li')].map(row => row.getBoundingClientRect());
      const seen = list.getBoundingClientRect();
      const isFull = rows.some(row => row.top <= seen.top + 1) && rows.some(row => row.bottom >= seen.bottom - 1);
      result.most = Math.max(result.most, rows.length);
      result.empty += isFull ? 0 : 1;
    };
    const step = now => {
      if (frame > 0) {
        result.times.push(now - before);
        if (kind === 'own') look();
      }
      before = now;
      if (frame++ === frames) {
        if (kind !== 'own') {
          list.remove();
          own.style.display = '';
        }
        return done(result);
      }
      list.scrollTop = Math.min(frame * distance, list.scrollHeight);
      channel.port2.postMessage(performance.now());
      requestAnimationFrame(step);
    };
    list.scrollTop = 0;
    requestAnimationFrame(() => requestAnimationFrame(step));";

/// Scrolls a list as `kind` says, see [`SCROLL`], and prints how long the frames took, which depends on the machine.
async fn scroll(page: &Page, kind: &str, frames: usize, distance: usize) -> WebDriverResult<Value> {
    let result = page.script(SCROLL, vec![frames.into(), distance.into(), kind.into()]).await?;
    let sorted = |name: &str| {
        let mut times: Vec<f64> = result[name].as_array().unwrap().iter().map(|time| time.as_f64().unwrap()).collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let (times, work) = (sorted("times"), sorted("work"));
    assert_eq!(times.len(), frames);
    let at = |times: &[f64], share: usize| times[(times.len() - 1) * share / 100];
    let late = times.iter().filter(|time| **time > 1000.0 / 60.0 * 1.5).count();
    say(&format!(
        "{kind}, {distance} px a frame: frames of {:.1} ms (median), {:.1} ms (95 %), {:.1} ms (longest); {late} of {frames} late; the \
         page's own work {:.1} ms (median), {:.1} ms (95 %)",
        at(&times, 50),
        at(&times, 95),
        at(&times, 100),
        at(&work, 50),
        at(&work, 95)
    ));
    Ok(result)
}

/// Scrolls the list, and holds it to its promises.
async fn scroll_own(page: &Page, frames: usize, distance: usize) -> WebDriverResult<()> {
    let result = scroll(page, "own", frames, distance).await?;
    let most = result["most"].as_u64().unwrap();
    assert!((1..=ROWS_MAX).contains(&most), "{distance} px a frame: {most} rows are in the page");
    assert_eq!(result["empty"], 0, "{distance} px a frame: frames in which the rows do not fill what is seen");
    Ok(())
}

/// Scrolls to a row and checks every row that is there: its place in the list, on the screen, and its words.
async fn expect_rows_around(page: &Page, number: usize) -> WebDriverResult<()> {
    let script = r"
        const list = document.querySelector('.outline-scroll');
        list.scrollTop = arguments[0];
        requestAnimationFrame(() => requestAnimationFrame(() => done({
          top: list.scrollTop,
          rows: [...list.querySelectorAll('li')].map(row => [
            Number(row.getAttribute('aria-posinset')), row.getAttribute('aria-setsize'), row.querySelector('.label').textContent,
            Math.round(row.getBoundingClientRect().top - list.getBoundingClientRect().top + list.scrollTop)])
        })));";
    let shown = page.script(script, vec![(number * ROW_PX).into()]).await?;
    let rows = shown["rows"].as_array().unwrap();
    assert!(rows.len() as u64 <= ROWS_MAX, "{} rows", rows.len());
    assert!(rows.iter().any(|row| row[0] == number + 1), "row {} is not among {rows:?}", number + 1);
    for row in rows {
        let at = row[0].as_u64().unwrap() as usize - 1;
        assert_eq!((row[1].as_str(), row[2].as_str()), (Some("100000"), Some(question(at).as_str())));
        assert_eq!(row[3], at * ROW_PX, "row {at} at {}", shown["top"]);
    }
    Ok(())
}

/// Position in the list of the row that has the focus.
async fn focused(page: &Page) -> WebDriverResult<Option<u64>> {
    let script = "return Number(document.activeElement.closest('.outline li')?.getAttribute('aria-posinset'));";
    Ok(page.driver.execute(script, vec![]).await?.json().as_u64())
}

#[test]
fn a_list_of_a_hundred_thousand_questions_scrolls_with_few_rows() {
    in_browser(|page| async move {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("many.json");
        write_dataset(&file);
        page.open("#/data").await?;
        page.upload("Dataset file", &[file]).await?;
        page.until("all questions", LONG, async || {
            let Some(totals) = page.driver.find_all(By::Css(".totals")).await?.pop() else { return Ok(None) };
            Ok(totals.text().await?.contains("100,000 questions").then_some(()))
        })
        .await?;
        let script = "const list = document.querySelector('.outline-pane select'); list.value = 'questions';
            list.dispatchEvent(new Event('change', { bubbles: true }));";
        page.driver.execute(script, vec![]).await?;
        page.until("the list of questions", SOON, async || {
            let script = "return document.querySelector('.outline li')?.getAttribute('aria-setsize');";
            Ok((page.driver.execute(script, vec![]).await?.json() == "100000").then_some(()))
        })
        .await?;
        // What is being written would be part of the figures.
        saved(&page).await?;
        for number in [0, QUESTIONS / 2, QUESTIONS - 1] {
            expect_rows_around(&page, number).await?;
        }
        // As with a wheel, and so that every frame shows other rows; beside it what this browser makes of a list that costs nothing.
        for kind in ["blank", "rows"] {
            scroll(&page, kind, 240, 120).await?;
        }
        scroll_own(&page, 240, 120).await?;
        scroll_own(&page, 300, QUESTIONS * ROW_PX / 300).await?;
        let chosen = QUESTIONS / 2 + 7;
        expect_rows_around(&page, chosen).await?;
        let row = format!(".outline li[aria-posinset='{}'] button", chosen + 1);
        page.driver.find(By::Css(&row)).await?.click().await?;
        page.until("the question that was chosen", SOON, async || {
            let script = "return document.querySelector('.question.chosen textarea')?.value;";
            let words = page.driver.execute(script, vec![]).await?.json().clone();
            Ok((words == question(chosen).as_str()).then_some(()))
        })
        .await?;
        // By keyboard to either end.
        let last = QUESTIONS as u64;
        for (key, position) in [(Key::End, last), (Key::Up, last - 1), (Key::Home, 1), (Key::Down, 2)] {
            page.driver.action_chain().send_keys(key + "").perform().await?;
            page.until(&format!("the focus on row {position}"), SOON, async || {
                Ok((focused(&page).await? == Some(position)).then_some(()))
            })
            .await?;
        }
        Ok(())
    });
}
