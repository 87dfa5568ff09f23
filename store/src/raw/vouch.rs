//! Somebody's word for a memory that nobody has looked through.

/// Somebody's word that images are as they were written, so that they can be
/// [opened](crate::image::Trust::Trusted) without a look at their entries.
///
/// What safe code does with a store in an image that is not so can be anything, reads and writes
/// out of bounds among it. So the word is given in `unsafe` code.
///
/// ```
/// use bootfork_store::Store;
/// use bootfork_store::image::{Image, ImageError, Trust, Vouch};
///
/// let store = Store::from([("a", "1")]);
/// let path = std::env::temp_dir().join(format!("bootfork-vouch-{}.image", std::process::id()));
/// Image::builder("example", 1).store("kv", &store).write(&path)?;
/// // SAFETY: the file was just written, and nobody else knows of it or writes to it.
/// let vouch = unsafe { Vouch::new() };
/// let image = Image::open(&path, Trust::Trusted(vouch))?;
/// assert_eq!(image.store("kv")?, store);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), ImageError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vouch(());

impl Vouch {
    /// The word.
    ///
    /// # Safety
    ///
    /// Every image that is opened with this word, or a copy of it, has to be byte for byte one that
    /// this crate has written, or that it would open with another trust. And its bytes have to stay
    /// so, whoever else could write to the file, as long as the image or anything that was taken
    /// from it lives, stores with their snapshots and forks included.
    pub const unsafe fn new() -> Self {
        Self(())
    }
}

#[cfg(all(test, target_endian = "little", not(any(loom, shuttle))))]
mod tests {
    use std::fs;

    use super::Vouch;
    use crate::Store;
    use crate::image::{Image, ImageError, Trust};

    /// Its own entries are what nobody looks at; that they lie in the file is seen all the same.
    #[test]
    fn a_trusted_image_is_used_as_it_lies() {
        let path = std::env::temp_dir().join(format!("bootfork-trusted-{}", std::process::id()));
        for entries in [0, 1, 9, 5_000] {
            let store: Store = (0..entries).map(|n| (format!("v{n}"), "value")).collect();
            let id = Image::builder("test", 1).store("kv", &store).write(&path).expect("written");
            let trusted = Trust::Trusted(Vouch(()));
            let image = Image::open(&path, trusted).expect("sound");
            let mut back = image.store("kv").expect("it is in there");
            assert_eq!((image.id(), back.check()), (id, Ok(())));
            assert_eq!(back, store);
            assert_eq!(back.digest(), store.digest());
            back.set("v", "new");
            assert_eq!(back.diff(&store).len(), 1);

            let bytes = fs::read(&path).expect("written");
            let (_, half) = bytes.split_at(bytes.len() / 2);
            fs::remove_file(&path).and_then(|()| fs::write(&path, half)).expect("a file");
            let error = Image::open(&path, trusted).expect_err("it is cut");
            assert!(matches!(error, ImageError::NotAnImage | ImageError::Length { .. }), "{error}");
            fs::remove_file(&path).expect("it is there");
        }
    }
}
