//! Errors go to stderr with status 1, wrong usage with status 2, and nothing else lands on stdout.

use std::fs;

use super::{Desk, spanwise, text, words};

/// The message of a call that fails with that status.
fn fails(line: &str, status: i32) -> String {
    let output = spanwise(words(line));
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{line}: {said}");
    assert!(output.stdout.is_empty(), "{line}: {}", text(&output.stdout));
    said
}

#[test]
fn wrong_usage_has_status_2() {
    let desk = Desk::new();
    let (model, data) = (desk.at("model"), desk.at("data.json"));
    for line in [
        String::new(),
        "fly".to_owned(),
        "check".to_owned(),
        format!("check {data} --unknown"),
        format!("train --model {model} --data {data}"),
        format!("train --model {model} --data {data} --out x --epochs many"),
        format!("train --model {model} --data {data} --out x --negatives some"),
        format!("train --model {model} --data {data} --out x --schedule sawtooth"),
        format!("eval --data {data}"),
        format!("eval --model {model} --predictions {data} --data {data}"),
        format!("eval --model {model} --data {data} --n-best-size 0"),
        format!("ask --model {model} --context-file {data} --question q --max-answer-length 0"),
        format!("ask --model {model} --question q"),
    ] {
        let said = fails(&line, 2);
        // A wrong value is named by itself; both say where to read on.
        assert!(said.contains("Usage: spanwise") || said.contains("invalid value"), "{line}: {said}");
        assert!(said.contains("--help"), "{line}: {said}");
    }
}

#[test]
fn help_and_version_have_status_0() {
    for line in ["--help", "--version", "train --help", "eval --help", "ask --help", "convert --help", "check --help"] {
        let output = spanwise(words(line));
        assert!(output.status.success() && !output.stdout.is_empty(), "{line}");
    }
    let help = text(&spanwise(["train", "--help"]).stdout);
    for option in [
        "--model",
        "--data",
        "--out",
        "--eval",
        "--epochs",
        "--max-steps",
        "--learning-rate",
        "--batch-size",
        "--max-seq-length",
        "--doc-stride",
        "--warmup-ratio",
        "--schedule",
        "--weight-decay",
        "--max-grad-norm",
        "--dropout",
        "--label-smoothing",
        "--negatives",
        "--no-shuffle",
        "--seed",
        "--threads",
        "--json",
    ] {
        assert!(help.contains(option), "train --help does not name {option}");
    }
    for default in ["3", "5e-5", "8", "384", "128", "0.1", "linear", "0.01", "1.0", "42"] {
        let plain = default.replace("5e-5", "0.00005");
        assert!(
            help.contains(&format!("[default: {default}]"))
                || help.contains(&format!("[default: {plain}]"))
                || help.contains(&format!("[default: {}]", default.trim_end_matches(".0"))),
            "no default {default}: {help}"
        );
    }
}

#[test]
fn files_that_cannot_be_used_have_status_1_and_are_named() {
    let desk = Desk::new();
    let (model, data, out) = (desk.at("model"), desk.at("data.json"), desk.at("out"));
    let missing = desk.at("missing");
    let broken = desk.write("broken.json", "{\"data\": [{\"paragraphs\": [{\"context\": 5}]}]}");
    let empty = desk.write("empty.txt", " \n");
    let none = desk.write("none.json", "[{\"context\": \"a\", \"qas\": []}]");
    let list = desk.write("list.json", "[1]");
    fs::write(desk.path("latin.txt"), b"caf\xe9").unwrap();
    let latin = desk.at("latin.txt");
    for (line, said) in [
        (format!("check {missing}"), "missing: No such file"),
        (format!("check {broken} --json"), "broken.json: data[0].paragraphs[0].context: expected a text, found 5"),
        (format!("convert --from {missing} --to {out}"), "config.json: No such file"),
        (format!("train --model {missing} --data {data} --out {out}"), "config.json: No such file"),
        (format!("train --model {model} --data {broken} --out {out}"), "broken.json: data[0]"),
        (
            format!("train --model {model} --data {none} --out {out} --max-seq-length 64 --doc-stride 8"),
            "nothing to train on",
        ),
        (format!("train --model {model} --data {data} --out {out}"), "max sequence length is 384: 8 to 128"),
        (
            format!("train --model {model} --data {data} --out {out} --max-seq-length 64 --doc-stride 64"),
            "doc stride is 64",
        ),
        (format!("train --model {model} --data {data} --out {data} --max-seq-length 64 --doc-stride 8"), "data.json: "),
        (format!("eval --predictions {list} --data {data}"), "list.json: expected one object"),
        (format!("eval --predictions {data} --data {missing}"), "missing: No such file"),
        (format!("ask --model {model} --context-file {empty} --question q"), "empty.txt: no text to look in"),
        (format!("ask --model {model} --context-file {latin} --question q"), "latin.txt: no UTF-8 text: byte 3"),
        (format!("ask --model {model} --context-file {missing} --question q"), "missing: No such file"),
    ] {
        let message = fails(&line, 1);
        assert!(message.starts_with("error: ") && message.contains(said), "{line}: {message}");
        assert!(!message.contains("panicked"), "{line}: {message}");
    }
}

#[test]
fn a_damaged_model_is_refused() {
    let desk = Desk::new();
    let (model, data) = (desk.at("model"), desk.at("data.json"));
    let weights = desk.path("model/model.safetensors");
    let bytes = fs::read(&weights).unwrap();
    fs::write(&weights, &bytes[..bytes.len() - 1]).unwrap();
    let message = fails(&format!("eval --model {model} --data {data}"), 1);
    assert!(message.contains("model.safetensors") && message.contains("cut off or damaged"), "{message}");
}
