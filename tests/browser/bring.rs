//! What people bring to the Data view, and what they take from it.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::json;
use spanwise::squad::read::{read, read_file};
use thirtyfour::prelude::*;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::data::select;
use super::page::{LONG, Page, SOON, in_browser};

async fn says(page: &Page, wanted: &str) -> WebDriverResult<()> {
    page.until(&format!("'{wanted}'"), LONG, async || {
        let text = page.driver.find(By::Css("main")).await?.text().await?;
        Ok(text.contains(wanted).then_some(()))
    })
    .await
}

async fn choose(page: &Page, name: &str, option: &str) -> WebDriverResult<()> {
    let element = page.find("combobox", name).await?;
    let script = "const [element, option] = arguments;
        element.value = [...element.options].find(one => one.text === option).value;
        element.dispatchEvent(new Event('change', { bubbles: true }));";
    page.driver.execute(script, vec![element.to_json()?, option.into()]).await?;
    Ok(())
}

/// Exports in a form, and returns the file's bytes.
async fn exported_as(page: &Page, form: &str, ending: &str) -> WebDriverResult<Vec<u8>> {
    choose(page, "Form of the export", form).await?;
    page.click("Export dataset").await?;
    let file = page.downloaded(ending).await?;
    let bytes = fs::read(&file).unwrap();
    fs::remove_file(file).unwrap();
    Ok(bytes)
}

#[test]
fn a_table_asks_what_its_columns_hold() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cups.csv");
        fs::write(&file, "Wo;Was;Was dann\n\"Lech won 5-1; then 3-0.\";How was the first?;5-1\n").unwrap();
        page.upload("Dataset file", std::slice::from_ref(&file)).await?;
        let read = page.find("button", "Read table").await?;
        assert!(!read.is_enabled().await?, "no text is chosen yet");
        page.click("Cancel").await?;
        says(&page, "Reading was cancelled").await?;
        page.upload("Dataset file", &[file]).await?;
        for (role, column) in [("Text", "Wo"), ("Question", "Was"), ("Answer", "Was dann")] {
            choose(&page, role, column).await?;
        }
        page.click("Read table").await?;
        says(&page, "Read 1 question about 1 paragraph from cups.csv").await?;
        assert!(page.region("Text").await?.contains("Lech won 5-1; then 3-0."));
        let back = read_file("cups.csv", &exported_as(&page, "CSV", ".csv").await?, None).unwrap();
        let answer = &back.data[0].paragraphs[0].qas[0].answers[0];
        assert_eq!((answer.text.as_str(), answer.answer_start), ("5-1", 9));
        Ok(())
    });
}

/// Holds back what the data role's worker says until `release` is called, as if it were slow to start.
const SLOW_READER: &str = r"
  const Plain = window.Worker;
  window.Worker = class extends Plain {
    constructor(...all) {
      super(...all);
      this.role = all[1]?.name;
    }
    set onmessage(handler) {
      if (this.role !== 'data') {
        super.onmessage = handler;
        return;
      }
      const held = [];
      super.onmessage = (event) => (window.isReleased ? handler(event) : held.push(event));
      window.release = () => {
        window.isReleased = true;
        held.splice(0).forEach((event) => handler(event));
      };
    }
  };
";

#[test]
fn reading_is_cancelled_before_the_reader_is_there_and_goes_on_afterwards() {
    in_browser(|page| async move {
        page.run_first(SLOW_READER).await?;
        page.open("#/data").await?;
        page.driver.refresh().await?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cups.json");
        let qas = json!([{"id": "1", "question": "Who?", "answers": [{"text": "Lech", "answer_start": 0}]}]);
        let paragraphs = json!([{"context": "Lech won.", "qas": qas}]);
        fs::write(&file, json!({"data": [{"title": "Cups", "paragraphs": paragraphs}]}).to_string()).unwrap();
        page.upload("Dataset file", std::slice::from_ref(&file)).await?;
        page.click("Cancel").await?;
        says(&page, "Reading was cancelled").await?;
        page.driver.execute("window.release()", Vec::new()).await?;
        page.upload("Dataset file", &[file]).await?;
        says(&page, "Read 1 question about 1 paragraph from cups.json").await
    });
}

fn word_document(path: &Path, paragraphs: &str) {
    let mut writer = ZipWriter::new(fs::File::create(path).unwrap());
    let styles = r#"<w:styles xmlns:w="w"><w:style w:styleId="h"><w:name w:val="heading 1"/></w:style></w:styles>"#;
    let body = format!(r#"<w:document xmlns:w="w"><w:body>{paragraphs}</w:body></w:document>"#);
    for (name, content) in [("word/styles.xml", styles), ("word/document.xml", &body)] {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn documents_become_texts_beside_what_is_there() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        page.fill("textbox", "Paste text", "A text of before.").await?;
        page.click("Add text").await?;
        let folder = tempfile::tempdir().unwrap();
        let (word, notes) = (folder.path().join("rules.docx"), folder.path().join("notes.md"));
        let rules = r#"<w:p><w:pPr><w:pStyle w:val="h"/></w:pPr><w:r><w:t>Fees</w:t></w:r></w:p><w:p><w:r><w:t>Members pay 3 zł.</w:t></w:r></w:p>"#;
        word_document(&word, rules);
        fs::write(&notes, "# Cups\n\nLech won *twice*.\n").unwrap();
        page.upload("Dataset file", &[word, notes]).await?;
        says(&page, "Added 2 paragraphs.").await?;
        assert_eq!(page.region("Text").await?.lines().next(), Some("Members pay 3 zł."));
        says(&page, "Fees").await?;
        page.click("New question").await?;
        page.fill("textbox", "Question 1", "How much?").await?;
        select(&page, 12, 16).await?;
        page.click("Answer").await?;
        let back = read(&exported_as(&page, "SQuAD", ".json").await?).unwrap();
        let contexts: Vec<&str> = back.data.iter().map(|document| document.paragraphs[0].context.as_str()).collect();
        assert_eq!(contexts, ["A text of before.", "Members pay 3 zł.", "Lech won twice."]);
        assert_eq!(back.data[1].paragraphs[0].qas[0].answers[0].text, "3 zł");
        assert_eq!(back.data[2].paragraphs[0].extra["heading"], "Cups");
        Ok(())
    });
}

