//! Tables, Label Studio's tasks and documents.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use serde_json::{Value, json};
use spanwise::squad::check::{FindingKind, check};
use spanwise::squad::read::{Columns, Kind, ReadError, Table, read, read_file};
use spanwise::squad::{Dataset, Question};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

fn file(name: &str, text: &str) -> Dataset {
    read_file(name, text.as_bytes(), None).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn questions(data: &Dataset) -> Vec<&Question> {
    data.questions().map(|(_, _, question)| question).collect()
}

/// `(question, [(text, start)], is_impossible)`
type Brief<'a> = (&'a str, Vec<(&'a str, usize)>, Option<bool>);

fn brief(data: &Dataset) -> Vec<Brief<'_>> {
    questions(data)
        .into_iter()
        .map(|question| {
            let answers = question.answers.iter().map(|answer| (answer.text.as_str(), answer.answer_start)).collect();
            (question.question.as_str(), answers, question.is_impossible)
        })
        .collect()
}

/// `(heading, text)` of every paragraph.
fn paragraphs(data: &Dataset) -> Vec<(&str, &str)> {
    let paragraphs = data.data.iter().flat_map(|document| &document.paragraphs);
    paragraphs
        .map(|paragraph| {
            (paragraph.extra.get("heading").and_then(Value::as_str).unwrap_or_default(), paragraph.context.as_str())
        })
        .collect()
}

#[test]
fn a_table_by_the_names_of_its_columns() {
    let data = file(
        "cup.csv",
        "\u{feff}ID,Title,Context,Question,Answer,Answer start,Level\r\n\
         1,Cup,\"Lech won 5-1, then \"\"3-0\"\".\nŁódź lost.\",Score?,5-1,9,easy\r\n\
         1,Cup,\"Lech won 5-1, then \"\"3-0\"\".\nŁódź lost.\",Score?,3-0,20,easy\r\n\
         2,Cup,\"Lech won 5-1, then \"\"3-0\"\".\nŁódź lost.\",Who lost?,Łódź,,\r\n\
         3,Cup,Alone,Open?,,,\r\n\
         ,Cup,Only a text,,,,\r\n",
    );
    assert_eq!(
        brief(&data),
        [
            ("Score?", vec![("5-1", 9), ("3-0", 20)], None),
            ("Who lost?", vec![("Łódź", 26)], None),
            ("Open?", vec![], None),
        ]
    );
    assert_eq!(questions(&data)[0].extra.get("Level"), Some(&json!("easy")));
    assert_eq!((data.data.len(), data.data[0].title.as_str(), data.data[0].paragraphs.len()), (1, "Cup", 3));
    assert!(check(&data).iter().all(|finding| finding.kind == FindingKind::EmptyAnswer), "{:?}", check(&data));
}

#[test]
fn separators_are_found_and_columns_can_be_named() {
    let text = "Passage;Query;Reply\nA; or B;What?;B\n";
    assert!(
        matches!(read_file("a.csv", text.as_bytes(), None), Err(ReadError::Field { path, .. }) if path == "line 2")
    );
    let text = "Wo;Was;Reply\n\"A; or B\";What?;B\n";
    let Err(error) = read_file("a.csv", text.as_bytes(), None) else { panic!("no column is a text's") };
    assert!(error.to_string().contains("Wo, Was, Reply"), "{error}");
    let table = Table::parse(text.as_bytes()).unwrap();
    let named = |pairs: &[(&str, &str)]| {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Columns::named(&pairs, &table.headers)
    };
    let columns = named(&[("context", "Wo"), ("question", "Was"), ("answer", "Reply")]).unwrap();
    assert_eq!(brief(&table.dataset(columns).unwrap()), [("What?", vec![("B", 6)], None)]);
    assert!(matches!(named(&[("context", "Where")]), Err(ReadError::NoColumn { name, .. }) if name == "Where"));
    assert_eq!(brief(&file("a.tsv", "question\ttext\tanswer\nQ?\ta, b\tb\n")), [("Q?", vec![("b", 3)], None)]);
}

#[test]
fn answers_of_hugging_face_in_one_cell() {
    let data = file(
        "squad.csv",
        "id,context,question,answers\n\
         a,Lech won 5-1,Score?,\"{'text': array(['5-1'], dtype=object), 'answer_start': array([9], dtype=int32)}\"\n\
         b,Lech won 5-1,Who?,\"{\"\"text\"\": [\"\"Lech\"\"], \"\"answer_start\"\": [0]}\"\n\
         c,Lech won 5-1,When?,\"{'text': [], 'answer_start': []}\"\n\
         d,Lech won 5-1,What?,\"['won', '5-1']\"\n",
    );
    assert_eq!(
        brief(&data),
        [
            ("Score?", vec![("5-1", 9)], None),
            ("Who?", vec![("Lech", 0)], None),
            ("When?", vec![], Some(true)),
            ("What?", vec![("won", 5), ("5-1", 9)], None),
        ]
    );
}

#[test]
fn words_in_brackets_are_words_where_they_are_no_list() {
    let data = file(
        "brackets.csv",
        "id,context,question,answer,answer_start\n\
         a,see [3] and {4},Which?,[3],4\n\
         b,see [3] and {4},Which?,[3],\n\
         c,\"so {\"\"a\"\": 1} it is\",What?,\"{\"\"a\"\": 1}\",3.0\n\
         d,\"the list [\"\"a\"\"] ends\",What?,\"[\"\"a\"\"]\",9\n\
         e,won 5-1,What?,\"['won', '5-1']\",\"[0.0, 4]\"\n",
    );
    assert_eq!(
        brief(&data),
        [
            ("Which?", vec![("[3]", 4)], None),
            ("Which?", vec![("[3]", 4)], None),
            ("What?", vec![("{\"a\": 1}", 3)], None),
            ("What?", vec![("[\"a\"]", 9)], None),
            ("What?", vec![("won", 0), ("5-1", 4)], None),
        ]
    );
}

#[test]
fn wrong_cells_are_named_by_line_and_column() {
    let error = |text: &str| read_file("a.csv", text.as_bytes(), None).unwrap_err().to_string();
    let text = "context,question,answer,answer_start,is_impossible\nc,q?,c,first,\n";
    assert_eq!(error(text), "line 2, answer_start: expected a whole number, found \"first\"");
    for starts in ["7", "[0]", "first", "\"[0, -1]\"", "\"[0, 0.5]\""] {
        let text = format!("context,question,answer,answer_start\nc,q?,\"['c', 'c']\",{starts}\n");
        let starts = starts.trim_matches('"');
        let expected = "line 2, answer_start: expected a list of a whole number for each answer";
        assert_eq!(error(&text), format!("{expected}, found \"{starts}\""));
    }
    let text = "context,question,is_impossible\nc,q?,\n\"two\nlines\",q?,maybe\n";
    assert_eq!(error(text), "line 3, is_impossible: expected true or false, found \"maybe\"");
    assert!(error("context,question\nc\n").starts_with("line 2: expected as many cells as there are columns, found 1"));
}

#[test]
fn label_studio_tasks() {
    let region = |start: usize, end: usize, text: &str| {
        json!({"from_name": "answer", "to_name": "text", "type": "labels",
               "value": {"start": start, "end": end, "text": text, "labels": ["Answer"]}})
    };
    let data = read(
        json!([
            {"id": 7, "data": {"text": "🐢 won 5-1", "question": "Score?", "page": 3}, "predictions": [],
             // The turtle is two units in a browser.
             "annotations": [{"result": [region(7, 10, "5-1")]}, {"result": [region(6, 9, "5-1")]},
                             {"was_cancelled": true, "result": [region(0, 1, "?")]}]},
            {"id": 8, "data": {"text": "🐢 won 5-1", "question": "When?"}, "annotations": [{"result": []}]},
            {"id": 9, "data": {"text": "🐢 won 5-1", "question": "Open?"}, "annotations": []},
            {"id": 10, "data": {"passage": "Lech won", "title": "T"},
             "annotations": [{"result": [{"type": "choices", "value": {"choices": ["good"]}}, region(0, 4, "Lech")]}]},
        ])
        .to_string()
        .as_bytes(),
    )
    .unwrap();
    assert_eq!(
        brief(&data),
        [
            ("Score?", vec![("5-1", 6)], None),
            ("When?", vec![], Some(true)),
            ("Open?", vec![], None),
            ("Answer", vec![("Lech", 0)], None),
        ]
    );
    assert_eq!((questions(&data)[0].id.as_str(), &questions(&data)[0].extra["page"]), ("7", &json!(3)));
    assert_eq!((data.data.len(), data.data[1].title.as_str()), (2, "T"));
}

#[test]
fn label_studio_tasks_of_the_short_export() {
    let data = read(
        json!([{"id": 1, "annotation_id": 5, "lead_time": 2.5, "text": "Lech won", "question": "Who?", "level": "easy",
                "answer": [{"start": 0, "end": 4, "text": "Lech", "labels": ["Answer"]}]},
               {"id": 2, "annotation_id": 6, "text": "Lech won", "question": "When?"}])
        .to_string()
        .as_bytes(),
    )
    .unwrap();
    assert_eq!(brief(&data), [("Who?", vec![("Lech", 0)], None), ("When?", vec![], Some(true))]);
    let extra: Vec<&String> = questions(&data)[0].extra.keys().collect();
    assert_eq!(extra, ["level"], "what only Label Studio needs is left out");
    let error = read(br#"[{"data": {"text": "a"}, "annotations": [{"result": [{"value": {"labels": [], "start": "x", "end": 1}}]}]}]"#);
    assert_eq!(
        error.unwrap_err().to_string(),
        "[0].annotations[0].result[0].value.start: expected a whole number, 0 or more, found the text \"x\""
    );
}

/// A Word document with these parts.
fn docx(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn body(content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"w\" xmlns:mc=\"mc\"><w:body>{content}</w:body></w:document>"
    )
}

/// A paragraph; `properties` are elements.
fn p(properties: &str, text: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>")
}

#[test]
fn word_documents_become_paragraphs_under_their_headings() {
    let styles = r#"<w:styles xmlns:w="w"><w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
        <w:style w:styleId="Own"><w:name w:val="My own"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style></w:styles>"#;
    let item = "<w:numPr><w:ilvl w:val=\"0\"/></w:numPr>";
    let cell = |text: &str| format!("<w:tc>{}</w:tc>", p("", text));
    let content = [
        p("", "Before &amp; &lt;after&gt; &#380;"),
        p("<w:pStyle w:val=\"berschrift1\"/>", "Rules"),
        "<w:p><w:r><w:t>Split </w:t></w:r><w:del><w:r><w:delText>gone</w:delText><w:t>gone</w:t></w:r></w:del>\
         <w:r><w:t>run</w:t><w:tab/><w:t>x</w:t><w:br/><w:t>line</w:t></w:r><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
            .to_owned(),
        p("<w:pStyle w:val=\"Own\"/>", "Fees"),
        p(item, "one"),
        p(item, "two"),
        p("", ""),
        format!("<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>", cell("Team"), cell("Won"), cell("Lech"), cell("5-1")),
        "<w:p><w:r><w:t>Box: </w:t></w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>inside</w:t></w:r></w:p></w:txbxContent>\
         </mc:Choice><mc:Fallback><w:p><w:r><w:t>inside</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent><w:r><w:t>end</w:t></w:r></w:p>"
            .to_owned(),
    ];
    let bytes = docx(&[("word/styles.xml", styles), ("word/document.xml", &body(&content.concat()))]);
    let data = read_file("Club rules.docx", &bytes, None).unwrap();
    assert_eq!(data.data[0].title, "Club rules");
    assert_eq!(
        paragraphs(&data),
        [
            ("", "Before & <after> ż"),
            ("Rules", "Split run\tx\nline"),
            ("Rules › Fees", "one\ntwo"),
            ("Rules › Fees", "Team | Won\nLech | 5-1"),
            ("Rules › Fees", "inside"),
            ("Rules › Fees", "Box: end"),
        ]
    );
}

#[test]
fn damaged_documents_are_refused() {
    let whole = docx(&[("word/document.xml", &body(&p("", "text")))]);
    assert_eq!(paragraphs(&read_file("a.docx", &whole, None).unwrap()), [("", "text")], "styles may be missing");
    for at in (4..whole.len()).step_by(7) {
        let mut cut = whole.clone();
        cut.truncate(at);
        assert!(read_file("a.docx", &cut, None).is_err(), "cut at {at}");
        let mut changed = whole.clone();
        changed[at] ^= 0x5a;
        // It may still be whole, but never panics.
        let _ = read_file("a.docx", &changed, None);
    }
    for content in ["<w:p><w:r><w:t>open", "<w:p></w:r>", &"<w:p>".repeat(100_000), &body("<w:p>&nothing;</w:p>")] {
        let bytes = docx(&[("word/document.xml", content)]);
        assert!(read_file("a.docx", &bytes, None).is_err(), "{}", &content[..20.min(content.len())]);
    }
    assert!(read_file("a.docx", b"not a zip", None).is_err());
    assert!(read_file("a.docx", &docx(&[("other.xml", "<a/>")]), None).is_err());
}

#[test]
fn a_bomb_is_defused() {
    let bytes = docx(&[("word/document.xml", &" ".repeat(257 << 20))]);
    assert!(bytes.len() < 1 << 20);
    assert_eq!(read_file("a.docx", &bytes, None), Err(ReadError::TooLarge { limit: 256 }));
}

#[test]
fn files_are_told_by_content_and_name() {
    let kind = |name: &str, bytes: &[u8]| Kind::of(name, bytes);
    assert_eq!(kind("a.txt", b"{\"data\": []}"), Ok(Kind::Json));
    assert_eq!(kind("a.txt", b"plain"), Ok(Kind::Text));
    assert_eq!(kind("README", b"plain"), Ok(Kind::Text));
    assert_eq!(kind("a.MD", b"# x"), Ok(Kind::Markdown));
    assert_eq!(kind("a.json", b"no json"), Ok(Kind::Json), "the reader says what is wrong with it");
    assert_eq!(kind("renamed.txt", b"PK\x03\x04"), Ok(Kind::Docx));
    for name in ["a.doc", "a.odt", "a.rtf", "a.xlsx", "a.html"] {
        let error = kind(name, b"x").unwrap_err().to_string();
        assert!(error.contains("Save"), "{error}");
    }
    let text = file("Notes.txt", "One\nline.\n\nTwo.");
    assert_eq!((text.data[0].title.as_str(), paragraphs(&text)), ("Notes", vec![("", "One\nline."), ("", "Two.")]));
}

/// A PDF of such pages; each line is set 14 points below the one before.
fn pdf(pages: &[&[&str]]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|page| format!("{} 0 R", 4 + 2 * page)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    for (page, lines) in pages.iter().enumerate() {
        let shown = lines.iter().map(|line| format!("({line}) Tj 0 -14 Td")).collect::<Vec<_>>().join(" ");
        let content = format!("BT /F1 12 Tf 72 720 Td {shown} ET");
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            5 + 2 * page
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(out.len());
        write!(out, "{} 0 obj\n{object}\nendobj\n", number + 1).unwrap();
    }
    let start = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).unwrap();
    places.iter().for_each(|place| writeln!(out, "{place:010} 00000 n ").unwrap());
    write!(out, "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", places.len() + 1).unwrap();
    out.into_bytes()
}

#[test]
fn pdfs_become_paragraphs_with_their_pages() {
    let bytes = pdf(&[&["The goal-", "keeper of Lech", "won 5-1.", "", "", "Another."], &["Second page."]]);
    let data = read_file("Report.pdf", &bytes, None).unwrap();
    let found: Vec<(&str, &Value)> = data.data[0]
        .paragraphs
        .iter()
        .map(|paragraph| (paragraph.context.as_str(), &paragraph.extra["page"]))
        .collect();
    assert_eq!(
        found,
        [("The goalkeeper of Lech won 5-1.", &json!(1)), ("Another.", &json!(1)), ("Second page.", &json!(2))]
    );
    assert_eq!(data.data[0].title, "Report");
    assert!(read_file("empty.pdf", &pdf(&[&[]]), None).unwrap().data.is_empty());
    for at in (5..bytes.len()).step_by(11) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x15;
        // It may still be whole, but never panics.
        let _ = read_file("a.pdf", &changed, None);
        // Where the library mends a file that was cut, it must not make up text.
        if let Ok(data) = read_file("a.pdf", &bytes[..at], None) {
            assert!(data.data.is_empty() || at > bytes.len() / 2, "cut at {at}");
        }
    }
}
