//! Sets `cfg(shuttle)` for this package, and for no other.

fn main() {
    println!("cargo:rustc-cfg=shuttle");
    println!("cargo:rerun-if-changed=build.rs");
}
