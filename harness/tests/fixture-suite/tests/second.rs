//! The second ten tests.

mod common;

use common::WORLD;

#[bootfork::test(WORLD)]
fn one(world: &mut Vec<u8>) {
    common::spend(world, 11);
}

#[bootfork::test(WORLD)]
fn two(world: &mut Vec<u8>) {
    common::spend(world, 12);
}

#[bootfork::test(WORLD)]
fn three(world: &mut Vec<u8>) {
    common::spend(world, 13);
}

#[bootfork::test(WORLD)]
fn four(world: &mut Vec<u8>) {
    common::spend(world, 14);
}

#[bootfork::test(WORLD)]
fn five(world: &mut Vec<u8>) {
    common::spend(world, 15);
}

#[bootfork::test(WORLD)]
fn six(world: &mut Vec<u8>) {
    common::spend(world, 16);
}

#[bootfork::test(WORLD)]
fn seven(world: &mut Vec<u8>) {
    common::spend(world, 17);
}

#[bootfork::test(WORLD)]
fn eight(world: &mut Vec<u8>) {
    common::spend(world, 18);
}

#[bootfork::test(WORLD)]
fn nine(world: &mut Vec<u8>) {
    common::spend(world, 19);
}

#[bootfork::test(WORLD)]
fn ten(world: &mut Vec<u8>) {
    common::spend(world, 1);
}
