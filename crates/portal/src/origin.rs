//! Where a request came from: from whoever sent it, or from where a server before this one says.
//!
//! **Invariant:** the word of somebody else about where a request came from is believed from servers that the operator
//! named, and of theirs the last: what stands before it anybody may have written.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName};

/// Where servers write whom they have a request from.
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address that a request came from.
pub(crate) fn of(headers: &HeaderMap, peer: IpAddr, proxies: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !proxies.contains(&peer) {
        return peer;
    }
    let last = headers.get_all(FORWARDED).into_iter().next_back();
    let told = last.and_then(|line| line.to_str().ok()?.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    told.map_or(peer, |address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_a_server_that_was_named_is_believed() {
        let told = |lines: &[&str], proxies: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED, line.parse().expect("a value"));
            }
            let proxies: Vec<IpAddr> = proxies.iter().map(|text| text.parse().expect("an address")).collect();
            of(&headers, "127.0.0.1".parse().expect("an address"), &proxies).to_string()
        };
        let named = ["127.0.0.1"];
        assert_eq!(told(&["192.0.2.1"], &[]), "127.0.0.1");
        assert_eq!(told(&["192.0.2.1"], &["127.0.0.2"]), "127.0.0.1");
        assert_eq!(told(&["192.0.2.1, 192.0.2.2"], &named), "192.0.2.2");
        assert_eq!(told(&["192.0.2.1", "::ffff:192.0.2.3"], &named), "192.0.2.3");
        for odd in ["", "unknown", "192.0.2.1, <script>", "192.0.2.1:80"] {
            assert_eq!(told(&[odd], &named), "127.0.0.1", "{odd}");
        }
    }
}
