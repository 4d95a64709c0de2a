//! What a sensor sends stands on the situation page while the collector runs beside the portal.

use crate::live::{Collecting, Credentials, batch, configure};
use crate::serving::Serving;

/// Looks before a packet must be there; the collector has committed it before it answered.
const LOOKS_MAX: usize = 5;

/// The packets of the last days, as the situation page says them.
fn packets(portal: &Serving) -> i64 {
    let told = portal.get("/api/v1/count?format=ndjson").ends(200).text();
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    told["packets"].as_i64().expect("a number")
}

#[test]
fn a_packet_that_is_sent_stands_on_the_situation_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    configure(at);
    let collecting = Collecting::start(at);
    let sensor = Credentials::enrol(at, &collecting, "tokyo-01", "--group jp --region JP --country JP");
    let sent = |sequence: u64, frames: u64| {
        let (status, _, body) =
            sensor.send(collecting.address(), &batch("tokyo-01", 7, sequence, frames, 0)).expect("an answer");
        assert_eq!(status, 200, "{body}");
    };
    sent(1, 10);
    let portal = Serving::at(at, "st", &[]);
    // 445, 3389, 22 and 23 in turn: the page ranks them.
    let page = || portal.get("/?lang=en").ends(200).text();
    let first = page();
    assert!(first.contains("445/TCP"), "{first}");
    assert_eq!(packets(&portal), 10);
    let snapshot = |page: &str| {
        page.split("snapshot ").nth(1).and_then(|rest| rest.split(' ').next()).map(str::to_string)
    };
    sent(2, 31);
    let seen = (0..LOOKS_MAX).map(|_| page()).find(|page| snapshot(page) != snapshot(&first));
    let seen = seen.expect("the next page has what was stored");
    assert_ne!(seen, first);
    assert_eq!(packets(&portal), 41);
    let sensors = portal.get("/sensors?lang=en").ends(200).text();
    // The collector's own word of it may be some seconds older than what it stored.
    assert!(sensors.contains("<td>all well</td>"), "{sensors}");
    let way = portal.get("/sensor/tokyo-01?lang=en").ends(200).text();
    assert!(way.contains("<td>41 packets, observed until "), "{way}");
    collecting.end();
    assert_eq!(packets(&portal), 41);
    let sensors = portal.get("/sensors?lang=en").ends(200).text();
    assert!(sensors.contains("<td>broken: heard</td>"), "{sensors}");
    let way = portal.get("/sensor/tokyo-01?lang=ja").ends(200).text();
    assert!(way.contains("収集停止中、最終通信 "), "{way}");
}
