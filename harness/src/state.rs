//! What can be kept in the cache.

use std::error::Error;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// How a state becomes bytes, and bytes a state: two functions.
///
/// A type of one's own implements it for itself, `impl State for World`. A form for types of
/// others, or with help from elsewhere, is a type of its own that stands for the form, such as
/// [`Json`]; a boot takes it by [`cached_as`](crate::Boot::cached_as).
///
/// Equal states should give equal bytes, or [`Mode::Verify`](crate::cache::Mode::Verify) and the
/// determinism check will find differences that are none.
///
/// ```
/// use std::error::Error;
///
/// use bootfork::{Boot, State};
///
/// #[derive(Clone, Debug, PartialEq)]
/// struct World {
///     people: u32,
/// }
///
/// impl State for World {
///     const FORMAT: &str = "world 1";
///
///     fn to_bytes(state: &Self) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
///         Ok(state.people.to_le_bytes().to_vec())
///     }
///
///     fn from_bytes(bytes: &[u8]) -> Result<Self, Box<dyn Error + Send + Sync>> {
///         Ok(World { people: u32::from_le_bytes(bytes.try_into()?) })
///     }
/// }
///
/// static WORLD: Boot<World> = Boot::new("world", || Ok(World { people: 7 })).cached();
/// assert_eq!(WORLD.fork()?, World { people: 7 });
/// # Ok::<(), bootfork::BootError>(())
/// ```
pub trait State<T = Self> {
    /// The name and version of the form: entries made under another one are not used.
    const FORMAT: &str;

    /// The state as bytes.
    ///
    /// # Errors
    /// Whatever stands in the way. The state is then booted in every process.
    fn to_bytes(state: &T) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

    /// The state of which these are the bytes.
    ///
    /// # Errors
    /// Whatever is wrong with the bytes. The state is then booted anew.
    fn from_bytes(bytes: &[u8]) -> Result<T, Box<dyn Error + Send + Sync>>;
}

/// Plain bytes are what they are.
impl State for Vec<u8> {
    const FORMAT: &str = "bytes";

    fn to_bytes(state: &Self) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        Ok(state.clone())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(bytes.to_vec())
    }
}

/// Shared bytes, whose forks are O(1).
impl State for Arc<[u8]> {
    const FORMAT: &str = "bytes";

    fn to_bytes(state: &Self) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        Ok(state.to_vec())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(bytes.into())
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
    const FORMAT: &str = "json 1";

    fn to_bytes(state: &T) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let mut value = serde_json::to_value(state)?;
        value.sort_all_objects();
        Ok(serde_json::to_vec(&value)?)
    }

    fn from_bytes(bytes: &[u8]) -> Result<T, Box<dyn Error + Send + Sync>> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// A [`State`] as functions, so that a boot without one needs none.
pub(crate) struct Form<T> {
    pub(crate) format: &'static str,
    pub(crate) to_bytes: fn(&T) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>,
    pub(crate) from_bytes: fn(&[u8]) -> Result<T, Box<dyn Error + Send + Sync>>,
}

impl<T> Form<T> {
    pub(crate) const fn of<S: State<T>>() -> Self {
        Self { format: S::FORMAT, to_bytes: S::to_bytes, from_bytes: S::from_bytes }
    }
}

impl<T> Clone for Form<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Form<T> {}
