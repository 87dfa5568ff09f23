//! The worlds that the original explorer was measured with, after its rules, and its generators.
//!
//! | name | type | rules |
//! |---|---|---|
//! | `adaptive-maze` | [`Cascade::maze`] | six gates of 0.3 in a chain |
//! | `adaptive-dungeon` | [`Cascade::dungeon`] | five gates of 0.2 in a chain |
//! | `energy` | [`Energy`] | three marks that every timeline passes |
//! | `planted` | [`Planted`] | a bug behind two gates of 0.1 |
//! | `maze` | [`Maze`] | four locks behind five gates of 0.05 each |
//! | `dungeon` | [`Dungeon`] | eight floors, seven keys of 0.03, monsters and traps |
//! | `ladder` | [`Ladder`] | eight floors of 1/6 |
//!
//! [`visit`] has them by name.

/// The assertions of one world, and the list of them all.
macro_rules! sites {
    ($($name:ident: $kind:ident$(.$extreme:ident())? $message:literal,)+) => {
        $( static $name: $crate::Site = $crate::Site::new(
            $crate::Kind::$kind, $message, module_path!(), file!(), line!(),
        )$(.$extreme())?; )+
        pub(crate) static SITES: &[&$crate::Site] = &[$(&$name),+];
    };
}

/// The fields of a world that can be set by name.
macro_rules! settings {
    ($world:ident { $($name:ident: $type:ty $(= $range:expr)?),* $(,)? }) => {
        impl $crate::worlds::named::Settings for $world {
            fn set(
                &mut self,
                name: &str,
                #[allow(unused_variables)] value: &str,
            ) -> Result<(), $crate::worlds::SettingError> {
                match name {
                    $( stringify!($name) => {
                        let given: $type = value.parse().map_err(|_| {
                            $crate::worlds::SettingError::BadValue {
                                name: name.to_owned(),
                                value: value.to_owned(),
                                expected: stringify!($type),
                            }
                        })?;
                        $( if !$range.contains(&given) {
                            return Err($crate::worlds::SettingError::OutOfRange {
                                name: name.to_owned(),
                                value: value.to_owned(),
                                range: format!("{:?}", $range),
                            });
                        } )?
                        self.$name = given;
                        Ok(())
                    } )*
                    _ => Err($crate::worlds::SettingError::NoSetting {
                        name: name.to_owned(),
                        names: vec![$(stringify!($name)),*],
                    }),
                }
            }
        }
    };
}

mod cascade;
mod chacha;
mod dungeon;
mod energy;
mod ladder;
mod maze;
mod named;
mod planted;
mod xorshift;

pub use cascade::Cascade;
pub use chacha::ChaCha8;
pub use dungeon::Dungeon;
pub use energy::Energy;
pub use ladder::Ladder;
pub use maze::Maze;
pub use named::{NAMES, SettingError, Visitor, visit};
pub use planted::Planted;
pub use xorshift::XorShift64;
