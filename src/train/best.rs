//! The weights of a run's best measurement, kept until the run has ended.

use std::io::{self, Read, Write};

use super::checkpoint::{read_values, write_values};

/// Writes the weights that a run had after a step; `run` tells it apart from others.
///
/// # Errors
/// Where the storage fails.
pub fn write(run: &str, step: usize, values: &[f32], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&(run.len() as u64).to_le_bytes())?;
    out.write_all(run.as_bytes())?;
    out.write_all(&(step as u64).to_le_bytes())?;
    write_values(out, values)
}

/// Reads them back; `false`, and `values` are as they were, where those of another run or step are kept.
///
/// # Errors
/// Where the bytes end early, or the storage fails.
pub fn read(run: &str, step: usize, input: &mut dyn Read, values: &mut [f32]) -> io::Result<bool> {
    let mut number = || {
        let mut bytes = [0; 8];
        input.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    };
    if number()? != run.len() as u64 {
        return Ok(false);
    }
    let mut kept = vec![0; run.len()];
    input.read_exact(&mut kept)?;
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes)?;
    if kept != run.as_bytes() || u64::from_le_bytes(bytes) != step as u64 {
        return Ok(false);
    }
    read_values(input, values)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_of_the_same_run_and_step_are_taken() {
        let mut kept = Vec::new();
        write("run 7", 12, &[1.5, -2.0], &mut kept).unwrap();
        let mut values = [0.0; 2];
        for (run, step) in [("run 8", 12), ("run 77", 12), ("run 7", 11)] {
            assert!(!read(run, step, &mut kept.as_slice(), &mut values).unwrap());
        }
        assert_eq!(values, [0.0; 2]);
        assert!(read("run 7", 12, &mut kept.as_slice(), &mut values).unwrap());
        assert_eq!(values, [1.5, -2.0]);
        let short = &kept[..kept.len() - 1];
        assert!(read("run 7", 12, &mut &short[..], &mut values).is_err());
    }
}
