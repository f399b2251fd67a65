//! Runs that are measured while they go on.

use std::fs;

use serde_json::{Value, json};

use super::training::{SETTINGS, line, of_kind, steps, train};
use super::{Desk, read_json, spanwise, stdout, text, words};
use crate::support::tiny;

fn measured(events: &[Value]) -> Vec<(u64, f64)> {
    let evaluations = of_kind(events, "eval").into_iter();
    evaluations.map(|event| (event["step"].as_u64().unwrap(), event["f1"].as_f64().unwrap())).collect()
}

fn weights(desk: &Desk, out: &str) -> Vec<u8> {
    fs::read(desk.path(out).join("model.safetensors")).unwrap()
}

#[test]
fn a_run_is_measured_every_so_many_epochs_and_trains_as_if_it_were_not() {
    let desk = Desk::new();
    // Two windows, two a step: each step is an epoch.
    let events = train(&desk, "out", &format!("--eval {} --eval-every 4", desk.at("data.json")));
    let at: Vec<u64> = measured(&events).iter().map(|(step, _)| *step).collect();
    assert_eq!(at, [0, 4, 8, 10]);
    assert_eq!(steps(&events), steps(&train(&desk, "alone", "")));
    assert!(weights(&desk, "out") == weights(&desk, "alone"));
    let state = read_json(&desk.path("out/trainer_state.json"));
    let history = state["log_history"].as_array().unwrap();
    let kept: Vec<(u64, f64)> = (history.iter().filter(|entry| entry["eval_f1"].is_number()))
        .map(|entry| (entry["step"].as_u64().unwrap(), entry["eval_f1"].as_f64().unwrap()))
        .collect();
    assert_eq!(kept, measured(&events));
    assert_eq!(history.len(), 10 + 4);
    assert_eq!((&state["settings"]["watch"]["every_epochs"], &state["epoch"]), (&json!(4), &json!(10.0)));
}

/// The model knows its two answers long before the end, and a shorter run is the beginning of a longer one.
const FAST: &str = "--dropout 0 --schedule constant --warmup-ratio 0 --learning-rate 0.02";

#[test]
fn the_best_weights_are_written_and_a_run_that_gets_no_better_ends() {
    let desk = Desk::new();
    let eval = desk.at("data.json");
    let events = train(&desk, "last", &format!("--eval {eval} --eval-every 1 {FAST}"));
    let all = measured(&events);
    let best = all.iter().fold(all[0], |best, next| if next.1 > best.1 { *next } else { best });
    assert!((1..10).contains(&best.0), "the first of the best must be in between: {all:?}");
    let events = train(&desk, "best", &format!("--eval {eval} --eval-every 1 --keep-best {FAST}"));
    assert_eq!(measured(&events), all);
    assert_eq!(read_json(&desk.path("best/eval_results.json"))["eval_f1"], best.1);
    train(&desk, "until", &format!("{FAST} --max-steps {}", best.0));
    assert!(weights(&desk, "best") == weights(&desk, "until") && weights(&desk, "best") != weights(&desk, "last"));
    assert!(!desk.path("best/best-a.bin").exists() && !desk.path("best/best-b.bin").exists());
    // It ends once two measurements in a row were no better than the best before them.
    let events = train(&desk, "short", &format!("--eval {eval} --eval-every 1 --keep-best --patience 2 {FAST}"));
    let short = measured(&events);
    assert!(short.len() < all.len() && short == all[..short.len()], "{short:?}");
    let value = |index: usize| short[index].1;
    let (last, before) = (short.len() - 1, (0..short.len() - 2).map(value).fold(f64::MIN, f64::max));
    assert!(value(last) <= before && value(last - 1) <= before, "{short:?}");
    assert_eq!(of_kind(&events, "finished")[0]["steps"], json!(last));
}

