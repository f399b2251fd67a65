use super::*;

fn refused(file: &str, text: &str) -> Vec<(usize, String)> {
    let parts: Vec<&str> = file.split('/').collect();
    against(&parts, text).collect()
}

#[test]
fn arrows_along_the_order_pass() {
    assert_eq!(refused("text/features", "use crate::squad::{Dataset, check::Finding};"), []);
    assert_eq!(refused("nn/pass", "use crate::kernels::attention::Shape;\nuse crate::model::Config;"), []);
    assert_eq!(refused("model/mod", "use crate::nn::Dropouts;\nuse super::convert;"), []);
    assert_eq!(refused("train/trainer", "use crate::train::settings;\nuse super::schedule;\npub(crate) fn f() {}"), []);
    assert_eq!(refused("cli/eval", "use crate::{answer, export::predictions, metrics};"), []);
}

#[test]
fn an_arrow_against_the_order_is_refused_with_its_line() {
    let text = "//! Scores.\n\nuse crate::squad::Dataset;\nuse crate::model::Model;\n";
    assert_eq!(refused("metrics/mod", text), [(4, "metrics must not see model::Model".to_owned())]);
}

#[test]
fn arrows_are_found_in_groups_in_expressions_and_behind_super() {
    for (file, text) in [
        ("squad/read", "use crate::{\n    squad::Dataset,\n    train::{self, Trainer},\n};"),
        ("kernels/gemm", "fn f() { crate::text::batch::pack::<u8>(); }"),
        ("state/mod", "use super::app::view;"),
        ("state/undo", "use super::super::cli as shell;"),
        ("protocol", "use super::worker;"),
        ("worker/mod", "use crate::app::mount;"),
        ("answer/decode", "type T<'a> = &'a crate::train::Trainer;"),
        ("export/zip", "let x: crate::storage::Slot = todo();"),
    ] {
        assert_eq!(refused(file, text).len(), text.matches("train::{").count() + 1, "{file}: {text}");
    }
}

#[test]
fn comments_strings_and_characters_do_not_count() {
    let text = r##"
        // use crate::train::Trainer;
        /// See [`crate::app`].
        /* crate::app::x */
        const A: &str = "crate::app::x \" crate::app::y";
        const B: &str = r#"crate::app::"z" "#;
        const C: [char; 3] = ['"', '\'', '\\'];
        use super::read; // crate::app
    "##;
    assert_eq!(refused("squad/check", text), []);
    assert_eq!(refused("squad/check", &format!("{text}use crate::app::x;")).len(), 1);
}

#[test]
fn a_module_without_a_place_is_said() {
    let found = refused("plugins/mod", "use crate::squad::Dataset;");
    assert!(found[0].1.contains("no place in the order"), "{found:?}");
}

#[test]
fn a_folder_is_read_whole_and_the_roots_are_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, text) in [
        ("lib.rs", "use crate::app::x;"),
        ("bin/app.rs", "use crate::app::x;"),
        ("squad/mod.rs", "pub mod read;"),
        ("squad/read/json.rs", "use crate::text::Tokenizer;"),
    ] {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let found = check(folder.path()).expect("it can be read");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("json.rs:1: squad must not see text::Tokenizer"), "{found:?}");
}

#[test]
fn the_projects_own_source_keeps_the_order() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
    assert_eq!(check(&src).expect("it can be read"), Vec::<String>::new());
}
