//! Names of the DNS, compared label by label.
//!
//! **Invariant:** a name is never taken for one that only ends in the same letters.

/// Whether a name is a domain or lies below it; both in lower case, without a final dot.
pub fn is_at_or_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::is_at_or_below;

    #[test]
    fn labels_count_and_not_letters() {
        for (name, is_so) in [
            ("shodan.io", true),
            ("x.shodan.io", true),
            ("notshodan.io", false),
            ("x.shodan.io.evil.example", false),
            ("io", false),
        ] {
            assert_eq!(is_at_or_below(name, "shodan.io"), is_so, "{name}");
        }
    }
}
