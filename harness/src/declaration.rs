//! What boots are declared to be, whatever makes their states.

use std::panic::Location;
use std::path::Path;

use crate::arrival::Arrival;
use crate::inputs::Input;
use crate::state::{Form, State};

/// The declaration of a boot, or of a family of them.
pub(crate) struct Declaration<T> {
    pub(crate) name: &'static str,
    place: &'static Location<'static>,
    /// How the state is cached, if it is.
    pub(crate) form: Option<Form<T>>,
    inputs: Option<&'static [Input]>,
    pub(crate) on_fork: Option<fn(&mut T, &Arrival)>,
}

impl<T> Declaration<T> {
    #[track_caller]
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, place: Location::caller(), form: None, inputs: None, on_fork: None }
    }

    pub(crate) const fn cached_as<S: State<T>>(&mut self) {
        self.form = Some(Form::of::<S>());
    }

    pub(crate) const fn inputs(&mut self, inputs: &'static [Input]) {
        self.inputs = Some(inputs);
    }

    pub(crate) const fn on_fork(&mut self, act: fn(&mut T, &Arrival)) {
        self.on_fork = Some(act);
    }

    /// Where it stands, as far as that counts, and what it depends on.
    pub(crate) fn place_and_inputs(&self) -> (String, &'static [Input]) {
        let file = file_in_any_checkout(self.place.file());
        // Where declared inputs decide, the lines above may change.
        if let Some(inputs) = self.inputs {
            return (file, inputs);
        }
        let (line, column) = (self.place.line(), self.place.column());
        (format!("{file}:{line}:{column}"), const { &[Input::binary()] })
    }
}

/// A source file by a name that all checkouts have in common: the compiler names those of a package
/// outside the workspace in full.
fn file_in_any_checkout(file: &str) -> String {
    let path = Path::new(file);
    let name = path.file_name().filter(|_| path.is_absolute());
    name.map_or(file.into(), |name| name.to_string_lossy()).replace('\\', "/")
}

impl<T> Clone for Declaration<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Declaration<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_checkout_is_in_the_name_of_a_place() {
        let file = file_in_any_checkout;
        assert_eq!(file("harness/src/boot.rs"), "harness/src/boot.rs");
        assert_eq!(file("/home/one/worlds/src/lib.rs"), file("/home/other/worlds/src/lib.rs"));
    }
}