#[test]
fn a_run_that_goes_on_is_not_measured_twice() {
    let desk = Desk::new();
    let more = format!("--eval {} --eval-every 2 --keep-best --checkpoint-every 3 {FAST}", desk.at("data.json"));
    let whole = train(&desk, "whole", &more);
    let best = weights(&desk, "whole");
    let events = train(&desk, "whole", &format!("{more} --resume"));
    assert_eq!(of_kind(&events, "resumed")[0]["step"], json!(10));
    assert!(measured(&events).is_empty() && weights(&desk, "whole") == best);
    // As if it had been killed after step 9: the checkpoints of steps 3 and 9 went into one slot, those of 6 and 10 into the other.
    fs::remove_file(desk.path("whole").join("checkpoint-b.bin")).unwrap();
    let events = train(&desk, "whole", &format!("{more} --resume"));
    assert_eq!(of_kind(&events, "resumed")[0]["step"], json!(9));
    assert_eq!(measured(&events), measured(&whole)[5..], "step 10 alone");
    assert!(weights(&desk, "whole") == best);
    let history = |out: &str| read_json(&desk.path(out).join("trainer_state.json"))["log_history"].clone();
    // Weights that are gone cost what was trained nothing.
    for name in ["best-a.bin", "best-b.bin"] {
        fs::remove_file(desk.path("whole").join(name)).unwrap();
    }
    let resumed = line(&desk, "whole", &format!("{more} --resume"));
    let output = spanwise(words(&resumed));
    assert!(
        output.status.success() && text(&output.stderr).contains("the last are written"),
        "{}",
        text(&output.stderr)
    );
    let again = history("whole");
    train(&desk, "again", &more);
    assert_eq!(again, history("again"));
    assert!(best == weights(&desk, "again") && weights(&desk, "whole") != best);
}

#[test]
fn what_cannot_be_watched_is_refused() {
    let desk = Desk::new();
    let (model, data, out) = (desk.at("model"), desk.at("data.json"), desk.at("out"));
    for (more, said) in [
        ("--patience 2", "evaluation is off"),
        ("--keep-best", "evaluation is off"),
        (&format!("--eval {data} --eval-every 1 --patience 0"), "patience is 0"),
        ("--eval-every 1", "--eval"),
    ] {
        let output = spanwise(words(&format!("train --model {model} --data {data} --out {out} {SETTINGS} {more}")));
        assert!(!output.status.success() && text(&output.stderr).contains(said), "{more}: {}", text(&output.stderr));
    }
}

#[test]
fn several_files_and_answers_taken_in_turn() {
    let desk = Desk::new();
    let answers = |texts: &[(&str, usize)]| -> Vec<Value> {
        texts.iter().map(|(text, start)| json!({"text": text, "answer_start": start})).collect()
    };
    let file = |name: &str, answers: Vec<Value>| {
        let qas = json!([{"id": name, "question": "score?", "answers": answers}]);
        desk.write(name, &json!([{"context": "won 2-0 at home", "qas": qas}]).to_string())
    };
    let both = file("both.json", answers(&[("2-0", 4), ("2-0 at home", 4)]));
    let (first, second) =
        (file("first.json", answers(&[("2-0", 4)])), file("second.json", answers(&[("2-0 at home", 4)])));
    let model = desk.at("model");
    let losses = |data: &str, more: &str| -> Vec<f64> {
        let out = desk.at("out");
        let fixed =
            "--epochs 2 --batch-size 8 --dropout 0 --learning-rate 1e-9 --max-seq-length 64 --doc-stride 16 --json";
        let printed = stdout(words(&format!("train --model {model} {data} --out {out} {fixed} {more}")));
        let events: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        of_kind(&events, "step").into_iter().map(|step| step["loss"].as_f64().unwrap()).collect()
    };
    let near = |a: f64, b: f64| (a - b).abs() < 1e-4;
    // At a rate of nearly nothing the loss tells the label.
    let [short, long] = [&first, &second].map(|path| losses(&format!("--data {path}"), "")[0]);
    assert!(!near(short, long));
    let in_turn = losses(&format!("--data {both}"), "--answers in-turn");
    assert!(near(in_turn[0], short) && near(in_turn[1], long), "{in_turn:?}, {short}, {long}");
    let always = losses(&format!("--data {both}"), "");
    assert!(near(always[0], short) && near(always[1], short), "{always:?}");
    let together = losses(&format!("--data {first} --data {second}"), "");
    assert!(near(together[0], f64::midpoint(short, long)), "{together:?}");
    // The same from a file of settings.
    let config = desk.write("run.toml", &format!("data = ['{first}', '{second}']\nanswers = 'in-turn'"));
    assert!(near(losses(&format!("--config {config}"), "")[0], together[0]));
    assert!(near(losses(&format!("--config {config} --data {first}"), "")[0], short), "flags win");
}

