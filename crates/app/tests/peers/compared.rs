//! The store that whoever runs the tests wants compared beside those that they make.

use std::path::{Path, PathBuf};

/// The folder that the variable `COMPARED_STORE` names, from the repository on; `None` when it names none.
pub(crate) fn store() -> Option<PathBuf> {
    let named = std::env::var("COMPARED_STORE").ok().filter(|store| !store.is_empty())?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Some(root.join(&named).canonicalize().unwrap_or_else(|error| panic!("COMPARED_STORE={named}: {error}")))
}
