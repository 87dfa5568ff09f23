//! A restored state beside one that was never restored.

use std::fmt;

use bootfork_store::image::Image;

use crate::arrival::Arrival;
use crate::boot::Boot;
use crate::difference::{Difference, between};
use crate::divergence::Divergence;
use crate::history::parts_of;
use crate::state::Form;

impl<T> Boot<T> {
    /// A state that was booted here and never restored, beside one that was restored from its
    /// image: what is done to one is done to the other, and compared.
    ///
    /// # Errors
    /// [`Divergence`] if there is no state, no way through an image, or the restored one differs.
    pub fn shadow(&self) -> Result<Shadow<T>, Divergence> {
        let unchecked = |reason: &dyn fmt::Display| Divergence::unchecked(self.name(), reason);
        let form = self
            .form()
            .ok_or_else(|| unchecked(&"it is not cached, and so has no form to restore it from"))?;
        let original = self.boot().map_err(|error| unchecked(&error))?;
        let restore = || form.restore(&Image::from_bytes(&form.save(&original)?.to_bytes()?)?);
        let restored = restore().map_err(|error| unchecked(&error))?;
        let (mut original, mut restored) = (original, restored);
        if let Some(act) = self.hook() {
            act(&mut original, &Arrival::seeded(0));
            act(&mut restored, &Arrival::seeded(0));
        }
        let shadow = Shadow { boot: self.name(), form, original, restored };
        shadow.compare("restoring it")?;
        Ok(shadow)
    }
}

/// Two states that should be one; see [`Boot::shadow`].
///
/// ```
/// use bootfork::{Boot, Divergence, Shadow};
///
/// static WORLD: Boot<Vec<u8>> = Boot::new("world", || Ok(vec![1, 2, 3])).cached();
///
/// let mut shadow: Shadow<Vec<u8>> = WORLD.shadow()?;
/// for number in 4..10 {
///     let len = shadow.step(&format!("push {number}"), |world| {
///         world.push(number);
///         world.len()
///     })?;
///     assert_eq!(len, usize::from(number));
/// }
/// # Ok::<(), Divergence>(())
/// ```
pub struct Shadow<T> {
    boot: &'static str,
    form: Form<T>,
    original: T,
    restored: T,
}

impl<T> Shadow<T> {
    /// Does something to both, and compares what it returns and the states afterwards. O(state).
    ///
    /// # Errors
    /// [`Divergence`] names this step, and the first key that differs.
    pub fn step<R: PartialEq + fmt::Debug>(
        &mut self,
        name: &str,
        mut act: impl FnMut(&mut T) -> R,
    ) -> Result<R, Divergence> {
        let (left, right) = (act(&mut self.original), act(&mut self.restored));
        if left != right {
            let (part, key) = ("the step".to_owned(), "answers".to_owned());
            let (left, right) = (Some(format!("{left:?}")), Some(format!("{right:?}")));
            return Err(Divergence::of_restored(
                self.boot,
                name,
                Difference { part, key, left, right },
            ));
        }
        self.compare(name)?;
        Ok(left)
    }

    /// The state that was never restored.
    pub fn original(&self) -> &T {
        &self.original
    }

    fn compare(&self, step: &str) -> Result<(), Divergence> {
        let unchecked = |error| Divergence::unchecked(self.boot, error);
        let original = parts_of(&self.form, &self.original).map_err(unchecked)?;
        let restored = parts_of(&self.form, &self.restored).map_err(unchecked)?;
        match between(&original, &restored).into_iter().next() {
            None => Ok(()),
            Some(difference) => Err(Divergence::of_restored(self.boot, step, difference)),
        }
    }
}

impl<T> fmt::Debug for Shadow<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shadow").field("boot", &self.boot).finish_non_exhaustive()
    }
}
