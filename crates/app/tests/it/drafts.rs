//! Reports made in the portal: a draft from the data, edited by two, checked, published; and who may not.
//!
//! The oracle is the command line: what it publishes of the same file is, byte for byte, what the portal published.

use std::path::{Path, PathBuf};

use crate::program::line;
use crate::scenario::small;
use crate::serving::{Answer, Serving};
use crate::tree::{are_same, without_provenance};
use crate::users::people;

/// Looks at a page until a work has ended.
const LOOKS_MAX: usize = 1_000_000;
const NAME: &str = "quarterly-2014Q2";

/// A portal with people, an empty site and an empty folder of drafts of its own.
fn serving(name: &str) -> (Serving, PathBuf) {
    let folder = &small().folder;
    let (site, drafts) = (format!("{name}-site"), format!("{name}-drafts"));
    for own in [&site, &drafts] {
        if folder.join(own).try_exists().expect("a folder") {
            std::fs::remove_dir_all(folder.join(own)).expect("what an earlier run left goes away");
        }
    }
    std::fs::create_dir_all(folder.join(&drafts)).expect("a folder");
    init(folder, &site);
    let copy = format!("{name}-people.sqlite");
    people(&copy);
    // Whoever waits for a work looks more often than a person does.
    let unlimited = format!("{name}-unlimited.toml");
    std::fs::write(folder.join(&unlimited), "[portal]\nperson_requests = 0\n").expect("a configuration");
    let args = ["--people", &copy, "--site", &site, "--drafts", &drafts, "--config", &unlimited];
    let portal = Serving::with(&args);
    (portal, folder.join(drafts))
}

fn init(folder: &Path, site: &str) {
    let args = "--url https://www.example.org/r/ --form internal --created 2014-07-01";
    line(folder, &format!("report site init {site} {args}")).well();
}

/// Somebody at the portal.
struct Editor<'a> {
    portal: &'a Serving,
    cookie: String,
    key: String,
}

impl Editor<'_> {
    fn of<'a>(portal: &'a Serving, name: &str) -> Editor<'a> {
        let cookie = portal.log_in(name);
        let key = portal.key(&cookie);
        Editor { portal, cookie, key }
    }

    fn get(&self, path: &str) -> Answer {
        self.portal.get_with(path, &[("cookie", &self.cookie), ("accept-language", "en")])
    }

    fn page(&self, path: &str) -> String {
        let page = self.get(path).ends(200).text();
        assert!(!page.contains(" style=") && !page.contains("<script>"), "{path}");
        page
    }

    fn send(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let mut body = format!("key={}", self.key);
        for (name, text) in pairs {
            let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            body.push_str(&format!("&{}={escaped}", name.replace('+', "%2B")));
        }
        let origin = format!("http://{}", self.portal.address);
        let headers = [
            ("origin", origin.as_str()),
            ("cookie", self.cookie.as_str()),
            ("accept-language", "en"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        self.portal.send("POST", path, &headers, &body)
    }

    /// The page when no work runs any more.
    fn rested(&self, path: &str) -> String {
        for _ in 0..LOOKS_MAX {
            let page = self.page(path);
            if !page.contains("Running: ") {
                return page;
            }
        }
        panic!("{path}: a work does not end");
    }

    fn publish(&self, notes: &[(&str, &str)]) -> Answer {
        let mark = field(&self.rested(&format!("/drafts/{NAME}")), "mark");
        self.send(&format!("/drafts/{NAME}/publish"), &[&[("mark", mark.as_str())], notes].concat())
    }
}

/// The value of a hidden field.
fn field(page: &str, name: &str) -> String {
    let after = page.split(&format!("name=\"{name}\" value=\"")).nth(1);
    after.and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("no {name} in {page}")).to_string()
}

/// The text of a box, as it was written into the page.
fn area(page: &str, name: &str) -> String {
    let after = page.split(&format!("<textarea name=\"{name}\"")).nth(1);
    let text =
        after.and_then(|rest| rest.split_once('>')).and_then(|(_, rest)| rest.split_once("</textarea>"));
    text.unwrap_or_else(|| panic!("no {name} in {page}")).0.to_string()
}

