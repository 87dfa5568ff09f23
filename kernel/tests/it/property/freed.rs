//! The one thing that an undone delivery leaves behind in the table, by a model of its own.
//!
//! The set of krefs to be looked at when the crank ends is in memory, and no rollback clears it
//! (KERNEL.md section 5). So an object whose count an undone syscall brought to zero, or which one
//! made an orphan, is looked at with the counts that it has again (section 8). As a rule it is
//! reachable and let be. But if nobody reached it before the delivery either, the retireImports,
//! retireExports or abandonExports that was undone has the kernel tell its exporter once more,
//! or, when that one is dead and not yet cleaned up, delete it before its time.

use std::collections::BTreeSet;

use bootfork_kernel::Write;
use bootfork_store::Store;

/// The objects that these writes brought to zero or made orphans, as texts.
pub(super) fn freed(writes: &[Write]) -> BTreeSet<String> {
    let mut freed = BTreeSet::new();
    for (at, write) in writes.iter().enumerate() {
        let object = match write {
            Write::Set(key, value) if value.starts_with("0,") || value.ends_with(",0") => {
                key.strip_suffix(".refCount")
            }
            // Without its counts: an object that is deleted is not to be looked at.
            Write::Delete(key) => key.strip_suffix(".owner").filter(|object| {
                let counts = Write::Delete(format!("{object}.refCount"));
                writes.get(at + 1) != Some(&counts)
            }),
            Write::Set(..) => None,
        };
        freed.extend(object.filter(|object| object.starts_with("ko")).map(str::to_owned));
    }
    freed
}

/// What the end of a crank does about these objects (section 8, "Processing").
pub(super) fn look_at(kv: &mut Store, objects: &BTreeSet<String>, dead: &BTreeSet<String>) {
    let mut actions: BTreeSet<String> = list(kv, "gcActions").into_iter().collect();
    for object in objects {
        let Some(count) = text(kv, &format!("{object}.refCount")) else { continue };
        if !count.starts_with("0,") {
            continue;
        }
        if let Some(owner) = text(kv, &format!("{object}.owner")) {
            let key = format!("{owner}.c.{object}");
            let entry = text(kv, &key).expect("the exporter's entry");
            if !dead.contains(&owner) {
                if entry.starts_with('R') {
                    actions.insert(format!("{owner} dropExport {object}"));
                }
                if count == "0,0" {
                    actions.insert(format!("{owner} retireExport {object}"));
                }
                continue;
            }
            kv.remove(key);
            kv.remove(format!("{owner}.c.{}", &entry[2..]));
        }
        for vat in living(kv).iter().filter(|_| count != "0,0") {
            let entry = text(kv, &format!("{vat}.c.{object}"));
            if entry.is_some_and(|entry| entry[2..].starts_with("o-")) {
                actions.insert(format!("{vat} retireImport {object}"));
            }
        }
        kv.remove(format!("{object}.owner"));
        kv.remove(format!("{object}.refCount"));
    }
    kv.set("gcActions", serde_json::to_string(&actions).expect("a list"));
}

/// The vats that the table lists as dead.
pub(super) fn dead(kv: &Store) -> BTreeSet<String> {
    list(kv, "vats.terminated").into_iter().collect()
}

fn living(kv: &Store) -> Vec<String> {
    let names = kv.prefix("vat.name.").map(|(_, vat)| String::from_utf8_lossy(vat).into_owned());
    names.chain(list(kv, "vat.dynamicIDs")).collect()
}

fn list(kv: &Store, key: &str) -> Vec<String> {
    serde_json::from_slice(kv.get(key).unwrap_or(b"[]")).expect("a list")
}

fn text(kv: &Store, key: &str) -> Option<String> {
    kv.get(key).map(|value| String::from_utf8_lossy(value).into_owned())
}
