//! `spanwise train`.

use std::fs;

use serde_json::{Value, json};

use super::{Desk, json, keys, read_json, spanwise, stdout, text, words};

pub(super) const SETTINGS: &str =
    "--max-steps 10 --batch-size 2 --max-seq-length 64 --doc-stride 16 --learning-rate 0.005 --json";

/// The call of such a run.
pub(super) fn line(desk: &Desk, out: &str, more: &str) -> String {
    let (model, data, out) = (desk.at("model"), desk.at("data.json"), desk.at(out));
    format!("train --model {model} --data {data} --out {out} {SETTINGS} {more}")
}

/// The event lines of a run into the folder `out`.
pub(super) fn train(desk: &Desk, out: &str, more: &str) -> Vec<Value> {
    let printed = stdout(words(&line(desk, out, more)));
    printed.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}

pub(super) fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == kind).collect()
}

/// The steps without their time.
pub(super) fn steps(events: &[Value]) -> Vec<Value> {
    let mut steps: Vec<Value> = of_kind(events, "step").into_iter().cloned().collect();
    steps.iter_mut().for_each(|step| drop(step.as_object_mut().unwrap().remove("tokens_per_second")));
    steps
}

#[test]
fn a_step_line_has_exactly_the_keys_of_the_contract() {
    let desk = Desk::new();
    let events = train(&desk, "out", "");
    let steps = of_kind(&events, "step");
    assert_eq!(steps.len(), 10);
    for (i, step) in steps.iter().enumerate() {
        let wanted = ["epoch", "event", "grad_norm", "learning_rate", "loss", "step", "tokens_per_second"];
        assert_eq!(keys(step), wanted);
        assert_eq!(step["step"], i + 1);
        // Two windows, two a step: each step is an epoch.
        assert!((step["epoch"].as_f64().unwrap() - (i + 1) as f64).abs() < 1e-9, "{step}");
        assert!(
            ["grad_norm", "loss", "tokens_per_second"].iter().all(|key| step[key].as_f64().unwrap() > 0.0),
            "{step}"
        );
    }
    // One step of warm-up (a tenth of ten), then down along a line.
    let rates: Vec<f64> = steps.iter().map(|step| step["learning_rate"].as_f64().unwrap()).collect();
    let expected = (0..10).map(|step| if step == 0 { 0.0 } else { 0.005 * f64::from(10 - step) / 9.0 });
    assert!(rates.iter().zip(expected).all(|(got, want)| (got - want).abs() < 1e-12), "{rates:?}");
    let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!((kinds[0], kinds[11], kinds.len()), ("start", "finished", 12));
}

#[test]
fn runs_with_one_seed_are_the_same_for_any_number_of_threads() {
    let desk = Desk::new();
    let first = train(&desk, "first", "--threads 1");
    let weights = |out: &str| fs::read(desk.path(out).join("model.safetensors")).unwrap();
    for (out, more) in [("again", "--threads 1"), ("two", "--threads 2"), ("four", "--threads 4"), ("all", "")] {
        assert_eq!(steps(&train(&desk, out, more)), steps(&first), "{more}");
        assert!(weights(out) == weights("first"), "the weights of '{more}' differ");
    }
    assert_ne!(steps(&train(&desk, "other", "--seed 7")), steps(&first));
    assert!(weights("other") != weights("first"));
}

#[test]
fn the_trained_folder_loads_and_its_state_tells_the_run() {
    let desk = Desk::new();
    let events = train(&desk, "out", "");
    let out = desk.path("out");
    assert_eq!(read_json(&out.join("config.json"))["architectures"], json!(["DistilBertForQuestionAnswering"]));
    assert_eq!(fs::read(out.join("vocab.txt")).unwrap(), fs::read(desk.path("model/vocab.txt")).unwrap());
    let state = read_json(&out.join("trainer_state.json"));
    assert_eq!((&state["global_step"], &state["epoch"]), (&json!(10), &json!(10.0)));
    let history = state["log_history"].as_array().unwrap();
    assert_eq!(history.len(), 10);
    for (entry, step) in history.iter().zip(of_kind(&events, "step")) {
        for key in ["step", "epoch", "loss", "learning_rate", "grad_norm"] {
            assert_eq!(entry[key], step[key], "{key}");
        }
    }
    // It can be asked, and trained further.
    let context = desk.write("context.txt", "the score at home was 2-0");
    let asked =
        json(["ask", "--model", out.to_str().unwrap(), "--context-file", &context, "--question", "score?", "--json"]);
    assert_eq!(asked.as_array().unwrap().len(), 1);
    let line = format!("train --model {0} --data {1} --out {0} {SETTINGS}", desk.at("out"), desk.at("data.json"));
    assert!(spanwise(words(&line)).status.success(), "training over the folder that was read");
}

