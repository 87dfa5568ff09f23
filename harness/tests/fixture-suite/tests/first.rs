//! The first ten tests.

mod common;

#[test]
fn one() {
    common::spend(1);
}

#[test]
fn two() {
    common::spend(2);
}

#[test]
fn three() {
    common::spend(3);
}

#[test]
fn four() {
    common::spend(4);
}

#[test]
fn five() {
    common::spend(5);
}

#[test]
fn six() {
    common::spend(6);
}

#[test]
fn seven() {
    common::spend(7);
}

#[test]
fn eight() {
    common::spend(8);
}

#[test]
fn nine() {
    common::spend(9);
}

#[test]
fn ten() {
    common::spend(10);
}
