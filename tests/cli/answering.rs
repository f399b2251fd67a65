//! `spanwise check`, `convert`, `eval` and `ask`.

use std::fs;

use serde_json::{Value, json};

use super::{Desk, json, keys, read_json, spanwise, stdout, text, words};
use crate::support::{shared, tiny};

#[test]
fn check_lists_findings_and_ends_well() {
    let desk = Desk::new();
    assert_eq!(json(["check", &desk.at("data.json"), "--json"]), json!({"questions": 2, "findings": []}));
    assert_eq!(stdout(["check", &desk.at("data.json")]), "2 questions, 0 findings\n");
    let shifted = tiny::DATA.replace("\"answer_start\": 51", "\"answer_start\": 53");
    let data = desk.write("shifted.json", &shifted);
    let found = json(["check", &data, "--json"]);
    assert_eq!(keys(&found), ["findings", "questions"]);
    let finding = &found["findings"][0];
    assert_eq!(keys(finding), ["kind", "message", "path"]);
    assert_eq!(finding["path"], "data[0].paragraphs[0].qas[1].answers[0]");
    assert_eq!(finding["kind"], "offset_utf16");
    assert!(stdout(["check", &data]).ends_with("2 questions, 1 findings\n"));
}

#[test]
fn eval_of_a_model_writes_its_files() {
    let desk = Desk::new();
    let (model, data, out) = (desk.at("model"), desk.at("data.json"), desk.at("results"));
    let sizes = ["--max-seq-length", "64", "--doc-stride", "16"];
    let base = ["eval", "--model", &model, "--data", &data, "--out", &out, "--json"];
    let scores = json(base.iter().chain(&sizes));
    assert_eq!(keys(&scores), ["exact_match", "f1", "total"]);
    assert_eq!(scores["total"], 2);
    let file = |name: &str| read_json(&desk.path("results").join(name));
    let (predictions, nbest) = (file("predictions.json"), file("nbest_predictions.json"));
    assert_eq!(keys(&predictions), ["q1", "q2"]);
    for (id, text) in predictions.as_object().unwrap() {
        let spans = nbest[id].as_array().unwrap();
        assert!(!spans.is_empty() && spans.len() <= 20);
        assert_eq!(spans[0]["text"], *text);
        assert_eq!(keys(&spans[0]), ["end_logit", "probability", "start_logit", "text"]);
        let total: f64 = spans.iter().map(|span| span["probability"].as_f64().unwrap()).sum();
        assert!((total - 1.0).abs() < 1e-5, "{total}");
    }
    let results = file("eval_results.json");
    assert_eq!(keys(&results), ["eval_exact_match", "eval_f1", "eval_samples"]);
    assert_eq!((&results["eval_f1"], &results["eval_samples"]), (&scores["f1"], &json!(2)));
    assert!(!desk.path("results/null_odds.json").exists(), "there is nothing unanswerable here");
    // The predictions score the same when they come from the file.
    let predictions = desk.at("results/predictions.json");
    assert_eq!(json(["eval", "--predictions", &predictions, "--data", &data, "--json"]), scores);
    let plain = stdout(["eval", "--predictions", &predictions, "--data", &data]);
    assert!(plain.starts_with("exact match ") && plain.ends_with(" on 2 questions\n"), "{plain}");
}