#[test]
fn a_draft_is_made_edited_by_two_checked_and_published_as_the_command_line_does() {
    let (portal, drafts) = serving("editing");
    let folder = &small().folder;
    let (eve, ed) = (Editor::of(&portal, "eve"), Editor::of(&portal, "ed"));
    let asked = eve.send("/drafts", &[("period", "2014Q2"), ("form", "internal"), ("region", "JP")]);
    assert_eq!(asked.ends(303).header("location"), "/reports#drafts");
    assert_eq!(
        eve.send("/drafts", &[("period", "2014Q3"), ("form", "internal")]).status,
        503,
        "one at a time"
    );
    let listed = eve.rested("/reports");
    assert!(listed.contains(&format!("/drafts/{NAME}")) && listed.contains("not checked yet"), "{listed}");
    let draft = drafts.join(format!("{NAME}.toml"));
    let first = std::fs::read_to_string(&draft).expect("a draft");
    // The draft's own page reads the data.
    eve.page(&format!("/drafts/{NAME}"));
    let page = eve.rested(&format!("/drafts/{NAME}"));
    assert!(
        page.contains("Data read: ") && page.contains("Nothing keeps it from being published."),
        "{page}"
    );

    let section = format!("/drafts/{NAME}/overview");
    let open = eve.page(&section);
    let (ja, en) = (area(&open, "ja/overview/1"), area(&open, "en/overview/1"));
    assert!(open.contains("id=\"to-ports\"") && open.contains("class=\"bound\"") && open.contains("<svg"));
    let base = field(&open, "base");
    let save = |who: &Editor<'_>, base: &str, ja: &str, en: &str| {
        let fields = [("section", "overview"), ("base", base), ("ja/overview/1", ja), ("en/overview/1", en)];
        who.send(&format!("/drafts/{NAME}/save"), &fields)
    };
    let hostile = "<script>alert(1)</script>\" onload=x";
    let said = format!("There were {{ports:1:packets}} packets to the first port. {hostile}");
    save(&eve, &base, "最初のポートへのパケットは{ports:1:packets}でした。", &said).ends(303);
    let saved = std::fs::read_to_string(&draft).expect("a draft");
    assert!(saved.contains("\n[[text]]\nat = \"overview/1\"\n") && saved.starts_with(&first[..200]));
    let page = eve.page(&section);
    assert!(!page.contains("<script>alert") && page.contains("&#60;script&#62;alert(1)"), "{page}");

    // The second editor's form is older: nothing is saved, nothing is lost.
    let again = save(&ed, &base, "二人目の文。", "The second editor's text.").ends(409).text();
    assert!(again.contains("Not saved: this section was changed"), "{again}");
    assert_eq!(area(&again, "ja/overview/1"), "二人目の文。");
    assert!(
        again.contains("Saved now:") && again.contains("最初のポートへのパケットは{ports:1:packets}でした。")
    );
    assert_eq!(std::fs::read_to_string(&draft).expect("a draft"), saved);
    save(&ed, &field(&again, "base"), "二人目の文。", "").ends(303);
    // A mark that cannot be read is refused with what was typed.
    let base = field(&ed.page(&section), "base");
    let wrong = save(&ed, &base, "{ports:99999/TCP:packets}", "x").ends(409).text();
    assert!(wrong.contains("names no row of") && area(&wrong, "en/overview/1") == "x", "{wrong}");

    // A language is missing: the check says so, and so does the command line; it cannot be published.
    let page = eve.rested(&format!("/drafts/{NAME}"));
    let fault = "the text at overview/1 has no `en`";
    assert!(page.contains("the text at overview/1 has no") && !page.contains("/publish\""), "{page}");
    let check = format!("--store st report check --with {}", draft.display());
    assert!(line(folder, &check).ends(1).err.contains(fault));
    eve.publish(&[]).ends(303);
    assert!(eve.rested(&format!("/drafts/{NAME}")).contains("failed"));
    assert_eq!(
        without_provenance(&folder.join("editing-site"))
            .keys()
            .filter(|name| name.starts_with("quarterly"))
            .count(),
        0
    );

    let base = field(&eve.page(&section), "base");
    save(&eve, &base, "{ports:1:packets}個のパケット。", "{ports:1:packets} packets.").ends(303);
    let mark = field(&eve.page(&format!("/drafts/{NAME}")), "mark");
    let head = [("mark", mark.as_str()), ("issued", "2014-07-17"), ("tlp", "amber")];
    eve.send(&format!("/drafts/{NAME}/head"), &head).ends(303);
    assert_eq!(eve.send(&format!("/drafts/{NAME}/head"), &head).status, 409, "an older form");
    eve.page(&format!("/drafts/{NAME}"));
    eve.rested(&format!("/drafts/{NAME}"));
    eve.send(&format!("/drafts/{NAME}/preview"), &[]).ends(303);
    let page = eve.rested(&format!("/drafts/{NAME}"));
    let shown = eve.get(&format!("/drafts/{NAME}/preview/en/index.html")).ends(200);
    assert!(page.contains("preview/ja/index.html") && shown.text().contains(" packets."), "{page}");
    assert_eq!(eve.get(&format!("/drafts/{NAME}/preview/../../st/store.json")).status, 404);

    eve.publish(&[]).ends(303);
    let page = eve.rested(&format!("/drafts/{NAME}"));
    assert!(page.contains("edition 1 of quarterly 2014Q2"), "{page}");
    let by_hand = |notes: &str| {
        let out = folder.join("editing-by-hand");
        let make =
            format!("--store st report make --with {} --lang ja,en --site editing-cli", draft.display());
        line(folder, &format!("{make} -w {}", out.display())).well();
        let mut args = crate::program::words("report publish editing-by-hand --to editing-cli");
        args.extend(notes.split('|').filter(|word| !word.is_empty()).map(Into::into));
        crate::program::run(folder, &args).well();
        are_same(
            &without_provenance(&folder.join("editing-site")),
            &without_provenance(&folder.join("editing-cli")),
        );
    };
    if folder.join("editing-cli").try_exists().expect("a folder") {
        std::fs::remove_dir_all(folder.join("editing-cli")).expect("what an earlier run left goes away");
    }
    init(folder, "editing-cli");
    by_hand("");

    // A correction says why, in both languages.
    let base = field(&eve.page(&section), "base");
    save(&eve, &base, &ja.replace("&#34;", "\""), &en.replace("&#34;", "\"")).ends(303);
    let notes = [("note-ja", "一文を戻しました。"), ("note-en", "A sentence was put back.")];
    assert_eq!(eve.publish(&notes[..1]).status, 400);
    eve.publish(&notes).ends(303);
    let page = eve.rested(&format!("/drafts/{NAME}"));
    assert!(page.contains("edition 2 of quarterly 2014Q2"), "{page}");
    by_hand("--note-ja|一文を戻しました。|--note-en|A sentence was put back.");

    let log = line(folder, "user log --people editing-people.sqlite -o csv").well().text();
    for said in [
        "eve,127.0.0.1,draft-added,quarterly-2014Q2",
        "ed,127.0.0.1,draft-changed,quarterly-2014Q2 overview",
        "eve,127.0.0.1,publish-refused,quarterly-2014Q2",
        "eve,127.0.0.1,published,quarterly-2014Q2: edition 1 of quarterly 2014Q2",
        "eve,127.0.0.1,published,quarterly-2014Q2: edition 2 of quarterly 2014Q2",
    ] {
        assert!(log.contains(said), "{said} in {log}");
    }
}

