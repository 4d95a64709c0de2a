//! `teiten serve`: the portal and the API on a socket of this machine.

mod provider;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use teiten_ask::output::Lang;
use teiten_ask::wanted;
use teiten_model::interval::Timestamp;
use teiten_portal::{Contacts, Drafting, Limits, Portal, Settings};
use teiten_report::words::Language;

use super::user;
use crate::args::{PeopleFile, Serve};
use crate::collect::known::Known;
use crate::exit::{Outcome, Usage};
use crate::press::Printer;
use crate::telescope;
use crate::world::World;

pub(crate) fn run(world: &World, args: &Serve) -> Result<Outcome> {
    let address: SocketAddr = args.listen.parse().map_err(|_| {
        Usage(format!("`{}` is no address to listen on: write 127.0.0.1:8080 or [::1]:8080", args.listen))
    })?;
    let origin = args.origin.as_deref().map(origin).transpose()?;
    let is_encrypted = origin.as_deref().is_some_and(|origin| origin.starts_with("https://"));
    if !address.ip().is_loopback() && !is_encrypted {
        return Err(Usage(format!(
            "{address} can be reached by others, and passwords would come there in the clear: let a server before \
             it end TLS and say its address with --people FILE --origin https://NAME, or listen on this machine \
             alone, such as 127.0.0.1:{}",
            address.port()
        ))
        .into());
    }
    let people = args.people.clone().map(|people| user::open(&PeopleFile { people })).transpose()?;
    if let Some(people) = &people
        && people.users()?.is_empty()
    {
        return Err(Usage(
            "nobody may log in yet: `teiten user add NAME --role admin` adds the first".to_string(),
        )
        .into());
    }
    let oidc = provider::read(&world.config.login, people.is_some())?;
    let telescope = match &world.config.sensors {
        Some(path) => Some(telescope::read(path).map_err(|error| Usage(format!("{error:#}")))?),
        None => None,
    };
    let store = world.store()?;
    crate::log::begin(world);
    // Held here to the end: the store's own threads must not be ended from inside the server's.
    let portal = Arc::new(Portal::new(Settings {
        data: world.data_folder(),
        contacts: contacts(world),
        telescope,
        zone: world.zone.clone(),
        language: match world.lang() {
            Lang::Ja => Language::Ja,
            Lang::En => Language::En,
        },
        viewer: wanted::viewer(&args.viewer),
        viewer_word: args.viewer.clone(),
        people,
        origin,
        oidc,
        site: args.site.clone(),
        font: world.config.report.font.clone(),
        drafting: args.drafts.clone().map(|folder| drafting(world, folder)).transpose()?,
        limits: Limits {
            person: limit(world.config.portal.person_requests),
            stranger: limit(world.config.portal.stranger_requests),
        },
        // The configuration takes addresses alone.
        proxies: world.config.portal.proxies.iter().filter_map(|text| text.parse().ok()).collect(),
        clock: now,
        steady,
        store,
    })?);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.with_context(|| {
            format!("listening on {address}: another program may have the port, give another with --listen")
        })?;
        let bound = listener.local_addr()?;
        use std::io::Write;
        // Nobody may be listening on standard error; the portal serves all the same.
        let _ = writeln!(std::io::stderr(), "teiten serves http://{bound}/ (Ctrl-C ends it)");
        teiten_portal::serve(listener, Arc::clone(&portal), stopped()).await.context("serving")
    })?;
    Ok(Outcome::default())
}

/// What the collector last said of the sensors, read anew each time.
fn contacts(world: &World) -> Contacts {
    let world = world.quiet();
    Box::new(move || Known::of(&world).map(|known| known.contacts()).map_err(|error| format!("{error:#}")))
}

/// The folder of drafts, which must be there.
fn drafting(world: &World, folder: PathBuf) -> Result<Drafting, Usage> {
    if !folder.is_dir() {
        let there = folder.display();
        return Err(Usage(format!(
            "the folder of drafts {there} is not there: make it, or name another one"
        )));
    }
    Ok(Drafting { folder, press: Box::new(Printer::new(world)) })
}

/// The address of the portal as browsers write it: scheme and host, and a port where it is not the usual one.
fn origin(text: &str) -> Result<String, Usage> {
    let text = text.trim_end_matches('/').to_ascii_lowercase();
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    match host {
        Some(host) if !host.is_empty() && host.chars().all(is_fit) => Ok(text),
        _ => Err(Usage(format!("`{text}` is no address of a portal: write https://teiten.example"))),
    }
}

/// The moment it is.
#[expect(clippy::disallowed_methods, reason = "the clock of the portal is read here, in the shell")]
fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_microsecond())
}

/// The time since the program was first asked for it.
#[expect(clippy::disallowed_methods, reason = "the clock of the portal is read here, in the shell")]
fn steady() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed()
}

/// A number of requests; 0 is any number.
fn limit(most: u64) -> Option<NonZeroU32> {
    NonZeroU32::new(u32::try_from(most).unwrap_or(u32::MAX))
}

/// Waits until somebody ends the program: Ctrl-C, or the system's request.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut asked) => tokio::select! {
            _ = interrupted => {}
            _ = asked.recv() => {}
        },
        // Without the other signal, Ctrl-C alone ends it.
        Err(_) => drop(interrupted.await),
    }
}
