//! `cargo xtask cuda`: the command line and the tests with the feature `cuda`, also where no CUDA toolkit is installed: compiler and
//! libraries then come as wheels, and a stand-in for the driver's library lets the linker finish on a machine without a GPU.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::exec::{command, run, run_attached, stage};
use crate::failure::Failure;
use crate::project::{Project, find_in_path};
use crate::setup::python;

/// Libraries that candle's kernels are linked with.
const LIBRARIES: [&str; 5] = ["cudart", "cublas", "cublasLt", "curand", "nvrtc"];

/// Builds, and runs the tests of the GPU; they say so where there is none.
///
/// # Errors
/// Where the set-up, the build or a test fails.
pub fn run_tests(project: &Project, args: &[String]) -> Result<(), Failure> {
    let toolkit = Toolkit::ensure(project)?;
    let cargo = |task: &[&str]| {
        let mut cargo = command(project, "cargo");
        cargo.args(task).args(["--release", "--features", "cuda"]);
        // A target folder of its own: the feature changes candle, and with it everything that hangs on it.
        cargo.env("CARGO_TARGET_DIR", project.target.join("cuda"));
        toolkit.apply(&mut cargo);
        cargo
    };
    stage("command line with cuda: release build", || {
        run(cargo(&["build"]).args(["--bin", "spanwise"]), "Fix what the compiler says")
    })?;
    let filter: Vec<String> = if args.is_empty() { vec!["gpu".to_owned()] } else { args.to_vec() };
    let mut tests = cargo(&["test"]);
    tests.args(["--test", "main"]).args(filter);
    stage("tests of the GPU", || run_attached(&mut tests, "See what failed above"))
}

/// Where compiler and libraries are.
pub(super) struct Toolkit {
    home: PathBuf,
    /// Links with the names that linkers look for; empty where a toolkit is installed.
    links: Option<PathBuf>,
}

impl Toolkit {
    /// The installed one, or the wheels.
    ///
    /// # Errors
    /// Where the wheels cannot be installed.
    pub(super) fn ensure(project: &Project) -> Result<Self, Failure> {
        let named = ["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"].into_iter().find_map(env::var_os).map(PathBuf::from);
        let installed = || Some(find_in_path("nvcc")?.parent()?.parent()?.to_owned());
        if let Some(home) = named.or_else(installed) {
            println!("    CUDA is that of {}", home.display());
            return Ok(Self { home, links: None });
        }
        let requirements = project.root.join("xtask/cuda-requirements.txt");
        let python = python::ensure_alone(project, "cuda-python", &requirements)?;
        let home = wheels(&python)?;
        let links = project.target.join("cuda-links");
        link_libraries(&home.join("lib"), &links)?;
        stand_in_for_the_driver(project, &home.join("include/cuda.h"), &links)?;
        Ok(Self { home, links: Some(links) })
    }

    /// Tells cargo, candle's build script, the linker and the loader.
    pub(super) fn apply(&self, cargo: &mut std::process::Command) {
        for name in ["CUDA_HOME", "CUDA_PATH", "CUDA_ROOT"] {
            cargo.env(name, &self.home);
        }
        if env::var_os("CUDA_COMPUTE_CAP").is_none() && find_in_path("nvidia-smi").is_none() {
            cargo.env("CUDA_COMPUTE_CAP", "90");
        }
        let joined = |first: Vec<PathBuf>, variable: &str| {
            let rest = env::var_os(variable).unwrap_or_default();
            env::join_paths(first.into_iter().chain(env::split_paths(&rest))).unwrap_or(rest)
        };
        cargo.env("PATH", joined(vec![self.home.join("bin")], "PATH"));
        let Some(links) = &self.links else { return };
        let libraries = vec![links.clone(), self.home.join("lib")];
        cargo.env("LIBRARY_PATH", joined(libraries, "LIBRARY_PATH"));
        // The true driver's library comes first where there is one: the stand-in has a folder of its own behind it.
        let loaded = vec![self.home.join("lib"), PathBuf::from("/usr/lib/x86_64-linux-gnu"), links.join("driver")];
        cargo.env("LD_LIBRARY_PATH", joined(loaded, "LD_LIBRARY_PATH"));
    }
}