#[test]
fn a_damaged_draft_is_named_with_what_to_do_and_hides_no_other() {
    let (portal, drafts) = serving("damaged");
    let hostile = "period = \"<script>alert(1)</script>";
    std::fs::write(drafts.join("broken.toml"), hostile).expect("a file");
    std::fs::write(drafts.join("bytes.toml"), b"\xff\xfe").expect("a file");
    std::fs::write(drafts.join("strange.toml"), "kind = \"monthly\"\nperiod = \"2014Q2\"\n").expect("a file");
    std::os::unix::fs::symlink(small().folder.join("st/store.json"), drafts.join("link.toml"))
        .expect("a link");
    let eve = Editor::of(&portal, "eve");
    let listed = eve.page("/reports");
    for name in ["broken", "bytes", "strange"] {
        assert!(listed.contains(&format!("/drafts/{name}")), "{name} in {listed}");
    }
    assert!(!listed.contains("<script>alert") && listed.contains("mend it in an editor"), "{listed}");
    let page = eve.page("/drafts/broken");
    assert!(
        page.contains("teiten report check --with broken.toml") && !page.contains("<script>alert"),
        "{page}"
    );
    assert_eq!(eve.get("/drafts/link").status, 404, "a link leads out of the folder");
    for path in ["/drafts/nobody", "/drafts/..%2Fst", "/drafts/.hidden", "/drafts/broken/preview/x"] {
        assert_eq!(eve.get(path).status, 404, "{path}");
    }
    // What contradicts itself fails once, and says why; it is not tried again by itself.
    eve.page("/drafts/strange");
    let page = eve.rested("/drafts/strange");
    assert!(page.contains("a monthly report is of a month"), "{page}");
    assert!(!eve.page("/drafts/strange").contains("Running: "));
    assert_eq!(eve.send("/drafts/broken/save", &[("section", "overview")]).status, 400);
}

