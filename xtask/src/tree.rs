//! The repository's own text files.

use std::fs;
use std::path::{Path, PathBuf};

/// A file, named from the root of the workspace with `/` between the parts.
#[derive(Debug)]
pub struct File {
    /// Its name, `store/src/lib.rs`.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl File {
    /// The text; bytes that are no UTF-8 are for [`crate::texts::check`] to complain of.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Whether the name ends in this extension.
    pub fn is(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }
}

/// The root of the workspace, one folder above this crate.
///
/// # Panics
/// If this crate has no folder above it.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").into()
}

/// Every text file below `root`, in order of name, without build output, version control and
/// recorded fixtures.
///
/// # Panics
/// If a folder or a file cannot be read.
pub fn files(root: &Path) -> Vec<File> {
    let mut found = Vec::new();
    walk(root, root, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<File>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|err| panic!("{}: {err}", folder.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|err| panic!("{}: {err}", folder.display())).path();
        if path.is_dir() && !is_foreign(&path) {
            walk(root, &path, found);
        } else if path.is_file() && is_text(&path) {
            let name = path.strip_prefix(root).expect("the walk stays below the root");
            let bytes = fs::read(&path).unwrap_or_else(|err| panic!("{}: {err}", path.display()));
            found.push(File { path: name.to_string_lossy().replace('\\', "/"), bytes });
        }
    }
}

fn is_foreign(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    matches!(&*name, ".git" | "target" | "fixtures" | "node_modules")
        || folder.join("CACHEDIR.TAG").exists()
}

fn is_text(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    matches!(&*extension, "rs" | "md" | "toml" | "lock" | "sh" | "js" | "txt" | "yml")
        || matches!(&*name, ".gitignore" | "run")
        || name.starts_with("LICENSE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_finds_this_very_file_and_no_build_output() {
        let files = files(&root());
        assert!(files.iter().any(|file| file.path == "xtask/src/tree.rs" && file.is("rs")));
        assert!(files.iter().any(|file| file.path == ".ci/run"));
        assert!(!files.iter().any(|file| file.path.starts_with("target/")));
    }
}
