//! A site of published reports: what it is, and which editions lie in it.
//!
//! **Invariant:** a site carries reports of one form, the one it was declared for.
//! **Invariant:** what the site did not make is neither changed nor removed.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::edition::{EDITION_VERSION, Edition, RECORD, Told};
use super::files::{self, io};
use crate::error::ReportError;
use crate::plan::Readers;
use crate::text::tame;

/// Version of the form of `site.json`.
const SITE_VERSION: u64 = 1;
/// Name of the declaration in the site's folder.
pub const DECLARATION: &str = "site.json";
/// Most editions in one site.
const EDITIONS_MAX: usize = 100_000;

/// What a site is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Version of this form.
    pub version: u64,
    /// Title of the archive page.
    pub title: Told,
    /// Who publishes.
    pub institution: Told,
    /// Where to write; plain text.
    pub contact: String,
    /// Address under which the site is found; ends in `/`.
    pub base_url: String,
    /// The form of the reports it carries.
    pub form: String,
    /// Beginning of the identifiers in the feeds; never changes, whatever the address becomes.
    pub feed_id: String,
    /// Date on which the site was declared.
    pub created: Date,
}

/// What a site is to be.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Title of the archive page.
    pub title: Told,
    /// Who publishes.
    pub institution: Told,
    /// Where to write.
    pub contact: String,
    /// Address under which the site is found.
    pub base_url: String,
    /// The form of the reports it carries.
    pub form: String,
}

/// A site in its folder.
#[derive(Debug, Clone)]
pub struct Site {
    /// Where it lies.
    pub folder: PathBuf,
    /// What it is.
    pub declaration: Declaration,
}

impl Declaration {
    /// A declaration; the date becomes part of the feeds' identifiers.
    ///
    /// # Errors
    /// When the address or the form is none.
    pub fn new(wanted: Wanted, created: Date) -> Result<Declaration, ReportError> {
        let (host, path) = host_and_path(&wanted.base_url)?;
        let feed_id = format!("tag:{host},{created}:{path}");
        let base_url = if wanted.base_url.ends_with('/') { wanted.base_url } else { wanted.base_url + "/" };
        let told = |told: Told| Told { ja: tame(&told.ja), en: tame(&told.en) };
        let declaration = Declaration {
            version: SITE_VERSION,
            title: told(wanted.title),
            institution: told(wanted.institution),
            contact: tame(&wanted.contact),
            base_url,
            form: wanted.form,
            feed_id,
            created,
        };
        declaration.check()?;
        Ok(declaration)
    }

    fn check(&self) -> Result<(), ReportError> {
        let refuse = |what: String| Err(ReportError::Declaration { what });
        if Readers::parse(&self.form).is_none() {
            let forms = Readers::ALL.map(Readers::name).join(", ");
            return refuse(format!("form `{}` is none of {forms}", tame(&self.form)));
        }
        if self.title.ja.is_empty() || self.title.en.is_empty() {
            return refuse("a site has a title in Japanese and in English".to_string());
        }
        host_and_path(&self.base_url)?;
        if !self.base_url.ends_with('/') {
            return refuse(format!("address `{}` does not end in `/`", tame(&self.base_url)));
        }
        if !self.feed_id.starts_with("tag:") {
            return refuse(format!("feed_id `{}` does not begin with `tag:`", tame(&self.feed_id)));
        }
        Ok(())
    }

    fn to_json(&self) -> Vec<u8> {
        let text = serde_json::to_string_pretty(self).expect("texts have a JSON form");
        (text + "\n").into_bytes()
    }
}

/// Host in small letters and path without its last `/` of an address that a feed can point to.
fn host_and_path(url: &str) -> Result<(String, String), ReportError> {
    let refuse = || ReportError::Declaration {
        what: format!(
            "`{}` is no address of a site: write one such as https://www.example.org/reports/",
            tame(url)
        ),
    };
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).ok_or_else(refuse)?;
    let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = place.split_once(':').unwrap_or((place, "0"));
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let is_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%!$&'()*+,;=:@".contains(&byte);
    let is_fit = !host.is_empty()
        && host.bytes().all(is_host)
        && !port.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && path.bytes().all(is_path);
    if !is_fit {
        return Err(refuse());
    }
    Ok((host.to_ascii_lowercase(), format!("/{path}").trim_end_matches('/').to_string()))
}

