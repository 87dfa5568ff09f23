//! A test function with forks for its first parameters becomes one without them.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, FnArg, Ident, ItemFn, PatType, Result, ReturnType, Token, Type};

pub(crate) fn test(boots: TokenStream, function: TokenStream) -> Result<TokenStream> {
    let boots = parse_boots(boots)?;
    let mut function: ItemFn = syn::parse2(function).map_err(|error| {
        Error::new(error.span(), "`#[bootfork::test]` stands before a function")
    })?;
    let forks = take_forks(&mut function, &boots)?;
    if !function.attrs.iter().any(is_test) {
        refuse_parameters(&function)?;
        function.attrs.push(syn::parse_quote!(#[::core::prelude::v1::test]));
    }
    let statements = statements(&function, &boots, &forks);
    function.block = syn::parse_quote!({ #statements });
    Ok(quote!(#function))
}

fn parse_boots(boots: TokenStream) -> Result<Vec<Expr>> {
    let parsed = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(boots)?;
    if parsed.is_empty() {
        let help = "name the boot that the test starts from: `#[bootfork::test(WORLD)]`";
        return Err(Error::new(Span::call_site(), help));
    }
    Ok(parsed.into_iter().collect())
}

/// Takes a parameter for each boot off the front of the function's.
fn take_forks(function: &mut ItemFn, boots: &[Expr]) -> Result<Vec<PatType>> {
    let mut parameters = std::mem::take(&mut function.sig.inputs).into_iter();
    let mut forks = Vec::new();
    for boot in boots {
        let boot_text = quote!(#boot);
        let none = format!(
            "there is no parameter for the fork of `{boot_text}`: \
             give the test one, such as `world: &mut World`"
        );
        match parameters.next() {
            Some(FnArg::Typed(fork)) => forks.push(fork),
            Some(FnArg::Receiver(own)) => {
                return Err(Error::new_spanned(own, "a test is a function, not a method"));
            }
            None => return Err(Error::new_spanned(&function.sig.ident, none)),
        }
    }
    function.sig.inputs = parameters.collect();
    Ok(forks)
}

/// Whether another attribute makes it a test, and takes care of further parameters: `tokio::test`,
/// `rstest`, `property_test`, `test_case`, and others that are named alike.
fn is_test(attribute: &Attribute) -> bool {
    let name = attribute.path().segments.last().map(|segment| segment.ident.to_string());
    name.is_some_and(|name| name.ends_with("test") || name == "test_case")
}

fn refuse_parameters(function: &ItemFn) -> Result<()> {
    let Some(parameter) = function.sig.inputs.first() else { return refuse_async(function) };
    let help = "there is no boot for this parameter: name one more in `#[bootfork::test(…)]`, or \
                put the attribute that knows it, such as `#[rstest]`, below";
    Err(Error::new_spanned(parameter, help))
}

fn refuse_async(function: &ItemFn) -> Result<()> {
    let Some(keyword) = &function.sig.asyncness else { return Ok(()) };
    let help =
        "an `async` test needs a runtime: put its attribute, such as `#[tokio::test]`, below";
    Err(Error::new_spanned(keyword, help))
}

/// The body of the test, with its forks made before it, and told of its outcome after it.
fn statements(function: &ItemFn, boots: &[Expr], forks: &[PatType]) -> TokenStream {
    let name = &function.sig.ident;
    let body = &function.block;
    let fails_by_panic =
        function.attrs.iter().any(|attribute| attribute.path().is_ident("should_panic"));
    let keep = !fails_by_panic;
    let mut before = TokenStream::new();
    let mut borrowed: Vec<Ident> = Vec::new();
    for (number, (boot, PatType { attrs, pat, ty, .. })) in boots.iter().zip(forks).enumerate() {
        let (place, fork) = (format_ident!("__boot_{number}"), format_ident!("__fork_{number}"));
        let value = match &**ty {
            Type::Reference(reference) if reference.mutability.is_some() => quote!(&mut *#fork),
            Type::Reference(_) => quote!(&*#fork),
            _ => quote!(#fork.into_inner()),
        };
        if matches!(**ty, Type::Reference(_)) {
            borrowed.push(fork.clone());
        }
        before.extend(quote! {
            let #place = &(#boot);
            #[allow(unused_mut)]
            let mut #fork = ::bootfork::TestFork::new(
                #place,
                ::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)),
                #keep,
            );
            #(#attrs)*
            let #pat: #ty = #value;
        });
    }
    let ReturnType::Type(_, outcome) = &function.sig.output else {
        return quote!(#before #body);
    };
    let run = if function.sig.asyncness.is_some() {
        quote!(async move #body.await)
    } else {
        quote!((move || -> #outcome #body)())
    };
    quote! {
        #before
        #[allow(clippy::redundant_closure_call)]
        let __outcome: #outcome = #run;
        #(#borrowed.end(&__outcome);)*
        __outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the compiler says of the attribute with these arguments before this item.
    fn complaint(boots: &str, item: &str) -> String {
        let parse = |text: &str| text.parse::<TokenStream>().expect("tokens");
        test(parse(boots), parse(item)).expect_err("it does not expand").to_string()
    }

    #[test]
    fn mistakes_are_named_with_what_to_do() {
        let test = "fn t(world: &mut World) {}";
        assert_eq!(
            complaint("", test),
            "name the boot that the test starts from: `#[bootfork::test(WORLD)]`"
        );
        assert_eq!(
            complaint("WORLD", "fn t() {}"),
            "there is no parameter for the fork of `WORLD`: \
             give the test one, such as `world: &mut World`"
        );
        assert!(complaint("A, B", test).contains("the fork of `B`"));
        assert_eq!(complaint("A", "fn t(&self) {}"), "a test is a function, not a method");
        assert_eq!(complaint("A", "struct World;"), "`#[bootfork::test]` stands before a function");
        assert!(
            complaint("A", "fn t(a: &A, b: &B) {}").contains("put the attribute that knows it")
        );
        assert!(complaint("A", "async fn t(a: &A) {}").contains("`#[tokio::test]`, below"));
    }

    #[test]
    fn other_attributes_of_tests_stay_alone() {
        let expand = |item: &str| {
            let item = item.parse().expect("tokens");
            test(quote!(A), item).expect("it expands").to_string().replace(' ', "")
        };
        let plain = "#[::core::prelude::v1::test]";
        assert!(expand("fn t(a: &A) {}").contains(plain));
        for other in ["tokio::test", "rstest", "property_test", "test_case(1)", "test_log::test"] {
            let expanded = expand(&format!("#[{other}] fn t(a: &A, b: u8) {{}}"));
            assert!(!expanded.contains(plain) && expanded.contains("fnt(b:u8)"), "{expanded}");
        }
        assert!(!expand("#[should_panic] fn t(a: &A) {}").contains(",true,"));
    }
}
