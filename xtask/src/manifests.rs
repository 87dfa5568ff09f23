//! Rules for manifests: the direction of dependencies, ours and others'.

use crate::Complaints;
use toml::{Table, Value};

/// The workspace's packages, each with those it may depend on, in whatever section of its
/// manifest. Arrows run one way: a package names only packages above it.
pub const ARROWS: [(&str, &[&str]); 14] = [
    (STORE, &[]),
    (KERNEL, &[STORE]),
    (LEDGER, &[KERNEL, STORE]),
    (CONFORM, &[KERNEL, STORE]),
    (EXPLORER, &[]),
    (MACROS, &[]),
    (HARNESS, &[MACROS, EXPLORER, LEDGER, KERNEL, STORE]),
    (CLI, &[HARNESS, EXPLORER, LEDGER, CONFORM, KERNEL, STORE]),
    ("bench", &[CLI, HARNESS, EXPLORER, LEDGER, CONFORM, KERNEL, STORE]),
    ("loom-store", &[]),
    ("loom-kernel", &["loom-store"]),
    ("loom-harness", &["loom-kernel", "loom-store"]),
    ("shuttle-store", &[]),
    ("xtask", &[]),
];
const STORE: &str = "bootfork-store";
const KERNEL: &str = "bootfork-kernel";
const LEDGER: &str = "bootfork-ledger";
const CONFORM: &str = "bootfork-conform";
const EXPLORER: &str = "bootfork-explorer";
const MACROS: &str = "bootfork-macros";
const HARNESS: &str = "bootfork";
const CLI: &str = "bootfork-cli";

/// Dependencies of our own that a crate has only behind a feature.
const OPTIONAL: [(&str, &str); 3] = [(HARNESS, KERNEL), (HARNESS, LEDGER), (HARNESS, EXPLORER)];
/// Packages that nobody depends on from outside: they may pull in what they measure or test.
const NOT_SHIPPED: [&str; 6] =
    ["bench", "loom-store", "loom-kernel", "loom-harness", "shuttle-store", "xtask"];
/// Rivals and their cost stay out of what is shipped.
const RIVALS: [&str; 4] = ["im", "imbl", "immutable-chunkmap", "rpds"];

/// One member of the workspace.
#[derive(Debug)]
pub struct Manifest {
    /// Its folder, `loom-tests/store`.
    pub folder: String,
    /// The name of its package.
    pub package: String,
    table: Table,
}

/// One line of a dependency section.
#[derive(Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The package, whatever name it goes by in the crate.
    pub package: String,
    /// Whether it is for tests, examples and benches only.
    pub dev: bool,
    /// Whether it stands behind a feature.
    pub optional: bool,
}

/// The manifest at the root of the workspace.
#[derive(Debug)]
pub struct Workspace {
    table: Table,
}

impl Workspace {
    /// Reads the root manifest.
    ///
    /// # Errors
    /// If the text is no TOML.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        Ok(Self { table: text.parse()? })
    }

    /// The folders of the members, as listed.
    pub fn members(&self) -> Vec<String> {
        let members = self.at(&["workspace", "members"]).and_then(Value::as_array);
        members.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The one version of all packages.
    pub fn version(&self) -> Option<&str> {
        self.at(&["workspace", "package", "version"])?.as_str()
    }

    fn at(&self, path: &[&str]) -> Option<&Value> {
        at(&self.table, path)
    }
}

impl Manifest {
    /// Reads the manifest of the member in `folder`.
    ///
    /// # Errors
    /// If the text is no TOML.
    pub fn parse(folder: &str, text: &str) -> Result<Self, toml::de::Error> {
        let table: Table = text.parse()?;
        let name = at(&table, &["package", "name"]).and_then(Value::as_str).unwrap_or_default();
        Ok(Self { folder: folder.to_owned(), package: name.to_owned(), table })
    }