impl Site {
    /// Makes a site in a folder that does not exist or is empty.
    ///
    /// # Errors
    /// When there is a site already, the folder holds other things, or cannot be written.
    pub fn create(folder: &Path, declaration: Declaration) -> Result<Site, ReportError> {
        let site = Site { folder: folder.to_path_buf(), declaration };
        match entries(folder) {
            Ok(names) if names.iter().any(|name| name == DECLARATION) => {
                return Err(ReportError::IsSite { folder: folder.to_path_buf() });
            }
            Ok(names) => {
                if let Some(name) = names.first() {
                    return Err(ReportError::Taken { folder: folder.to_path_buf(), entry: tame(name) });
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(io(folder, source)),
        }
        files::write(&site.folder.join(DECLARATION), &site.declaration.to_json())?;
        Ok(site)
    }

    /// Opens a site.
    ///
    /// # Errors
    /// When the folder is no site, or one of a newer form.
    pub fn open(folder: &Path) -> Result<Site, ReportError> {
        let path = folder.join(DECLARATION);
        if !path.try_exists().map_err(|source| io(&path, source))? {
            return Err(ReportError::NotSite { folder: folder.to_path_buf() });
        }
        let declaration: Declaration = read(&path, "declaration of a site", SITE_VERSION)?;
        declaration.check()?;
        Ok(Site { folder: folder.to_path_buf(), declaration })
    }

    /// Every edition: by kind, then period, then number.
    ///
    /// # Errors
    /// When one cannot be read, or lies where it does not belong.
    pub fn editions(&self) -> Result<Vec<Edition>, ReportError> {
        let mut found = Vec::new();
        for kind in folders(&self.folder)? {
            for name in folders(&self.folder.join(&kind))? {
                found.extend(self.editions_of(&kind, &name)?);
                if found.len() > EDITIONS_MAX {
                    let what = format!("it holds more than {EDITIONS_MAX} editions");
                    return Err(ReportError::Declaration { what });
                }
            }
        }
        let order = |e: &Edition| (e.kind.clone(), e.start.clone(), e.name.clone(), e.number);
        found.sort_by_cached_key(order);
        Ok(found)
    }

    /// The editions of one report, in order.
    ///
    /// # Errors
    /// As [`Site::editions`].
    pub fn editions_of(&self, kind: &str, name: &str) -> Result<Vec<Edition>, ReportError> {
        let above = self.folder.join(kind).join(name).join("editions");
        if !above.is_dir() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for folder in folders(&above)? {
            let path = above.join(&folder).join(RECORD);
            let Ok(number) = folder.parse::<u32>() else { continue };
            if !path.try_exists().map_err(|source| io(&path, source))? {
                let what = "an edition without its record".to_string();
                return Err(ReportError::Misplaced { path: above.join(&folder), what });
            }
            let edition: Edition = read(&path, "record of an edition", EDITION_VERSION)?;
            if !edition.is_of(kind, name) || edition.number != number {
                return Err(ReportError::Misplaced {
                    path,
                    what: format!("{} {} edition {}", edition.kind, edition.name, edition.number),
                });
            }
            found.push(edition);
        }
        found.sort_by_key(|edition| edition.number);
        if let Some((at, edition)) =
            found.iter().enumerate().find(|(at, edition)| edition.number as usize != at + 1)
        {
            return Err(ReportError::Misplaced {
                path: self.edition_folder(edition),
                what: format!("an edition without edition {} before it", at + 1),
            });
        }
        Ok(found)
    }

    /// The folder in which an edition is kept.
    pub fn edition_folder(&self, edition: &Edition) -> PathBuf {
        self.report_folder(edition).join("editions").join(edition.number.to_string())
    }

    /// The folder at the stable address of an edition's report.
    pub fn report_folder(&self, edition: &Edition) -> PathBuf {
        self.folder.join(&edition.kind).join(&edition.name)
    }

    /// The address of a path below the site.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.declaration.base_url)
    }
}

/// Names in a folder, in order.
fn entries(folder: &Path) -> std::io::Result<Vec<String>> {
    let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<std::io::Result<Vec<String>>>()?;
    names.sort();
    Ok(names)
}

/// Names of the folders in a folder, without hidden ones and links, in order.
fn folders(folder: &Path) -> Result<Vec<String>, ReportError> {
    let mut names = entries(folder).map_err(|source| io(folder, source))?;
    names.retain(|name| {
        let is_folder = fs::symlink_metadata(folder.join(name)).is_ok_and(|there| there.is_dir());
        is_folder && !name.starts_with('.')
    });
    Ok(names)
}

/// A record of the site, of a version that is known.
fn read<T: for<'de> Deserialize<'de>>(path: &Path, what: &'static str, known: u64) -> Result<T, ReportError> {
    let unreadable = |source| ReportError::Unreadable { path: path.to_path_buf(), what, source };
    let json: serde_json::Value = serde_json::from_slice(&files::read_one(path)?).map_err(unreadable)?;
    match json["version"].as_u64() {
        Some(version) if version > known => {
            Err(ReportError::Newer { path: path.to_path_buf(), version, known })
        }
        _ => serde_json::from_value(json).map_err(unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(url: &str, form: &str) -> Result<Declaration, ReportError> {
        let told = |text: &str| Told { ja: text.into(), en: text.into() };
        let wanted = Wanted {
            title: told("t"),
            institution: told("i"),
            contact: String::new(),
            base_url: url.into(),
            form: form.into(),
        };
        Declaration::new(wanted, jiff::civil::date(2014, 7, 17))
    }

    #[test]
    fn an_address_gives_the_feeds_their_identifier() {
        for (url, base, id) in [
            ("https://WWW.example.org", "https://WWW.example.org/", "tag:www.example.org,2014-07-17:"),
            (
                "http://example.org:8080/a/b/",
                "http://example.org:8080/a/b/",
                "tag:example.org,2014-07-17:/a/b",
            ),
        ] {
            let declaration = declared(url, "public").unwrap();
            assert_eq!((declaration.base_url.as_str(), declaration.feed_id.as_str()), (base, id));
        }
    }

    #[test]
    fn an_address_that_no_feed_can_point_to_is_refused() {
        for url in [
            "",
            "example.org",
            "ftp://example.org/",
            "https://",
            "https://a b/",
            "https://a/?q",
            "https://a/\"",
            "https://a:x/",
        ] {
            let error = declared(url, "public").unwrap_err().to_string();
            assert!(error.contains("https://www.example.org/reports/"), "{url}: {error}");
        }
        let error = declared("https://example.org/", "secret").unwrap_err().to_string();
        assert!(error.contains("public, members, internal"), "{error}");
    }
}
