//! What every command needs: configuration, zone, language, store, reference data, the clock.
//!
//! Only here, in the shell, is the clock read.

use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::{Context, Result};
use teiten_ask::labels::Naming;
use teiten_ask::output::{Format, Lang, Style};
use teiten_ask::{labels, wanted};
use teiten_intel::shelf::Shelf;
use teiten_model::interval::{Interval, Timestamp};
use teiten_model::selection::Selection;
use teiten_model::table::Table;
use teiten_query::explain;
use teiten_query::questions::books;
use teiten_query::session::{Session, Told};
use teiten_refdata::services::Services;
use teiten_selection::Filter;
use teiten_selection::period::Period;
use teiten_selection::zone::Zone;
use teiten_store::location::local_folder;
use teiten_store::store::Store;

use crate::args::{Arguments, SelectionArgs};
use crate::config::Config;
use crate::elsewhere;
use crate::exit::Usage;
use crate::progress::{Mode, Progress, Unit};

/// The surroundings of a command.
#[derive(Clone)]
pub(crate) struct World {
    /// Values in effect.
    pub(crate) config: Config,
    /// Files they came from.
    pub(crate) config_files: Vec<PathBuf>,
    /// Where the store is or will be.
    pub(crate) store_place: String,
    /// Zone of times and days.
    pub(crate) zone: Zone,
    /// Name of the zone.
    pub(crate) zone_name: String,
    /// The zone, when an option asked for it.
    pub(crate) zone_asked: Option<String>,
    /// Languages asked for, the first one first.
    pub(crate) langs: Vec<Lang>,
    /// Form of results.
    pub(crate) format: Format,
    /// For spreadsheets.
    pub(crate) bom: bool,
    /// Whether colours may be used.
    pub(crate) color: bool,
    progress: Mode,
    data: Option<PathBuf>,
    /// What must be said of packets that nobody sent, once a command has met them.
    synthetic: OnceLock<String>,
    /// What must be said of answers, whoever asked.
    told: Told,
}

/// A question on its way: what it is about, who is asked, and what is doubtful about it.
pub(crate) struct Asked {
    pub(crate) selection: Selection,
    pub(crate) session: Session,
    /// Notes on words of the filter that no packet of the store has.
    pub(crate) notes: Vec<String>,
}

impl World {
    /// Reads the configuration and the options that all commands share.
    pub(crate) fn new(arguments: &Arguments) -> Result<World> {
        use std::io::IsTerminal;
        let (mut config, config_files) =
            Config::load(arguments.config.as_deref(), &|name| std::env::var(name).ok())
                .map_err(|error| anyhow::Error::new(Usage(format!("{error:#}"))))?;
        if !arguments.cluster.is_empty() {
            config.cluster.workers.clone_from(&arguments.cluster);
        }
        let zone_name =
            arguments.tz.clone().or_else(|| config.tz.clone()).unwrap_or_else(|| config.home_zone.clone());
        let zone = Zone::parse(&zone_name)?;
        let langs = match &arguments.lang {
            Some(langs) => {
                langs.split(',').map(str::parse).collect::<Result<Vec<Lang>, String>>().map_err(Usage)?
            }
            None => vec![config.lang.unwrap_or_else(locale_language)],
        };
        let format = match &arguments.output {
            Some(name) => name.parse().map_err(Usage)?,
            None => config.output,
        };
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = match arguments.color.as_str() {
            "always" => true,
            "never" => false,
            "auto" => std::io::stdout().is_terminal() && !plain,
            other => return Err(Usage(format!("--color is auto, always or never, not `{other}`")).into()),
        };
        let progress = match arguments.progress.as_str() {
            "never" => Mode::Hidden,
            "json" => Mode::Json,
            "auto" if std::io::stderr().is_terminal() && !arguments.quiet => Mode::Bar,
            "auto" => Mode::Hidden,
            other => return Err(Usage(format!("--progress is auto, never or json, not `{other}`")).into()),
        };
        Ok(World {
            store_place: arguments.store.clone().unwrap_or_else(|| config.store.clone()),
            data: arguments.data.clone().or_else(|| config.data.clone()),
            config,
            config_files,
            zone,
            zone_name,
            zone_asked: arguments.tz.clone(),
            langs,
            format,
            bom: arguments.bom,
            color,
            progress,
            synthetic: OnceLock::new(),
            told: Told::default(),
        })
    }

    /// The same in another zone.
    pub(crate) fn in_zone(&self, name: &str) -> Result<World> {
        Ok(World { zone: Zone::parse(name)?, zone_name: name.to_string(), ..self.clone() })
    }

    /// The same, showing no progress.
    pub(crate) fn quiet(&self) -> World {
        World { progress: Mode::Hidden, ..self.clone() }
    }

