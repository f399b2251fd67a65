//! The page in a real browser, over WebDriver, as its users meet it: by roles and accessible names.
//!
//! `cargo xtask test` builds the site and says where it is; without it these tests say so and do nothing.

mod article;
mod ask;
mod bring;
mod builds;
mod data;
mod desk;
mod evaluate;
mod export;
mod faults;
mod holding;
mod host;
mod hub;
mod keep;
mod model;
mod outline;
mod page;
mod train;
mod watching;
mod worker;
