//! Blocks of memory, counted and frozen: the only unsafe code of this crate.
//!
//! Everything above this module is safe Rust on three types (and on entries that are still
//! [`Unread`], plain bytes): [`Block`], a counted allocation with a
//! fixed part and a run of items behind it; [`Memory`], a region in which many blocks lie that
//! nobody counts; and [`Child`], one machine word that stands for a block of one of three kinds,
//! counted or frozen.
//!
//! ```text
//! Block ──▶ ┌───────┬─────┬──────┬─────────────────────────┐
//!           │ count │ len │ info │ item 0 │ item 1 │ …     │ (one allocation)
//!           └───────┼─────┴──────┴─────────────────────────┤
//!                   │ body                                 │
//!  frozen ────────▶ └──────────────────────────────────────┘ (one of many in a region)
//! ```
//!
//! # Invariants
//!
//! - **R1** A handle (`Block`, or the word of a `Child`) stands for exactly one of `count`; the
//!   block lives while `count > 0` and whoever takes it to zero drops its contents and frees it.
//! - **R2** The first `len` items and `info` are initialised, from the moment a handle exists.
//! - **R3** The allocation has the layout that [`Block::layout`] gives for `len`. Lengths with the
//!   same layout may replace each other in place.
//! - **R4** Contents change only through `&mut` to a handle whose block has `count == 1`; a block
//!   with `count > 1` is immutable.
//! - **R5** A block is aligned to 8 bytes, so the low three bits of its address are zero. In the
//!   word of a `Child` two of them hold the kind, and the third says that it is frozen.
//! - **R6** A `Lent` block is given back (by its `Drop`) before its word is used again; it is never
//!   forgotten.
//! - **R7** The word of a frozen `Child` is the address of a body that a `Writer` wrote to a
//!   `Memory`, of that kind; so is every child of it. (A memory that was compared with what a
//!   writer would write is as good as written, and so is one that somebody vouches for.) Who keeps
//!   the word keeps the memory: the map holds both in one root, and takes words from one root to
//!   another only with the region (F1). Frozen memory never changes.
//! - **R8** All of a `Memory` is initialised words, and blocks in it begin at multiples of 8 bytes.
//!   Its lines live as long as their `Backing`, of which the memory holds a count, and do not
//!   change as long as nobody changes a file that is mapped.
//! - **R9** A `Spot`, or a `Hashed` with the place of one, goes to none but the writer that made it
//!   and the memory that this one finishes, or was compared with; one from an image, to the memory
//!   of that image and a `Comparer` on it, which trusts none.
//!
//! R1 to R5 and R8 are kept by this module whatever is done with it. The others ask something of
//! the code above, safe as it is: that nothing lent is forgotten (R6), that a root keeps its region
//! (R7), and that a region is written by one writer (R9).
//!
//! # Synchronization
//!
//! `count` follows the protocol of `std::sync::Arc` without weak references. Up is `Relaxed`: a new
//! handle is made from an existing one. Down is `Release`, and the one that reaches zero makes an
//! `Acquire` fence, so that every use of the block happens before it is freed. The test "owned
//! alone" is an `Acquire` load, so that every use by a former owner happens before a write in
//! place. Nobody can make a second handle after that test, since that takes a handle and ours is
//! borrowed mutably. A count that would overflow aborts the process.
#![allow(unsafe_code)]

mod backing;
mod block;
mod child;
mod memory;
mod pen;
mod tags;
mod twig;
mod unread;
mod view;
mod vouch;

pub(crate) use backing::Backing;
pub(crate) use block::{Block, Ref};
pub(crate) use child::{Child, ChildRef, Kind, LentView, OwnView};
pub(crate) use memory::{Hashed, LINE, LINE_WORDS, Line, Memory, Spot, UNIT, bytes_of};
pub(crate) use pen::{Comparer, Pen, Writer, can_span};
pub(crate) use tags::equal_bytes;
pub(crate) use twig::Twig;
pub(crate) use unread::Unread;
pub(crate) use view::{Children, Node, View};
pub use vouch::Vouch;
