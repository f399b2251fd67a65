//! Asking with the default model as it comes.

use super::page::in_browser;

const CONTEXT: &str = "The archive 🙂 opens at nine. Żaneta Kowalska has been its keeper since 2014, and the reading room \
    has 32 seats. In winter the archive closes at four.";

#[test]
fn the_first_answer_needs_nothing_but_the_page() {
    in_browser(|page| async move {
        page.open("#/ask").await?;
        let marked = page.ask("How many seats does the reading room have?", CONTEXT).await?;
        assert_eq!(marked.text, "32");
        // Offsets count characters: accents and emoji before the answer count one each.
        let start = CONTEXT.chars().count() - CONTEXT.split_once("32").unwrap().1.chars().count() - 2;
        assert!(marked.region.contains(&format!("{start}–{}", start + 2)), "no place {start} in: {}", marked.region);
        let marked = page.ask("Who is the keeper of the archive?", CONTEXT).await?;
        assert_eq!(marked.text, "Żaneta Kowalska");
        Ok(())
    });
}

/// Asked at once, before the model is there; the answer comes when it is.
#[test]
fn a_long_text_is_read_in_windows() {
    in_browser(|page| async move {
        page.open("#/ask").await?;
        let filler =
            "The minutes of the meeting were read and approved without changes by all who were present. ".repeat(60);
        let context = format!("{filler}The new roof of the gym cost 48,200 euros. {filler}");
        let marked = page.ask("How much did the new roof of the gym cost?", &context).await?;
        assert!(marked.text.contains("48,200"), "{marked:?}");
        assert!(marked.region.len() < 4000, "the region shows a passage, not the whole text");
        Ok(())
    });
}

#[test]
fn a_text_in_another_language_is_named_as_such() {
    in_browser(|page| async move {
        page.open("#/ask").await?;
        page.fill("textbox", "Context", "我们的图书馆每天早上九点开门。周末休息。").await?;
        page.until("a line about the language", super::page::SOON, async || {
            let body = page.driver.find(thirtyfour::By::Css("main")).await?.text().await?;
            Ok((body.contains("English") && body.contains('%')).then_some(()))
        })
        .await?;
        Ok(())
    });
}

#[test]
fn what_was_asked_stays_behind_with_its_project() {
    in_browser(|page| async move {
        page.open("#/ask").await?;
        page.ask("How many seats does the reading room have?", CONTEXT).await?;
        page.driver.find(thirtyfour::By::XPath("//button[normalize-space(.)='Right']")).await?.click().await?;
        page.driver.find(thirtyfour::By::Css(".top-bar .project")).await?.click().await?;
        page.click("New project").await?;
        page.region_says("Answer", "the answer appears here", super::page::SOON).await?;
        let typed = page.find("textbox", "Context").await?.prop("value").await?;
        assert_eq!(typed.as_deref(), Some(""));
        Ok(())
    });
}
