//! The floors: how one is drawn, and what lies on it.

use rand::RngExt;

use crate::context::Context;
use crate::worlds::ChaCha8;

pub(super) const WIDTH: usize = 35;
pub(super) const HEIGHT: usize = 20;
/// Tries to find a free tile for a trap or a monster.
const TRIES: usize = 100;

/// A tile, by column and row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tile {
    pub(super) x: usize,
    pub(super) y: usize,
}

/// N, NE, E, SE, S, SW, W, NW.
const DIRECTIONS: [(isize, isize); 8] =
    [(0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1)];

/// What of a floor never changes.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    carved: [[bool; WIDTH]; HEIGHT],
    rooms: [[Option<u8>; WIDTH]; HEIGHT],
    pub(super) last_room: u8,
    /// Where it goes on: stairs, or the treasure on the last floor.
    pub(super) exit: Tile,
    pub(super) key: Option<Tile>,
}

/// What lies and walks on a floor when it is entered.
pub(super) struct Inhabitants {
    pub(super) player: Tile,
    pub(super) potion: Option<Tile>,
    pub(super) traps: Vec<Tile>,
    pub(super) enemies: Vec<Tile>,
}

struct Room {
    x: usize,
    y: usize,
    w: usize,
    h: usize,
}

impl Room {
    fn centre(&self) -> Tile {
        Tile { x: self.x + self.w / 2, y: self.y + self.h / 2 }
    }
}

impl Plan {
    /// Draws a floor.
    pub(super) fn draw(
        floor: usize,
        floors: usize,
        ctx: &mut Context<ChaCha8>,
    ) -> (Self, Inhabitants) {
        let rooms = draw_rooms(ctx);
        let mut plan = Self::carve(&rooms);
        let mut potion = None;
        if floor < floors {
            let key = rooms[range(ctx, 1, rooms.len() - 2)].centre();
            let place = rooms[range(ctx, 1, rooms.len() - 2)].centre();
            plan.key = Some(key);
            potion = (place != key).then_some(place);
        }
        let player = rooms[0].centre();
        let free = |ctx: &mut Context<ChaCha8>, taken: &[Tile]| {
            (0..TRIES).find_map(|_| {
                let tile = Tile { x: range(ctx, 0, WIDTH - 1), y: range(ctx, 0, HEIGHT - 1) };
                let special = [Some(player), Some(plan.exit), plan.key, potion];
                let free = plan.is_floor(tile) && !special.contains(&Some(tile));
                (free && !taken.contains(&tile)).then_some(tile)
            })
        };
        let mut traps = Vec::new();
        for _ in 0..range(ctx, 2, 3) {
            traps.extend(free(ctx, &traps));
        }
        let count = range(ctx, 2 + floor / 2, 5 + floor / 2);
        let enemies = (0..count).filter_map(|_| free(ctx, &traps)).collect();
        (plan, Inhabitants { player, potion, traps, enemies })
    }

    fn carve(rooms: &[Room]) -> Self {
        let exit = rooms[rooms.len() - 1].centre();
        let mut plan = Self {
            carved: [[false; WIDTH]; HEIGHT],
            rooms: [[None; WIDTH]; HEIGHT],
            last_room: 0,
            exit,
            key: None,
        };
        for (id, room) in (0..).zip(rooms) {
            plan.last_room = id;
            for y in room.y..room.y + room.h {
                for x in room.x..room.x + room.w {
                    plan.carved[y][x] = true;
                    plan.rooms[y][x] = Some(id);
                }
            }
        }
        for pair in rooms.windows(2) {
            let (from, to) = (pair[0].centre(), pair[1].centre());
            for x in from.x.min(to.x)..=from.x.max(to.x) {
                plan.carved[from.y][x] = true;
            }
            for y in from.y.min(to.y)..=from.y.max(to.y) {
                plan.carved[y][to.x] = true;
            }
        }
        plan
    }

    pub(super) fn is_floor(&self, tile: Tile) -> bool {
        self.carved[tile.y][tile.x]
    }

    pub(super) fn room(&self, tile: Tile) -> Option<u8> {
        self.rooms[tile.y][tile.x]
    }

    /// The tile next to that one, or the same if a wall is there.
    pub(super) fn step(&self, tile: Tile, direction: usize) -> Tile {
        let (dx, dy) = DIRECTIONS[direction];
        let (x, y) = (tile.x.checked_add_signed(dx), tile.y.checked_add_signed(dy));
        let inside = x.zip(y).filter(|&(x, y)| x < WIDTH && y < HEIGHT);
        let next = inside.map(|(x, y)| Tile { x, y });
        next.filter(|&next| self.is_floor(next)).unwrap_or(tile)
    }
}

fn draw_rooms(ctx: &mut Context<ChaCha8>) -> Vec<Room> {
    let count = range(ctx, 4, 6);
    let mut rooms = Vec::with_capacity(count);
    for _ in 0..count {
        let (w, h) = (range(ctx, 3, 6), range(ctx, 3, 5));
        let (x, y) = (range(ctx, 1, WIDTH - w - 2), range(ctx, 1, HEIGHT - h - 2));
        rooms.push(Room { x, y, w, h });
    }
    rooms.sort_by_key(|room| room.centre().x);
    rooms
}

/// A number from `first` to `last`, as `rand` samples it: one draw.
pub(super) fn range(ctx: &mut Context<ChaCha8>, first: usize, last: usize) -> usize {
    ctx.draw().stream().random_range(first..=last)
}
