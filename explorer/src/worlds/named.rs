//! The bundled worlds by name.

use crate::site::Site;
use crate::world::World;
use crate::worlds::{Cascade, Dungeon, Energy, Ladder, Maze, Planted};
use crate::worlds::{energy, ladder, maze, planted};

/// The names of the bundled worlds.
pub const NAMES: [&str; 7] =
    ["adaptive-maze", "adaptive-dungeon", "energy", "planted", "maze", "dungeon", "ladder"];

/// What is done with a world that was asked for by name, whose type the asker cannot know.
///
/// ```
/// use bootfork_explorer::worlds::{NAMES, Visitor, visit};
/// use bootfork_explorer::{Site, World};
///
/// struct CountSites;
/// impl Visitor for CountSites {
///     type Output = usize;
///     fn visit<W: World>(self, _: W, sites: &'static [&'static Site]) -> usize {
///         sites.len()
///     }
/// }
/// assert!(NAMES.iter().all(|name| visit(name, &[], CountSites).unwrap() > 0));
/// ```
pub trait Visitor {
    /// What comes of it.
    type Output;

    /// Does it. `sites` are the world's assertions.
    fn visit<W: World>(self, world: W, sites: &'static [&'static Site]) -> Self::Output;
}

/// Has a visitor see the world of that name, with some of its settings changed.
///
/// # Errors
///
/// If there is no such world, or it has no such setting, or the value is none for it.
///
/// ```
/// use bootfork_explorer::worlds::{Visitor, visit};
/// use bootfork_explorer::{Explorer, Site, World};
///
/// struct Bugs;
///
/// impl Visitor for Bugs {
///     type Output = usize;
///     fn visit<W: World>(self, world: W, _: &'static [&'static Site]) -> usize {
///         Explorer::new(world).budget(600).run().bugs.len()
///     }
/// }
/// assert_eq!(visit("ladder", &[("floors", "3")], Bugs), Ok(1));
/// assert!(visit("ladder", &[("floor", "3")], Bugs).is_err());
/// ```
pub fn visit<V: Visitor>(
    name: &str,
    set: &[(&str, &str)],
    visitor: V,
) -> Result<V::Output, SettingError> {
    Ok(match name {
        "adaptive-maze" => visit_cascade(with(Cascade::maze(), set)?, visitor),
        "adaptive-dungeon" => visit_cascade(with(Cascade::dungeon(), set)?, visitor),
        "energy" => visitor.visit(with(Energy::default(), set)?, energy::SITES),
        "planted" => visitor.visit(with(Planted::default(), set)?, planted::SITES),
        "maze" => visitor.visit(with(Maze::default(), set)?, maze::SITES),
        "dungeon" => {
            let world = with(Dungeon::default(), set)?;
            let sites = world.sites();
            visitor.visit(world, sites)
        }
        "ladder" => visitor.visit(with(Ladder::default(), set)?, ladder::SITES),
        _ => return Err(SettingError::NoWorld { name: name.to_owned() }),
    })
}

fn visit_cascade<V: Visitor>(world: Cascade, visitor: V) -> V::Output {
    let sites = world.sites();
    visitor.visit(world, sites)
}

fn with<T: Settings>(mut world: T, set: &[(&str, &str)]) -> Result<T, SettingError> {
    for (name, value) in set {
        world.set(name, value)?;
    }
    Ok(world)
}

/// A world with settings that can be given by name.
pub(crate) trait Settings {
    fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError>;
}

/// Why a world cannot be had.
///
/// ```
/// # use bootfork_explorer::worlds::{Visitor, visit};
/// # use bootfork_explorer::{Site, World};
/// # struct Nothing;
/// # impl Visitor for Nothing {
/// #     type Output = ();
/// #     fn visit<W: World>(self, _: W, _: &'static [&'static Site]) {}
/// # }
/// let error = visit("maze", &[("p", "often")], Nothing).unwrap_err();
/// assert_eq!(error.to_string(), "`often` is no value for `p`, which is of type f64");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// There is no such world.
    #[error("there is no world `{name}`; there are {}", NAMES.join(", "))]
    NoWorld {
        /// The name given.
        name: String,
    },
    /// The world has no such setting.
    #[error("there is no setting `{name}` here; there are: {}", names.join(", "))]
    NoSetting {
        /// The name given.
        name: String,
        /// The names there are.
        names: Vec<&'static str>,
    },
    /// The value is none for that setting.
    #[error("`{value}` is no value for `{name}`, which is of type {expected}")]
    BadValue {
        /// The setting.
        name: String,
        /// The value given.
        value: String,
        /// The type of the setting.
        expected: &'static str,
    },
    /// The world holds no such value.
    #[error("`{value}` does not fit `{name}`, which is one of {range}")]
    OutOfRange {
        /// The setting.
        name: String,
        /// The value given.
        value: String,
        /// The values that fit.
        range: String,
    },
}
