//! The content of the running test binary, hashed once for all its processes.

use std::env;
use std::error::Error;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use bootfork_store::image::{Image, Trust};

use super::Cache;
use super::disk::CacheDisk;

/// The BLAKE3 of the binary that runs. It is remembered in the cache by what tells files apart
/// without reading them: device, inode, size and times.
pub(crate) fn content(cache: &Cache) -> io::Result<String> {
    let file = open_running()?;
    let (name, stamp) = identify(&file.metadata()?);
    let memory = cache.folder.join("binaries").join(name);
    if let Some(hash) = recall(cache.disk, &memory, &stamp) {
        return Ok(hash);
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file)?;
    let hash = hasher.finalize().to_string();
    // To remember is a favour to the next process: whatever stands in the way may.
    remember(cache.disk, &memory, &stamp, &hash).ok();
    Ok(hash)
}

/// The very file that runs, even if another one has its name by now.
fn open_running() -> io::Result<File> {
    #[cfg(target_os = "linux")]
    if let Ok(file) = File::open("/proc/self/exe") {
        return Ok(file);
    }
    File::open(env::current_exe()?)
}

#[cfg(unix)]
fn identify(file: &Metadata) -> (String, String) {
    use std::os::unix::fs::MetadataExt;
    let times = [file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec()];
    (format!("{:x}-{:x}.image", file.dev(), file.ino()), format!("{} {times:?}", file.size()))
}

#[cfg(not(unix))]
fn identify(file: &Metadata) -> (String, String) {
    let name = env::current_exe().unwrap_or_default();
    let name = blake3::hash(name.as_os_str().as_encoded_bytes()).to_string();
    (
        format!("{name}.image"),
        format!("{} {:?} {:?}", file.len(), file.modified().ok(), file.created().ok()),
    )
}

fn recall(disk: &dyn CacheDisk, memory: &Path, stamp: &str) -> Option<String> {
    let image = Image::open_on(disk, memory, Trust::Full).ok()?;
    image.expect_kind(KIND, VERSION).ok()?;
    let known = image.bytes("stamp").ok()? == stamp.as_bytes();
    let hash = String::from_utf8(image.bytes("hash").ok()?.to_vec()).ok()?;
    known.then_some(hash)
}

fn remember(
    disk: &dyn CacheDisk,
    memory: &Path,
    stamp: &str,
    hash: &str,
) -> Result<(), Box<dyn Error>> {
    disk.create_folder(memory.parent().unwrap_or(Path::new(".")))?;
    let image = Image::builder(KIND, VERSION).bytes("stamp", stamp.as_bytes());
    image.bytes("hash", hash.as_bytes()).write_on(disk, memory)?;
    Ok(())
}

/// What images of memories are called.
const KIND: &str = "bootfork-binary";
const VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use std::fs;

    use bootfork_store::image::RealDisk;

    use super::*;

    #[test]
    fn the_content_is_hashed_once_and_again_after_a_change_of_stamp() {
        let folder = tempfile::tempdir().expect("a folder");
        let content = || content(&Cache::at(folder.path())).expect("a hash");
        let running = fs::read(env::current_exe().expect("a binary")).expect("it can be read");
        let expected = blake3::hash(&running).to_string();
        assert_eq!(content(), expected);

        let memory = fs::read_dir(folder.path().join("binaries")).expect("a folder");
        let memory = memory.last().expect("one file").expect("one file").path();
        let (_, stamp) = identify(&open_running().and_then(|f| f.metadata()).expect("a file"));
        let planted = "0".repeat(64);
        let plant = |stamp: &str| remember(&RealDisk, &memory, stamp, &planted);
        plant(&stamp).expect("it is written");
        assert_eq!(content(), planted, "it is remembered");
        plant(&format!("{stamp} ")).expect("it is written");
        assert_eq!(content(), expected, "the stamp is another");
        fs::remove_file(&memory).and_then(|()| fs::write(&memory, "nonsense")).expect("written");
        assert_eq!(content(), expected, "it is no memory");
    }
}
