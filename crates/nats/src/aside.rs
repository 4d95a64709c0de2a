//! Batches that the collector will not take, kept on the bridge's disk for whoever looks.
//!
//! A batch is a capture that `teiten import` reads, so nothing is lost by lying here. Of each sensor so many are kept that
//! a mistake shows, and no more.
//!
//! **Invariant:** what was laid aside is durable; beyond [`ASIDE_MAX`] nothing more is taken from the stream.

use std::path::{Path, PathBuf};

use teiten_sensor::own_file::put;

use crate::error::NatsError;

/// The most batches of one sensor that lie aside.
pub const ASIDE_MAX: usize = 64;

/// Lays a batch aside; gives its path.
///
/// # Errors
/// When there are too many, or the folder takes no file.
pub fn lay(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, NatsError> {
    let fault = |error| NatsError::File { path: folder.to_path_buf(), error };
    std::fs::create_dir_all(folder).map_err(fault)?;
    let path = folder.join(format!("{name}.pcapng.zst"));
    let count = std::fs::read_dir(folder).map_err(fault)?.count();
    // The same one again takes its own place.
    if count >= ASIDE_MAX && !path.try_exists().map_err(fault)? {
        return Err(NatsError::Aside { path: folder.to_path_buf(), count });
    }
    put(&path, bytes, 0o600)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_kept_and_no_more() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("aside");
        for number in 0..ASIDE_MAX {
            lay(&folder, &number.to_string(), b"batch").unwrap();
        }
        lay(&folder, "0", b"again").unwrap();
        let error = lay(&folder, "more", b"batch").unwrap_err().to_string();
        assert!(error.contains("64 batches lie aside") && error.contains("aside"), "{error}");
    }
}
