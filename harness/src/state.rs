//! What can be kept in the cache.

use std::error::Error;
use std::sync::Arc;

use bootfork_store::Store;
use bootfork_store::image::{Image, ImageBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How a state becomes an image, and an image a state: two functions.
///
/// An image holds stores, which are opened where they lie, and bytes. A type of one's own
/// implements this for itself, `impl State for World`. A form for types of others, or one that
/// needs help from elsewhere, is a type of its own that stands for the form, such as [`Json`]; a
/// boot takes it by [`cached_as`](crate::Boot::cached_as).
///
/// Equal states should give equal images, or [`Mode::Verify`](crate::cache::Mode::Verify) and the
/// determinism check will find differences that are none.
///
/// ```
/// use std::error::Error;
///
/// use bootfork::image::{Image, ImageBuilder};
/// use bootfork::{Boot, State};
///
/// #[derive(Clone, Debug, PartialEq)]
/// struct World {
///     people: u32,
/// }
///
/// impl State for World {
///     const KIND: &str = "world";
///     const VERSION: u32 = 1;
///
///     fn to_image(state: &Self) -> Result<ImageBuilder<'_>, Box<dyn Error + Send + Sync>> {
///         let people = state.people.to_le_bytes().to_vec();
///         Ok(Image::builder(Self::KIND, Self::VERSION).bytes("people", people))
///     }
///
///     fn from_image(image: &Image) -> Result<Self, Box<dyn Error + Send + Sync>> {
///         Ok(World { people: u32::from_le_bytes(image.bytes("people")?.try_into()?) })
///     }
/// }
///
/// static WORLD: Boot<World> = Boot::new("world", || Ok(World { people: 7 })).cached();
/// assert_eq!(WORLD.fork()?, World { people: 7 });
/// # Ok::<(), bootfork::BootError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how `{T}` becomes an image",
    label = "it cannot be cached like this",
    note = "what serde knows can be cached as JSON: `.cached_as::<bootfork::Json>()`",
    note = "other types implement `bootfork::State`, which takes two functions"
)]
pub trait State<T = Self> {
    /// What such images are called: 1 to 32 visible ASCII characters.
    const KIND: &str;
    /// The version of the parts. Entries of another one are not used.
    const VERSION: u32 = 1;

    /// The state as an image of that kind and version.
    ///
    /// # Errors
    /// Whatever stands in the way. The state is then booted in every process.
    fn to_image(state: &T) -> Result<ImageBuilder<'_>, Box<dyn Error + Send + Sync>>;

    /// The state in an image.
    ///
    /// # Errors
    /// Whatever is wrong with the image. The state is then booted anew.
    fn from_image(image: &Image) -> Result<T, Box<dyn Error + Send + Sync>>;
}

/// A store is a part of its own.
impl State for Store {
    const KIND: &str = "store";

    fn to_image(state: &Self) -> Result<ImageBuilder<'_>, Box<dyn Error + Send + Sync>> {
        Ok(Image::builder("store", 1).store("store", state))
    }

    fn from_image(image: &Image) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(image.store("store")?)
    }
}

/// Plain bytes are what they are.
impl State for Vec<u8> {
    const KIND: &str = "bytes";

    fn to_image(state: &Self) -> Result<ImageBuilder<'_>, Box<dyn Error + Send + Sync>> {
        Ok(Image::builder("bytes", 1).bytes("bytes", state))
    }

    fn from_image(image: &Image) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(image.bytes("bytes")?.to_vec())
    }
}

/// Shared bytes, whose forks are O(1).
impl State for Arc<[u8]> {
    const KIND: &str = "bytes";

    fn to_image(state: &Self) -> Result<ImageBuilder<'_>, Box<dyn Error + Send + Sync>> {
        Ok(Image::builder("bytes", 1).bytes("bytes", &**state))
    }

    fn from_image(image: &Image) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(image.bytes("bytes")?.into())
    }
}

/// The form of any type that serde knows: JSON, its members in order of their names.
///
/// ```
/// use std::collections::HashMap;
///
/// use bootfork::{Boot, Json};
///
/// static PRICES: Boot<HashMap<String, u32>> =
///     Boot::new("prices", || Ok([("tea".to_owned(), 3)].into())).cached_as::<Json>();
/// assert_eq!(PRICES.fork()?["tea"], 3);
/// # Ok::<(), bootfork::BootError>(())
/// ```
#[derive(Debug)]
pub struct Json;

impl<T: Serialize + DeserializeOwned> State<T> for Json {
    const KIND: &str = "json";

    fn to_image(state: &T) -> Result<ImageBuilder<'_>, Box<dyn Error + Send + Sync>> {
        let mut value = serde_json::to_value(state)?;
        value.sort_all_objects();
        Ok(Image::builder("json", 1).bytes("json", serde_json::to_vec(&value)?))
    }

    fn from_image(image: &Image) -> Result<T, Box<dyn Error + Send + Sync>> {
        Ok(serde_json::from_slice(image.bytes("json")?)?)
    }
}

/// A [`State`] as functions, so that a boot without one needs none.
pub(crate) struct Form<T> {
    kind: &'static str,
    version: u32,
    to_image: ToImage<T>,
    from_image: fn(&Image) -> Result<T, Box<dyn Error + Send + Sync>>,
}

type ToImage<T> = fn(&T) -> Result<ImageBuilder<'_>, Box<dyn Error + Send + Sync>>;

impl<T> Form<T> {
    pub(crate) const fn of<S: State<T>>() -> Self {
        Self {
            kind: S::KIND,
            version: S::VERSION,
            to_image: S::to_image,
            from_image: S::from_image,
        }
    }

    /// Kind and version of the form.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.kind, self.version)
    }

    pub(crate) fn save<'a>(
        &self,
        state: &'a T,
    ) -> Result<ImageBuilder<'a>, Box<dyn Error + Send + Sync>> {
        (self.to_image)(state)
    }

    pub(crate) fn restore(&self, image: &Image) -> Result<T, Box<dyn Error + Send + Sync>> {
        image.expect_kind(self.kind, self.version)?;
        (self.from_image)(image)
    }
}

impl<T> Clone for Form<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Form<T> {}