    /// The moment it is.
    #[expect(clippy::disallowed_methods, reason = "this is the shell that reads the clock for everyone")]
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_microsecond())
    }

    /// Begins a stage whose progress is shown as the user asked.
    pub(crate) fn progress(&self, stage: &'static str, total: u64, unit: Unit) -> Progress {
        Progress::new(self.progress, stage, total, unit)
    }

    /// The language of single-language output.
    pub(crate) fn lang(&self) -> Lang {
        self.langs.first().copied().unwrap_or(Lang::En)
    }

    /// The folder of reference data.
    pub(crate) fn data_folder(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| self.local_folder().join("data"))
    }

    /// The folder of what stays on local disk, wherever the store is.
    pub(crate) fn local_folder(&self) -> PathBuf {
        local_folder(&self.store_place)
    }

    /// Whether results are read by a person rather than by a program.
    pub(crate) fn is_for_people(&self) -> bool {
        matches!(self.format, Format::Table | Format::Markdown)
    }

    /// The store, which must be there; with a cluster its workers answer questions about it.
    pub(crate) fn store(&self) -> Result<Store> {
        elsewhere::answered(Store::open(&self.store_place)?, &self.config.cluster)
    }

    /// A session on the newest snapshot for a viewer named on the command line.
    pub(crate) fn session(&self, viewer: &str) -> Result<Session> {
        let session = Session::open(&self.store()?, wanted::viewer(viewer))?.telling(self.told.clone());
        match books::synthetic(&session)? {
            (0, _) => {}
            (some, all) if some == all => self.meet_synthetic("every packet of this store is synthetic"),
            (some, all) => {
                self.meet_synthetic(&format!("{some} of {all} inputs of this store are synthetic"))
            }
        }
        Ok(session)
    }

    /// Keeps what must be said of synthetic packets, for the end of the command.
    pub(crate) fn meet_synthetic(&self, said: &str) {
        // The first meeting says enough.
        let _ = self.synthetic.set(said.to_string());
    }

    /// What must be said of synthetic packets; `None` when none were met.
    pub(crate) fn synthetic(&self) -> Option<&str> {
        self.synthetic.get().map(String::as_str)
    }

    /// What must be said of answers, whoever asked.
    pub(crate) fn told(&self) -> Vec<String> {
        self.told.lock().map_or_else(|_| Vec::new(), |told| told.iter().cloned().collect())
    }

    /// The period that options name; `None` for all time.
    pub(crate) fn period(&self, args: &SelectionArgs) -> Result<Option<Period>> {
        Ok(args.wanted().period(&self.zone, self.now())?)
    }

    /// The filter that options give, read.
    pub(crate) fn filter(&self, args: &SelectionArgs) -> Result<Option<Filter>> {
        Ok(args.wanted().filter()?)
    }

    /// The folder of catalogues: vulnerabilities, malware, tools.
    pub(crate) fn shelf(&self) -> Shelf {
        Shelf::open(self.data_folder().join(teiten_ask::relations::FOLDER))
    }

    /// The selection that options describe; a wrong filter is found before a store is opened.
    pub(crate) fn selection(&self, args: &SelectionArgs) -> Result<Selection> {
        Ok(args.wanted().selection(&self.zone, self.now())?)
    }

    /// What options ask about, and a session to ask it in. A wrong filter is found before a store is opened,
    /// a word that no packet of the store has before an empty answer misleads.
    pub(crate) fn asked(&self, args: &SelectionArgs) -> Result<Asked> {
        let selection = self.selection(args)?;
        let session = self.session(&args.viewer)?;
        let notes = wanted::check(&session, &selection)?;
        Ok(Asked { selection, session, notes })
    }

    /// Adds the names of ports, protocols, ICMP messages and countries to an answer about some time, and the lists
    /// that name organisations.
    pub(crate) fn add_names(&self, table: &mut Table, until: Option<Interval>) -> Result<()> {
        let data = self.data_folder();
        let services = match labels::has_ports(table) {
            true => labels::services(&data)?,
            false => Services::default(),
        };
        let naming = Naming {
            services: &services,
            data: &data,
            lang: self.lang(),
            now: self.now(),
            until,
            is_for_people: self.is_for_people(),
        };
        Ok(labels::add(table, &naming)?)
    }

    /// Prints what an explaining session was asked: as SQL for people, as a table otherwise.
    pub(crate) fn print_explained(&self, session: &Session) -> Result<()> {
        let statements = session.explained();
        match self.format {
            Format::Table => {
                use std::io::Write;
                Ok(write!(std::io::stdout(), "{}", explain::text(&statements))?)
            }
            _ => self.print(&explain::table(&statements)),
        }
    }

    /// Prints a table as the user asked.
    pub(crate) fn print(&self, table: &Table) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if self.format == Format::Parquet {
            use std::io::Write;
            let bytes = teiten_store::export::parquet(table).context("writing the answer as parquet")?;
            out.write_all(&bytes)?;
            return Ok(());
        }
        let style = Style {
            format: self.format,
            zone: self.zone.rules().clone(),
            lang: self.lang(),
            color: self.color,
            header_comment: false,
            bom: self.bom,
            width: None,
            meta: Vec::new(),
        };
        teiten_ask::output::write(table, &style, &mut out)?;
        Ok(())
    }
}

/// The language of the locale: Japanese when it says so, else English.
fn locale_language() -> Lang {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok());
    if locale.is_some_and(|locale| locale.starts_with("ja")) { Lang::Ja } else { Lang::En }
}
