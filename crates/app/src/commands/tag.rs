//! `teiten tag`: what a tag means and the exact rule that gives it.

use std::io::Write;

use anyhow::Result;
use teiten_detect::builtin;
use teiten_detect::tags::tags_of;
use teiten_model::table::{Table, Value};

use crate::args::Tag;
use crate::exit::{Outcome, Usage};
use crate::world::World;
use teiten_ask::output::Lang;

pub(crate) fn run(world: &World, command: &Tag) -> Result<Outcome> {
    let signatures = builtin::signatures()?;
    match command {
        Tag::List => {
            let mut table = Table::new(&[("tag", ""), ("category", ""), ("title", ""), ("signatures", "")]);
            for tag in tags_of(&signatures) {
                let of: Vec<&str> =
                    signatures.iter().filter(|s| s.tag == tag.name).map(|s| s.id.as_str()).collect();
                let title = match world.lang() {
                    Lang::Ja => &tag.title_ja,
                    Lang::En => &tag.title,
                };
                table.push(vec![
                    Value::Text(tag.name.clone()),
                    Value::from(tag.category.name()),
                    Value::Text(title.clone()),
                    Value::Text(of.join(" ")),
                ]);
            }
            world.print(&table)?;
            Ok(Outcome::default())
        }
        Tag::Show { name } => {
            let found: Vec<_> = signatures.iter().filter(|s| s.tag == *name || s.id == *name).collect();
            if found.is_empty() {
                return Err(Usage(format!(
                    "there is no tag or signature `{name}`: `teiten tag list` names them"
                ))
                .into());
            }
            let mut out = std::io::stdout().lock();
            for signature in found {
                writeln!(out, "# {}.toml\n{}", signature.id, signature.text.trim_end())?;
            }
            Ok(Outcome::default())
        }
    }
}