/// The folder that the wheels fill, which looks like an installed toolkit.
fn wheels(python: &Path) -> Result<PathBuf, Failure> {
    let root = python.parent().and_then(Path::parent).unwrap_or(python).join("lib");
    let entries = fs::read_dir(&root).map_err(|error| Failure::file(&root, &error))?;
    let homes = entries.flatten().map(|entry| entry.path().join("site-packages/nvidia/cu13"));
    homes.into_iter().find(|home| home.join("bin").is_dir()).ok_or_else(|| {
        Failure::new(
            "the wheels brought no CUDA compiler",
            "Look at xtask/cuda-requirements.txt, and what pip installed",
        )
    })
}

/// `libcublas.so` beside `libcublas.so.13`, and so on.
fn link_libraries(from: &Path, links: &Path) -> Result<(), Failure> {
    fs::create_dir_all(links).map_err(|error| Failure::file(links, &error))?;
    let files: Vec<PathBuf> =
        fs::read_dir(from).map_err(|error| Failure::file(from, &error))?.flatten().map(|entry| entry.path()).collect();
    for library in LIBRARIES {
        let name = format!("lib{library}.so");
        let versioned = files.iter().find(|file| {
            let file = file.file_name().unwrap_or_default().to_string_lossy();
            file == name || file.starts_with(&format!("{name}."))
        });
        let Some(versioned) = versioned else {
            let what = format!("{} holds no {name}", from.display());
            return Err(Failure::new(what, "Look at xtask/cuda-requirements.txt"));
        };
        let link = links.join(&name);
        if fs::symlink_metadata(&link).is_err() {
            symlink(versioned, &link).map_err(|error| Failure::file(&link, &error))?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn symlink(original: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(original, link)
}

#[cfg(not(unix))]
fn symlink(original: &Path, link: &Path) -> std::io::Result<()> {
    fs::copy(original, link).map(drop)
}

/// A library with the driver's names, all of which answer that there is no GPU (`CUDA_ERROR_NO_DEVICE`).
fn stand_in_for_the_driver(project: &Project, header: &Path, links: &Path) -> Result<(), Failure> {
    const NO_DEVICE: u32 = 100;
    let (library, driver) = (links.join("libcuda.so"), links.join("driver"));
    if library.is_file() && driver.join("libcuda.so.1").exists() {
        return Ok(());
    }
    let text = fs::read_to_string(header).map_err(|error| Failure::file(header, &error))?;
    let functions = driver_functions(&text);
    let lines: Vec<String> =
        functions.iter().map(|name| format!("int {name}(void) {{ return {NO_DEVICE}; }}")).collect();
    let source = links.join("driver.c");
    fs::write(&source, lines.join("\n")).map_err(|error| Failure::file(&source, &error))?;
    let mut cc = command(project, "cc");
    cc.args(["-shared", "-fPIC", "-w", "-Wl,-soname,libcuda.so.1", "-o"]).arg(&library).arg(&source);
    run(&mut cc, "Install a C compiler: `sudo apt-get install gcc` (Debian)")?;
    fs::create_dir_all(&driver).map_err(|error| Failure::file(&driver, &error))?;
    let copy = driver.join("libcuda.so.1");
    fs::copy(&library, &copy).map(drop).map_err(|error| Failure::file(&copy, &error))
}

/// Names of the driver's functions in its header: those that are declared, and the versions that macros turn them into.
fn driver_functions(header: &str) -> BTreeSet<&str> {
    let words = header.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let is_function = |word: &&str| {
        let rest = word.strip_prefix("cu").unwrap_or_default();
        rest.starts_with(|c: char| c.is_ascii_uppercase()) && rest.contains(|c: char| c.is_ascii_lowercase())
    };
    words.filter(is_function).collect()
}

#[cfg(test)]
mod tests {
    use super::driver_functions;

    #[test]
    fn functions_of_the_driver_are_found_with_their_versions() {
        let header = "#define cuMemAlloc cuMemAlloc_v2\nCUresult CUDAAPI cuInit(unsigned int Flags);\n\
                      typedef struct CUctx_st *CUcontext; #define CUDA_VERSION 13000 /* cudaError */";
        assert_eq!(driver_functions(header).into_iter().collect::<Vec<_>>(), ["cuInit", "cuMemAlloc", "cuMemAlloc_v2"]);
    }
}
