//! Assertion sites: the properties and marks that a program names, and the catalogue of them all.

use std::fmt;

use crate::generator::mix;
use crate::journal::{assert, is_active};

/// What kind of assertion stands at a site.
///
/// ```
/// use bootfork_explorer::Kind;
/// assert!(Kind::Always.is_property() && !Kind::Sometimes.is_property());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Kind {
    /// Holds whenever it is evaluated, and is evaluated at least once.
    Always,
    /// Holds whenever it is evaluated, if ever.
    AlwaysOrUnreachable,
    /// Holds once at least. Its first time is a discovery.
    Sometimes,
    /// Is reached once at least. The first time is a discovery.
    Reachable,
    /// Is never reached.
    Unreachable,
    /// As many of its conditions as possible hold at once. Each higher number is a discovery.
    SometimesAll,
    /// Tells apart as many buckets as there are values of its keys. The first time in each is a
    /// discovery, and so is each better quality there.
    SometimesEach,
    /// Holds at the end of every timeline that ends by itself.
    Eventually,
}

impl Kind {
    /// Those that are properties: a timeline in which one does not hold has a bug.
    pub const PROPERTIES: &'static [Self] =
        &[Self::Always, Self::AlwaysOrUnreachable, Self::Unreachable, Self::Eventually];

    /// Whether a timeline in which it does not hold has a bug.
    pub fn is_property(self) -> bool {
        Self::PROPERTIES.contains(&self)
    }

    /// Whether an exploration that never saw it hold has a gap.
    pub fn must_be_reached(self) -> bool {
        !matches!(self, Self::AlwaysOrUnreachable | Self::Unreachable)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Always => "always",
            Self::AlwaysOrUnreachable => "always or unreachable",
            Self::Sometimes => "sometimes",
            Self::Reachable => "reachable",
            Self::Unreachable => "unreachable",
            Self::SometimesAll => "sometimes all",
            Self::SometimesEach => "sometimes each",
            Self::Eventually => "eventually",
        })
    }
}

/// One assertion in the source. The macros make them; a kind and a message name one, so that two
/// places with equal ones are one property.
///
/// ```
/// use bootfork_explorer::{Kind, Site};
///
/// static SITE: Site = Site::new(Kind::Sometimes, "a leader is elected", "raft", "raft.rs", 17);
/// assert_eq!(SITE.message(), "a leader is elected");
/// ```
#[derive(Debug)]
pub struct Site {
    kind: Kind,
    message: &'static str,
    module: &'static str,
    file: &'static str,
    line: u32,
    id: u64,
    extreme: Option<Extreme>,
}

/// Which of the values compared is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extreme {
    Least,
    Greatest,
}

impl Site {
    /// A site, which the caller registers in [`SITES`] if it is to be in the catalogue.
    pub const fn new(
        kind: Kind,
        message: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
    ) -> Self {
        let mut id = kind as u64;
        let bytes = message.as_bytes();
        let mut index = 0;
        while index < bytes.len() {
            id = mix(id, bytes[index] as u64);
            index += 1;
        }
        Self { kind, message, module, file, line, id, extreme: None }
    }

    /// The same of a comparison, whose levels are complements of ranks: the least value is kept.
    /// A second number in a level says that it is of a float.
    #[must_use]
    pub const fn least(self) -> Self {
        Self { extreme: Some(Extreme::Least), ..self }
    }

    /// The same of a comparison, whose levels are ranks: the greatest value is kept.
    /// A second number in a level says that it is of a float.
    #[must_use]
    pub const fn greatest(self) -> Self {
        Self { extreme: Some(Extreme::Greatest), ..self }
    }

    pub(crate) fn extreme(&self) -> Option<Extreme> {
        self.extreme
    }

    /// What kind of assertion it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its message, which names the property.
    pub fn message(&self) -> &'static str {
        self.message
    }

    /// The path of the module that it stands in.
    pub fn module(&self) -> &'static str {
        self.module
    }

    /// Whether it stands in a module, or in one below.
    pub fn is_below(&self, module: &str) -> bool {
        let below = self.module.strip_prefix(module);
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }

    /// The file that it stands in, as the compiler names it.
    pub fn file(&self) -> &'static str {
        self.file
    }

    /// The line that it stands at.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Evaluates the assertion, as the macros do: for sites that are not written in the source one
    /// by one. `keys` tell buckets apart, and a better `level` than any before is a discovery.
    /// Does nothing outside of an exploration.
    pub fn evaluate(&'static self, keys: &[i64], holds: bool, level: Option<&[i64]>) {
        if is_active() {
            assert(self, keys, holds, level, String::new);
        }
    }

    /// The hash of kind and message.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }
}

/// Every assertion of the program, whether it was ever reached or not: the linker collects them.
///
/// ```
/// fn never_called() {
///     bootfork_explorer::assert_reachable!("the far side");
/// }
/// let far = |site: &&&bootfork_explorer::Site| site.message() == "the far side";
/// assert!(bootfork_explorer::SITES.iter().find(far).is_some());
/// ```
#[linkme::distributed_slice]
pub static SITES: [&'static Site];
