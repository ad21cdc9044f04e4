//! The macros that derive a job's description of itself from its types. They are part of `host-guest`, which says what each is for.
//!
//! `settings` reads attributes, and each of the other modules makes the code of one macro. Whatever is wrong in an attribute is
//! one error, at the place it is about; what is wrong with a type is left to the compiler, by bounds on that type.

mod choice;
mod documentation;
mod parameters;
mod results;
mod settings;
mod simulation;

use proc_macro::TokenStream;
use quote::ToTokens;
use syn::{DeriveInput, ItemFn, parse_macro_input};

/// Reads a struct from the parameters of a run, and declares them.
#[proc_macro_derive(Parameters, attributes(parameters, parameter))]
pub fn parameters(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finished(parameters::derive(&input), || parameters::stand_in(&input))
}

/// Adds a struct to the results of a run, and declares them.
#[proc_macro_derive(Results, attributes(results, result))]
pub fn results(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finished(results::derive(&input), || results::stand_in(&input))
}

/// Makes an enum the type of a parameter that is one of a few texts.
#[proc_macro_derive(Choice, attributes(choice))]
pub fn choice(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    finished(choice::derive(&input), || choice::stand_in(&input))
}

/// Makes a function from parameters to results the job of this component.
#[proc_macro_attribute]
pub fn simulation(settings: TokenStream, function: TokenStream) -> TokenStream {
    let mut function = parse_macro_input!(function as ItemFn);
    let made = simulation::expand(settings.into(), &function);
    simulation::strip(&mut function);
    let made = finished(made, proc_macro2::TokenStream::new);
    TokenStream::from(function.into_token_stream()).into_iter().chain(made).collect()
}

/// What was made; or the error, and beside it what keeps the compiler from complaining of what is missing then.
fn finished(
    made: syn::Result<proc_macro2::TokenStream>,
    stand_in: impl FnOnce() -> proc_macro2::TokenStream,
) -> TokenStream {
    let made = made.unwrap_or_else(|error| {
        let mut both = error.into_compile_error();
        both.extend(stand_in());
        both
    });
    made.into()
}
