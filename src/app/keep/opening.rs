//! Brings back a project that was kept.

use std::collections::{HashMap, HashSet};

use super::files::Folder;
use crate::browser::time::sleep_ms;
use crate::state::project::Project;
use crate::state::project::keeping::{List, SLOTS};

/// How often a project is read that another tab may be writing.
const READS: usize = 5;

/// What the two slots say of a project, the newest first.
pub async fn lists(folder: &Folder) -> Vec<List> {
    List::newest_first(&[folder.read(SLOTS[0]).await, folder.read(SLOTS[1]).await])
}

/// The newest project that is whole. A tab that writes meanwhile may take pieces away while they are read: then once more.
pub async fn assemble(folder: &Folder) -> Option<(List, Project)> {
    for _ in 0..READS {
        let lists = lists(folder).await;
        if lists.is_empty() {
            return None;
        }
        let found = assemble_one_of(folder, lists).await;
        if found.is_some() {
            return found;
        }
        sleep_ms(100).await;
    }
    None
}

async fn assemble_one_of(folder: &Folder, lists: Vec<List>) -> Option<(List, Project)> {
    for list in lists {
        let mut pieces = HashMap::new();
        for file in list.files() {
            let content = folder.read(&file).await;
            if let Some(paragraphs) = content.and_then(|content| serde_json::from_str(&content).ok()) {
                pieces.insert(file, paragraphs);
            }
        }
        if let Some(project) = list.assemble(&mut pieces) {
            return Some((list, project));
        }
    }
    None
}

/// Deletes pieces that no list names: a visit before this one ended while it wrote.
pub async fn sweep(folder: &Folder) {
    let named: HashSet<String> = lists(folder).await.iter().flat_map(List::files).collect();
    for name in folder.names().await.unwrap_or_default() {
        if !named.contains(&name) && !SLOTS.contains(&name.as_str()) {
            // It is swept the next time.
            let _ = folder.remove(&name).await;
        }
    }
}
