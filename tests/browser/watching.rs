//! Runs that are measured while they go on, what the chart shows of them, and earlier runs beside them.

use thirtyfour::prelude::*;

use super::page::{LONG, Page, SOON, in_browser, pictures};

/// The sample under a preset whose corrections are large. Its folds make way for patience and for the best weights.
async fn sample(page: &Page, epochs: &str) -> WebDriverResult<()> {
    page.open("#/data").await?;
    page.click("Load sample: Lech Poznań").await?;
    page.go("Train").await?;
    page.find("radio", "A dataset").await?.click().await?;
    page.unfold("Settings").await?;
    page.fill("spinbutton", "Epochs", epochs).await
}

/// What the chart says of the point that a key leads to.
async fn read_out(page: &Page, key: Key) -> WebDriverResult<String> {
    let chart = page.driver.find(By::Css("[role=slider]")).await?;
    chart.send_keys(key + "").await?;
    Ok(chart.attr("aria-valuetext").await?.unwrap_or_default())
}

#[test]
fn a_run_is_measured_and_ends_with_its_best_weights() {
    in_browser(|page| async move {
        sample(&page, "3").await?;
        page.until("a pace that was measured", LONG, async || {
            let said = page.driver.find(By::Css(".plan")).await?.text().await?;
            Ok((said.contains("tokens/s just measured") && said.contains("of storage")).then_some(()))
        })
        .await?;
        page.find("checkbox", "End with the best weights").await?.click().await?;
        // A rate that spoils the model: the best evaluation is not the last.
        page.fill("spinbutton", "Learning rate", "0.003").await?;
        page.click("Train").await?;
        let log = page.region_says("Training", "finished", LONG).await?;
        for line in ["Before the first step: exact match", "After epoch 1: exact match", "After epoch 3: exact match"] {
            assert!(log.contains(line), "{line} in {log}");
        }
        assert!(log.contains("on 10 held-out questions") && log.contains("are kept as the best so far"), "{log}");
        assert!(log.contains("the best evaluation") || log.contains("the model is as it was then"), "{log}");
        page.choose("What is drawn", "Evaluation").await?;
        let last = read_out(&page, Key::End).await?;
        assert!(last.starts_with("After epoch 3: exact match"), "{last}");
        let first = read_out(&page, Key::Home).await?;
        assert!(first.starts_with("Before the first step: exact match"), "{first}");
        page.choose("What is drawn", "Gradient norm").await?;
        let last = read_out(&page, Key::End).await?;
        assert!(last.starts_with("Step 9 ·") && last.contains("(smoothed"), "{last}");
        page.unfold("Table of the steps").await?;
        page.click("Save as PNG").await?;
        let picture = std::fs::read(page.downloaded(".png").await?).unwrap();
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 5_000, "{} bytes", picture.len());
        if let Some(folder) = pictures() {
            std::fs::write(folder.join("training-chart.png"), &picture).unwrap();
        }
        page.click("Save as CSV").await?;
        let csv = std::fs::read_to_string(page.downloaded(".csv").await?).unwrap();
        let lines: Vec<&str> = csv.lines().collect();
        assert!(lines[0].ends_with(",exact_match,f1") && lines[1].starts_with("0,0,") && lines.len() == 11, "{csv}");
        // The run is in the table, and its settings and its curve come back.
        let row = page.driver.find(By::Css(".runs tbody tr")).await?.text().await?;
        assert!(row.contains("9 of 9") && row.contains("0.003") && row.contains(" / "), "{row}");
        page.fill("spinbutton", "Learning rate", "0.00005").await?;
        let adopt = page.driver.find(By::XPath("//button[normalize-space(.)='Use settings']")).await?;
        adopt.click().await?;
        let rate = page.find("spinbutton", "Learning rate").await?;
        page.until("the run's rate", SOON, async || {
            Ok((rate.prop("value").await?.as_deref() == Some("0.003")).then_some(()))
        })
        .await?;
        page.driver.find(By::Css(".runs tbody input")).await?.click().await?;
        page.choose("What is drawn", "Loss").await?;
        page.driver.find(By::Css(".chart-other")).await?;
        page.picture("watching").await?;
        Ok(())
    });
}

#[test]
fn patience_needs_something_to_measure_on_and_ends_a_run() {
    in_browser(|page| async move {
        sample(&page, "40").await?;
        page.fill("spinbutton", "Learning rate", "0.003").await?;
        page.fill("spinbutton", "Patience", "2").await?;
        page.click("Train").await?;
        let log = page.region_says("Training", "finished early", LONG).await?;
        assert!(log.contains("2 evaluations without a better one"), "{log}");
        // The same without anything held back.
        page.go("Data").await?;
        page.click("Hold back a part…").await?;
        page.click("Train on them again").await?;
        page.go("Train").await?;
        page.until("the reason why not", SOON, async || {
            let said = page.driver.find(By::Css(".train-setup")).await?.text().await?;
            Ok(said.contains("hold back a part in Data").then_some(()))
        })
        .await?;
        assert!(!page.find("button", "Train").await?.is_enabled().await?);
        Ok(())
    });
}
