//! A file is wholly there or not at all, whatever happens while it is written.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bootfork_store::Store;
use bootfork_store::image::{Image, ImageBuilder, ImageError, Mapped, Trust};

use super::{Scratch, store};
use crate::disk::{Fault, Files, SimulatedDisk};

const PLACE: &str = "/cache/state.image";

fn builder(store: &Store) -> ImageBuilder<'static> {
    Image::builder("test", 1).store("kv", store).bytes("b", b"plain")
}

/// The disk before: with an older image in the place, and without.
fn disks_before() -> [Files; 2] {
    let old = builder(&store(5)).to_bytes().expect("in memory");
    [Files::new(), Files::from([(PathBuf::from(PLACE), old)])]
}

/// Steps that writing takes if all goes well.
fn steps(new: &ImageBuilder<'_>) -> usize {
    let disk = SimulatedDisk::default();
    new.write_on(&disk, PLACE).expect("nothing fails");
    disk.steps()
}

/// Whether the place holds what it held before, or the whole new image.
fn is_old_or_new(files: &Files, before: &Files, new: &[u8]) -> bool {
    let found = files.get(Path::new(PLACE));
    found == before.get(Path::new(PLACE)) || found.is_some_and(|found| found == new)
}

#[test]
fn a_power_cut_leaves_the_old_file_or_the_new_one() {
    let new = builder(&store(40));
    let bytes = new.to_bytes().expect("in memory");
    assert!(steps(&new) >= 8);
    for before in disks_before() {
        for cut in 0..=steps(&new) {
            let disk = SimulatedDisk::new(&before).with(Fault::CutBefore(cut));
            let written = new.write_on(&disk, PLACE);
            assert_eq!(written.is_ok(), cut == steps(&new), "cut before {cut}");
            for files in disk.after_cut() {
                assert!(is_old_or_new(&files, &before, &bytes), "cut before {cut}");
                if written.is_ok() {
                    assert_eq!(files.get(Path::new(PLACE)), Some(&bytes), "it was synced");
                }
            }
        }
    }
}

/// Else the test above could not fail.
#[test]
fn without_sync_a_power_cut_leaves_something_else() {
    let new = builder(&store(40));
    let bytes = new.to_bytes().expect("in memory");
    let broken = disks_before().into_iter().any(|before| {
        let disk = SimulatedDisk::new(&before).lying();
        new.write_on(&disk, PLACE).expect("it is said to be");
        disk.after_cut().iter().any(|files| !is_old_or_new(files, &before, &bytes))
    });
    assert!(broken);
}

#[test]
fn a_step_that_fails_is_told_and_leaves_nothing_aside() {
    let new = builder(&store(40));
    let bytes = new.to_bytes().expect("in memory");
    for before in disks_before() {
        for at in 0..steps(&new) {
            let disk = SimulatedDisk::new(&before).with(Fault::FailAt(at));
            let error = new.write_on(&disk, PLACE).expect_err("a step failed");
            assert!(matches!(error, ImageError::Io { .. }), "step {at}: {error}");
            let files = disk.files();
            assert!(is_old_or_new(&files, &before, &bytes), "step {at}");
            assert!(files.keys().all(|path| path == Path::new(PLACE)), "step {at}: {files:?}");
        }
    }
}

/// Between a look at a file and its map somebody may replace or cut it: what was mapped counts.
#[test]
fn an_image_is_as_long_as_what_was_mapped_of_it() {
    let bytes = builder(&store(40)).to_bytes().expect("in memory");
    for len in (0..bytes.len()).step_by(7) {
        let disk = SimulatedDisk::new(&Files::from([(PathBuf::from(PLACE), bytes[..len].into())]));
        let opened = Image::open_on(&disk, PLACE, Trust::Structural);
        let found =
            |error| matches!(error, ImageError::Length { found, .. } if found == len as u64);
        assert!(opened.is_err_and(found), "{len} bytes");
    }
    let disk = SimulatedDisk::new(&Files::from([(PathBuf::from(PLACE), bytes)]));
    Image::open_on(&disk, PLACE, Trust::Structural).expect("all of it is there");
    let failing = disk.with(Fault::FailAt(1));
    let error = Image::open_on(&failing, PLACE, Trust::Structural).expect_err("a step failed");
    assert!(matches!(error, ImageError::Io { doing: "open", .. }));
}

#[test]
fn a_file_that_was_left_aside_is_no_hindrance() {
    let new = builder(&store(40));
    let aside = format!("/cache/.state.image.{}-0.tmp", std::process::id());
    let disk = SimulatedDisk::new(&Files::from([(PathBuf::from(&aside), b"half".to_vec())]));
    new.write_on(&disk, PLACE).expect("another name is taken");
    let files = disk.files();
    assert_eq!(files[Path::new(PLACE)], new.to_bytes().expect("in memory"));
    assert_eq!(files[Path::new(&aside)], b"half");
}

#[test]
fn a_written_file_is_read_only_and_can_be_replaced_while_it_is_open() {
    let scratch = Scratch::new("replaced");
    builder(&store(100)).write(&scratch.0).expect("written");
    assert!(fs::metadata(&scratch.0).expect("there").permissions().readonly());
    let open = Image::open(&scratch.0, Trust::Structural).expect("sound");
    let id = builder(&store(200)).write(&scratch.0).expect("written");
    assert_eq!(open.store("kv").expect("there"), store(100));
    assert_eq!(Image::open(&scratch.0, Trust::Full).expect("sound").id(), id);
}

#[test]
fn what_was_written_aside_is_removed_where_it_cannot_take_its_place() {
    let folder = std::env::temp_dir().join(format!("bootfork-{}-aside", std::process::id()));
    let place = folder.join("a folder has this name");
    fs::create_dir_all(&place).expect("a folder of our own");
    let written = builder(&store(1)).write(&place);
    let left = fs::read_dir(&folder).expect("it is there").count();
    fs::remove_dir_all(&folder).expect("it is ours");
    assert!(matches!(written, Err(ImageError::Io { doing: "rename into place", .. })));
    assert_eq!(left, 1, "the folder only");
}

#[test]
fn mapped_bytes_are_as_many_as_there_are() {
    for bytes in [&b""[..], b"1", &[0; 65]] {
        let mapped = Mapped::copy(bytes);
        assert_eq!((mapped.len(), mapped.is_empty()), (bytes.len(), bytes.is_empty()));
    }
}

#[test]
fn there_is_an_error_for_what_cannot_be_written_or_opened() {
    let nowhere = std::env::temp_dir().join("bootfork-no-such-folder/image");
    let written = builder(&store(1)).write(&nowhere);
    assert!(matches!(written, Err(ImageError::Io { doing: "create", .. })));
    let error = Image::open(&nowhere, Trust::Structural).expect_err("there is no such folder");
    assert!(matches!(error, ImageError::Io { doing: "open", .. }));
    assert!(error.source().is_some_and(<dyn Error>::is::<io::Error>));
    assert!(matches!(
        Image::open(std::env::temp_dir(), Trust::Structural),
        Err(ImageError::Io { .. })
    ));
    let empty = Scratch::new("empty");
    empty.put(b"");
    let opened = Image::open(&empty.0, Trust::Structural);
    assert!(matches!(opened, Err(ImageError::Length { stated: None, found: 0 })));
}
