//! Who sends a request: nobody we know, somebody with a session, or a program with a token.
//!
//! **Invariant:** whoever shows a token or a session that is none is told so, or is one of the public; never more.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use teiten_model::selection::{SENSORS_MIN, Viewer};
use teiten_people::{Person, Role, Scope, form_key};

use crate::cookies;
use crate::fault::{Fault, Kind};
use crate::look::Look;
use crate::portal::Portal;

/// Parameters that strangers may give: few, because two answers together tell more than each (decision 009).
const STRANGER_PARAMETERS: [&str; 8] = ["period", "compare", "lang", "limit", "format", "chart", "bom", "q"];

/// Whoever asks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Who {
    /// The person; `None` for nobody we know.
    pub(crate) person: Option<Person>,
    /// Whose eyes questions see with.
    pub(crate) viewer: Viewer,
    /// What they may do.
    pub(crate) role: Role,
    /// What the token is for; `None` without a token.
    scopes: Option<Vec<Scope>>,
    /// The key of this session's forms; empty without a session.
    pub(crate) form_key: String,
    /// The address that the request came from.
    pub(crate) origin: String,
    /// Whether the portal knows people at all.
    pub(crate) is_known_place: bool,
}

impl Who {
    /// Everybody, where nobody logs in.
    pub(crate) fn anyone(viewer: Viewer, origin: String) -> Who {
        Who {
            person: None,
            viewer,
            role: Role::Editor,
            scopes: None,
            form_key: String::new(),
            origin,
            is_known_place: false,
        }
    }

    /// Nobody we know, where people are known.
    pub(crate) fn stranger(origin: String) -> Who {
        Who {
            role: Role::Public,
            is_known_place: true,
            ..Who::anyone(Viewer::Public { sensors_min: SENSORS_MIN }, origin)
        }
    }

    fn of(person: Person, scopes: Option<Vec<Scope>>, form_key: String, origin: String) -> Who {
        Who {
            viewer: person.viewer(),
            role: person.role,
            person: Some(person),
            scopes,
            form_key,
            origin,
            is_known_place: true,
        }
    }

    /// The name; empty for nobody we know.
    pub(crate) fn name(&self) -> &str {
        self.person.as_ref().map_or("", |person| &person.name)
    }

    /// Whether it is a program with a token, rather than a browser.
    pub(crate) fn is_program(&self) -> bool {
        self.scopes.is_some()
    }

    /// Whether they may have what at least this role may, for this purpose.
    pub(crate) fn admit(&self, least: Role, scope: Scope) -> Result<(), Fault> {
        if self.role < least {
            return Err(match self.person {
                None => Fault::new(Kind::LogIn, "this is for people who logged in, or for a token"),
                Some(_) => {
                    Fault::new(Kind::Forbidden, format!("this is for the role {} and above", least.word()))
                }
            });
        }
        if self.scopes.as_ref().is_some_and(|scopes| !scopes.contains(&scope)) {
            let said = format!("this token is not for the scope {}: make one that is", scope.word());
            return Err(Fault::new(Kind::Forbidden, said));
        }
        Ok(())
    }

    /// Counts a request: a person's or a token's for the person, another for its address.
    pub(crate) fn count(&self, portal: &Portal, address: Option<IpAddr>) -> Result<(), Fault> {
        let Some(limiter) = &portal.limiter else { return Ok(()) };
        let counted = match &self.person {
            Some(person) => limiter.person(&person.name),
            None => limiter.stranger(address),
        };
        counted.map_err(Fault::too_many)
    }

    /// Whether it is one of the public, where people are known: they choose whole days of our zone, and little else.
    pub(crate) fn is_stranger(&self) -> bool {
        self.is_known_place && matches!(self.viewer, Viewer::Public { .. })
    }

    /// Refuses what strangers may not choose, where strangers come.
    pub(crate) fn check(&self, look: &Look) -> Result<(), Fault> {
        if !self.is_stranger() {
            return Ok(());
        }
        if let Some(name) = look.given.iter().find(|name| !STRANGER_PARAMETERS.contains(name)) {
            let said = format!("only people who logged in may choose `{name}`");
            return Err(Fault { parameter: (*name).to_string(), ..Fault::new(Kind::LogIn, said) });
        }
        // Whole days alone: what two close moments tell apart is told of few packets.
        let periods = [&look.wanted.period, &look.vs];
        if periods.into_iter().flatten().any(|text| text.contains([':', 'T']) || text.contains("now")) {
            let said = "only people who logged in may choose times finer than a day";
            return Err(Fault { parameter: "period".to_string(), ..Fault::new(Kind::LogIn, said) });
        }
        Ok(())
    }
}

/// Who sent these headers. It asks the file of people, so it may wait.
pub(crate) fn find(portal: &Portal, headers: &HeaderMap, origin: String) -> Result<Who, Fault> {
    let Some(people) = &portal.settings.people else {
        return Ok(Who::anyone(portal.settings.viewer.clone(), origin));
    };
    let now = (portal.settings.clock)();
    if let Some(told) = headers.get(AUTHORIZATION) {
        let wrong = || Fault::new(Kind::LogIn, "the token ended, was taken back, or never was");
        let secret = told.to_str().ok().and_then(|told| told.strip_prefix("Bearer ")).ok_or_else(wrong)?;
        let allowed = people.token(secret.trim(), now)?.ok_or_else(wrong)?;
        return Ok(Who::of(allowed.person, Some(allowed.scopes), String::new(), origin));
    }
    if let Some(secret) = cookies::get(headers, portal.cookie())
        && let Some(person) = people.session(secret, now)?
    {
        return Ok(Who::of(person, None, form_key(secret), origin));
    }
    Ok(Who::stranger(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str) -> Result<(), Fault> {
        Who::stranger(String::new()).check(&Look::read(query).expect("a look"))
    }

    #[test]
    fn strangers_choose_whole_days_and_nothing_else() {
        for query in ["", "p=2014Q2", "p=2014-06-01&vs=prev&lang=ja", "p=FY2014"] {
            assert!(check(query).is_ok(), "{query}");
        }
        for query in [
            "f=tcp",
            "sensor=a",
            "p=2014-06-01T10:00..2014-06-01T11:00",
            "p=now-1h",
            "from=2014",
            "step=hour",
        ] {
            assert_eq!(check(query).unwrap_err().kind, Kind::LogIn, "{query}");
        }
    }

    #[test]
    fn a_token_is_for_its_scopes_alone() {
        let all = Who::anyone(Viewer::All, String::new());
        let some = Who { scopes: Some(vec![Scope::Read]), ..all.clone() };
        assert!(all.admit(Role::Member, Scope::Sql).is_ok() && some.admit(Role::Member, Scope::Read).is_ok());
        assert_eq!(some.admit(Role::Member, Scope::Sql).unwrap_err().kind, Kind::Forbidden);
        let stranger = Who::stranger(String::new());
        assert_eq!(stranger.admit(Role::Member, Scope::Read).unwrap_err().kind, Kind::LogIn);
        assert_eq!(all.admit(Role::Admin, Scope::Read).unwrap_err().kind, Kind::LogIn);
    }
}
