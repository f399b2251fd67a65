//! Whether `dist/` is what a build would make now, told by a hash over all that goes into it.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::THREADED;
use crate::failure::Failure;
use crate::project::Project;

/// Inside `dist/`, so that whoever empties it or builds into it (trunk by itself) takes the stamp away too.
const STAMP: &str = ".built";

/// Files and folders that a build reads.
const INPUTS: [&str; 9] = [
    "src",
    "public",
    "index.html",
    "Trunk.toml",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "xtask/src/build",
    "xtask/Cargo.toml",
];

/// A text that changes with any input below `root`, and with `versions`.
pub fn fingerprint(root: &Path, versions: &[String]) -> Result<String, Failure> {
    let mut hasher = DefaultHasher::new();
    versions.hash(&mut hasher);
    for input in INPUTS {
        let path = root.join(input);
        hash_path(root, &path, &mut hasher).map_err(|error| Failure::file(&path, &error))?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Whether the last build had this fingerprint, and all that it made is still there.
pub fn is_fresh(project: &Project, fingerprint: &str) -> bool {
    fs::read_to_string(project.dist.join(STAMP)).is_ok_and(|stamp| stamp == fingerprint)
        && outputs().iter().all(|output| project.dist.join(output).is_file())
}

/// Records what `dist/` was built from.
pub fn write(project: &Project, fingerprint: &str) -> Result<(), Failure> {
    if let Some(missing) = outputs().iter().find(|output| !project.dist.join(output).is_file()) {
        let what = format!("the build has made no {}", project.dist.join(missing).display());
        return Err(Failure::new(what, "Look at index.html: it names what trunk builds"));
    }
    let path = project.dist.join(STAMP);
    fs::write(&path, fingerprint).map_err(|error| Failure::file(&path, &error))
}

fn outputs() -> Vec<String> {
    let workers = THREADED.iter().map(|build| format!("worker/{}/worker", build.name));
    let workers = workers.chain(["worker".to_owned()]);
    let files = workers.flat_map(|worker| [format!("{worker}.js"), format!("{worker}_bg.wasm")]);
    files.chain(["index.html".to_owned()]).collect()
}

/// What is not there has no hash of its own: it is the others' paths that tell.
fn hash_path(root: &Path, path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    if path.is_dir() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| hash_path(root, entry, hasher));
    }
    if !path.is_file() {
        return Ok(());
    }
    path.strip_prefix(root).unwrap_or(path).hash(hasher);
    let mut file = File::open(path)?;
    file.metadata()?.len().hash(hasher);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        hasher.write(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> (tempfile::TempDir, Project) {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_owned();
        for file in ["src/lib.rs", "public/models/config.json", "index.html", "Cargo.lock"] {
            write_file(&root.join(file), file);
        }
        let project = Project { target: root.join("target"), dist: root.join("dist"), tools: root.join("tools"), root };
        (folder, project)
    }

    fn write_file(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn now(project: &Project) -> String {
        fingerprint(&project.root, &["rustc 1.95.0".to_owned()]).expect("files can be read")
    }

    #[test]
    fn any_change_of_an_input_changes_the_fingerprint_and_nothing_else_does() {
        let (_folder, project) = project();
        let before = now(&project);
        write_file(&project.root.join("target/junk"), "junk");
        write_file(&project.root.join("README.md"), "read me");
        assert_eq!(now(&project), before, "files that a build does not read");
        write_file(&project.root.join("src/lib.rs"), "src/lib.rx");
        let edited = now(&project);
        assert_ne!(edited, before, "an edit of the same length");
        write_file(&project.root.join("src/lib.rs"), "src/lib.rs");
        assert_eq!(now(&project), before, "the edit taken back");
        write_file(&project.root.join("public/new.txt"), "");
        assert_ne!(now(&project), before, "an empty file more");
        fs::remove_file(project.root.join("public/new.txt")).expect("it is there");
        fs::rename(project.root.join("index.html"), project.root.join("Trunk.toml")).expect("it is there");
        assert_ne!(now(&project), before, "another name");
    }

    #[test]
    fn a_compiler_of_another_version_changes_the_fingerprint() {
        let (_folder, project) = project();
        let other = fingerprint(&project.root, &["rustc 1.96.0".to_owned()]).expect("files can be read");
        assert_ne!(now(&project), other);
    }

    #[test]
    fn a_build_is_fresh_while_its_stamp_fits_and_its_files_are_there() {
        let (_folder, project) = project();
        let stamp = now(&project);
        assert!(!is_fresh(&project, &stamp), "never built");
        assert!(write(&project, &stamp).is_err(), "nothing was made");
        for output in outputs() {
            write_file(&project.dist.join(output), "made");
        }
        write(&project, &stamp).expect("all is there");
        assert!(is_fresh(&project, &stamp));
        assert!(!is_fresh(&project, "another"));
        fs::remove_file(project.dist.join("worker/fast/worker_bg.wasm")).expect("it is there");
        assert!(!is_fresh(&project, &stamp), "a worker is gone");
    }
}
