//! The second ten tests.

mod common;

#[test]
fn one() {
    common::spend(11);
}

#[test]
fn two() {
    common::spend(12);
}

#[test]
fn three() {
    common::spend(13);
}

#[test]
fn four() {
    common::spend(14);
}

#[test]
fn five() {
    common::spend(15);
}

#[test]
fn six() {
    common::spend(16);
}

#[test]
fn seven() {
    common::spend(17);
}

#[test]
fn eight() {
    common::spend(18);
}

#[test]
fn nine() {
    common::spend(19);
}

#[test]
fn ten() {
    common::spend(1);
}
