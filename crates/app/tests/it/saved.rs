//! Saved selections: a name, a short address that never changes, and who is offered what.

use crate::program::line;
use crate::scenario::small;
use crate::users::serving;

#[test]
fn a_selection_is_saved_followed_shared_and_deleted() {
    let portal = serving("saved.sqlite");
    let (root, one, two) = (portal.log_in("root"), portal.log_in("one"), portal.log_in("two"));
    let save = |cookie: &str, body: &str| {
        portal.form("/saved/add", cookie, &format!("key={}&{body}", portal.key(cookie)))
    };
    let word = |location: &str| location.rsplit('-').next().expect("a word").to_string();
    let explore = "address=/explore%3Ff%3Dtcp.dstport%3D%3D6000%26p%3D2014-06-30%26by%3Dcountry";
    let shared = save(&root, &format!("{explore}&name=X11+%3Cb%3E&shared=1")).ends(303);
    let shared = word(shared.header("location"));
    let hidden = save(&root, "address=/packets%3Fsensor%3Djp-02&name=theirs&shared=1").ends(303);
    let hidden = word(hidden.header("location"));
    let filtered = save(&root, "address=/explore%3Ff%3Dsensor%3D%3D%2522jp-02%2522&name=theirs+too&shared=1");
    let filtered = word(filtered.ends(303).header("location"));
    let own = word(save(&one, "address=/packets%3Fp%3D2014-06-30&name=mine").ends(303).header("location"));
    let follow = |cookie: &str, word: &str| {
        let answer = portal.get_with(&format!("/v/{word}"), &[("cookie", cookie)]);
        (answer.status, answer.header("location").to_string())
    };
    let to = |path: &str| (303, path.to_string());
    let readable = to("/explore?f=tcp.dstport==6000&p=2014-06-30&by=country");
    assert_eq!((follow(&one, &shared), follow(&root, &shared)), (readable.clone(), readable));
    assert_eq!(follow(&two, &hidden), to("/packets?sensor=jp-02"));
    assert_eq!(
        (follow(&one, &hidden).0, follow(&one, &filtered).0, follow(&one, "nothing").0),
        (404, 404, 404)
    );
    assert_eq!(
        portal.get(&format!("/v/{shared}")).ends(303).header("location"),
        format!("/login?q=/v/{shared}")
    );
    for (page, kept) in [("/account", true), ("/explore", false)] {
        let seen = portal.get_with(&format!("{page}?lang=en"), &[("cookie", &one)]).ends(200).text();
        assert!(seen.contains(&format!("/v/{shared}")) && seen.contains("X11 &#60;b&#62;"), "{page}: {seen}");
        assert!(
            seen.contains(&format!("/v/{own}")) && !seen.contains("theirs") && !seen.contains("jp-02"),
            "{page}"
        );
        assert_eq!(seen.contains("action=\"/saved/delete\""), kept, "{page}");
    }
    let menu =
        portal.get_with("/packets?lang=en&p=2014-06-30&skip=100&row=101", &[("cookie", &one)]).ends(200);
    assert!(menu.text().contains("name=\"address\" value=\"/packets?p=2014-06-30\""), "{}", menu.text());
    for (cookie, body) in [
        (&one, "address=/packets&name=mine&shared=1"),
        (&one, "address=/packets&name="),
        (&one, "address=//evil.example/&name=x"),
        (&one, "address=/admin&name=x"),
        (&one, "address=/explore%3Fnothing%3D1&name=x"),
    ] {
        assert_eq!(save(cookie, body).status, 400, "{body}");
    }
    let delete = |cookie: &str, id: i64| {
        portal.form("/saved/delete", cookie, &format!("key={}&id={id}", portal.key(cookie))).status
    };
    assert_eq!((delete(&one, 1), delete(&two, 4)), (400, 400), "of somebody else");
    assert_eq!((delete(&one, 4), follow(&one, &own).0), (303, 404));
    let log = line(&small().folder, "user log --people saved.sqlite -o csv").well().text();
    assert!(log.contains("selection-saved") && log.contains("selection-deleted"), "{log}");
}
