//! Sets `cfg(loom)` for this package, and for no other.

fn main() {
    println!("cargo:rustc-cfg=loom");
    println!("cargo:rerun-if-changed=build.rs");
}
