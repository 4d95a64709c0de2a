//! The portal: pages and API over one store, drawn by Rust, complete without scripts.
//!
//! Every page is a function from an address to a page: the address names a selection, the questions of
//! [`teiten_query`] answer it, the report's charts draw it. Islands of script make what is there easier to use;
//! nothing depends on them.
//!
//! **Invariant:** no page asks for anything from another machine, and none carries a script or a style inside.
//! **Invariant:** what a viewer may see is decided by the question's session, never by a page.
//! **Invariant:** every question has a limit of time, rows and memory, and so have those that wait.

mod about;
mod answers;
mod api;
mod asking;
mod assets;
mod cookies;
mod desk;
mod doors;
mod drafts;
mod editing;
mod fault;
mod headers;
mod limits;
mod links;
mod look;
mod notes;
mod oidc;
mod origin;
mod pages;
mod portal;
mod press;
mod reader;
mod routes;
mod view;
mod warm;
mod who;
mod words;

pub use drafts::Drafting;
pub use limits::Limits;
pub use oidc::{Claim, Fetch, Oidc};
pub use pages::doctor::Contacts;
pub use portal::{Portal, Settings};
pub use press::{Drafted, Press, PressFault, Wanted};
pub use routes::{paths, sent_paths, serve};
