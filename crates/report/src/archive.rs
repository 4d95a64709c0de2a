//! Published reports: an archive of all periods at stable addresses, its feeds, and its corrections.
//!
//! ```text
//! SITE/site.json                            what the site is and which form of reports it carries
//! SITE/index.html, ja/, en/, style.css      the archive page and the feed of each language
//! SITE/<kind>/<period>/                     the newest edition, at its stable address
//! SITE/<kind>/<period>/editions/<n>/        every edition as it was published
//! ```
//!
//! Everything but the editions and `site.json` is drawn from them and can be drawn again, so whatever
//! stopped a publication half-way is mended by the next one.
//!
//! **Invariant:** an edition that was published is never changed and never removed.
//! **Invariant:** no clock: every date on a page or in a feed is a report's date of issue.

pub mod changes;
pub mod compare;
pub mod edition;
mod explain;
mod feed;
mod files;
mod keys;
mod mark;
mod pages;
pub mod printed;
pub mod publish;
pub mod sealed;
pub mod site;
pub mod tell;
