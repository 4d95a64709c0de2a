//! Rights are given up once the sockets are open: user, capabilities, files, system calls.
//!
//! All of it happens in the first thread before there is another, because the kernel keeps rights by thread and
//! new threads inherit them. What the kernel lacks is said once, and ends the process only where the
//! configuration requires a whole sandbox.
//!
//! **Invariant:** afterwards the process has no capability and cannot get one.

use std::collections::BTreeMap;
use std::path::Path;

use caps::CapSet;
use landlock::{
    ABI, Access, AccessFs, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
};
use rustix::process::{Gid, Uid};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use crate::config::Sandbox;
use crate::error::SensorError;

mod calls;

/// What remains to be reached.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'a> {
    /// Folders that are read and written.
    pub written: &'a [&'a Path],
    /// Files and folders that are read.
    pub read: &'a [&'a Path],
}

/// Becomes another user, with its groups' first one alone.
///
/// # Errors
/// When there is no such user, or we may not.
pub fn become_user(name: &str) -> Result<(), SensorError> {
    let (uid, gid) = ids(name)?;
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    if rustix::process::geteuid() == uid {
        return Ok(());
    }
    rustix::thread::set_thread_groups(&[])
        .and_then(|()| rustix::thread::set_thread_res_gid(gid, gid, gid))
        .and_then(|()| rustix::thread::set_thread_res_uid(uid, uid, uid))
        .map_err(|error| of_user(name, &error.to_string()))
}

/// Makes folders where they are missing, and gives them to a user, when we have the right to.
///
/// # Errors
/// When there is no such user, or a folder cannot be made or given.
pub fn give_folders(name: &str, folders: &[&Path]) -> Result<(), SensorError> {
    let (uid, gid) = ids(name)?;
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    for path in folders {
        let fault = |error: std::io::Error| SensorError::Write { path: path.to_path_buf(), error };
        std::fs::create_dir_all(path).map_err(fault)?;
        std::os::unix::fs::chown(path, Some(uid), Some(gid)).map_err(fault)?;
    }
    Ok(())
}

/// User and group of a name, as this host knows them.
fn ids(name: &str) -> Result<(u32, u32), SensorError> {
    let table = std::fs::read_to_string("/etc/passwd").map_err(|error| of_user(name, &error.to_string()))?;
    user(&table, name).ok_or_else(|| of_user(name, "is not in /etc/passwd"))
}

fn of_user(name: &str, what: &str) -> SensorError {
    SensorError::Privileges(format!("user `{name}`: {what}"))
}

/// User and group of a name in the form of passwd(5).
fn user(table: &str, name: &str) -> Option<(u32, u32)> {
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        Some((uid, fields.next()?.parse().ok()?))
    })
}

/// Gives up every capability for ever, and what the sandbox asks for.
///
/// # Errors
/// When a capability stays, or the sandbox is required and the kernel lacks a part.
pub fn give_up(sandbox: Sandbox, reach: Reach<'_>) -> Result<(), SensorError> {
    let fault = |error: caps::errors::CapsError| SensorError::Privileges(error.to_string());
    let mut all: Vec<caps::Capability> = caps::all().into_iter().collect();
    all.sort_unstable_by_key(caps::Capability::index);
    for capability in all {
        // Only whoever may set capabilities can take one out of the bounding set; without that right the
        // bounding set gives nothing back, because no new rights are allowed below.
        let _kept = caps::drop(None, CapSet::Bounding, capability);
    }
    // The ambient set is unknown to kernels before 4.3.
    let _unknown = caps::clear(None, CapSet::Ambient);
    for set in [CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
        caps::clear(None, set).map_err(fault)?;
    }
    if !caps::read(None, CapSet::Permitted).map_err(fault)?.is_empty() {
        return Err(SensorError::Privileges("a capability stays".to_string()));
    }
    rustix::thread::set_no_new_privs(true).map_err(|error| SensorError::Privileges(error.to_string()))?;
    if sandbox == Sandbox::Off {
        return Ok(());
    }
    for (part, result) in [("landlock", lock_files(reach)), ("seccomp", lock_calls())] {
        match result {
            Ok(()) => {}
            Err(what) if sandbox == Sandbox::Required => {
                return Err(SensorError::Privileges(format!("{part}: {what}")));
            }
            Err(what) => tracing::warn!("the sandbox goes without {part}: {what}"),
        }
    }
    Ok(())
}

fn lock_files(reach: Reach<'_>) -> Result<(), String> {
    let said = |error: &dyn std::error::Error| error.to_string();
    let abi = ABI::V3;
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))
        .and_then(Ruleset::create)
        .map_err(|error| said(&error))?;
    let all = AccessFs::from_all(abi) & !AccessFs::Execute;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let paths =
        reach.written.iter().map(|path| (path, all)).chain(reach.read.iter().map(|path| (path, read)));
    for (path, access) in paths {
        // What is not there needs no right; a name service's file may be made later, and is then not read.
        let Ok(opened) = PathFd::new(path) else { continue };
        let access = if path.is_dir() { access } else { access & AccessFs::from_file(abi) };
        rules = rules.add_rule(PathBeneath::new(opened, access)).map_err(|error| said(&error))?;
    }
    let status = rules.restrict_self().map_err(|error| said(&error))?;
    match status.ruleset {
        RulesetStatus::FullyEnforced => Ok(()),
        RulesetStatus::PartiallyEnforced => {
            Err("this kernel knows a part of it (it is in force)".to_string())
        }
        RulesetStatus::NotEnforced => Err("this kernel does not have it".to_string()),
    }
}

/// Calls that are not in the list fail with EPERM, so that a library that tries one takes its other way.
fn lock_calls() -> Result<(), String> {
    let rules: BTreeMap<i64, _> = calls::ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    let architecture =
        std::env::consts::ARCH.try_into().map_err(|error: seccompiler::BackendError| error.to_string())?;
    let denied = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, denied, SeccompAction::Allow, architecture)
        .map_err(|error| error.to_string())?;
    let program: BpfProgram =
        filter.try_into().map_err(|error: seccompiler::BackendError| error.to_string())?;
    seccompiler::apply_filter(&program).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let table =
            "root:x:0:0:root:/root:/bin/sh\nteiten-sensor:x:990:991::/nonexistent:/bin/false\nbad:x\n";
        assert_eq!(user(table, "teiten-sensor"), Some((990, 991)));
        assert_eq!((user(table, "teiten"), user(table, "bad")), (None, None));
    }
}
