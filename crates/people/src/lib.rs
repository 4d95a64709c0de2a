//! People: users, sessions, tokens, roles and the audit log, in one file of SQLite.
//!
//! The portal asks here who sends a request; what that person may see is a [`teiten_model::selection::Viewer`],
//! and the question layer alone turns it into answers.
//!
//! **Invariant:** no secret is kept: passwords are Argon2id hashes, sessions and tokens their SHA-256.
//! **Invariant:** secrets are compared in constant time, and a name that is not there costs what a wrong password costs.
//! **Invariant:** every list has a bound, and every change of people stands in the audit log.

mod acknowledged;
mod audit;
mod book;
mod error;
mod logins;
mod notes;
mod password;
mod person;
mod saved;
mod secret;
mod sessions;
mod tokens;
mod users;

pub use acknowledged::Acknowledged;
pub use audit::{Deed, Entry};
pub use book::{Chance, People};
pub use error::PeopleError;
pub use logins::Vouched;
pub use notes::{KINDS, Label, NewNote, Note, names};
pub use person::{Person, Role, Scope};
pub use saved::Saved;
pub use secret::{form_key, is_form_key};
pub use sessions::Started;
pub use tokens::{Allowed, Token};
pub use users::User;
