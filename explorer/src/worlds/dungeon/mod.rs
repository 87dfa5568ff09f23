//! World F: eight floors, a key on each but the last, monsters and traps.

mod floor;

use std::sync::Arc;

use self::floor::{Plan, Tile, range};
use crate::context::Context;
use crate::site::Site;
use crate::world::{Flow, World};
use crate::worlds::ChaCha8;

settings! {
    Dungeon {
        p: f64 = 0.0..=1.0,
        floors: usize = 1..=FLOORS,
        steps: u32 = 1..=u32::MAX,
        health: i64 = 1..=1_000_000,
    }
}
sites! {
    ON_KEY: SometimesEach "on key tile",
    STAIRS_WITH_KEY: SometimesEach "stairs with key",
    NEAR_TREASURE: Sometimes "near treasure",
    DESCENDED: SometimesEach "descended",
    TREASURE_FOUND: Sometimes "treasure found",
    STAIRS_WITHOUT_KEY: Sometimes "stairs without key",
    SURVIVED: Sometimes "survived monster hit",
    ROOM_EXPLORED: SometimesEach "room explored",
    GOAL_ROOM: SometimesEach "goal room",
    LEVEL: Sometimes.greatest() "dungeon level reached",
    HEALTH: Sometimes.greatest() "health remaining",
    NOT_WON: Always "nobody finds the treasure",
    KEY_1: Sometimes "key found L1",
    KEY_2: Sometimes "key found L2",
    KEY_3: Sometimes "key found L3",
    KEY_4: Sometimes "key found L4",
    KEY_5: Sometimes "key found L5",
    KEY_6: Sometimes "key found L6",
    KEY_7: Sometimes "key found L7",
    KEY_8: Sometimes "key found L8",
    KEY_9: Sometimes "key found L9",
    KEY_10: Sometimes "key found L10",
    KEY_11: Sometimes "key found L11",
    KEY_12: Sometimes "key found L12",
    KEY_13: Sometimes "key found L13",
    KEY_14: Sometimes "key found L14",
    KEY_15: Sometimes "key found L15",
}

/// The sites that are not of keys, which come before them.
const OTHERS: usize = SITES.len() - (FLOORS - 1);
/// The most floors there can be: each but the last has a site for its key.
const FLOORS: usize = 16;

/// A walk at random through floors full of traps and monsters. Each floor but the last has a key,
/// which a player who stands on it takes with probability 0.03, and without which the stairs lead
/// nowhere. A timeline that finds the treasure on the last floor has a bug.
///
/// ```
/// use bootfork_explorer::{Explorer, worlds::Dungeon};
///
/// let explorer = Explorer::new(Dungeon::with_floors(2)).budget(20_000).stop_at_first_bug();
/// assert!(explorer.run().seeds[0].found);
/// ```
#[derive(Clone, Debug)]
pub struct Dungeon {
    /// The probability of taking the key in a step on its tile.
    pub p: f64,
    /// Steps of a timeline.
    pub steps: u32,
    /// Hit points in the beginning, and at most.
    pub health: i64,
    floors: usize,
    step: u32,
    floor: usize,
    plan: Option<Arc<Plan>>,
    player: Tile,
    hp: i64,
    has_key: bool,
    last_action: Option<usize>,
    potion: Option<Tile>,
    traps: Tiles<3>,
    enemies: Tiles<16>,
}

/// A few tiles, without a heap.
#[derive(Clone, Copy, Debug)]
struct Tiles<const N: usize> {
    tiles: [Tile; N],
    count: usize,
}

impl<const N: usize> Tiles<N> {
    const NONE: Self = Self { tiles: [Tile { x: 0, y: 0 }; N], count: 0 };

    fn new(tiles: &[Tile]) -> Self {
        let mut some = Self::NONE;
        some.count = tiles.len().min(N);
        some.tiles[..some.count].copy_from_slice(&tiles[..some.count]);
        some
    }

    fn remove(&mut self, tile: Tile) -> bool {
        let found = self.tiles[..self.count].iter().position(|&other| other == tile);
        if let Some(index) = found {
            self.tiles.copy_within(index + 1..self.count, index);
            self.count -= 1;
        }
        found.is_some()
    }
}

impl Default for Dungeon {
    fn default() -> Self {
        Self {
            p: 0.03,
            floors: 8,
            steps: 10_000,
            health: 5,
            step: 0,
            floor: 0,
            plan: None,
            player: Tile { x: 0, y: 0 },
            hp: 0,
            has_key: false,
            last_action: None,
            potion: None,
            traps: Tiles::NONE,
            enemies: Tiles::NONE,
        }
    }
}

/// What came of an action.
enum Happened {
    Nothing,
    Descended,
    Won,
    MissingKey,
    Damaged,
    Entered(u8),
    Died,
}

impl World for Dungeon {
    type Rng = ChaCha8;

    fn step(&mut self, ctx: &mut Context<ChaCha8>) -> Flow {
        let Some(plan) = self.plan.clone() else {
            self.hp = self.health;
            self.enter(1, ctx);
            return Flow::Continue;
        };
        self.step += 1;
        let (floor, had_key, hp) = (self.floor, self.has_key, self.hp);
        let fresh = usize::try_from(ctx.u64() % 10).unwrap_or_default();
        let repeat = ctx.f64() < 0.70;
        let action = self.last_action.filter(|_| repeat).unwrap_or(fresh);
        self.last_action = Some(action);
        let happened = self.act(action, &plan, ctx);
        self.mark(floor, had_key, hp, &happened, ctx);
        let over = matches!(happened, Happened::Won | Happened::Died) || self.step == self.steps;
        if over { Flow::End } else { Flow::Continue }
    }
}

