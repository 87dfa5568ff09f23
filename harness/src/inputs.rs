//! What a booted state depends on.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cache::{Cache, binary};

/// Something that a boot depends on: when it changes, the state is booted anew.
///
/// A boot that declares no inputs depends on the test binary, which every change of code changes.
/// One that declares some depends on these alone, and its states are found again in another
/// checkout and by other test binaries; [`Input::binary`] may be one of them.
///
/// ```
/// use bootfork::{Boot, Input};
///
/// static WORLD: Boot<Vec<u8>> = Boot::new("world", || Ok(vec![1, 2, 3])).cached().inputs(&[
///     Input::file("Cargo.toml"),
///     Input::folder("src"),
///     Input::variable("WORKER_TYPE"),
///     Input::value("schema", "3"),
///     Input::computed("greeting", || "hello".to_owned()),
/// ]);
/// assert_eq!(WORLD.fork()?, [1, 2, 3]);
/// # Ok::<(), bootfork::BootError>(())
/// ```
///
/// Paths are relative to the package's folder. An absolute one would name another input in each
/// checkout, and does not compile:
///
/// ```compile_fail
/// static WORLD: bootfork::Boot<Vec<u8>> = bootfork::Boot::new("world", || Ok(vec![]))
///     .cached()
///     .inputs(&[bootfork::Input::file("/etc/world.toml")]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Input(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Binary,
    File(&'static str),
    OptionalFile(&'static str),
    Folder(&'static str),
    Variable(&'static str),
    Value(&'static str, &'static str),
    Computed(&'static str, fn() -> String),
}

impl Input {
    /// The content of the test binary.
    pub const fn binary() -> Self {
        Self(Kind::Binary)
    }

    /// The content of a file. A boot fails if it is not there, since a misspelt name would never
    /// change.
    ///
    /// # Panics
    /// If the path is absolute; in a static, that is a compile error.
    pub const fn file(path: &'static str) -> Self {
        assert_relative(path);
        Self(Kind::File(path))
    }

    /// The content of a file, or that it is not there.
    ///
    /// # Panics
    /// If the path is absolute; in a static, that is a compile error.
    pub const fn optional_file(path: &'static str) -> Self {
        assert_relative(path);
        Self(Kind::OptionalFile(path))
    }

    /// The names and contents of all files in a folder and in the folders in it. A boot fails if
    /// the folder is not there.
    ///
    /// # Panics
    /// If the path is absolute; in a static, that is a compile error.
    pub const fn folder(path: &'static str) -> Self {
        assert_relative(path);
        Self(Kind::Folder(path))
    }

    /// The value of an environment variable. It is kept in the cache as readable text.
    pub const fn variable(name: &'static str) -> Self {
        Self(Kind::Variable(name))
    }

    /// A value by name, such as the version of a schema.
    pub const fn value(name: &'static str, value: &'static str) -> Self {
        Self(Kind::Value(name, value))
    }

    /// A value that is computed, such as a setting out of a file.
    pub const fn computed(name: &'static str, value: fn() -> String) -> Self {
        Self(Kind::Computed(name, value))
    }

    /// The input as it is now.
    pub(crate) fn observe(self, cache: &Cache) -> io::Result<Fact> {
        let (name, value) = match self.0 {
            Kind::Binary => ("test binary".to_owned(), binary::content(cache)?),
            Kind::File(path) => {
                let bytes = fs::read(package_folder().join(path));
                let bytes = bytes.map_err(|error| unreadable(path, &error, OPTIONAL))?;
                (format!("file {path}"), blake3::hash(&bytes).to_string())
            }
            Kind::OptionalFile(path) => {
                let value = match fs::read(package_folder().join(path)) {
                    Ok(bytes) => blake3::hash(&bytes).to_string(),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => "missing".to_owned(),
                    Err(error) => return Err(unreadable(path, &error, "")),
                };
                (format!("file {path}"), value)
            }
            Kind::Folder(path) => {
                let value = hash_folder(&package_folder().join(path));
                let value = value.map_err(|error| unreadable(path, &error, ""))?;
                (format!("folder {path}"), value)
            }
            Kind::Variable(name) => {
                let value = std::env::var_os(name);
                let value = value
                    .map_or("unset".to_owned(), |value| format!("{:?}", value.to_string_lossy()));
                (format!("variable {name}"), value)
            }
            Kind::Value(name, value) => (name.to_owned(), value.to_owned()),
            Kind::Computed(name, value) => (name.to_owned(), value()),
        };
        Ok(Fact { name, value })
    }
}

/// What else may be meant by a file that is not there.
const OPTIONAL: &str = ", or declare it as `Input::optional_file` if it need not be there";

/// An input that is not to be had, with where it was looked for and what to do.
fn unreadable(path: &str, error: &io::Error, otherwise: &str) -> io::Error {
    let folder = package_folder();
    let folder = if folder.as_os_str().is_empty() { "the working folder".into() } else { folder };
    let text = format!(
        "input {path:?} cannot be read in {}: {error}: correct its path, which begins at the \
         package's folder{otherwise}",
        folder.display()
    );
    io::Error::new(error.kind(), text)
}

const fn assert_relative(path: &str) {
    let path = path.as_bytes();
    assert!(!path.is_empty(), "an input needs a path");
    let drive = path.len() > 1 && path[1] == b':';
    assert!(
        path[0] != b'/' && path[0] != b'\\' && !drive,
        "the path of an input is relative to the package, so that every checkout names it alike"
    );
}

/// Where relative paths begin: Cargo and nextest both say so, and both start tests there.
fn package_folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default()
}

/// Names count relative to the folder, so that it may lie anywhere.
fn hash_folder(root: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    walk(root, &mut files)?;
    files.sort();
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        update(&mut hasher, name.as_bytes());
        update(&mut hasher, &fs::read(&file)?);
    }
    Ok(hasher.finalize().to_string())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Hashes a text with its length, so that no two lists of texts look alike.
fn update(hasher: &mut blake3::Hasher, text: &[u8]) {
    hasher.update(&(text.len() as u64).to_le_bytes());
    hasher.update(text);
}

/// One input and what it was: a value, or the BLAKE3 of a content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The input's name, such as `file config.json`.
    pub name: String,
    /// What it was.
    pub value: String,
}

/// All that a state depends on, as it was at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fingerprint(pub(crate) Vec<Fact>);

impl Fingerprint {
    pub(crate) fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        if !self.0.iter().any(|fact| fact.name == name && fact.value == value) {
            self.0.push(Fact { name, value });
        }
    }

    pub(crate) fn observe(&mut self, inputs: &[Input], cache: &Cache) -> io::Result<()> {
        for input in inputs {
            let Fact { name, value } = input.observe(cache)?;
            self.add(name, value);
        }
        Ok(())
    }

    /// The name of the entry that these facts lead to.
    pub(crate) fn key(&self) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("bootfork cache key 1");
        for Fact { name, value } in &self.0 {
            update(&mut hasher, name.as_bytes());
            update(&mut hasher, value.as_bytes());
        }
        hasher.finalize().to_string()
    }

    /// What is different in `self`, next to `before`.
    pub(crate) fn changes(&self, before: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        for (index, Fact { name, value }) in self.0.iter().enumerate() {
            match before.counterpart(self, index) {
                None => changes.push(format!("{name} is a new input")),
                Some(old) if old.value != *value => {
                    let (old, new) = (brief(&old.value), brief(value));
                    changes.push(format!("{name} changed: {old} → {new}"));
                }
                Some(_) => {}
            }
        }
        let gone = (0..before.0.len()).filter(|index| self.counterpart(before, *index).is_none());
        changes.extend(gone.map(|index| format!("{} is no longer an input", before.0[index].name)));
        changes
    }

    /// The fact here that is to the other's at this index: several may have one name.
    fn counterpart(&self, other: &Self, index: usize) -> Option<&Fact> {
        let name = &other.0[index].name;
        let nth = other.0[..index].iter().filter(|fact| fact.name == *name).count();
        self.0.iter().filter(|fact| fact.name == *name).nth(nth)
    }

    /// Whether both are of a boot that is declared in one place, with the same parameter.
    pub(crate) fn is_of_same_boot(&self, other: &Self) -> bool {
        let identity = |facts: &Self| -> Vec<Fact> {
            let names = [PLACE, PARAMETER];
            let is_part = |fact: &&Fact| names.iter().any(|name| fact.name.starts_with(name));
            facts.0.iter().filter(is_part).cloned().collect()
        };
        identity(self) == identity(other)
    }
}