    /// Everything it depends on, for any target and any purpose.
    pub fn dependencies(&self, workspace: &Workspace) -> Vec<Dependency> {
        let targets = self.table.get("target").and_then(Value::as_table);
        let targets = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
        let mut dependencies = Vec::new();
        for table in std::iter::once(&self.table).chain(targets) {
            for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
                let entries = table.get(section).and_then(Value::as_table);
                for (name, value) in entries.into_iter().flatten() {
                    dependencies.push(Dependency {
                        package: package_name(name, value, workspace),
                        dev: section == "dev-dependencies",
                        optional: flag(value, "optional"),
                    });
                }
            }
        }
        dependencies
    }
}

/// The name of the package behind a dependency, through renames here or in the workspace.
fn package_name(name: &str, value: &Value, workspace: &Workspace) -> String {
    let shared = flag(value, "workspace")
        .then(|| workspace.at(&["workspace", "dependencies", name]))
        .flatten();
    let renamed = |value: &Value| value.get("package").and_then(Value::as_str).map(str::to_owned);
    renamed(value).or_else(|| shared.and_then(renamed)).unwrap_or_else(|| name.to_owned())
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

fn at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, key| value.get(*key))
}

/// The packages are those of [`ARROWS`], neither more nor fewer.
pub fn check_known(manifests: &[Manifest]) -> Complaints {
    let known = |manifest: &&Manifest| ARROWS.iter().any(|(name, _)| *name == manifest.package);
    let unknown = manifests.iter().filter(|manifest| !known(manifest)).map(|manifest| {
        format!("{}: package `{}` is not in the table of arrows", manifest.folder, manifest.package)
    });
    let gone = ARROWS.iter().filter(|(name, _)| !manifests.iter().any(|m| m.package == *name));
    let gone = gone.map(|(name, _)| format!("table of arrows: no package `{name}`"));
    unknown.chain(gone).collect()
}

/// The crate depends on no crate of ours but those that [`ARROWS`] allows it.
pub fn check_arrows(manifest: &Manifest, workspace: &Workspace) -> Complaints {
    let row = ARROWS.iter().find(|(name, _)| *name == manifest.package);
    let allowed = row.map_or(&[][..], |(_, allowed)| allowed);
    let mut complaints = Vec::new();
    for dependency in manifest.dependencies(workspace) {
        let (from, to) = (manifest.package.as_str(), dependency.package.as_str());
        if ARROWS.iter().any(|(name, _)| *name == to) && !allowed.contains(&to) {
            complaints.push(format!("{}: must not depend on {to}", manifest.folder));
        }
        if OPTIONAL.contains(&(from, to)) && !dependency.dev && !dependency.optional {
            complaints.push(format!("{}: {to} must be optional", manifest.folder));
        }
    }
    complaints
}

/// criterion is for `bench`, and no shipped crate needs another's persistent map to run.
pub fn check_foreign(manifest: &Manifest, workspace: &Workspace) -> Complaints {
    let shipped = !NOT_SHIPPED.contains(&manifest.package.as_str());
    let mut complaints = Vec::new();
    for Dependency { package, dev, .. } in manifest.dependencies(workspace) {
        if package == "criterion" && manifest.package != "bench" {
            complaints.push(format!("{}: criterion is for bench", manifest.folder));
        }
        if shipped && !dev && RIVALS.contains(&package.as_str()) {
            complaints.push(format!("{}: {package} in a shipped crate", manifest.folder));
        }
    }
    complaints
}

