//! `bootfork replay`: runs one timeline again, from its root seed and recipe.

use std::error::Error;
use std::io::Write;

use bootfork_explorer::worlds::Visitor;
use bootfork_explorer::{Explorer, Kind, RECIPE_VERSION, Recipe, Replayed, Site, World};
use serde::Serialize;

use super::record::{self, hex};
use super::worlds::{Chosen, kind_name};
use crate::demo::grouped;

/// Which timeline.
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    chosen: Chosen,
    /// The root seed of the exploration
    #[arg(long)]
    seed: u64,
    /// The recipe, such as `12@7 -> 0@99`; the root's own timeline without one
    #[arg(long, default_value = "")]
    recipe: Recipe,
    /// The rules that the recipe was made by
    #[arg(long, default_value_t = RECIPE_VERSION)]
    recipe_version: u32,
    /// Pass over other properties that are broken before this one
    #[arg(long, allow_hyphen_values = true)]
    property: Option<String>,
    /// The kind of that property, where assertions of several kinds are named so
    #[arg(long, requires = "property", value_parser = parse_kind)]
    kind: Option<Kind>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Exit with 1 if a property is broken
    #[arg(long)]
    fail_on_bug: bool,
}

fn parse_kind(text: &str) -> Result<Kind, String> {
    let mut kinds = Kind::PROPERTIES.iter().copied();
    let names = || Kind::PROPERTIES.iter().copied().map(kind_name).collect::<Vec<_>>().join(", ");
    let kind = kinds.find(|&kind| kind_name(kind) == text);
    kind.ok_or_else(|| format!("there are: {}", names()))
}

#[derive(Serialize)]
struct Line<'a> {
    world: &'a str,
    seed: u64,
    recipe: String,
    broken: &'a [String],
    draws: u64,
    steps: u64,
    state_key: Option<String>,
}

/// `false` if a property is broken and that is to be a failure.
pub(crate) fn run(options: &Options, out: &mut impl Write) -> Result<bool, Box<dyn Error>> {
    Recipe::check_version(options.recipe_version)?;
    let replayed = options.chosen.visit(Replaying(options))?;
    let Replayed { broken, draws, steps, state_key } = &replayed;
    let state_key = state_key.map(hex);
    if options.json {
        let line = Line {
            world: &options.chosen.world,
            seed: options.seed,
            recipe: options.recipe.to_string(),
            broken,
            draws: *draws,
            steps: *steps,
            state_key,
        };
        record::print(out, &line)?;
    } else {
        if broken.is_empty() {
            writeln!(out, "no property is broken")?;
        }
        for property in broken {
            writeln!(out, "broken: {property}")?;
        }
        let state = state_key.map_or_else(String::new, |key| format!(", state {key}"));
        writeln!(out, "after {} steps and {} draws{state}", grouped(*steps), grouped(*draws))?;
    }
    Ok(broken.is_empty() || !options.fail_on_bug)
}

struct Replaying<'a>(&'a Options);

impl Visitor for Replaying<'_> {
    type Output = Replayed;

    fn visit<W: World>(self, world: W, _: &'static [&'static Site]) -> Replayed {
        let Options { chosen, seed, recipe, property, kind, .. } = self.0;
        let explorer = Explorer::new(world).limits(chosen.limits());
        match property {
            Some(property) => explorer.replay_until(*seed, recipe, property, *kind),
            None => explorer.replay(*seed, recipe),
        }
    }
}
