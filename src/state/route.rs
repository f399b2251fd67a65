//! The five views and their addresses.

/// A view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// Documents, questions, answers.
    #[default]
    Data,
    /// Fine-tuning.
    Train,
    /// Asking.
    Ask,
    /// Exact match and F1, before and after.
    Evaluate,
    /// Downloads.
    Export,
}

impl Route {
    /// All views, in the order of the rail.
    pub const ALL: [Self; 5] = [Self::Data, Self::Train, Self::Ask, Self::Evaluate, Self::Export];

    /// Its address, for instance `#/data`.
    pub fn hash(self) -> &'static str {
        match self {
            Self::Data => "#/data",
            Self::Train => "#/train",
            Self::Ask => "#/ask",
            Self::Evaluate => "#/evaluate",
            Self::Export => "#/export",
        }
    }

    /// The view of an address; the first view for any other.
    pub fn from_hash(hash: &str) -> Self {
        Self::ALL.into_iter().find(|route| route.hash() == hash).unwrap_or_default()
    }

    /// Its name in the rail.
    pub fn label(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Train => "Train",
            Self::Ask => "Ask",
            Self::Evaluate => "Evaluate",
            Self::Export => "Export",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn addresses_lead_back_to_their_views() {
        for route in Route::ALL {
            assert_eq!(Route::from_hash(route.hash()), route);
        }
        assert_eq!(Route::from_hash("#/nowhere"), Route::Data);
        assert_eq!(Route::from_hash(""), Route::Data);
    }
}
