//! Datasets and texts from files, from what was pasted and from the sample.

use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileList, Response};

use super::bench::{Bench, Notice};
use super::columns::ask_columns;
use crate::app::reader::{self, FileRead, Unread};
use crate::browser::error_text;
use crate::protocol::{FileToRead, ModelSource};
use crate::squad::read::prose;
use crate::state::project::history::Everything;
use crate::state::project::{HeldOut, Project, naming};
use crate::state::words::data as words;

const SAMPLE: &str = "Lech Poznań";
const SAMPLE_FILES: [&str; 2] = ["./sample/lech-poznan.json", "./sample/lech-poznan-held-out.json"];

/// The project that takes in what is read, once it is open. `None` where it was said why it does not.
async fn receiver(bench: Bench) -> Option<String> {
    let project = bench.desk.opened().await;
    if bench.desk.project.with_untracked(|project| project.is_read_only) {
        bench.say(Notice::Failed(words::READ_ONLY.to_owned()));
        return None;
    }
    Some(project)
}

/// Has files read for a project, beside the page; the person is asked for the columns of tables where they are not clear. `None` where it
/// was said why they were not read.
async fn read(
    bench: Bench,
    project: &str,
    name: &str,
    mut files: Vec<FileToRead>,
    contents: &[JsValue],
) -> Option<FileRead> {
    let progress = {
        let name = name.to_owned();
        move |loaded, total| bench.say(Notice::Reading { name: name.clone(), loaded, total })
    };
    // The view may be gone before its files are read: then there is nobody to cancel, and nobody to ask.
    let _ = bench.is_cancelled.try_set_value(false);
    progress(0, None);
    loop {
        let unread = match reader::read(bench.desk, files.clone(), contents, progress.clone()).await {
            Ok(read) => {
                if receiver(bench).await? == project {
                    return Some(read);
                }
                bench.say(Notice::Failed(words::opened_another(name)));
                return None;
            }
            Err(unread) => unread,
        };
        let notice = match unread {
            _ if bench.is_cancelled.try_get_value().unwrap_or_default() => Notice::Said(words::CANCELLED.to_owned()),
            Unread::Failed(message) => Notice::NotRead { name: name.to_owned(), message },
            Unread::Columns { file, preview } => match ask_columns(bench, files[file].name.clone(), preview).await {
                Some(columns) => {
                    files[file].columns = Some(columns);
                    continue;
                }
                None => Notice::Said(words::CANCELLED.to_owned()),
            },
        };
        bench.say(notice);
        return None;
    }
}

/// Ends the reading that goes on.
pub fn cancel(bench: Bench) {
    bench.is_cancelled.set_value(true);
    bench.desk.replace_reader();
}

/// Reads files. Datasets take the place of the one that is there; texts are added to it.
pub fn take_files(bench: Bench, files: Vec<File>) {
    let Some(name) = naming::of_files(&files.iter().map(File::name).collect::<Vec<_>>()) else { return };
    spawn_local(async move {
        let to_read = files.iter().map(|file| FileToRead { name: file.name(), columns: None }).collect();
        let contents: Vec<JsValue> = files.into_iter().map(JsValue::from).collect();
        let Some(project) = receiver(bench).await else { return };
        if let Some(read) = read(bench, &project, &name, to_read, &contents).await {
            arrive(bench, name, read);
        }
    });
}

fn arrive(bench: Bench, name: String, read: FileRead) {
    let FileRead { dataset, findings, style, tally, is_text } = read;
    if is_text {
        let paragraphs = tally.sum().paragraphs;
        if paragraphs == 0 {
            bench.say(Notice::NotRead { name, message: words::NO_TEXT_IN_FILE.to_owned() });
            return;
        }
        bench.desk.project.update(|project| project.add_documents(dataset.data));
        bench.say(Notice::Arrived(words::added(paragraphs)));
    } else {
        replace(bench, Everything { name, dataset, findings, style, tally, held_out: None, is_sample: false });
    }
}

