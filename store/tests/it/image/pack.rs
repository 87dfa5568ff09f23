//! Images come back from zstd as they were, or not at all.

use std::error::Error;
use std::io::{Read, Write};

use bootfork_store::image::{Image, ImageError, pack, unpack};
use zstd::stream::write::Encoder;

use super::craft::{Crafted, LENGTH};
use super::store;

const LIMIT: u64 = 1 << 20;

#[test]
fn an_image_comes_back_from_its_frame() {
    for entries in [0, 1, 5_000] {
        let bytes = Image::builder("test", 1).store("kv", &store(entries)).to_bytes();
        let bytes = bytes.expect("in memory");
        let packed = pack(&bytes).expect("an image");
        assert_eq!(pack(&bytes).expect("an image"), packed, "equal bytes of equal images");
        let back = unpack(&packed, bytes.len() as u64).expect("just packed");
        assert!(back == bytes);
        assert_eq!(zstd::decode_all(&packed[..]).expect("a standard frame"), bytes);
    }
    let foreign = zstd::encode_all(&Crafted::new().0[..], 19).expect("in memory");
    assert!(unpack(&foreign, LIMIT).expect("a standard frame") == Crafted::new().0);
    assert!(matches!(pack(b"something else"), Err(ImageError::NotAnImage)));
}

#[test]
fn frames_cut_short_or_turned_are_refused() {
    let image = Crafted::new().0;
    let packed = pack(&image).expect("an image");
    for len in 0..packed.len() {
        assert!(unpack(&packed[..len], LIMIT).is_err(), "cut to {len}");
    }
    for bit in 0..packed.len() * 8 {
        let mut turned = packed.clone();
        turned[bit / 8] ^= 1 << (bit % 8);
        // There is one bit in a frame that means nothing.
        let back = unpack(&turned, LIMIT);
        assert!(back.is_err() || back.is_ok_and(|back| back == image), "bit {bit}");
    }
    let appended = [&packed[..], b"more"].concat();
    let error = unpack(&appended, LIMIT).expect_err("there is more behind it");
    assert!(matches!(error, ImageError::Packed { .. }));
    assert!(error.source().is_some(), "what the frame has against it");
}

/// A frame of an image's first bytes and a lot of zeros.
fn bomb(start: &[u8], window_log: u32) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new(), 1).expect("in memory");
    encoder.window_log(window_log).expect("a window");
    encoder.write_all(start).expect("in memory");
    std::io::copy(&mut std::io::repeat(0).take(64 << 20), &mut encoder).expect("in memory");
    encoder.finish().expect("in memory")
}

#[test]
fn no_more_is_unpacked_than_head_and_caller_allow() {
    let sound = Crafted::new();
    let len = sound.0.len() as u64;
    let longer = unpack(&bomb(&sound.0, 20), LIMIT).unwrap_err();
    let one_more = ImageError::Length { stated: Some(len), found: len + 1 };
    assert_eq!(longer.to_string(), one_more.to_string(), "and not a byte more was unpacked");

    let over = unpack(&pack(&sound.0).expect("an image"), len - 1);
    let Err(ImageError::OverLimit { stated, limit }) = over else { panic!("{over:?}") };
    assert_eq!((stated, limit), (len, len - 1));

    let mut lying = sound.clone();
    for stated in [64 << 20, u64::MAX] {
        lying.set_long(LENGTH, stated);
        lying.seal();
        let refused = unpack(&bomb(&lying.0, 20), LIMIT);
        assert!(matches!(refused, Err(ImageError::OverLimit { .. })), "{stated}: {refused:?}");
    }
    for stated in [0, 127, LIMIT, u64::MAX] {
        lying.set_long(LENGTH, stated);
        lying.seal();
        let frame = zstd::encode_all(&lying.0[..], 1).expect("in memory");
        let refused = unpack(&frame, u64::MAX);
        assert!(matches!(refused, Err(ImageError::Length { .. })), "{stated}: {refused:?}");
    }

    let wide = unpack(&bomb(&sound.0, 24), LIMIT);
    assert!(matches!(wide, Err(ImageError::Packed { .. })), "{wide:?}");
}
