//! The worlds that the command knows by name: the explorer's, and the kernel's.

use bootfork::explore::ledger::{self, LedgerOptions};
use bootfork_explorer::worlds::{self, SettingError, Visitor};
use bootfork_explorer::{Bug, Kind, Limits};
use bootfork_ledger::LedgerError;
use clap::builder::PossibleValuesParser;
use clap::value_parser;
use thiserror::Error;

/// Which world, how it differs from what it is by default, and how far its timelines go.
#[derive(clap::Args, Debug)]
pub(crate) struct Chosen {
    /// The world
    #[arg(value_parser = PossibleValuesParser::new(names()))]
    pub(crate) world: String,
    /// Change a probability or size of the world; a name that it has not is answered with those
    /// that it has
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parse_setting)]
    pub(crate) settings: Vec<(String, String)>,
    /// Steps of a timeline, at most
    #[arg(long, default_value_t = Limits::default().steps)]
    #[arg(value_parser = value_parser!(u64).range(1..))]
    steps: u64,
    /// Draws of a timeline, at most
    #[arg(long, default_value_t = Limits::default().draws, value_name = "DRAWS")]
    timeline_draws: u64,
}

/// Why there is no such world.
#[derive(Debug, Error)]
pub(crate) enum WorldError {
    #[error("{world}: {error}")]
    Setting { world: String, error: SettingError },
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    worlds::NAMES.into_iter().chain([ledger::NAME])
}

fn parse_setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as `name=value`")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Chosen {
    /// Has a visitor see the world.
    pub(crate) fn visit<V: Visitor>(&self, visitor: V) -> Result<V::Output, WorldError> {
        let world = self.world.clone();
        let wrong = |error| WorldError::Setting { world, error };
        if self.world == ledger::NAME {
            let options = self.ledger().map_err(wrong)?;
            return Ok(visitor.visit(ledger::world(&options)?, ledger::sites()));
        }
        let set: Vec<(&str, &str)> =
            self.settings.iter().map(|(name, value)| (&**name, &**value)).collect();
        worlds::visit(&self.world, &set, visitor).map_err(wrong)
    }

    fn ledger(&self) -> Result<LedgerOptions, SettingError> {
        let mut options = LedgerOptions::default();
        for (name, value) in &self.settings {
            options.set(name, value)?;
        }
        Ok(options)
    }

    /// How far its timelines go.
    pub(crate) fn limits(&self) -> Limits {
        Limits { steps: self.steps, draws: self.timeline_draws, ..Limits::default() }
    }

    /// The command that makes the timeline of a bug again, up to that bug.
    pub(crate) fn replay_command(&self, bug: &Bug) -> String {
        let mut words = vec![format!("bootfork replay {} --seed {}", self.world, bug.root_seed)];
        let recipe = bug.recipe.to_string();
        if !recipe.is_empty() {
            words.push(format!("--recipe '{recipe}' --recipe-version {}", bug.recipe_version));
        }
        // Of a panic too: what else fails on the way there was passed over when it was found.
        words.push(format!("--property '{}'", bug.property.replace('\'', r"'\''")));
        words.extend(bug.kind.map(|kind| format!("--kind {}", kind_name(kind))));
        words.extend(self.settings.iter().map(|(name, value)| format!("--set {name}={value}")));
        let usual = Limits::default();
        if self.steps != usual.steps {
            words.push(format!("--steps {}", self.steps));
        }
        if self.timeline_draws != usual.draws {
            words.push(format!("--timeline-draws {}", self.timeline_draws));
        }
        words.join(" ")
    }
}

/// A kind as one word.
pub(crate) fn kind_name(kind: Kind) -> String {
    kind.to_string().replace(' ', "-")
}