#[test]
fn eval_knows_the_keys_of_v2_where_there_is_nothing_to_answer() {
    let desk = Desk::new();
    let qas = json!([
        {"id": "a", "question": "score?", "answers": [{"text": "2-0", "answer_start": 4}], "is_impossible": false},
        {"id": "b", "question": "who?", "answers": [], "is_impossible": true}]);
    let data = desk.write("v2.json", &json!([{"context": "won 2-0", "qas": qas}]).to_string());
    let predictions = desk.write("predictions.json", r#"{"a": "the 2-0", "b": ""}"#);
    let scores = json(["eval", "--predictions", &predictions, "--data", &data, "--json"]);
    for (key, value) in [("exact", 100.0), ("f1", 100.0), ("HasAns_exact", 100.0), ("NoAns_f1", 100.0)] {
        assert_eq!(scores[key], value, "{key}");
    }
    assert_eq!((&scores["total"], &scores["HasAns_total"], &scores["NoAns_total"]), (&json!(2), &json!(1), &json!(1)));
    let (model, out) = (desk.at("model"), desk.at("out"));
    let never = "--null-score-diff-threshold=-1000";
    let base =
        ["eval", "--model", &model, "--data", &data, "--out", &out, "--max-seq-length", "64", "--doc-stride", "16"];
    let scores = json(base.iter().chain(&["--json", never]));
    assert_eq!((&scores["NoAns_exact"], &scores["HasAns_exact"]), (&json!(100.0), &json!(0.0)));
    assert!(scores["best_exact"].as_f64().unwrap() >= 50.0, "{scores}");
    assert_eq!(keys(&read_json(&desk.path("out/null_odds.json"))), ["a", "b"]);
    assert_eq!(read_json(&desk.path("out/predictions.json")), json!({"a": "", "b": ""}));
}

/// Offsets are code points, also behind emoji and accents, and `end` is exclusive.
#[test]
fn ask_gives_spans_in_code_points() {
    let desk = Desk::new();
    let context = "🚂🚂 Kolejorz, naïve café e\u{301} 𠮷 won 2-0 at home 🎉.";
    let file = desk.write("context.txt", context);
    let (model, question) = (desk.at("model"), "What was the score?");
    let base = ["ask", "--model", &model, "--context-file", &file, "--question", question, "--max-seq-length", "64"];
    let answers = json(base.iter().chain(&["--doc-stride", "16", "--top-k", "20", "--json"]));
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 20);
    let characters: Vec<char> = context.chars().collect();
    let mut last = f64::INFINITY;
    for answer in answers {
        assert_eq!(keys(answer), ["end", "probability", "score", "start", "text"]);
        let [start, end] = ["start", "end"].map(|key| answer[key].as_u64().unwrap() as usize);
        assert_eq!(characters[start..end].iter().collect::<String>(), answer["text"].as_str().unwrap());
        assert!(answer["score"].as_f64().unwrap() <= last);
        last = answer["score"].as_f64().unwrap();
    }
    let total: f64 = answers.iter().map(|answer| answer["probability"].as_f64().unwrap()).sum();
    assert!((total - 1.0).abs() < 1e-5, "{total}");
    let one = json(base.iter().chain(&["--doc-stride", "16", "--json"]));
    assert_eq!(one.as_array().unwrap().len(), 1);
    assert_eq!(one[0]["text"], answers[0]["text"]);
    let plain = stdout(base.iter().chain(&["--doc-stride", "16"]));
    assert!(plain.starts_with(answers[0]["text"].as_str().unwrap()) && plain.contains("\tscore "), "{plain}");
}

#[test]
fn ask_with_the_reference_checkpoint_answers_right() {
    let Some(model) = shared("models/minilm-qa-reference") else { return };
    let desk = Desk::new();
    let context = "🚂 Lech Poznań — ‘Kolejorz’ — was founded in 1922 in the village of Dębiec. \
        Its stadium has 42,837 seats, and its colours are blue and white.";
    let file = desk.write("context.txt", context);
    let ask = |question: &str, more: &[&str]| {
        let base =
            ["ask", "--model", model.to_str().unwrap(), "--context-file", &file, "--question", question, "--json"];
        json(base.iter().chain(more))
    };
    let characters: Vec<char> = context.chars().collect();
    for (question, wanted) in [
        ("When was Lech Poznań founded?", "1922"),
        ("How many seats does the stadium have?", "42,837"),
        ("What are the colours of the club?", "blue and white"),
    ] {
        let answer = &ask(question, &[])[0];
        assert_eq!(answer["text"], wanted, "{question}");
        let [start, end] = ["start", "end"].map(|key| answer[key].as_u64().unwrap() as usize);
        assert_eq!(characters[start..end].iter().collect::<String>(), wanted);
    }
    // Short windows give the same answer as one long one.
    let short = ask("How many seats does the stadium have?", &["--max-seq-length", "40", "--doc-stride", "16"]);
    assert_eq!(short[0]["text"], "42,837");
    // "No answer" is given where it is asked for.
    let unsure = ask("Who is the president?", &["--null-score-diff-threshold=-1000"]);
    assert_eq!((&unsure[0]["text"], &unsure[0]["start"], &unsure[0]["end"]), (&json!(""), &json!(0), &json!(0)));
}