fn replace(bench: Bench, other: Everything) {
    let is_replacing = !bench.desk.project.with_untracked(Project::is_empty);
    let said = words::read(&other.name, other.tally.sum(), is_replacing);
    bench.desk.project.update(|project| project.replace(other));
    bench.say(Notice::Arrived(said));
}

/// Adds pasted text: JSON as a dataset, anything else as paragraphs.
pub fn take_pasted(bench: Bench) {
    // Now: the view may be gone once the project is open.
    let text = bench.pasted.get_untracked();
    spawn_local(async move {
        let Some(project) = receiver(bench).await else { return };
        let clear = move || {
            let _ = bench.pasted.try_set(String::new());
        };
        if prose::is_json(&text) {
            let content: JsValue = Uint8Array::from(text.as_bytes()).into();
            let file = FileToRead { name: words::PASTED.to_owned(), columns: None };
            if let Some(read) = read(bench, &project, words::PASTED, vec![file], &[content]).await {
                arrive(bench, words::PASTED.to_owned(), read);
                clear();
            }
            return;
        }
        let paragraphs = prose::paragraphs(&text);
        if paragraphs.is_empty() {
            bench.say(Notice::Said(words::NOTHING_PASTED.to_owned()));
            return;
        }
        let said = words::added(paragraphs.len());
        bench.project.update(|project| project.add_text(&naming::title(&paragraphs), paragraphs));
        clear();
        bench.say(Notice::Arrived(said));
    });
}

/// Loads the sample with the questions that are held back.
pub fn take_sample(bench: Bench) {
    spawn_local(async move {
        let Some(project) = receiver(bench).await else { return };
        let mut parts = Vec::new();
        for url in SAMPLE_FILES {
            let content = match fetch(url).await {
                Ok(content) => content,
                Err(message) => return bench.say(Notice::NotRead { name: SAMPLE.to_owned(), message }),
            };
            let file = FileToRead { name: url.to_owned(), columns: None };
            let Some(part) = read(bench, &project, SAMPLE, vec![file], &[content.into()]).await else { return };
            parts.push(part);
        }
        let held_out = parts.pop().map(|part| HeldOut { name: SAMPLE.to_owned(), dataset: part.dataset });
        let Some(FileRead { dataset, findings, style, tally, .. }) = parts.pop() else { return };
        let name = SAMPLE.to_owned();
        replace(bench, Everything { name, dataset, findings, style, tally, held_out, is_sample: true });
    });
}

async fn fetch(url: &str) -> Result<Uint8Array, String> {
    let failed = |why: String| format!("{url} could not be fetched: {why}. See that the page's server still runs");
    let response = JsFuture::from(window().fetch_with_str(url)).await.map_err(|error| failed(error_text(&error)))?;
    let response: Response = response.dyn_into().map_err(|other| failed(error_text(&other)))?;
    if !response.ok() {
        return Err(failed(format!("status {}", response.status())));
    }
    let buffer = response.array_buffer().map_err(|error| failed(error_text(&error)))?;
    let buffer = JsFuture::from(buffer).await.map_err(|error| failed(error_text(&error)))?;
    Ok(Uint8Array::new(&buffer))
}

/// Loads a model from files.
pub fn take_model_files(bench: Bench, files: &[File]) {
    let names = files.iter().map(File::name).collect();
    let files: Vec<JsValue> = files.iter().cloned().map(JsValue::from).collect();
    if !files.is_empty() && bench.desk.may_lose_training(words::LOAD_CONFIRM) {
        bench.desk.load_model(ModelSource::Files { names }, &files);
    }
}

/// All files of a list.
pub fn files_of(list: &FileList) -> Vec<File> {
    (0..list.length()).filter_map(|index| list.get(index)).collect()
}

/// Files that were dropped: a model where one is a model's, otherwise datasets or texts.
pub fn take_dropped(bench: Bench, list: &FileList) {
    let files = files_of(list);
    let is_model = |file: &File| {
        let name = file.name();
        name.ends_with(".safetensors") || ["config.json", "tokenizer.json", "vocab.txt"].contains(&name.as_str())
    };
    if files.iter().any(is_model) {
        take_model_files(bench, &files);
    } else {
        take_files(bench, files);
    }
}
