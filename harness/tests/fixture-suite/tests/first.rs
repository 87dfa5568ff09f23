//! The first ten tests.

mod common;

use common::WORLD;

#[bootfork::test(WORLD)]
fn one(world: &mut Vec<u8>) {
    common::spend(world, 1);
}

#[bootfork::test(WORLD)]
fn two(world: &mut Vec<u8>) {
    common::spend(world, 2);
}

#[bootfork::test(WORLD)]
fn three(world: &mut Vec<u8>) {
    common::spend(world, 3);
}

#[bootfork::test(WORLD)]
fn four(world: &mut Vec<u8>) {
    common::spend(world, 4);
}

#[bootfork::test(WORLD)]
fn five(world: &mut Vec<u8>) {
    common::spend(world, 5);
}

#[bootfork::test(WORLD)]
fn six(world: &mut Vec<u8>) {
    common::spend(world, 6);
}

#[bootfork::test(WORLD)]
fn seven(world: &mut Vec<u8>) {
    common::spend(world, 7);
}

#[bootfork::test(WORLD)]
fn eight(world: &mut Vec<u8>) {
    common::spend(world, 8);
}

#[bootfork::test(WORLD)]
fn nine(world: &mut Vec<u8>) {
    common::spend(world, 9);
}

#[bootfork::test(WORLD)]
fn ten(world: &mut Vec<u8>) {
    common::spend(world, 10);
}
