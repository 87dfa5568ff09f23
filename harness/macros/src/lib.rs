//! The attribute `#[bootfork::test]`; its documentation is where the harness re-exports it.

#![forbid(unsafe_code)]

mod expand;

use proc_macro::TokenStream;

/// A test that starts from a fork of each of the boots named.
///
/// ```text
/// #[bootfork::test(WORLD)]
/// fn nobody_is_poor(world: &mut World) {}
/// ```
#[proc_macro_attribute]
pub fn test(boots: TokenStream, function: TokenStream) -> TokenStream {
    expand::test(boots.into(), function.into())
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