#[test]
fn convert_makes_a_folder_that_can_be_asked() {
    let desk = Desk::new();
    let from = desk.path("bert");
    fs::create_dir_all(&from).unwrap();
    // The tiny model under BERT's names, with one token type of zeros.
    let model = tiny::model();
    let rename = |name: &str| {
        let name = name.trim_start_matches("distilbert.").replace("transformer.layer.", "encoder.layer.");
        let parts = [
            ("attention.q_lin", "attention.self.query"),
            ("attention.k_lin", "attention.self.key"),
            ("attention.v_lin", "attention.self.value"),
            ("attention.out_lin", "attention.output.dense"),
            ("sa_layer_norm", "attention.output.LayerNorm"),
            ("ffn.lin1", "intermediate.dense"),
            ("ffn.lin2", "output.dense"),
            ("output_layer_norm", "output.LayerNorm"),
        ];
        parts.iter().fold(name, |name, (ours, berts)| name.replace(ours, berts))
    };
    let specs = &model.parameters.layout().specs;
    let mut tensors: Vec<(String, safetensors::tensor::TensorView)> = Vec::new();
    let bytes: Vec<Vec<u8>> = specs
        .iter()
        .map(|spec| model.parameters.at(&spec.range).iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    for (spec, bytes) in specs.iter().zip(&bytes) {
        let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, spec.shape.clone(), bytes).unwrap();
        tensors.push((rename(&spec.name), view));
    }
    let zeros = vec![0u8; 4 * 32];
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![1, 32], &zeros).unwrap();
    tensors.push(("embeddings.token_type_embeddings.weight".to_owned(), view));
    fs::write(from.join("model.safetensors"), safetensors::serialize(tensors, None).unwrap()).unwrap();
    let config = json!({"model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 64, "vocab_size": model.config.vocab_size, "max_position_embeddings": 128,
        "hidden_act": "gelu", "layer_norm_eps": 1e-12});
    fs::write(from.join("config.json"), config.to_string()).unwrap();
    fs::write(from.join("vocab.txt"), tiny::vocab()).unwrap();

    let said = stdout(["convert", "--from", from.to_str().unwrap(), "--to", &desk.at("converted")]);
    assert!(said.contains("DistilBERT of 2 layers"), "{said}");
    assert!(!said.contains("freshly drawn"), "the head was there: {said}");
    let context = desk.write("context.txt", "won 2-0 at home");
    let ask = |folder: &str| {
        let base =
            ["ask", "--model", folder, "--context-file", &context, "--question", "score?", "--top-k", "5", "--json"];
        json(base.iter().chain(&["--max-seq-length", "64", "--doc-stride", "16"]))
    };
    assert_eq!(ask(&desk.at("converted")), ask(&desk.at("model")));
}

#[test]
fn a_fresh_head_is_said_on_the_side() {
    let desk = Desk::new();
    let path = desk.path("model/model.safetensors");
    let bytes = fs::read(&path).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let kept: Vec<_> = tensors.iter().filter(|(name, _)| !name.starts_with("qa_outputs")).collect();
    let base = safetensors::serialize(kept, None).unwrap();
    fs::write(&path, base).unwrap();
    let (model, context) = (desk.at("model"), desk.write("context.txt", "won 2-0"));
    let output = spanwise([
        "ask",
        "--model",
        &model,
        "--context-file",
        &context,
        "--question",
        "score?",
        "--json",
        "--max-seq-length",
        "64",
        "--doc-stride",
        "8",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("head is freshly drawn"), "{}", text(&output.stderr));
    serde_json::from_slice::<Value>(&output.stdout).unwrap();
    let (data, out) = (desk.at("data.json"), desk.at("out"));
    let said = |line: &str| {
        let output = spanwise(words(&format!("{line} --max-seq-length 64 --doc-stride 16 --json")));
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    let measured = said(&format!("eval --model {model} --data {data}"));
    assert!(measured.contains("head is freshly drawn: its scores mean nothing"), "{measured}");
    let trained = said(&format!("train --model {model} --data {data} --out {out} --max-steps 1 --seed 7"));
    assert!(trained.contains("has no question-answering head: one is drawn (seed 7)"), "{trained}");
    assert!(!said(&format!("eval --model {out} --data {data}")).contains("freshly drawn"), "it is trained now");
}

#[test]
fn weights_of_half_the_bytes_answer_as_well() {
    let desk = Desk::new();
    stdout(words(&format!("convert --from {} --to {} --dtype f16", desk.at("model"), desk.at("half"))));
    let bytes = |folder: &str| std::fs::metadata(desk.path(folder).join("model.safetensors")).unwrap().len();
    assert!(bytes("half") < bytes("model") * 11 / 20, "{} of {}", bytes("half"), bytes("model"));
    let scores = |folder: &str| {
        json(words(&format!(
            "eval --model {} --data {} --max-seq-length 64 --doc-stride 16 --json",
            desk.at(folder),
            desk.at("data.json")
        )))
    };
    assert_eq!(scores("half")["total"], scores("model")["total"]);
    // Written once more they are the same.
    stdout(words(&format!("convert --from {} --to {} --dtype f16", desk.at("half"), desk.at("again"))));
    let read = |folder: &str| std::fs::read(desk.path(folder).join("model.safetensors")).unwrap();
    assert!(read("half") == read("again"));
}
