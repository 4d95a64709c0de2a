//! Arguments of `teiten user`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Which file of people.
#[derive(Debug, Args)]
pub(crate) struct PeopleFile {
    /// File of people; it is made when it is not there
    #[arg(long, value_name = "FILE", env = "TEITEN_PEOPLE")]
    pub(crate) people: PathBuf,
}

/// A user.
#[derive(Debug, Args)]
pub(crate) struct UserArgs {
    /// Name to log in with: a-z, 0-9 and `. _ - @`
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// public, member, analyst, editor or admin; each may do what those before may
    #[arg(long, value_name = "ROLE", default_value = "member")]
    pub(crate) role: String,
    /// Sensor of the member's own; may be given again
    #[arg(long = "sensor", value_name = "NAME")]
    pub(crate) sensors: Vec<String>,
    #[command(flatten)]
    pub(crate) file: PeopleFile,
}

/// People who may log in.
#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Everybody
    List(PeopleFile),
    /// Add a user; the password is read from standard input
    Add(UserArgs),
    /// Change role and sensors of a user, who then has to log in again
    Change {
        #[command(flatten)]
        user: UserArgs,
        /// Neither log in nor use tokens any more
        #[arg(long)]
        disable: bool,
    },
    /// Give a user another password, read from standard input
    Password {
        /// Name of the user
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        file: PeopleFile,
    },
    /// Make a token for programs and print it, this once
    Token {
        /// Name of the user
        #[arg(value_name = "NAME")]
        name: String,
        /// What the token is called
        #[arg(long, value_name = "TEXT", default_value = "command line")]
        label: String,
        /// read, packets or sql; may be given again
        #[arg(long = "scope", value_name = "SCOPE", default_value = "read")]
        scopes: Vec<String>,
        /// Days that it is valid
        #[arg(long, value_name = "N", default_value_t = 90)]
        days: i64,
        #[command(flatten)]
        file: PeopleFile,
    },
    /// The audit log, the newest first
    Log {
        /// Entries
        #[arg(long, value_name = "N", default_value_t = 100)]
        top: usize,
        #[command(flatten)]
        file: PeopleFile,
    },
}
