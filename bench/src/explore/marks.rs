//! A world with as many marks as one likes.

use std::sync::Arc;

use bootfork_explorer::{Context, Flow, Kind, Site, SplitMix64, World};

/// Goes from one mark to the next until a coin falls: each mark is soon a place to fork from, and
/// has an account of energy.
#[derive(Clone, Debug)]
pub struct Marks {
    marks: Arc<[&'static Site]>,
    passed: usize,
}

impl Marks {
    /// A world with so many marks, which live as long as the program.
    pub fn new(count: usize) -> Self {
        let mark = |number| -> &'static Site {
            let message = Box::leak(format!("mark {number}").into_boxed_str());
            Box::leak(Box::new(Site::new(Kind::Sometimes, message, "", "", 0)))
        };
        Self { marks: (0..count).map(mark).collect(), passed: 0 }
    }
}

impl World for Marks {
    type Rng = SplitMix64;

    fn step(&mut self, ctx: &mut Context) -> Flow {
        match self.marks.get(self.passed) {
            Some(mark) if ctx.below(2) == 0 => {
                mark.evaluate(&[], true, None);
                self.passed += 1;
                Flow::Continue
            }
            _ => Flow::End,
        }
    }
}
