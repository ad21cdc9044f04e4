//! `#[simulation]`: a function from parameters to results is the job.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Error, FnArg, Ident, ItemFn, Pat, PatType, Result, ReturnType, Type, spanned::Spanned};

use crate::{
    parameters::Place,
    settings::{Settings, check_once},
};

/// What `#[simulation(…)]` may say.
const OF_JOB: [&str; 1] = ["comment"];

/// The job made of the function, which [`strip`] leaves for the compiler.
pub fn expand(settings: TokenStream, function: &ItemFn) -> Result<TokenStream> {
    let own: Attribute = syn::parse_quote!(#[simulation(#settings)]);
    let settings = Settings::of(&[own], "simulation", &OF_JOB)?;
    let signature = &function.sig;
    let plain = [
        signature.asyncness.map(|word| word.span()),
        signature.unsafety.map(|word| word.span()),
        signature.abi.as_ref().map(Spanned::span),
        (!signature.generics.params.is_empty()).then(|| signature.generics.span()),
        signature.variadic.as_ref().map(Spanned::span),
    ];
    if let Some(place) = plain.into_iter().flatten().next() {
        return Err(Error::new(place, "a job is a plain function: not async, unsafe, extern or generic"));
    }
    let ReturnType::Type(_, returned) = &signature.output else {
        return Err(Error::new(signature.ident.span(), "a job returns `Result<R, JobError>`, with its results as `R`"));
    };
    let comment = settings.comment_of(&function.attrs)?;

    let mut names = Vec::new();
    let (mut declared, mut read, mut handed) = (TokenStream::new(), TokenStream::new(), Vec::new());
    for (at, argument) in signature.inputs.iter().enumerate() {
        let FnArg::Typed(argument) = argument else {
            return Err(Error::new_spanned(argument, "a job is a plain function, without `self`"));
        };
        if matches!(*argument.ty, Type::Reference(_)) {
            handed.push(quote_spanned! {argument.ty.span()=> traj });
            continue;
        }
        let field_type = &*argument.ty;
        let value = format_ident!("argument_{at}");
        let reads = if is_single(argument) {
            let place = Place::of(&argument.attrs, name(argument)?, field_type)?;
            place.name().map(|taken| check_once(&mut names, taken, argument.pat.span())).transpose()?;
            declared.extend(place.declares());
            place.reads()
        } else {
            declared.extend(quote_spanned! {field_type.span()=>
                all.extend(<#field_type as ::host_guest::Parameters>::declare(group));
            });
            quote_spanned! {field_type.span()=> <#field_type as ::host_guest::Parameters>::read(traj, group)? }
        };
        read.extend(quote! { let #value: #field_type = #reads; });
        handed.push(quote! { #value });
    }

    let job = &signature.ident;
    let results = quote_spanned! {returned.span()=> <#returned as ::host_guest::Outcome>::Results };
    let outcome = quote_spanned! {returned.span()=> <#returned as ::host_guest::Outcome>::into_results };
    Ok(quote! {
        const _: () = {
            fn describe() -> ::host_guest::Manifest {
                let group = "";
                let mut all = ::host_guest::alloc::vec::Vec::<::host_guest::Parameter>::new();
                #declared
                <#results as ::host_guest::Results>::declare(group)
                    .into_iter()
                    .fold(::host_guest::Manifest::new(#comment).parameters(all), ::host_guest::Manifest::result)
            }

            fn run(traj: &mut ::host_guest::SingleRun) -> ::core::result::Result<(), ::host_guest::JobError> {
                let group = "";
                #read
                let results = #outcome(#job(#(#handed),*))?;
                ::host_guest::Results::add(results, traj, group)?;
                ::core::result::Result::Ok(())
            }

            ::host_guest::job!(run, describe = describe);
        };
    })
}

/// Takes our attributes from the arguments.
pub fn strip(function: &mut ItemFn) {
    for argument in &mut function.sig.inputs {
        if let FnArg::Typed(argument) = argument {
            argument.attrs.retain(|attribute| !is_ours(attribute));
        }
    }
}

/// Whether the argument is one parameter; else it is a struct of them.
fn is_single(argument: &PatType) -> bool {
    argument.attrs.iter().any(|attribute| attribute.path().is_ident("parameter"))
}

/// What the compiler would not allow at an argument.
fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("parameter") || attribute.path().is_ident("doc")
}

fn name(argument: &PatType) -> Result<&Ident> {
    match &*argument.pat {
        Pat::Ident(pattern) => Ok(&pattern.ident),
        other => Err(Error::new_spanned(other, "one parameter is one argument with a name")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::refusal;

    fn refused(settings: &str, source: &str) -> (String, String) {
        let settings = settings.parse().expect("tokens");
        refusal(expand(settings, &syn::parse_str(source).expect("the source is a function")))
    }

    #[test]
    fn jobs_are_plain_functions() {
        let says = |message: &str, place: &str| (message.to_owned(), place.to_owned());
        let plain = "a job is a plain function: not async, unsafe, extern or generic";
        assert_eq!(refused("", "async fn f() -> R {}"), says(plain, "async"));
        assert_eq!(refused("", "unsafe fn f() -> R {}"), says(plain, "unsafe"));
        assert_eq!(refused("", "fn f<T>() -> R {}"), says(plain, "<T>"));
        assert_eq!(refused("", "fn f(&self) -> R {}"), says("a job is a plain function, without `self`", "&self"));
        assert_eq!(
            refused("", "fn f(x: P) {}"),
            says("a job returns `Result<R, JobError>`, with its results as `R`", "f")
        );
    }

    #[test]
    fn arguments_are_structs_or_single_parameters() {
        let says = |message: &str, place: &str| (message.to_owned(), place.to_owned());
        assert_eq!(
            refused("", "fn f(#[parameter] (x, y): (f64, f64)) -> R {}"),
            says("one parameter is one argument with a name", "(x, y)")
        );
        assert_eq!(
            refused("", "fn f(#[parameter] x: f64, #[parameter(name = \"x\")] y: f64) -> R {}"),
            says("`x` is the name of another one, too", "y")
        );
        assert_eq!(refused("describe", "fn f(x: P) -> R {}").0, "`#[simulation]` has no `describe`; it has `comment`");
    }
}
