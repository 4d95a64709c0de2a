//! What can go wrong with people, in words for whoever runs the portal.

/// Why something about people could not be done.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// Name and password do not belong together; it is not said which of both is wrong.
    #[error("name and password do not belong together")]
    Refused,
    /// Too many wrong passwords.
    #[error("too many wrong passwords for this name: try again in {0} minutes")]
    TooMany(i64),
    /// What was asked for breaks a rule; the text says which.
    #[error("{0}")]
    Rule(String),
    /// The file cannot be used.
    #[error("the file of people {0}")]
    File(String),
    /// The file said no.
    #[error("the file of people cannot be asked: {0}")]
    Book(#[from] rusqlite::Error),
    /// The system has no randomness.
    #[error("the system gives no randomness for secrets: {0}")]
    Chance(String),
    /// The hash cannot be computed.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
}

impl PeopleError {
    /// A rule that was broken.
    pub(crate) fn rule(said: impl Into<String>) -> PeopleError {
        PeopleError::Rule(said.into())
    }

    /// Whether somebody asked for what is not allowed, rather than the file or the system failing.
    pub fn is_usage(&self) -> bool {
        matches!(self, PeopleError::Refused | PeopleError::TooMany(_) | PeopleError::Rule(_))
    }
}
