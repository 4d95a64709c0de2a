//! Who somebody is, what they may do, and whose eyes a question sees with.
//!
//! **Invariant:** roles are a ladder: whoever stands higher may do all that those below may.

use teiten_model::selection::{SENSORS_MIN, Viewer};

/// What somebody is to the operator; each may do what those before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Anyone: what may be published.
    Public,
    /// Of another institution: its own sensors as they are, others' in cells of at least five.
    Member,
    /// Sees everything.
    Analyst,
    /// Writes what is published.
    Editor,
    /// Decides who is who.
    Admin,
}

impl Role {
    /// Every role, from the ground up.
    pub const ALL: [Role; 5] = [Role::Public, Role::Member, Role::Analyst, Role::Editor, Role::Admin];

    /// The word; stable.
    pub fn word(self) -> &'static str {
        match self {
            Role::Public => "public",
            Role::Member => "member",
            Role::Analyst => "analyst",
            Role::Editor => "editor",
            Role::Admin => "admin",
        }
    }

    /// The role of a word.
    pub fn read(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// What a token may be used for; a token has some of these and never more than its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Questions: ranks, series, findings, books.
    Read,
    /// Packets and capture files.
    Packets,
    /// Statements of SQL.
    Sql,
    /// Writing notes and taking them away.
    Notes,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Scope; 4] = [Scope::Read, Scope::Packets, Scope::Sql, Scope::Notes];

    /// The word; stable.
    pub fn word(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Packets => "packets",
            Scope::Sql => "sql",
            Scope::Notes => "notes",
        }
    }

    /// The scope of a word.
    pub fn read(word: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.word() == word)
    }
}

/// Somebody who is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The row in the file.
    pub(crate) id: i64,
    /// The name to log in with.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Names of the sensors of their institution.
    pub sensors: Vec<String>,
}

impl Person {
    /// Whose eyes this person's questions see with. A member without sensors is one of the public.
    pub fn viewer(&self) -> Viewer {
        match self.role {
            Role::Member if !self.sensors.is_empty() => {
                Viewer::Member { sensors: self.sensors.clone(), sensors_min: SENSORS_MIN }
            }
            Role::Public | Role::Member => Viewer::Public { sensors_min: SENSORS_MIN },
            Role::Analyst | Role::Editor | Role::Admin => Viewer::All,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_roles_and_scopes_read_back() {
        assert!(Role::ALL.into_iter().all(|role| Role::read(role.word()) == Some(role)));
        assert!(Scope::ALL.into_iter().all(|scope| Scope::read(scope.word()) == Some(scope)));
        assert!(Role::ALL.is_sorted());
    }

    #[test]
    fn only_analysts_and_above_see_everything() {
        let person = |role, sensors: &[&str]| Person {
            id: 1,
            name: "a".into(),
            role,
            sensors: sensors.iter().map(ToString::to_string).collect(),
        };
        let public = Viewer::Public { sensors_min: SENSORS_MIN };
        assert_eq!(person(Role::Public, &["jp-01"]).viewer(), public);
        assert_eq!(person(Role::Member, &[]).viewer(), public);
        assert!(
            matches!(person(Role::Member, &["jp-01"]).viewer(), Viewer::Member { sensors, .. } if sensors == ["jp-01"])
        );
        for role in [Role::Analyst, Role::Editor, Role::Admin] {
            assert_eq!(person(role, &[]).viewer(), Viewer::All);
        }
    }
}
