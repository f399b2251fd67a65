//! Runs that are killed and taken up again.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Desk, read_json, spanwise, stdout, text, words};
use crate::support::tiny;

/// Steps of 32 windows take long enough that a kill comes at the step that it was meant for, or a few later.
fn line(desk: &Desk, out: &str, more: &str) -> String {
    let mut data: Value = serde_json::from_str(tiny::DATA).unwrap();
    let paragraphs = data["data"][0]["paragraphs"].as_array_mut().unwrap();
    *paragraphs = vec![paragraphs[0].clone(); 32];
    let data = desk.write("long.json", &data.to_string());
    let (model, out) = (desk.at("model"), desk.at(out));
    format!(
        "train --model {model} --data {data} --out {out} --max-steps 200 --batch-size 32 --max-seq-length 64 --doc-stride 16 \
         --learning-rate 0.001 --micro-batch-tokens 64 --json {more}"
    )
}

/// The numbers of a step, without its time.
fn numbers(event: &Value) -> [Value; 4] {
    ["step", "loss", "learning_rate", "grad_norm"].map(|key| event[key].clone())
}

/// Starts a run, and kills it once it has printed so many steps; gives the steps that it printed, `None` where it came to its end.
fn killed_after(line: &str, count: usize) -> Option<Vec<Value>> {
    let mut run = Command::new(env!("CARGO_BIN_EXE_spanwise"));
    let mut run = run.args(words(line)).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut steps = Vec::new();
    for printed in BufReader::new(run.stdout.take().unwrap()).lines() {
        let event: Value = serde_json::from_str(&printed.unwrap()).unwrap();
        if event["event"] == "finished" {
            run.wait().unwrap();
            return None;
        }
        if event["event"] == "step" {
            steps.push(event);
        }
        if steps.len() == count {
            break;
        }
    }
    run.kill().unwrap();
    run.wait().unwrap();
    Some(steps)
}

fn weights(desk: &Desk, out: &str) -> Vec<u8> {
    fs::read(desk.path(out).join("model.safetensors")).unwrap()
}

#[test]
fn a_run_killed_twenty_times_is_the_run_that_was_never_interrupted() {
    for more in ["", "--lora-rank 2", "--freeze-embeddings --freeze-layers 1"] {
        let desk = Desk::new();
        let printed = stdout(words(&line(&desk, "whole", more)));
        let events = printed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let expected: Vec<Value> = events.filter(|event| event["event"] == "step").collect();
        let (mut seen, mut kills) = (BTreeSet::new(), 0);
        let call = line(&desk, "killed", &format!("{more} --checkpoint-every 3 --resume"));
        for kill in 0..20 {
            // Between 3 and 7 steps each time, so that some kills come right after a checkpoint, and some right before.
            let Some(steps) = killed_after(&call, 3 + kill * 7 % 5) else { break };
            kills += 1;
            for step in steps {
                let number = step["step"].as_u64().unwrap() as usize;
                assert_eq!(numbers(&step), numbers(&expected[number - 1]), "kill {kill}");
                seen.insert(number);
            }
        }
        stdout(words(&call));
        assert!(kills == 20 && seen.len() > 60, "{kills} kills, {} steps seen before the last call", seen.len());
        assert!(weights(&desk, "killed") == weights(&desk, "whole"), "other weights with '{more}'");
        let log = |out: &str| -> Vec<[Value; 4]> {
            let state = read_json(&desk.path(out).join("trainer_state.json"));
            state["log_history"].as_array().unwrap().iter().map(numbers).collect()
        };
        assert_eq!(log("killed"), log("whole"));
    }
}

#[test]
fn a_run_that_has_ended_is_made_longer() {
    let desk = Desk::new();
    // With a constant rate the length of a run changes nothing before its end.
    let call = |out: &str, steps: usize| {
        let line = line(&desk, out, "--schedule constant --warmup-ratio 0 --checkpoint-every 7 --resume");
        line.replace("--max-steps 200", &format!("--max-steps {steps}"))
    };
    stdout(words(&call("whole", 60)));
    stdout(words(&call("longer", 40)));
    let shorter = weights(&desk, "longer");
    // Killed in what was added: the same call goes on with it.
    assert_eq!(killed_after(&call("longer", 60), 10).map(|steps| steps[0]["step"].clone()), Some(41.into()));
    let printed = stdout(words(&call("longer", 60)));
    let events: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let resumed = events.iter().find(|event| event["event"] == "resumed").unwrap();
    assert_eq!([&resumed["step"], &resumed["steps"], &resumed["steps_before"]], [49, 60, 60]);
    assert!(weights(&desk, "longer") == weights(&desk, "whole") && weights(&desk, "longer") != shorter);
    let state = read_json(&desk.path("longer").join("trainer_state.json"));
    assert_eq!(state["global_step"], 60);
    let output = spanwise(words(&call("longer", 50)));
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("one of 60 steps, and 50 are asked for"), "{said}");
}

#[test]
fn a_checkpoint_of_another_run_is_refused() {
    let desk = Desk::new();
    assert_eq!(killed_after(&line(&desk, "out", "--checkpoint-every 2"), 5).map(|steps| steps.len()), Some(5));
    let output = spanwise(words(&line(&desk, "out", "--checkpoint-every 2 --resume --seed 7")));
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("belongs to a run with another model, other data or other settings"), "{said}");
}

#[test]
fn a_damaged_checkpoint_is_passed_over_for_the_one_before() {
    let desk = Desk::new();
    let call = line(&desk, "out", "--checkpoint-every 4 --resume");
    assert!(killed_after(&call, 10).is_some());
    // Steps 4 and 8 are in the slots; the second slot holds the newer.
    let newest = desk.path("out").join("checkpoint-b.bin");
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let printed = stdout(words(&call));
    let resumed = printed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let resumed: Vec<Value> = resumed.filter(|event| event["event"] == "resumed").collect();
    assert_eq!(resumed.iter().map(|event| event["step"].as_u64()).collect::<Vec<_>>(), [Some(4)]);
    stdout(words(&line(&desk, "whole", "")));
    assert!(weights(&desk, "out") == weights(&desk, "whole"));
}
