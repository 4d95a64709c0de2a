//! A disk without a byte left: days go all the same, and the store is whole.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The disk, in MiB.
const DISK_MIB: u64 = 64;

/// A small disk in a folder, which goes with this.
struct Disk {
    home: tempfile::TempDir,
}

impl Disk {
    fn new() -> Result<Disk, String> {
        let home = tempfile::tempdir().map_err(|error| error.to_string())?;
        let disk = Disk { home };
        std::fs::create_dir(disk.at()).map_err(|error| error.to_string())?;
        let size = format!("size={DISK_MIB}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(disk.at()).output();
        let mounted = mounted.map_err(|error| format!("mount: {error}"))?;
        match mounted.status.success() {
            true => Ok(disk),
            false => {
                Err(format!("no disk can be mounted: {}", String::from_utf8_lossy(&mounted.stderr).trim()))
            }
        }
    }

    fn at(&self) -> PathBuf {
        self.home.path().join("disk")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // One that was never mounted needs nothing.
        let _ = Command::new("umount").arg(self.at()).output();
    }
}

fn teiten(folder: &Path, line: &str) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_teiten"));
    let ran = command.args(line.split(' ')).current_dir(folder).output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ran.status.success(), text(&ran.stdout), text(&ran.stderr))
}

fn well(folder: &Path, line: &str) -> String {
    let (is_well, out, err) = teiten(folder, line);
    assert!(is_well, "{line}: {out}{err}");
    out
}

/// Fills what is left of the disk.
fn fill(disk: &Path) {
    let mut file = File::create(disk.join("filler")).expect("a file");
    for block in [1 << 20, 1 << 12, 1] {
        let bytes = vec![7u8; block];
        while file.write_all(&bytes).is_ok() {}
    }
}

/// Fills a disk to its last byte and lets days go; why not, when there is no such disk.
pub(crate) fn loses_days_alone() -> Result<(), String> {
    let disk = Disk::new()?;
    let (home, at) = (disk.home.path(), disk.at());
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/small.toml");
    well(home, &format!("simulate {} --out sim", scenario.display()));
    well(home, &format!("simulate {} --out more --seed 7", scenario.display()));
    std::fs::write(home.join("teiten.toml"), "store = \"disk/st\"\n[keep]\npackets_free_mib = 60\n")
        .expect("a file");
    well(home, "import sim --sensors sim/sensors.toml");
    // A round makes the reserve; days go only when there is too little room.
    std::fs::write(home.join("quiet.toml"), "store = \"disk/st\"\n").expect("a file");
    well(home, "--config quiet.toml store retain");
    assert!(at.join("st/reserve").is_file(), "room is set aside");
    well(home, "store verify -q");
    fill(&at);
    let (is_well, _, said) = teiten(home, "--config quiet.toml import more --sensors more/sensors.toml");
    assert!(!is_well, "nothing can be written any more: {said}");
    let gone = well(home, "store retain -o csv -q");
    let rows: Vec<&str> = gone.lines().skip(1).collect();
    assert_eq!(rows.len(), 5, "every day that is over: {gone}");
    assert!(
        rows.iter().all(|row| row.starts_with("packets,") && row.trim_end().ends_with(",free")),
        "{gone}"
    );
    let left = std::fs::read_dir(at.join("st/tables/packets"))
        .expect("a folder")
        .flat_map(|day| std::fs::read_dir(day.expect("an entry").path()).into_iter().flatten());
    let is_data =
        |name: &std::ffi::OsStr| Path::new(name).extension().is_some_and(|ending| ending == "parquet");
    let left = left.filter(|file| is_data(&file.as_ref().expect("an entry").file_name())).count();
    assert_eq!(left, 0, "their room is free");
    well(home, "store verify -q");
    std::fs::remove_file(at.join("filler")).expect("the filler goes");
    well(home, "store retain -q");
    assert!(at.join("st/reserve").is_file(), "room is set aside again");
    Ok(())
}
