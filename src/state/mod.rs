//! What the page knows: pure reducers, no browser types.
