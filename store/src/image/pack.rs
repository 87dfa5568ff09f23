//! Images for transport, packed.

use std::io::{self, Read, Write};

use zstd::stream::read::Decoder;
use zstd::stream::write::Encoder;

use super::ImageError;
use super::layout::{Head, ROW};

/// The largest window that is unpacked, as a power of two: 8 MiB, which every decoder should take
/// and no level below 20 exceeds. The decoder allocates it on the word of the frame.
const WINDOW_LOG_MAX: u32 = 23;

/// An image as one frame of zstd (RFC 8878), with a checksum.
///
/// A frame is for transport alone: it has to be [unpacked](unpack) before it is opened, other
/// versions of zstd give other frames for one image, and the image is called what it was called.
/// O(bytes).
///
/// ```
/// use bootfork_store::Store;
/// use bootfork_store::image::{Image, ImageError, pack, unpack};
///
/// let store: Store = (0..1000).map(|n| (format!("ko{n}.refCount"), "1,1")).collect();
/// let bytes = Image::builder("example", 1).store("kv", &store).to_bytes()?;
/// let packed = pack(&bytes)?;
/// assert!(packed.len() < bytes.len());
/// let image = Image::from_bytes(&unpack(&packed, 1 << 20)?)?;
/// assert_eq!(image.store("kv")?, store);
/// # Ok::<(), ImageError>(())
/// ```
///
/// # Errors
///
/// What is wrong with head and table of the image; [`ImageError::Packed`] if zstd gets no memory.
pub fn pack(image: &[u8]) -> Result<Vec<u8>, ImageError> {
    Head::decode(image)?;
    let frame = || {
        let mut encoder = Encoder::new(Vec::new(), zstd::DEFAULT_COMPRESSION_LEVEL)?;
        encoder.include_checksum(true)?;
        encoder.set_pledged_src_size(Some(image.len() as u64))?;
        encoder.write_all(image)?;
        encoder.finish()
    };
    frame().map_err(packed)
}

/// The image in a frame of zstd, as long as it has no more than `limit` bytes. `zstd` itself makes
/// such frames, too, on all but its `--ultra` levels.
///
/// Head and table are checked against the identity; the parts are when the image is opened with
/// [`Trust::Full`](super::Trust::Full), as [`Image::from_bytes`](super::Image::from_bytes) does.
/// Whatever the frame, no more memory is taken than for an image of the length in its head, nor
/// for one above the limit. O(bytes).
///
/// See [`pack`] for an example.
///
/// # Errors
///
/// [`ImageError::Packed`], [`ImageError::OverLimit`], or what is wrong with head and table of the
/// image.
pub fn unpack(frame: &[u8], limit: u64) -> Result<Vec<u8>, ImageError> {
    let mut decoder = Decoder::with_buffer(frame).map_err(packed)?;
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(packed)?;
    let mut image = Vec::new();
    decoder.by_ref().take(ROW as u64).read_to_end(&mut image).map_err(packed)?;
    let stated = Head::stated_len(&image)?;
    if stated > limit {
        return Err(ImageError::OverLimit { stated, limit });
    }
    // One more than there should be, so that a longer one is seen and the end is reached.
    let rest = stated.saturating_sub(ROW as u64).saturating_add(1);
    decoder.take(rest).read_to_end(&mut image).map_err(packed)?;
    Head::decode(&image)?;
    Ok(image)
}

fn packed(source: io::Error) -> ImageError {
    ImageError::Packed { source }
}
