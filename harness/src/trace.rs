//! Spans for whoever traces, with the feature of that name; see the crate's documentation.

/// A span of a boot's life, from here to the end of the block.
macro_rules! span {
    ($name:literal, $boot:expr) => {
        #[cfg(feature = "tracing")]
        let _span = tracing::debug_span!(target: "bootfork", $name, boot = $boot).entered();
    };
}
pub(crate) use span;