#[test]
fn what_was_not_changed_is_given_back_to_the_byte() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("squad.json");
        let text = "{\"data\": [{\"title\": \"T\\u0119cza\", \"paragraphs\": [{\"qas\": [{\"answers\": [{\"answer_start\": 0, \"text\": \"Lech\"}], \
                    \"question\": \"Who?\", \"id\": \"a\"}, {\"plausible_answers\": [], \"question\": \"When?\", \"id\": \"b\", \"answers\": [], \
                    \"is_impossible\": true}], \"context\": \"Lech won \\ud83d\\udc22\"}]}], \"version\": \"v2.0\"}\n";
        fs::write(&file, text).unwrap();
        page.upload("Dataset file", &[file]).await?;
        says(&page, "from squad.json").await?;
        let squad = String::from_utf8(exported_as(&page, "SQuAD", ".json").await?).unwrap();
        assert_eq!(squad, text);
        let rows = read_file("a.jsonl", &exported_as(&page, "JSON lines", ".jsonl").await?, None).unwrap();
        assert_eq!(rows.data, read(text.as_bytes()).unwrap().data);
        let first = read(&exported_as(&page, "SQuAD 1.1", ".json").await?).unwrap();
        assert_eq!((first.version.as_deref(), first.question_count()), (Some("1.1"), 1));
        page.fill("textbox", "Question 1", "Who won?").await?;
        let squad = String::from_utf8(exported_as(&page, "SQuAD", ".json").await?).unwrap();
        assert_eq!(squad, text.replace("Who?", "Who won?"));
        // How the file was written is kept with the project.
        page.until("all to be saved", SOON, async || {
            let state = page.driver.find(By::Css(".saved")).await?.text().await?;
            Ok(state.starts_with("Saved").then_some(()))
        })
        .await?;
        page.driver.refresh().await?;
        page.find("textbox", "Question 1").await?;
        let squad = String::from_utf8(exported_as(&page, "SQuAD", ".json").await?).unwrap();
        assert_eq!(squad, text.replace("Who?", "Who won?"));
        Ok(())
    });
}

/// A dataset of about so many bytes; returns its questions.
fn large(path: &Path, bytes: usize) -> usize {
    let mut file = std::io::BufWriter::new(fs::File::create(path).unwrap());
    let (mut written, mut questions) = (0, 0);
    file.write_all(b"{\"version\": \"1.1\", \"data\": [").unwrap();
    for number in 0.. {
        let paragraphs: Vec<_> = (0..40)
            .map(|paragraph| {
                let sentence = |n: usize| format!("In match {number}-{paragraph}-{n} the club won {n}-1 at home. ");
                let context: String = (0..12).map(sentence).collect();
                let question = |n: usize| {
                    let answer = format!("{n}-1 at");
                    let start = context.find(&answer).unwrap();
                    json!({"id": format!("{number}-{paragraph}-{n}"), "question": format!("How did match {number}-{paragraph}-{n} end?"),
                           "answers": [{"text": &answer[..answer.len() - 3], "answer_start": start}]})
                };
                json!({"context": context, "qas": (2..6).map(question).collect::<Vec<_>>()})
            })
            .collect();
        let document = json!({"title": format!("Season {number}"), "paragraphs": paragraphs}).to_string();
        if number > 0 {
            file.write_all(b", ").unwrap();
        }
        file.write_all(document.as_bytes()).unwrap();
        (written, questions) = (written + document.len(), questions + 160);
        if written >= bytes {
            break;
        }
    }
    file.write_all(b"]}").unwrap();
    file.flush().unwrap();
    questions
}

#[test]
fn a_hundred_megabytes_are_read_beside_the_page() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        page.fill("textbox", "Paste text", "A text of before.").await?;
        page.click("Add text").await?;
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let file = folder.path().join("large.json");
        let questions = large(&file, 100 << 20);
        page.upload("Dataset file", std::slice::from_ref(&file)).await?;
        page.click("Cancel").await?;
        says(&page, "Reading was cancelled").await?;
        assert!(page.region("Text").await?.contains("A text of before."));
        let watch = "window.longest = []; new PerformanceObserver(list => {
            for (const task of list.getEntries()) window.longest.push(Math.round(task.duration));
        }).observe({ type: 'longtask' });";
        page.driver.execute(watch, vec![]).await?;
        page.upload("Dataset file", &[file]).await?;
        let count = questions.to_string();
        let grouped = format!("{},{}", &count[..count.len() - 3], &count[count.len() - 3..]);
        says(&page, &format!("Read {grouped} questions")).await?;
        let tasks = page.driver.execute("return window.longest;", vec![]).await?.json().clone();
        // A figure, not a condition: what else the machine does counts into it.
        eprintln!("tasks of the page beyond 50 ms, in ms: {tasks}");
        let text = page.region("Text").await?;
        assert!(text.contains("In match 0-0-0 the club won 0-1 at home."), "{text}");
        Ok(())
    });
}
