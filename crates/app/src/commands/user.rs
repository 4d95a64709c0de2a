//! `teiten user`: people who may log in to the portal, from the machine that it runs on.
//!
//! **Invariant:** a password comes by standard input alone: arguments are seen by everybody on the machine.

use std::io::{BufRead, Read, Write};

use anyhow::{Context, Result};
use teiten_model::table::{Table, Value};
use teiten_people::{People, PeopleError, Person, Role, Scope};

use crate::args::{PeopleFile, User, UserArgs};
use crate::exit::{Outcome, Usage};
use crate::world::World;

/// Longest password that is read, in bytes; the rule about passwords is `teiten_people`'s.
const LINE_BYTES_MAX: u64 = 4_096;
/// Who the audit log names, and from where.
const BY: (&str, &str) = ("operator", "command line");

pub(crate) fn run(world: &World, command: &User) -> Result<Outcome> {
    let now = world.now();
    match command {
        User::List(file) => list(world, file),
        User::Add(user) => {
            let (role, people) = (role(user)?, open(&user.file)?);
            people.add_user((&user.name, role, &user.sensors), &password()?, BY, now).map_err(usage)?;
            Ok(done(format!("`{}` may log in as {}", user.name, role.word())))
        }
        User::Change { user, disable } => {
            let (role, people) = (role(user)?, open(&user.file)?);
            people.change_user((&user.name, role, &user.sensors), *disable, BY, now).map_err(usage)?;
            Ok(done(format!("`{}` has to log in again", user.name)))
        }
        User::Password { name, file } => {
            open(file)?.set_password(name, &password()?, BY, now).map_err(usage)?;
            Ok(done(format!("`{name}` has to log in again")))
        }
        User::Token { name, label, scopes, days, file } => {
            let people = open(file)?;
            let scopes = scopes.iter().map(|word| {
                Scope::read(word)
                    .ok_or_else(|| Usage(format!("`{word}` is no scope: write read, packets, sql or notes")))
            });
            let scopes = scopes.collect::<Result<Vec<Scope>, Usage>>()?;
            let person = person(&people, name)?;
            let secret = people.add_token(&person, (label, &scopes, *days), BY.1, now).map_err(usage)?;
            writeln!(std::io::stdout(), "{secret}")?;
            Ok(done("it is kept nowhere: put it where only your program reads it".to_string()))
        }
        User::Log { top, file } => log(world, file, *top),
    }
}

/// The file of people, with the system's randomness.
pub(super) fn open(file: &PeopleFile) -> Result<People> {
    Ok(People::open(&file.people, chance)?)
}

/// Fills with the system's randomness.
fn chance(bytes: &mut [u8]) -> Result<(), String> {
    getrandom::fill(bytes).map_err(|error| error.to_string())
}

fn done(note: String) -> Outcome {
    Outcome { notes: vec![note], ..Outcome::default() }
}

/// What somebody asked for against a rule is wrong usage; the rest is a failure.
fn usage(error: PeopleError) -> anyhow::Error {
    if error.is_usage() { Usage(error.to_string()).into() } else { error.into() }
}

fn role(user: &UserArgs) -> Result<Role> {
    let role = Role::read(&user.role).ok_or_else(|| {
        Usage(format!("`{}` is no role: write public, member, analyst, editor or admin", user.role))
    })?;
    if !user.sensors.is_empty() && role != Role::Member {
        return Err(Usage(format!("own sensors are for members, not for the role {}", role.word())).into());
    }
    Ok(role)
}

fn person(people: &People, name: &str) -> Result<Person> {
    let user = people.user(name)?;
    Ok(user.ok_or_else(|| Usage(format!("there is no user `{name}`: `user list` names them")))?.person)
}

/// The first line of standard input.
fn password() -> Result<String> {
    let mut line = String::new();
    let input = std::io::stdin().lock().take(LINE_BYTES_MAX);
    std::io::BufReader::new(input)
        .read_line(&mut line)
        .context("reading the password from standard input")?;
    let password = line.trim_end_matches(['\n', '\r']).to_string();
    if password.is_empty() {
        return Err(Usage("the password is read from standard input, and there was none".to_string()).into());
    }
    Ok(password)
}

fn list(world: &World, file: &PeopleFile) -> Result<Outcome> {
    let mut table =
        Table::new(&[("user", ""), ("role", ""), ("sensors", ""), ("created", ""), ("disabled", "")]);
    for user in open(file)?.users()? {
        table.push(vec![
            Value::Text(user.person.name.clone()),
            user.person.role.word().into(),
            Value::Text(user.person.sensors.join(" ")),
            Value::Time(user.created),
            Value::Bool(user.is_disabled),
        ]);
    }
    world.print(&table)?;
    Ok(Outcome::default())
}

fn log(world: &World, file: &PeopleFile, top: usize) -> Result<Outcome> {
    let mut table = Table::new(&[("at", ""), ("who", ""), ("origin", ""), ("deed", ""), ("about", "")]);
    for entry in open(file)?.log(top)? {
        table.push(vec![
            Value::Time(entry.at),
            Value::Text(entry.who),
            Value::Text(entry.origin),
            Value::Text(entry.deed),
            Value::Text(entry.about),
        ]);
    }
    world.print(&table)?;
    Ok(Outcome::default())
}
