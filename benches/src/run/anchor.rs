//! PyTorch, in a process that stays.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::Setting;

/// Batches of a block that are timed where it would take too long to time all.
pub const SOME: usize = 4;

/// The process.
pub struct PyTorch {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Drop for PyTorch {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl PyTorch {
    /// Starts it.
    ///
    /// # Errors
    /// Where Python does not start.
    pub fn start(setting: &Setting, threads: usize) -> Result<Self, String> {
        let mut python = Command::new(&setting.python);
        python.arg(setting.root.join("benches/pytorch.py")).env("OMP_NUM_THREADS", threads.to_string());
        // Its threads must not spin while it is the browser's turn.
        python.env("OMP_WAIT_POLICY", "PASSIVE").env("GOMP_SPINCOUNT", "0").env("KMP_BLOCKTIME", "0");
        let mut child =
            python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
        let (input, output) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    /// Asks for something; returns the seconds it took.
    ///
    /// # Errors
    /// Where the process ends.
    pub fn ask(&mut self, request: &Value) -> Result<f64, String> {
        writeln!(self.input, "{request}").map_err(|error| error.to_string())?;
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| error.to_string())?;
        let answer: Value = serde_json::from_str(&line).map_err(|_| format!("PyTorch failed at {request}"))?;
        answer["seconds"].as_f64().ok_or_else(|| format!("PyTorch said {answer}"))
    }

    /// Loads a model: `base` or a folder.
    ///
    /// # Errors
    /// Where the process ends.
    pub fn load(&mut self, model: &str, threads: usize) -> Result<(), String> {
        self.ask(&json!({"do": "load", "model": model, "threads": threads})).map(drop)
    }

    /// Loads a model onto the GPU, as [`Self::load`] does for the CPU.
    ///
    /// # Errors
    /// Where there is no GPU, or the process ends.
    pub fn load_on_gpu(&mut self, model: &str) -> Result<(), String> {
        self.ask(&json!({"do": "load", "model": model, "threads": 2, "device": "cuda"})).map(drop)
    }

    /// Loads the windows that [`Self::batches`] trains on, from a file.
    ///
    /// # Errors
    /// Where the process ends.
    pub fn windows(&mut self, file: &str) -> Result<(), String> {
        self.ask(&json!({"do": "windows", "file": file})).map(drop)
    }

    /// Seconds of so many batches of them, each padded to its longest window.
    ///
    /// # Errors
    /// Where the process ends.
    pub fn batches(&mut self, first: usize, count: usize) -> Result<f64, String> {
        self.ask(&json!({"do": "batches", "first": first, "last": first + count, "pad": false}))
    }

    /// Seconds of so many batches padded to 384: of [`SOME`] of them, scaled, since all take the same.
    ///
    /// # Errors
    /// Where the process ends.
    pub fn padded_batches(&mut self, first: usize, count: usize) -> Result<f64, String> {
        let seconds = self.ask(&json!({"do": "batches", "first": first, "last": first + SOME, "pad": true}))?;
        Ok(seconds * count as f64 / SOME as f64)
    }
}