/// How the names of facts begin that tell where a boot is declared, and with what parameter.
pub(crate) const PLACE: &str = "boot ";
pub(crate) const PARAMETER: &str = "parameter of ";

/// A value in a message: hashes are cut, and long texts.
fn brief(value: &str) -> String {
    const WIDTH: usize = 60;
    let is_hash = value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let width = if is_hash { 12 } else { WIDTH };
    match value.char_indices().nth(width) {
        Some((end, _)) if is_hash => value[..end].to_owned(),
        Some((end, _)) => format!("{}… ({} characters)", &value[..end], value.chars().count()),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(pairs: &[(&str, &str)]) -> Fingerprint {
        let mut facts = Fingerprint::default();
        for (name, value) in pairs {
            facts.add(*name, *value);
        }
        facts
    }

    #[test]
    fn a_change_is_named_with_both_values() {
        let (a, b) = (facts(&[("x", "1"), ("config", "a")]), facts(&[("x", "1"), ("config", "b")]));
        assert_eq!(b.changes(&a), ["config changed: a → b"]);
        assert_eq!(a.changes(&a), [""; 0]);
        let other = facts(&[("x", "1"), ("schema", "2")]);
        assert_eq!(other.changes(&a), ["schema is a new input", "config is no longer an input"]);
    }

    #[test]
    fn what_is_not_there_is_no_input_unless_that_is_meant() {
        let observe = |input: Input| input.observe(&Cache::at("")).map(|fact| fact.value);
        let told = observe(Input::file("no/such.toml")).expect_err("a mistake").to_string();
        assert!(told.contains(r#"input "no/such.toml" cannot be read in "#), "{told}");
        assert!(told.ends_with("`Input::optional_file` if it need not be there"), "{told}");
        let told = observe(Input::folder("no")).expect_err("a mistake").to_string();
        assert!(told.contains("correct its path"), "{told}");
        assert_eq!(observe(Input::optional_file("no/such.toml")).expect("a value"), "missing");
        let there = [Input::file, Input::optional_file].map(|input| observe(input("Cargo.toml")));
        let [required, optional] = there.map(|value| value.expect("it is there"));
        assert_eq!(required, optional);
    }

    #[test]
    fn inputs_of_one_name_are_compared_one_by_one() {
        let (a, b) = (facts(&[("x", "1"), ("x", "2")]), facts(&[("x", "1"), ("x", "3")]));
        assert_eq!(b.changes(&a), ["x changed: 2 → 3"]);
        assert_eq!(facts(&[("x", "1")]).changes(&a), ["x is no longer an input"]);
        assert_eq!(a.changes(&facts(&[("x", "1")])), ["x is a new input"]);
    }

    #[test]
    fn long_values_that_differ_at_their_end_are_a_change() {
        let (a, b) = (format!("{}a", "x".repeat(99)), format!("{}b", "x".repeat(99)));
        let changes = facts(&[("text", &b)]).changes(&facts(&[("text", &a)]));
        assert_eq!(changes.len(), 1, "{changes:?}");
    }

    #[test]
    fn facts_that_join_to_one_text_have_keys_of_their_own() {
        assert_ne!(facts(&[("ab", "c")]).key(), facts(&[("a", "bc")]).key());
        assert_ne!(facts(&[("a", "1"), ("b", "2")]).key(), facts(&[("a", "1")]).key());
    }
}
