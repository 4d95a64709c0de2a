//! `teiten packets`: list, tree, bytes, number, or a capture file of a selection.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use teiten_ask::frames::{self, Paths};
use teiten_ask::paths::shown;
use teiten_evidence::bytes::{self, Absence};
use teiten_evidence::list::Listing;
use teiten_evidence::tree;
use teiten_model::columns::PacketColumns;
use teiten_model::interval::Timestamp;
use teiten_query::questions::packets;
use teiten_query::questions::packets::PACKETS_MAX;

use crate::args::Packets;
use crate::exit::{Outcome, Usage};
use crate::world::{Asked, World};

/// Packets of a list, a tree or a dump when nobody says how many.
const LISTED: usize = 1_000;

/// Rows with the files their frames lie in.
struct Evidence {
    columns: PacketColumns,
    /// Where each input was read from.
    paths: Paths,
}

pub(crate) fn run(world: &World, args: &Packets) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let reads_twice = args.tree || args.bytes || args.write.is_some();
    if reads_twice && let Some(path) = args.read.iter().find(|path| is_pipe(path)) {
        let name = if *path == Path::new("-") { "standard input".to_string() } else { shown(path) };
        let said = format!("-V, -x and -w read a capture twice, which {name} cannot be: name a file");
        return Err(Usage(said).into());
    }
    if args.explain {
        return explain(world, args);
    }
    if args.only_count {
        let count = count(world, args, &mut outcome)?;
        writeln!(std::io::stdout(), "{count}")?;
        outcome.is_nothing = args.exit_status && count == 0;
        return Ok(outcome);
    }
    let limit = limit(args);
    let count = if let Some(path) = &args.write {
        let picked = super::evidence::picked(world, args, limit, &mut outcome)?;
        super::evidence::write(args, &picked, path, &mut outcome)?;
        picked.0.picks.picks.len()
    } else {
        let found = if args.read.is_empty() {
            from_store(world, args, limit, &mut outcome)?
        } else {
            let columns = super::gather::rows(world, args, limit, &mut outcome)?;
            Evidence { columns, paths: read_paths(args) }
        };
        if args.tree || args.bytes {
            draw(world, args, &found, &mut outcome)?;
        } else {
            list(world, args, &found)?;
        }
        found.columns.rows()
    };
    outcome.is_nothing = args.exit_status && count == 0;
    if count == limit {
        outcome.notes.push(match limit {
            PACKETS_MAX => {
                format!("the first {PACKETS_MAX} packets, which is the most at once: narrow the time")
            }
            limit => format!("the first {limit} packets; -c asks for more"),
        });
    }
    Ok(outcome)
}

/// Prints what the packets would be asked of the store with.
fn explain(world: &World, args: &Packets) -> Result<Outcome> {
    let Asked { selection, session, notes } = world.asked(&args.selection)?;
    let session = session.explaining();
    if args.only_count {
        packets::count(&session, &selection, args.apart)?;
    } else if args.write.is_some() {
        super::evidence::ask_for_picks(world, args, &session, &selection, limit(args))?;
    } else {
        packets::packets(&session, &selection, limit(args), args.apart)?;
    }
    world.print_explained(&session)?;
    Ok(Outcome { notes, ..Outcome::default() })
}

fn count(world: &World, args: &Packets, outcome: &mut Outcome) -> Result<i64> {
    if !args.read.is_empty() {
        return Ok(super::gather::count(world, args, outcome)? as i64);
    }
    let asked = world.asked(&args.selection)?;
    outcome.notes.extend(asked.notes);
    Ok(packets::count(&asked.session, &asked.selection, args.apart)?)
}

/// Whether what comes from there can be read once only.
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let is_special = |kind: std::fs::FileType| kind.is_fifo() || kind.is_char_device() || kind.is_socket();
    path == Path::new("-") || std::fs::metadata(path).is_ok_and(|found| is_special(found.file_type()))
}

/// The most packets that are wanted.
fn limit(args: &Packets) -> usize {
    let unless_said = if args.write.is_some() { PACKETS_MAX } else { LISTED };
    args.count.unwrap_or(unless_said).min(PACKETS_MAX)
}

fn from_store(world: &World, args: &Packets, limit: usize, outcome: &mut Outcome) -> Result<Evidence> {
    let Asked { selection, session, notes } = world.asked(&args.selection)?;
    outcome.notes.extend(notes);
    let columns = packets::packets(&session, &selection, limit, args.apart)?;
    Ok(Evidence { columns, paths: frames::stored_paths(&session)? })
}

/// Where the captures named with `-r` are, by what their rows call them.
pub(super) fn read_paths(args: &Packets) -> Paths {
    Paths::named(args.read.iter().map(|path| (shown(path), path.clone())))
}

fn offset(world: &World, columns: &PacketColumns) -> Option<i32> {
    let at = Timestamp(columns.ts.first().copied().unwrap_or(0));
    match world.zone.offset_secs(at) {
        0 => None,
        secs => Some(secs),
    }
}

fn list(world: &World, args: &Packets, found: &Evidence) -> Result<()> {
    let listing = Listing { zone_offset_secs: offset(world, &found.columns), with_notes: args.long };
    let mut table = listing.table();
    listing.push(&found.columns, &mut table);
    world.print(&table)
}

fn draw(world: &World, args: &Packets, found: &Evidence, outcome: &mut Outcome) -> Result<()> {
    let frames = frames::frames(&found.columns, &found.paths, &mut outcome.notes);
    let mut out = std::io::stdout().lock();
    let offset = offset(world, &found.columns);
    let mut text = String::new();
    for row in 0..found.columns.rows() {
        text.clear();
        let bytes = frames.get(&row).map(Vec::as_slice);
        if args.tree {
            tree::draw(&tree::tree(&found.columns, row, bytes, offset), &mut text);
        }
        if args.bytes {
            bytes::draw(bytes.ok_or(Absence::InputGone), &mut text);
        }
        text.push('\n');
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}