impl Dungeon {
    /// A dungeon of so many floors, the last of which has the treasure; 8 by default.
    ///
    /// # Panics
    ///
    /// If there are not 1 to 16.
    pub fn with_floors(floors: usize) -> Self {
        assert!((1..=FLOORS).contains(&floors), "a dungeon has 1 to {FLOORS} floors, not {floors}");
        Self { floors, ..Self::default() }
    }

    /// The assertions of as many floors as these.
    pub(crate) fn sites(&self) -> &'static [&'static Site] {
        &SITES[..OTHERS + self.floors - 1]
    }

    fn enter(&mut self, floor: usize, ctx: &mut Context<ChaCha8>) {
        let (plan, inhabitants) = Plan::draw(floor, self.floors, ctx);
        self.floor = floor;
        self.player = inhabitants.player;
        self.potion = inhabitants.potion;
        self.traps = Tiles::new(&inhabitants.traps);
        self.enemies = Tiles::new(&inhabitants.enemies);
        self.has_key = false;
        self.plan = Some(Arc::new(plan));
    }

    fn act(&mut self, action: usize, plan: &Plan, ctx: &mut Context<ChaCha8>) -> Happened {
        let mut happened = Happened::Nothing;
        let at_exit = self.player == plan.exit;
        match action {
            8 if at_exit && self.floor < self.floors => {
                if !self.has_key {
                    return Happened::MissingKey;
                }
                self.enter(self.floor + 1, ctx);
                return Happened::Descended;
            }
            9 if at_exit && self.floor == self.floors => return Happened::Won,
            8 | 9 => {}
            direction => {
                happened = self.walk(direction, plan);
                if self.hp <= 0 {
                    return Happened::Died;
                }
            }
        }
        for enemy in &mut self.enemies.tiles[..self.enemies.count] {
            let direction = range(ctx, 0, 8);
            if direction < 8 {
                *enemy = plan.step(*enemy, direction);
            }
        }
        if self.enemies.tiles[..self.enemies.count].contains(&self.player) {
            self.hp -= range(ctx, 1, 2).cast_signed() as i64;
            return if self.hp <= 0 { Happened::Died } else { Happened::Damaged };
        }
        happened
    }

    fn walk(&mut self, direction: usize, plan: &Plan) -> Happened {
        let from = plan.room(self.player);
        self.player = plan.step(self.player, direction);
        if self.potion == Some(self.player) {
            self.potion = None;
            self.hp = (self.hp + 2).min(self.health);
        }
        if self.traps.remove(self.player) {
            self.hp -= 1;
        }
        let entered = plan.room(self.player).filter(|&room| from != Some(room));
        entered.map_or(Happened::Nothing, Happened::Entered)
    }

    /// The marks of a step. Floor, key and health are those before its action.
    fn mark(
        &mut self,
        floor: usize,
        had_key: bool,
        hp: i64,
        happened: &Happened,
        ctx: &mut Context<ChaCha8>,
    ) {
        let Some(plan) = self.plan.clone() else { return };
        let (level, now) = (floor.cast_signed() as i64, bucket(self.hp));
        if !had_key && plan.key == Some(self.player) {
            ON_KEY.evaluate(&[level], true, Some(&[bucket(hp)]));
            if ctx.f64() < self.p {
                self.has_key = true;
                SITES[OTHERS + floor - 1].evaluate(&[], true, None);
            }
        }
        let at_exit = plan.exit == self.player;
        if had_key && at_exit && floor < self.floors {
            STAIRS_WITH_KEY.evaluate(&[level], true, Some(&[bucket(hp)]));
        }
        if at_exit && floor == self.floors {
            NEAR_TREASURE.evaluate(&[], true, None);
        }
        match *happened {
            Happened::Descended => DESCENDED.evaluate(&[level + 1], true, Some(&[now])),
            Happened::Won => TREASURE_FOUND.evaluate(&[], true, None),
            Happened::MissingKey => STAIRS_WITHOUT_KEY.evaluate(&[], true, None),
            Happened::Damaged => SURVIVED.evaluate(&[], true, None),
            Happened::Entered(room) => {
                let quality = [i64::from(had_key), now];
                ROOM_EXPLORED.evaluate(&[level, i64::from(room)], true, Some(&quality));
                if room == plan.last_room {
                    GOAL_ROOM.evaluate(&[level], true, Some(&quality));
                }
            }
            Happened::Nothing | Happened::Died => {}
        }
        LEVEL.evaluate(&[], floor > 0, Some(&[level]));
        HEALTH.evaluate(&[], self.hp > 0, Some(&[self.hp]));
        NOT_WON.evaluate(&[], !matches!(happened, Happened::Won), None);
    }
}

/// The classes of health that are told apart.
fn bucket(hp: i64) -> i64 {
    match hp {
        ..=1 => 0,
        2 => 1,
        3..=4 => 2,
        _ => 3,
    }
}
