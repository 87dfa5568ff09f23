//! Other ways to have entries back: what peers decode, from bytes in memory.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;

use rusqlite::Connection;

use crate::inputs::Entry;

/// Another way to keep entries.
pub struct Peer {
    /// What it does.
    pub name: &'static str,
    decode: Box<dyn Fn() -> Box<dyn Any>>,
}

impl Peer {
    /// Has the entries back from its bytes.
    ///
    /// # Panics
    /// Never: the bytes are its own.
    pub fn decode(&self) -> Box<dyn Any> {
        (self.decode)()
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Each of them, with these entries.
///
/// # Panics
/// If memory does not suffice for a database.
pub fn peers(mut entries: Vec<Entry>) -> [Peer; 3] {
    entries.sort();
    [postcard(&entries), sqlite(&entries), rkyv(&entries)]
}

fn postcard(entries: &Vec<Entry>) -> Peer {
    let bytes = postcard::to_allocvec(entries).expect("it has a form");
    let decode = move || -> Box<dyn Any> {
        let entries = postcard::from_bytes::<Vec<Entry>>(&bytes).expect("sound");
        Box::new(entries.into_iter().collect::<BTreeMap<_, _>>())
    };
    Peer { name: "postcard_decode", decode: Box::new(decode) }
}

/// What is checked may be used where it lies. Without the check it may too, by `unsafe` code.
fn rkyv(entries: &Vec<Entry>) -> Peer {
    let bytes = rkyv_bytes(entries);
    let decode = move || -> Box<dyn Any> {
        let entries = rkyv::access::<rkyv::Archived<Vec<Entry>>, rkyv::rancor::Error>(&bytes);
        Box::new(entries.expect("sound").len())
    };
    Peer { name: "rkyv_check", decode: Box::new(decode) }
}

/// The bytes that rkyv makes of entries.
///
/// # Panics
/// Never: they have a form.
pub fn rkyv_bytes(entries: &Vec<Entry>) -> rkyv::util::AlignedVec {
    rkyv::to_bytes::<rkyv::rancor::Error>(entries).expect("it has a form")
}

fn sqlite(entries: &[Entry]) -> Peer {
    let bytes = sqlite_image(entries);
    let decode = move || -> Box<dyn Any> {
        let mut database = Connection::open_in_memory().expect("SQLite works");
        database.deserialize_read_exact("main", &bytes[..], bytes.len(), false).expect("sound");
        Box::new(database)
    };
    Peer { name: "sqlite_deserialize", decode: Box::new(decode) }
}

fn sqlite_image(entries: &[Entry]) -> Vec<u8> {
    let mut database = Connection::open_in_memory().expect("SQLite works");
    database
        .execute_batch("create table kv (key blob primary key, value blob) without rowid")
        .expect("a table");
    let transaction = database.transaction().expect("the only one");
    {
        let mut insert = transaction.prepare("insert into kv values (?, ?)").expect("sound");
        for (key, value) in entries {
            insert.execute((key, value)).expect("a new key");
        }
    }
    transaction.commit().expect("in memory");
    database.serialize("main").expect("in memory").to_vec()
}