/// The crate takes lints, version, edition and licence from the workspace.
pub fn check_inherits(manifest: &Manifest) -> Complaints {
    let inherited =
        |path: &[&str]| at(&manifest.table, path).and_then(Value::as_bool) == Some(true);
    let mut complaints = Vec::new();
    if !inherited(&["lints", "workspace"]) {
        complaints.push(format!("{}: lints are not the workspace's", manifest.folder));
    }
    for key in ["version", "edition", "rust-version", "license"] {
        if !inherited(&["package", key, "workspace"]) {
            complaints.push(format!("{}: {key} is not the workspace's", manifest.folder));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        let text = "[workspace]\nmembers = ['store', 'bench']\n\
            [workspace.package]\nversion = '0.1.0'\n\
            [workspace.dependencies]\nbootfork-kernel = { path = 'kernel' }\n\
            map = { version = '1', package = 'imbl' }\n";
        Workspace::parse(text).expect("a sound sample")
    }

    fn manifest(package: &str, rest: &str) -> Manifest {
        let text = format!("[package]\nname = '{package}'\n{rest}");
        Manifest::parse("here", &text).expect("a sound sample")
    }

    fn arrows(package: &str, rest: &str) -> Complaints {
        check_arrows(&manifest(package, rest), &workspace())
    }

    fn foreign(package: &str, rest: &str) -> Complaints {
        check_foreign(&manifest(package, rest), &workspace())
    }

    #[test]
    fn the_table_itself_has_no_cycle() {
        let mut above: Vec<&str> = Vec::new();
        for (package, allowed) in ARROWS {
            assert!(allowed.iter().all(|name| above.contains(name)), "{package}");
            above.push(package);
        }
    }

    #[test]
    fn the_root_manifest_is_read() {
        assert_eq!(workspace().members(), ["store", "bench"]);
        assert_eq!(workspace().version(), Some("0.1.0"));
    }

    #[test]
    fn unknown_and_vanished_packages_are_complained_of() {
        let known = ARROWS.map(|(name, _)| manifest(name, ""));
        assert_eq!(check_known(&known), [""; 0]);
        assert_eq!(check_known(&known[1..]), ["table of arrows: no package `bootfork-store`"]);
        let mut more = Vec::from(known);
        more.push(manifest("bootfork-extra", ""));
        let expected = ["here: package `bootfork-extra` is not in the table of arrows"];
        assert_eq!(check_known(&more), expected);
    }

    #[test]
    fn an_arrow_against_the_direction_is_complained_of() {
        let upwards = "[dependencies]\nbootfork-kernel.workspace = true\n";
        assert_eq!(arrows("bootfork-store", upwards), ["here: must not depend on bootfork-kernel"]);
        assert_eq!(arrows("bootfork-ledger", upwards), [""; 0]);
    }

    #[test]
    fn no_section_and_no_other_name_hides_an_arrow() {
        for section in [
            "dev-dependencies",
            "build-dependencies",
            "target.'cfg(unix)'.dependencies",
            "target.'cfg(unix)'.dev-dependencies",
        ] {
            let upwards =
                format!("[{section}]\nk = {{ path = '..', package = 'bootfork-kernel' }}\n");
            assert_eq!(arrows("bootfork-store", &upwards).len(), 1, "{section}");
        }
    }

    #[test]
    fn the_harness_has_the_kernel_behind_a_feature() {
        let always = "[dependencies]\nbootfork-kernel.workspace = true\n";
        let optional = "[dependencies]\nbootfork-kernel = { workspace = true, optional = true }\n";
        assert_eq!(arrows("bootfork", always), ["here: bootfork-kernel must be optional"]);
        assert_eq!(arrows("bootfork", optional), [""; 0]);
    }

    #[test]
    fn criterion_and_rivals_are_complained_of() {
        let criterion = "[dev-dependencies]\ncriterion = '0.8'\n";
        assert_eq!(foreign("bootfork-store", criterion), ["here: criterion is for bench"]);
        assert_eq!(foreign("bench", criterion), [""; 0]);
        let rival = "[dependencies]\nmap.workspace = true\nrpds = '1'\nim = '1'\n";
        assert_eq!(foreign("bootfork-store", rival).len(), 3);
        assert_eq!(foreign("bench", rival), [""; 0]);
        assert_eq!(foreign("bootfork-store", "[dev-dependencies]\nim = '1'\n"), [""; 0]);
    }

    #[test]
    fn a_manifest_of_its_own_mind_is_complained_of() {
        assert_eq!(check_inherits(&manifest("a", "version = '0.2.0'\n")).len(), 5);
        let inherits = "version.workspace = true\nedition.workspace = true\n\
            rust-version.workspace = true\nlicense.workspace = true\n[lints]\nworkspace = true\n";
        assert_eq!(check_inherits(&manifest("a", inherits)), [""; 0]);
    }
}