#[test]
fn drafts_are_for_editors_who_logged_in() {
    let (portal, drafts) = serving("closed");
    std::fs::write(drafts.join("q.toml"), "period = \"2014Q2\"\n").expect("a file");
    let paths = ["/drafts/q", "/drafts/q/overview", "/drafts/q/preview/ja/index.html"];
    let forms = [
        "/drafts",
        "/drafts/q/save",
        "/drafts/q/head",
        "/drafts/q/check",
        "/drafts/q/preview",
        "/drafts/q/publish",
    ];
    for path in paths {
        assert_eq!(portal.get(path).ends(303).header("location"), format!("/login?q={path}"));
    }
    for path in forms {
        assert_eq!(portal.form(path, "", "period=2014Q2").status, 401, "{path}");
    }
    for name in ["one", "ann"] {
        let somebody = Editor::of(&portal, name);
        for path in paths {
            assert_eq!(somebody.get(path).status, 403, "{name} {path}");
        }
        for path in forms {
            assert_eq!(somebody.send(path, &[("period", "2014Q2")]).status, 403, "{name} {path}");
        }
        let reports = somebody.page("/reports");
        assert!(!reports.contains("id=\"drafts\"") && !reports.contains("/drafts"), "{reports}");
    }
    let eve = Editor::of(&portal, "eve");
    // Another page cannot send an editor's form, nor can a token.
    let body = format!("key={}&period=2014Q2&form=internal", eve.key);
    let cross = [("origin", "http://evil.example"), ("cookie", eve.cookie.as_str())];
    assert_eq!(portal.send("POST", "/drafts", &cross, &body).status, 403);
    assert_eq!(portal.form("/drafts", &eve.cookie, "period=2014Q2&form=internal").status, 403);
    let token =
        line(&small().folder, "user token eve --scope read --people closed-people.sqlite").well().text();
    let bearer = format!("Bearer {}", token.trim());
    let own = format!("http://{}", portal.address);
    let headers = [("origin", own.as_str()), ("authorization", bearer.as_str())];
    assert_eq!(portal.send("POST", "/drafts", &headers, &body).status, 403);
    // Forms of drafts may be longer than others, and have an end.
    let fields = |size: usize| format!("key={}&section=overview&ja/overview/1={}", eve.key, "a".repeat(size));
    assert_eq!(portal.form("/drafts/q/save", &eve.cookie, &fields(200_000)).status, 409);
    assert_eq!(portal.form("/drafts/q/save", &eve.cookie, &fields(3 << 20)).status, 413);
    let refused = line(&small().folder, "--store st serve --drafts closed-drafts").ends(2).err;
    assert!(refused.contains("--people"), "{refused}");
}
