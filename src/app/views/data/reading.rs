//! Datasets from files, from pasted text and from the sample.

use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileList, Response};

use super::bench::{Bench, Notice};
use crate::browser::error_text;
use crate::protocol::{Command, Event, ModelSource};
use crate::squad::Dataset;
use crate::squad::check::Finding;
use crate::state::project::history::Everything;
use crate::state::project::{HeldOut, Project, paste};
use crate::state::words::data as words;

const SAMPLE: &str = "Lech Poznań";
const SAMPLE_FILE: &str = "./sample/lech-poznan.json";
const SAMPLE_HELD_OUT_FILE: &str = "./sample/lech-poznan-held-out.json";

type Read = Result<(Dataset, Vec<Finding>), String>;

/// Has a dataset read, beside the page so that it stays responsive.
fn read(bench: Bench, name: &str, content: JsValue, then: impl FnOnce(Read) + 'static) {
    let mut then = Some(then);
    let command = Command::ReadDataset { name: name.to_owned() };
    bench.desk.ask_data(command, &[content], move |event, _, is_last| {
        let read = match event {
            Event::DatasetRead { dataset, findings, .. } => Ok((dataset, findings)),
            Event::Failed { message } => Err(message),
            _ if is_last => Err("the reader gave no answer. Load the page again".to_owned()),
            _ => return,
        };
        if let Some(then) = then.take() {
            then(read);
        }
    });
}

/// Puts a dataset in the place of the one that is there, or says why it could not be read.
fn take(bench: Bench, name: String, content: JsValue, then: impl FnOnce() + 'static) {
    bench.say(Notice::Reading(name.clone()));
    read(bench, &name.clone(), content, move |read| match read {
        Ok((dataset, findings)) => {
            replace(bench, Everything { name, dataset, findings, held_out: None, is_sample: false });
            then();
        }
        Err(message) => bench.say(Notice::NotRead { name, message }),
    });
}

fn replace(bench: Bench, other: Everything) {
    let is_replacing = !bench.desk.project.with_untracked(Project::is_empty);
    let said = words::read(&other.name, &other.dataset, is_replacing);
    bench.desk.project.update(|project| project.replace(other));
    bench.say(Notice::Arrived(said));
}

/// Reads a file as the dataset.
pub fn take_file(bench: Bench, file: File) {
    take(bench, file.name(), file.into(), || {});
}

/// Adds pasted text: JSON as a dataset, anything else as paragraphs.
pub fn take_pasted(bench: Bench) {
    let text = bench.pasted.get_untracked();
    let clear = move || {
        let _ = bench.pasted.try_set(String::new());
    };
    if paste::is_json(&text) {
        let bytes = Uint8Array::from(text.as_bytes());
        take(bench, "Pasted dataset".to_owned(), bytes.into(), clear);
        return;
    }
    let paragraphs = paste::paragraphs(&text);
    if paragraphs.is_empty() {
        bench.say(Notice::Said(words::NOTHING_PASTED.to_owned()));
        return;
    }
    let said = words::added(paragraphs.len());
    bench.project.update(|project| project.add_text(&paste::title(&paragraphs), paragraphs));
    clear();
    bench.say(Notice::Arrived(said));
}

/// Loads the sample with the questions that are held back.
pub fn take_sample(bench: Bench) {
    bench.say(Notice::Reading(SAMPLE.to_owned()));
    spawn_local(async move {
        let files = match fetch(SAMPLE_FILE).await {
            Ok(first) => fetch(SAMPLE_HELD_OUT_FILE).await.map(|second| (first, second)),
            Err(message) => Err(message),
        };
        let failed = move |message| bench.say(Notice::NotRead { name: SAMPLE.to_owned(), message });
        let (first, second) = match files {
            Ok(files) => files,
            Err(message) => return failed(message),
        };
        read(bench, SAMPLE, first.into(), move |read_first| {
            read(bench, SAMPLE, second.into(), move |read_second| match (read_first, read_second) {
                (Ok((dataset, findings)), Ok((held_back, _))) => {
                    let held_out = Some(HeldOut { name: SAMPLE.to_owned(), dataset: held_back });
                    replace(
                        bench,
                        Everything { name: SAMPLE.to_owned(), dataset, findings, held_out, is_sample: true },
                    );
                }
                (Err(message), _) | (_, Err(message)) => failed(message),
            });
        });
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
    if !files.is_empty() {
        bench.desk.load_model(ModelSource::Files { names }, &files);
    }
}

/// All files of a list.
pub fn files_of(list: &FileList) -> Vec<File> {
    (0..list.length()).filter_map(|index| list.get(index)).collect()
}

/// Files that were dropped: a model where one is a model's, otherwise a dataset.
pub fn take_dropped(bench: Bench, list: &FileList) {
    let files = files_of(list);
    let is_model = |file: &File| {
        let name = file.name();
        name.ends_with(".safetensors") || ["config.json", "tokenizer.json", "vocab.txt"].contains(&name.as_str())
    };
    if files.iter().any(is_model) {
        take_model_files(bench, &files);
        return;
    }
    let mut files = files.into_iter();
    match (files.next(), files.next()) {
        (Some(file), None) => take_file(bench, file),
        (Some(_), Some(_)) => {
            bench.say(Notice::Failed("Several files were dropped. Drop one dataset at a time.".to_owned()));
        }
        _ => {}
    }
}