#[test]
fn answers_may_be_as_long_as_those_that_are_trained_on() {
    let desk = Desk::new();
    let letters: Vec<String> = ('a'..='z').chain('a'..='z').map(String::from).collect();
    let (context, answer) = (letters.join(" "), letters[2..42].join(" "));
    let qas = json!([{"id": "q", "question": "letters?", "answers": [{"text": answer, "answer_start": 4}]}]);
    let data = desk.write("data.json", &json!([{"context": context, "qas": qas}]).to_string());
    let events = train(&desk, "out", &format!("{FAST} --max-steps 40 --eval {data}"));
    let last = *of_kind(&events, "eval").last().unwrap();
    assert_eq!(last["exact_match"], json!(100.0), "{last}");
}

/// A run on paragraphs that differ in their last word, each with the same question and one of these answers.
fn train_on(desk: &Desk, out: &str, answers: &[&str], more: &str) -> Vec<Value> {
    let mut data: Value = serde_json::from_str(tiny::DATA).unwrap();
    let first = data["data"][0]["paragraphs"][0].clone();
    let paragraphs = answers.iter().enumerate().map(|(number, answer)| {
        let context = format!("{} {number}", first["context"].as_str().unwrap());
        let at = context.chars().position(|c| answer.starts_with(c)).unwrap();
        let qas = json!([{"id": number.to_string(), "question": "What was the score?", "answers": [{"text": answer, "answer_start": at}]}]);
        json!({"context": context, "qas": qas})
    });
    data["data"][0]["paragraphs"] = paragraphs.collect();
    let file = desk.write("marked.json", &data.to_string());
    let printed = stdout(words(&line(desk, out, more).replace(&desk.at("data.json"), &file)));
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn folds_decide_how_far_a_run_goes_and_are_kept_with_it() {
    let desk = Desk::new();
    let decided =
        |events: &[Value]| (of_kind(events, "fold").len(), of_kind(events, "blended")[0]["share"].as_f64().unwrap());
    // What one paragraph teaches is wrong in the other: the model stays as it was.
    let answers = ["2-0", "Kolejorz"];
    let more = format!("--dropout 0 --max-steps 30 --learning-rate 0.02 --eval {}", desk.at("marked.json"));
    desk.write("marked.json", tiny::DATA);
    let events = train_on(&desk, "harmful", &answers, &format!("{more} --folds 2"));
    assert_eq!(decided(&events), (2, 0.0));
    let f1: Vec<f64> = measured(&events).iter().map(|(_, f1)| *f1).collect();
    assert!(f1.len() == 2 && f1[0] == f1[1], "what is measured is what is written: {f1:?}");
    stdout(words(&format!("convert --from {} --to {}", desk.at("model"), desk.at("copy"))));
    train_on(&desk, "trained", &answers, &more);
    assert!(weights(&desk, "harmful") == weights(&desk, "copy") && weights(&desk, "trained") != weights(&desk, "copy"));
    // The same answer everywhere: what is left out is answered better, all the way.
    let more = "--dropout 0 --max-steps 20 --learning-rate 0.01 --checkpoint-every 5";
    let events = train_on(&desk, "useful", &["2-0"; 6], &format!("{more} --folds 3"));
    assert_eq!(decided(&events), (3, 1.0));
    let left_out = &of_kind(&events, "blended")[0]["left_out"];
    assert_eq!(
        (&left_out["questions"], &left_out["right_after"], &left_out["broken"]),
        (&json!(6), &json!(6), &json!(0))
    );
    let whole = train_on(&desk, "whole", &["2-0"; 6], more);
    assert_eq!(steps(&events), steps(&whole));
    assert!(weights(&desk, "useful") == weights(&desk, "whole"));
    // Its folds are kept with the last checkpoint: nothing is trained again.
    let resumed = train_on(&desk, "useful", &["2-0"; 6], &format!("{more} --folds 3 --resume"));
    assert_eq!((steps(&resumed).len(), decided(&resumed)), (0, (0, 1.0)));
    assert!(weights(&desk, "useful") == weights(&desk, "whole"));
    // A single paragraph leaves nothing to hold back.
    let output = spanwise(words(&line(&desk, "one", "--folds 2")));
    assert!(output.status.success() && text(&output.stderr).contains("about one paragraph"));
    let stopping = format!("--folds 2 --patience 1 --eval-every 1 --eval {}", desk.at("data.json"));
    for (more, said) in [("--folds 1", "folds is 1"), (&*stopping, "early stopping")] {
        let output = spanwise(words(&line(&desk, "out", more)));
        assert!(!output.status.success() && text(&output.stderr).contains(said), "{more}: {}", text(&output.stderr));
    }
}

#[test]
fn a_question_that_leaves_no_room_costs_no_run_and_no_measurement() {
    let desk = Desk::new();
    let question = |id: String, question: &str| json!({"id": id, "question": question, "answers": [{"text": "2-0", "answer_start": 4}]});
    let paragraph = |number: usize| {
        let open = json!({"id": format!("open {number}"), "question": "who?", "answers": []});
        let long = question(format!("long {number}"), &"the score ".repeat(40));
        json!({"context": format!("won 2-0 at home {number}"), "qas": [open, long, question(format!("short {number}"), "score?")]})
    };
    let data = desk.write("long.json", &json!((0..2).map(paragraph).collect::<Vec<_>>()).to_string());
    let (model, out) = (desk.at("model"), desk.at("out"));
    let output = spanwise(words(&format!(
        "train --model {model} --data {data} --out {out} {SETTINGS} --folds 2 --eval {data} --eval-every 1"
    )));
    let (said, noted) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}{noted}");
    let events: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // Neither the long nor the open one is counted.
    assert_eq!(of_kind(&events, "blended")[0]["left_out"]["questions"], json!(2));
    assert!(measured(&events).len() > 2);
    let note = |at: &str, id: &str| format!("note: {at} (id '{id}'): the question leaves no room");
    for (at, id) in [("data[0].paragraphs[0].qas[1]", "long 0"), ("data[0].paragraphs[1].qas[1]", "long 1")] {
        assert_eq!(noted.matches(&note(at, id)).count(), 1, "once is enough: {noted}");
    }
    let sizes = "--max-seq-length 64 --doc-stride 16";
    let output = spanwise(words(&format!("eval --model {model} --data {data} --out {out} {sizes}")));
    assert!(output.status.success() && text(&output.stdout).ends_with(" on 6 questions\n"), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains(&note("data[0].paragraphs[0].qas[1]", "long 0")));
    assert_eq!(read_json(&desk.path("out/predictions.json"))["long 0"], json!(""));
    // One question alone has nobody to make way for.
    let (context, question) = (desk.write("context.txt", "won 2-0"), "score-".repeat(40));
    let output =
        spanwise(words(&format!("ask --model {model} --context-file {context} --question {question} {sizes}")));
    assert!(!output.status.success() && text(&output.stderr).contains("shorten it"), "{}", text(&output.stderr));
}
