//! People who log in with another institution's word for who they are: whom a provider's subject is here.
//!
//! **Invariant:** a subject of a provider is one user for ever, and a user one subject of a provider: whoever gets
//! somebody's name there later does not get their account here.

use rusqlite::{OptionalExtension, params};
use teiten_model::interval::Timestamp;

use crate::audit::{self, Deed};
use crate::book::People;
use crate::error::PeopleError;
use crate::person::Role;
use crate::sessions::Started;
use crate::users::{self, USER};

/// Longest name of a provider and longest subject, in bytes.
const SUBJECT_BYTES_MAX: usize = 1_024;

pub(crate) const TABLES: &str = "
CREATE TABLE logins (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, user INTEGER NOT NULL REFERENCES users(id),
    created INTEGER NOT NULL, PRIMARY KEY (issuer, subject), UNIQUE (issuer, user)
) STRICT;
";

/// Whom a provider vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vouched<'a> {
    /// The provider.
    pub issuer: &'a str,
    /// What the provider calls them, for ever.
    pub subject: &'a str,
    /// The name that they have here, as the provider says it; `None` when it says none that can be trusted.
    pub name: Option<&'a str>,
    /// The role of users that are made when nobody has the name; `None` to make none.
    pub create: Option<Role>,
}

impl People {
    /// Starts a session of whoever a provider vouches for: the user that its subject is, or who has the name and is
    /// no other subject yet.
    ///
    /// # Errors
    /// When it is nobody here, or the file fails.
    pub fn log_in_by(
        &self,
        vouched: Vouched<'_>,
        origin: &str,
        now: Timestamp,
    ) -> Result<Started, PeopleError> {
        if vouched.subject.is_empty() || vouched.subject.len().max(vouched.issuer.len()) > SUBJECT_BYTES_MAX {
            return Err(PeopleError::Refused);
        }
        let name = vouched.name.map(str::to_lowercase);
        if let (Some(name), Some(role)) = (&name, vouched.create)
            && !self.is_known(&vouched, name)?
        {
            // Nobody knows this password: the provider's word, or another password by an admin, is the way in.
            let password = self.secret()?;
            self.add_user((name, role, &[]), &password, (vouched.issuer, origin), now)?;
        }
        let found = {
            let mut book = self.book();
            let change = book.transaction()?;
            let bound: Option<i64> = change
                .query_row(
                    "SELECT user FROM logins WHERE issuer = ?1 AND subject = ?2",
                    [vouched.issuer, vouched.subject],
                    |row| row.get(0),
                )
                .optional()?;
            let user = match (bound, &name) {
                (Some(id), _) => {
                    change.query_row(&format!("{USER} WHERE id = ?1"), [id], users::read).optional()?
                }
                (None, Some(name)) => users::find(&change, name)?,
                (None, None) => None,
            };
            let mut user = user.filter(|user| !user.is_disabled);
            if let (None, Some(own)) = (bound, &user) {
                let others: i64 = change.query_row(
                    "SELECT count(*) FROM logins WHERE issuer = ?1 AND user = ?2",
                    params![vouched.issuer, own.person.id],
                    |row| row.get(0),
                )?;
                if others > 0 {
                    user = None;
                } else {
                    change.execute(
                        "INSERT INTO logins (issuer, subject, user, created) VALUES (?1, ?2, ?3, ?4)",
                        params![vouched.issuer, vouched.subject, own.person.id, now.0],
                    )?;
                    audit::write(&change, &own.person.name, origin, Deed::Vouched, vouched.issuer, now)?;
                }
            }
            if user.is_none() {
                audit::write(&change, "", origin, Deed::Refused, vouched.issuer, now)?;
            }
            change.commit()?;
            user
        };
        match found {
            Some(user) => self.start(user.person, origin, now),
            None => Err(PeopleError::Refused),
        }
    }

    /// Whether the subject is a user already, or somebody has the name.
    fn is_known(&self, vouched: &Vouched<'_>, name: &str) -> Result<bool, PeopleError> {
        let book = self.book();
        let bound: i64 = book.query_row(
            "SELECT count(*) FROM logins WHERE issuer = ?1 AND subject = ?2",
            [vouched.issuer, vouched.subject],
            |row| row.get(0),
        )?;
        Ok(bound > 0 || users::find(&book, name)?.is_some())
    }
}
