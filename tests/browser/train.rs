//! Training over the page's controls: Stop, and asking meanwhile.

use std::time::{Duration, Instant};

use super::page::{LONG, SOON, in_browser};

#[test]
fn stop_acts_within_two_seconds_and_keeps_what_was_trained() {
    in_browser(|page| async move {
        page.open("#/data").await?;
        page.click("Load sample: Lech Poznań").await?;
        page.go("Train").await?;
        // Closed at first, one click away.
        page.unfold("Settings").await?;
        page.fill("spinbutton", "Epochs", "500").await?;
        page.click("Train").await?;
        page.region_says("Training", "tokens/s", LONG).await?;
        // The page answers while the worker trains.
        let began = Instant::now();
        page.driver.execute("return document.title", Vec::new()).await?;
        assert!(began.elapsed() < Duration::from_secs(1), "the page took {:?} to answer", began.elapsed());
        // A question waits its turn between two micro-batches.
        let marked = page.ask("Who keeps the key?", "The key is kept by Adam Wolny.").await?;
        assert!(!marked.text.is_empty());
        page.go("Train").await?;
        let stop = page.find("button", "Stop").await?;
        let began = Instant::now();
        stop.click().await?;
        let said = page.region_says("Training", "finished", SOON).await?;
        let took = began.elapsed();
        println!("Stop took {took:?}: {said}");
        assert!(took < Duration::from_secs(2), "Stop took {took:?}");
        // The desk is free again, and the model is the trained one.
        page.find("button", "Train").await?;
        page.go("Export").await?;
        page.find("button", "Download weights").await?;
        Ok(())
    });
}