#[test]
fn evaluations_come_before_and_after() {
    let desk = Desk::new();
    let events = train(&desk, "out", &format!("--eval {} --dropout 0", desk.at("data.json")));
    let evaluations = of_kind(&events, "eval");
    assert_eq!(evaluations.len(), 2);
    assert_eq!((&evaluations[0]["step"], &evaluations[1]["step"]), (&json!(0), &json!(10)));
    for evaluation in &evaluations {
        assert_eq!(keys(evaluation), ["epoch", "event", "exact_match", "f1", "step", "total"]);
        assert_eq!(evaluation["total"], 2);
    }
    let results = read_json(&desk.path("out/eval_results.json"));
    assert_eq!(keys(&results), ["epoch", "eval_exact_match", "eval_f1", "eval_samples"]);
    assert_eq!(results["eval_f1"], evaluations[1]["f1"]);
}

/// What a batch counts are windows; the last, partial batch of an epoch is kept.
#[test]
fn the_last_partial_batch_is_kept() {
    let desk = Desk::new();
    let qas: Vec<Value> = (0..5)
        .map(|i| json!({"id": i.to_string(), "question": "score?", "answers": [{"text": "2-0", "answer_start": 4}]}))
        .collect();
    let data = desk.write("five.json", &json!([{"context": "won 2-0", "qas": qas}]).to_string());
    let (model, out) = (desk.at("model"), desk.at("out"));
    let line = format!(
        "train --model {model} --data {data} --out {out} --epochs 2 --batch-size 2 --max-seq-length 32 --doc-stride 8 --no-shuffle --schedule constant --warmup-ratio 0 --json"
    );
    let printed = stdout(words(&line));
    let events: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let steps = of_kind(&events, "step");
    let epochs: Vec<f64> = steps.iter().map(|step| step["epoch"].as_f64().unwrap()).collect();
    let expected = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0].map(|step| step / 3.0);
    assert!(
        epochs.len() == 6 && epochs.iter().zip(expected).all(|(got, want)| (got - want).abs() < 1e-9),
        "{epochs:?}"
    );
    assert!(steps.iter().all(|step| step["learning_rate"] == 5e-5));
}

#[test]
fn bad_answers_are_left_out_and_named() {
    let desk = Desk::new();
    let qas = json!([
        {"id": "a", "question": "score?", "answers": [{"text": "2-0", "answer_start": 4}]},
        {"id": "b", "question": "score?", "answers": [{"text": "2-0", "answer_start": 3}]},
        {"id": "c", "question": "score?", "answers": []}]);
    let data = desk.write("bad.json", &json!([{"context": "won 2-0", "qas": qas}]).to_string());
    let (model, out) = (desk.at("model"), desk.at("out"));
    let output = spanwise(words(&format!("train --model {model} --data {data} --out {out} {SETTINGS}")));
    assert!(output.status.success());
    let said = text(&output.stderr);
    assert!(
        said.contains("left out: data[0].paragraphs[0].qas[1].answers[0]: '2-0' does not stand at character 3"),
        "{said}"
    );
    assert!(said.contains("left out: data[0].paragraphs[0].qas[2]: the question has no answer yet"), "{said}");
    let start: Value = serde_json::from_str(text(&output.stdout).lines().next().unwrap()).unwrap();
    assert_eq!((&start["event"], &start["questions"], &start["left_out"]), (&json!("start"), &json!(1), &json!(2)));
}

#[test]
fn a_file_of_settings_is_the_same_as_its_flags_and_flags_win() {
    let desk = Desk::new();
    let (model, data) = (desk.at("model"), desk.at("data.json"));
    let config = format!(
        "model = '{model}'\ndata = '{data}'\nmax_steps = 7\nbatch_size = 2\nmax_seq_length = 64\ndoc_stride = 16\nschedule = 'cosine'\n\
         json = true\n"
    );
    std::fs::write(desk.path("run.toml"), config).unwrap();
    let steps = |line: &str| -> Vec<Value> {
        let printed = stdout(words(line));
        let events = printed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        events.filter(|event| event["event"] == "step").map(|event| event["loss"].clone()).collect()
    };
    let (file, out) = (desk.at("run.toml"), desk.at("out"));
    let from_file = steps(&format!("train --config {file} --out {out} --max-steps 4"));
    let from_flags = steps(&format!(
        "train --model {model} --data {data} --out {out} --max-steps 4 --batch-size 2 --max-seq-length 64 --doc-stride 16 \
         --schedule cosine --json"
    ));
    assert_eq!((from_file.len(), &from_file), (4, &from_flags));
    std::fs::write(desk.path("run.toml"), "epoch = 3").unwrap();
    let output = spanwise(words(&format!("train --config {file} --out {out}")));
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("`epoch` is no setting"), "{said}");
}

#[test]
fn three_runs_of_fifty_steps_with_one_seed_are_the_same_to_the_byte() {
    let desk = Desk::new();
    let run = |out: &str, seed: u64| {
        let events = train(&desk, out, &format!("--max-steps 50 --seed {seed}"));
        (steps(&events), fs::read(desk.path(out).join("model.safetensors")).unwrap())
    };
    let first = run("first", 7);
    assert_eq!(first.0.len(), 50);
    assert!(run("second", 7) == first && run("third", 7) == first);
    let other = run("other", 8);
    assert!(other.0 != first.0 && other.1 != first.1, "another seed is another run");
}
