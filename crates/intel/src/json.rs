//! Cutting JSON into its parts without reading them, so that one broken record does not spoil a whole file.
//!
//! Feeds hold tens of thousands of records in one array, and now and then a record or the remarks after the array are
//! broken. The array is cut by brackets and strings alone; each part is then read by itself.
//!
//! **Invariant:** a text that ends inside the array is an error, never a shorter array.

/// Where a text stopped being JSON, as a place in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Torn(pub(crate) usize);

fn blank(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// The place after the string that begins here.
fn string(bytes: &[u8], start: usize) -> Result<usize, Torn> {
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return Err(Torn(start)),
        }
    }
}

/// The place after the value that begins here; a value that is missing has no length.
fn value(bytes: &[u8], start: usize) -> Result<usize, Torn> {
    let mut at = start;
    let mut depth = 0usize;
    loop {
        match bytes.get(at) {
            Some(b'"') => at = string(bytes, at)?,
            Some(b'{' | b'[') => {
                depth += 1;
                at += 1;
                continue;
            }
            Some(b'}' | b']') if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            Some(b'}' | b']' | b',') if depth == 0 => return Ok(at),
            Some(_) => {
                at += 1;
                continue;
            }
            None if depth == 0 && at > start => return Ok(at),
            None => return Err(Torn(start)),
        }
        if depth == 0 {
            return Ok(at);
        }
    }
}

/// The value of a key of an object; `None` when the text is no object or has no such key.
pub(crate) fn member<'a>(object: &'a [u8], key: &str) -> Result<Option<&'a [u8]>, Torn> {
    let mut at = blank(object, 0);
    if object.get(at) != Some(&b'{') {
        return Ok(None);
    }
    at = blank(object, at + 1);
    while object.get(at) == Some(&b'"') {
        let end = string(object, at)?;
        let found = &object[at + 1..end - 1] == key.as_bytes();
        at = blank(object, end);
        if object.get(at) != Some(&b':') {
            return Err(Torn(at));
        }
        at = blank(object, at + 1);
        let end = value(object, at)?;
        if found {
            return Ok(Some(&object[at..end]));
        }
        at = blank(object, end);
        match object.get(at) {
            Some(b',') => at = blank(object, at + 1),
            Some(b'}') => return Ok(None),
            _ => return Err(Torn(at)),
        }
    }
    match object.get(at) {
        Some(b'}') => Ok(None),
        _ => Err(Torn(at)),
    }
}

/// The value of a text key, without reading escapes; `None` when it is missing or no text.
pub(crate) fn text_member<'a>(object: &'a [u8], key: &str) -> Option<&'a str> {
    let value = member(object, key).ok().flatten()?;
    std::str::from_utf8(value.strip_prefix(b"\"")?.strip_suffix(b"\"")?).ok()
}

/// The elements of an array; one that is not an array has none.
pub(crate) fn elements(array: &[u8]) -> Result<Vec<&[u8]>, Torn> {
    let mut at = blank(array, 0);
    let mut found = Vec::new();
    if array.get(at) != Some(&b'[') {
        return Ok(found);
    }
    at = blank(array, at + 1);
    while let Some(byte) = array.get(at) {
        if *byte == b']' {
            return Ok(found);
        }
        let end = value(array, at)?;
        if end > at {
            found.push(&array[at..end]);
        }
        at = blank(array, end);
        match array.get(at) {
            Some(b',') => at = blank(array, at + 1),
            Some(b']') => return Ok(found),
            _ => return Err(Torn(at)),
        }
    }
    Err(Torn(at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_are_cut_whatever_is_inside() {
        let text = br#" { "a\"b": [1, {"x": "],}"}, ] , "c" : , "list": [ "s", [1,[2]], {"k":1} ] } "#;
        assert_eq!(member(text, "none"), Ok(None));
        let list = member(text, "list").unwrap().unwrap();
        let parts: Vec<&str> =
            elements(list).unwrap().into_iter().map(|part| std::str::from_utf8(part).unwrap()).collect();
        assert_eq!(parts, ["\"s\"", "[1,[2]]", "{\"k\":1}"]);
    }

    #[test]
    fn what_follows_a_whole_array_may_be_broken_but_not_the_array() {
        let broken = br#"{"list":[1,2],"rest": }"#;
        assert_eq!(elements(member(broken, "list").unwrap().unwrap()).unwrap().len(), 2);
        for cut in [&br#"{"list":[1,2"#[..], br#"{"list":[1,"2]}"#, br#"{"list":[{"a":1]"#] {
            let list = member(cut, "list");
            assert!(list.is_err() || elements(list.unwrap().unwrap()).is_err());
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_sound_arrays_keep_their_parts(
            bytes in prop::collection::vec(any::<u8>(), 0..200), numbers in prop::collection::vec(any::<i32>(), 0..20),
        ) {
            let _ = elements(&bytes);
            let _ = member(&bytes, "a");
            let mut loose = b"[".to_vec();
            loose.extend(&bytes);
            let _ = elements(&loose);
            let text = serde_json::to_vec(&numbers).unwrap();
            prop_assert_eq!(elements(&text).unwrap().len(), numbers.len());
        }
    }
}
