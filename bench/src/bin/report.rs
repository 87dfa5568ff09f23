//! The store beside other maps: `cargo run --release -p bench --bin report`; `--help` has the rest.

#![allow(unsafe_code)] // Counting what is allocated takes an allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::process::ExitCode;

use bench::report::options::Options;
use bench::report::table::Tables;
use bench::report::{Live, row, run};
use clap::Parser;

fn main() -> ExitCode {
    let options = Options::parse();
    let figures = match run::run(&options.plan(), live, |step| eprintln!("{step}")) {
        Ok(figures) => figures,
        Err(wrong) => {
            eprintln!("{wrong}");
            return ExitCode::FAILURE;
        }
    };
    if options.json {
        for row in row::rows(&figures) {
            println!("{}", serde_json::to_string(&row).expect("a row is plain data"));
        }
    } else {
        print!("{}", Tables(&figures));
    }
    ExitCode::SUCCESS
}

/// The system's allocator, with count kept of what is allocated.
struct Counting;

thread_local! {
    // Per thread, so that threads that are timed together share nothing because of it.
    static LIVE: Cell<Live> = const { Cell::new(Live { blocks: 0, requests: 0 }) };
}

/// The bytes that this thread has allocated, less what it freed.
fn live() -> Live {
    LIVE.get()
}

/// The block that glibc's malloc makes of a request: eight bytes more, in steps of 16, from 32 on.
fn block(size: usize) -> isize {
    ((size + 8).next_multiple_of(16)).max(32).cast_signed()
}

#[inline]
fn allocated(size: usize) {
    let Live { blocks, requests } = LIVE.get();
    LIVE.set(Live { blocks: blocks + block(size), requests: requests + size.cast_signed() });
}

#[inline]
fn freed(size: usize) {
    let Live { blocks, requests } = LIVE.get();
    LIVE.set(Live { blocks: blocks - block(size), requests: requests - size.cast_signed() });
}

// SAFETY: passes every call on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocated(layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        allocated(layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        freed(layout.size());
        allocated(size);
        // SAFETY: as the caller promised.
        unsafe { System.realloc(at, layout, size) }
    }

    #[inline]
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        freed(layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;
