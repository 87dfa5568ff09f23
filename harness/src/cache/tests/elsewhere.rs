//! Nothing goes around the disk that a cache is given.

use std::fs::{File, Metadata};
use std::io;

use bootfork_store::image::{Disk, DiskFile, Mapped};

use super::super::binary;
use super::*;

/// A disk on which one folder lies elsewhere.
#[derive(Debug)]
struct Elsewhere {
    folder: PathBuf,
    real: PathBuf,
}

impl Elsewhere {
    fn real(&self, path: &Path) -> PathBuf {
        self.real.join(path.strip_prefix(&self.folder).expect("only the cache is asked for"))
    }
}

impl Disk for Elsewhere {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.create(&self.real(path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(&self.real(from), &self.real(to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(&self.real(path))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.sync_folder(&self.real(folder))
    }

    fn map(&self, path: &Path) -> io::Result<Mapped> {
        RealDisk.map(&self.real(path))
    }
}

impl CacheDisk for Elsewhere {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.create_folder(&self.real(folder))
    }

    fn open_lock(&self, file: &Path) -> io::Result<File> {
        RealDisk.open_lock(&self.real(file))
    }

    fn find_lock(&self, file: &Path) -> io::Result<File> {
        RealDisk.find_lock(&self.real(file))
    }

    fn metadata(&self, file: &Path) -> io::Result<Metadata> {
        RealDisk.metadata(&self.real(file))
    }

    fn small_file(&self, file: &Path) -> io::Result<Vec<u8>> {
        RealDisk.small_file(&self.real(file))
    }

    fn touch(&self, file: &Path) -> io::Result<()> {
        RealDisk.touch(&self.real(file))
    }

    fn list(&self, folder: &Path) -> io::Result<[Vec<PathBuf>; 2]> {
        let here = |path: PathBuf| self.folder.join(path.strip_prefix(&self.real).expect("below"));
        let lists = RealDisk.list(&self.real(folder))?;
        Ok(lists.map(|list| list.into_iter().map(here).collect()))
    }
}

#[test]
fn a_cache_is_where_its_disk_has_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let [nowhere, real] = ["nowhere", "real"].map(|name| folder.path().join(name));
    let disk = Elsewhere { folder: nowhere.clone(), real: real.clone() };
    let user = User::on(&nowhere, Box::leak(Box::new(disk)));
    let file_of = |part: &str, extension: &str| {
        let mut found = files(&real.join(part));
        found.retain(|file| file.extension().is_some_and(|e| e == extension));
        found.pop().expect("one")
    };

    binary::content(&user.cache()).expect("a hash");
    assert_eq!(files(&real.join("binaries")).len(), 1);
    user.get("a");
    user.get("a");
    assert_eq!((user.booted(), user.heard().len()), (1, 1));
    replace(&file_of("boots", "entry"), b"rubbish");
    user.get("a");
    let heard = user.heard();
    assert!(heard[1].ends_with("its entry could not be used"), "{heard:?}");
    assert_eq!(user.cache().warnings().len(), 1);
    assert_eq!(user.cache().entries().len(), 1);
    pruning::make_old(&file_of("boots", "entry"), 3_600);
    fs::remove_file(file_of("objects", "image")).expect("it can be deleted");
    assert_eq!(user.cache().prune(u64::MAX).files, 1, "an entry without its state");
    assert!(!nowhere.exists());
}
