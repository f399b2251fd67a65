//! The model as one zip, files at its root, as `from_pretrained` wants them in a folder.

use std::io::{self, Write};

use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

use crate::model::weights::Precision;
use crate::model::{Model, weights};

/// Writes `model.safetensors`, `config.json`, the tokenizer's files as they were read, and the card as `README.md`. Nothing is
/// compressed (weights hardly shrink) and nothing is written twice: `out` needs no seeking, and no copy of the weights is made.
/// The same model gives the same bytes. Readers find sizes and checksums behind each file and in the directory at the end.
///
/// # Errors
/// Where `out` fails, or a tokenizer's file has a name that is none of a file at the root, or that of another file.
pub fn write_model_zip(
    out: impl Write,
    model: &Model,
    precision: Precision,
    tokenizer_files: &[(String, Vec<u8>)],
    card: &str,
) -> io::Result<()> {
    if let Some((name, _)) = tokenizer_files.iter().find(|(name, _)| !is_plain(name)) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("'{name}' is no name of a file")));
    }
    let mut zip = ZipWriter::new_stream(out);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default());
    // Beyond 4 GiB a file needs the larger numbers of zip64.
    let large = options.large_file(weights::serialized_len(model, precision) > u64::from(u32::MAX));
    zip.start_file("model.safetensors", large)?;
    weights::write(model, precision, &mut zip)?;
    let config = model.config.to_json();
    let own = [("config.json", config.as_bytes()), ("README.md", card.as_bytes())];
    let carried = tokenizer_files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    for (name, bytes) in own.into_iter().chain(carried) {
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
    }
    zip.finish()?.into_inner().flush()
}

/// Whether a name stays where the zip is unpacked.
fn is_plain(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', ':', '\0'])
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;
    use crate::model::HeadOrigin;
    use crate::model::{Config, Parameters, WeightsReader, init};

    fn model() -> Model {
        let json = r#"{"model_type":"distilbert","dim":8,"n_layers":1,"n_heads":2,"hidden_dim":16,"vocab_size":9,"max_position_embeddings":5}"#;
        let config = Config::from_json(json.as_bytes()).unwrap();
        let mut parameters = Parameters::zeros(&config);
        init::normal(parameters.values_mut(), 0.5, 3);
        Model { config, parameters, head: HeadOrigin::Trained }
    }

    #[test]
    fn what_is_packed_reads_back() {
        let model = model();
        let files = [("vocab.txt".to_owned(), b"[PAD]\n[UNK]\n".to_vec())];
        let pack = || {
            let mut bytes = Vec::new();
            write_model_zip(&mut bytes, &model, Precision::F32, &files, "# card").unwrap();
            bytes
        };
        let bytes = pack();
        assert!(bytes == pack(), "the same model gives other bytes");
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut read = |name: &str| {
            let mut bytes = Vec::new();
            archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(read("vocab.txt"), files[0].1);
        assert_eq!(read("README.md"), b"# card");
        assert_eq!(read("config.json"), model.config.to_json().as_bytes());
        let weights = read("model.safetensors");
        let mut reader = WeightsReader::new(&model.config, weights.len() as u64);
        reader.push(&weights).unwrap();
        assert_eq!(reader.finish().unwrap().parameters.values(), model.parameters.values());
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["../vocab.txt", "a/b", "", "..", "c:vocab", "model.safetensors", "README.md"] {
            let files = [(name.to_owned(), Vec::new())];
            assert!(write_model_zip(io::sink(), &model(), Precision::F32, &files, "").is_err(), "'{name}' was packed");
        }
    }

    /// Takes what it is given and remembers the largest piece.
    struct Pieces(usize);

    impl Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.max(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn weights_are_never_held_twice() {
        let mut model = model();
        model.config.vocab_size = 100_000;
        model.parameters = Parameters::zeros(&model.config);
        let mut pieces = Pieces(0);
        write_model_zip(&mut pieces, &model, Precision::F32, &[], "").unwrap();
        assert!(pieces.0 <= 1 << 18, "a piece of {} bytes", pieces.0);
    }
}
