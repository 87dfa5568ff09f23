//! Boots that differ in a parameter.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::sync::PoisonError;

use crate::boot::{Boot, Source};
use crate::inputs::Input;
use crate::state::{Form, State};
use crate::sync::Mutex;

/// A recipe with a parameter: a [`Boot`] for each value of it that is asked for, each made once.
///
/// ```
/// use bootfork::Family;
///
/// static WORLDS: Family<usize, Vec<u8>> =
///     Family::new("world", |people| Ok(vec![1; *people])).cached();
///
/// assert_eq!(WORLDS.at(&3).fork()?, [1, 1, 1]);
/// assert_eq!(WORLDS.at(&2).fork()?, [1, 1]);
/// assert!(std::ptr::eq(WORLDS.at(&3), WORLDS.at(&3)));
/// # Ok::<(), bootfork::BootError>(())
/// ```
pub struct Family<P, T: 'static> {
    name: &'static str,
    declared: &'static Location<'static>,
    recipe: ParameterRecipe<P, T>,
    form: Option<Form<T>>,
    inputs: Option<&'static [Input]>,
    boots: Mutex<BTreeMap<P, &'static Boot<T>>>,
}

/// What makes a state, given a parameter.
///
/// ```
/// use bootfork::{Family, ParameterRecipe};
///
/// const PARSE: ParameterRecipe<&str, u32> = |text| Ok(text.parse()?);
/// static NUMBERS: Family<&str, u32> = Family::new("numbers", PARSE);
/// assert_eq!(NUMBERS.at(&"17").fork()?, 17);
/// # Ok::<(), bootfork::BootError>(())
/// ```
pub type ParameterRecipe<P, T> = fn(&P) -> Result<T, Box<dyn Error + Send + Sync>>;

impl<P, T> Family<P, T> {
    /// Boots that have not run, of states that stay in their process.
    #[track_caller]
    pub const fn new(name: &'static str, recipe: ParameterRecipe<P, T>) -> Self {
        let declared = Location::caller();
        let boots = Mutex::new(BTreeMap::new());
        Self { name, declared, recipe, form: None, inputs: None, boots }
    }

    /// As [`Boot::cached`].
    #[must_use]
    pub const fn cached(self) -> Self
    where
        T: State,
    {
        self.cached_as::<T>()
    }

    /// As [`Boot::cached_as`].
    #[must_use]
    pub const fn cached_as<S: State<T>>(mut self) -> Self {
        self.form = Some(Form::of::<S>());
        self
    }

    /// As [`Boot::inputs`]. The parameter counts besides, by its `Debug` text, which therefore has
    /// to tell all values apart.
    #[must_use]
    pub const fn inputs(mut self, inputs: &'static [Input]) -> Self {
        self.inputs = Some(inputs);
        self
    }
}

impl<P, T> Family<P, T>
where
    P: Clone + Ord + fmt::Debug + Send + Sync + 'static,
{
    /// The boot for this value. It stays for as long as the process does.
    pub fn at(&self, parameter: &P) -> &'static Boot<T> {
        let mut boots = self.boots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(boot) = boots.get(parameter) {
            return boot;
        }
        let (recipe, value) = (self.recipe, parameter.clone());
        let source = Source::Value(format!("{parameter:?}"), Box::new(move || recipe(&value)));
        let mut boot = Boot::of(self.name, source, self.declared);
        (boot.form, boot.inputs) = (self.form, self.inputs);
        let boot: &'static Boot<T> = Box::leak(Box::new(boot));
        boots.insert(parameter.clone(), boot);
        boot
    }
}

impl<P: fmt::Debug, T> fmt::Debug for Family<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let boots = self.boots.lock().unwrap_or_else(PoisonError::into_inner);
        let values: Vec<_> = boots.keys().collect();
        f.debug_struct("Family")
            .field("name", &self.name)
            .field("at", &values)
            .finish_non_exhaustive()
    }
}
