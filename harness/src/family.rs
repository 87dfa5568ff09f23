//! Boots that differ in a parameter.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::PoisonError;

use crate::arrival::Arrival;
use crate::boot::{Boot, Source};
use crate::declaration::Declaration;
use crate::inputs::Input;
use crate::state::State;
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
    declaration: Declaration<T>,
    recipe: ParameterRecipe<P, T>,
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
        Self { declaration: Declaration::new(name), recipe, boots: Mutex::new(BTreeMap::new()) }
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
        self.declaration.cached_as::<S>();
        self
    }

    /// As [`Boot::inputs`]. The parameter counts besides, by its `Debug` text, which therefore has
    /// to tell all values apart.
    #[must_use]
    pub const fn inputs(mut self, inputs: &'static [Input]) -> Self {
        self.declaration.inputs(inputs);
        self
    }

    /// As [`Boot::on_fork`].
    #[must_use]
    pub const fn on_fork(mut self, act: fn(&mut T, &Arrival)) -> Self {
        self.declaration.on_fork(act);
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
        let boot: &'static Boot<T> = Box::leak(Box::new(Boot::of(self.declaration, source)));
        boots.insert(parameter.clone(), boot);
        boot
    }
}

impl<P: fmt::Debug, T> fmt::Debug for Family<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let boots = self.boots.lock().unwrap_or_else(PoisonError::into_inner);
        let values: Vec<_> = boots.keys().collect();
        f.debug_struct("Family")
            .field("name", &self.declaration.name)
            .field("at", &values)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_boot_of_a_family_is_declared_as_the_family_is() {
        static FAMILY: Family<u32, Vec<u8>> =
            Family::new("family", |n| Ok(vec![u8::try_from(*n)?])).cached().on_fork(
                |bytes, fork| {
                    bytes.extend(fork.seed().to_le_bytes());
                },
            );
        let (one, two) = (FAMILY.at(&1), FAMILY.at(&2));
        assert_eq!((one.name(), one.form().is_some()), ("family", true));
        let forks = [one, one, two].map(|boot| boot.fork().expect("it boots"));
        assert_eq!(forks.each_ref().map(|fork| fork[0]), [1, 1, 2]);
        assert_ne!(forks[0], forks[1], "each fork has a seed");
    }
}
