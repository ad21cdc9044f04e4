//! `#[derive(Choice)]`: an enum that is a parameter of a few texts.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Result, Variant, ext::IdentExt};

use crate::settings::{Settings, check_once};

/// What `#[choice(…)]` may say of a variant.
const OF_VARIANT: [&str; 1] = ["name"];

pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let wrong = || Error::new(input.ident.span(), "choices are the variants of an enum without parameters of its own");
    let Data::Enum(data) = &input.data else { return Err(wrong()) };
    if !input.generics.params.is_empty() || data.variants.is_empty() {
        return Err(wrong());
    }
    let mut names = Vec::new();
    let mut variants = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(&variant.fields, "a choice is a text, which has no fields"));
        }
        let name = name(variant)?;
        check_once(&mut names, &name, variant.ident.span())?;
        variants.push(&variant.ident);
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let said = match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => quoted.join(""),
    };
    let (comment, name) = (format!("one of {said}"), &input.ident);
    Ok(quote! {
        #[automatically_derived]
        impl ::host_guest::FromValue for #name {
            fn from_value(value: ::host_guest::Value) -> ::core::result::Result<Self, ::host_guest::Mismatch> {
                let text = <::host_guest::alloc::string::String as ::host_guest::FromValue>::from_value(value)?;
                match text.as_str() {
                    #(#names => ::core::result::Result::Ok(Self::#variants),)*
                    _ => ::core::result::Result::Err(::host_guest::Mismatch::wanted(
                        #said,
                        &::host_guest::IntoValue::into_value(text),
                    )),
                }
            }
        }

        #[automatically_derived]
        impl ::host_guest::IntoPlain for #name {
            fn into_plain(self) -> ::host_guest::Plain {
                ::host_guest::IntoPlain::into_plain(match self { #(Self::#variants => #names),* })
            }
        }

        #[automatically_derived]
        impl ::host_guest::ParameterType for #name {
            fn declaration(
                name: impl ::core::convert::Into<::host_guest::alloc::string::String>,
            ) -> ::host_guest::Parameter {
                ::host_guest::Parameter::text(name).comment(#comment)
            }
        }
    })
}

/// What holds its place where it cannot be derived.
pub fn stand_in(input: &DeriveInput) -> TokenStream {
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    quote! {
        impl #generics ::host_guest::FromValue for #name #arguments #bounds {
            fn from_value(_: ::host_guest::Value) -> ::core::result::Result<Self, ::host_guest::Mismatch> {
                ::core::unreachable!()
            }
        }

        impl #generics ::host_guest::IntoPlain for #name #arguments #bounds {
            fn into_plain(self) -> ::host_guest::Plain {
                ::core::unreachable!()
            }
        }

        impl #generics ::host_guest::ParameterType for #name #arguments #bounds {
            fn declaration(
                _: impl ::core::convert::Into<::host_guest::alloc::string::String>,
            ) -> ::host_guest::Parameter {
                ::core::unreachable!()
            }
        }
    }
}

/// `VeryFast` is `very_fast`, unless an attribute says otherwise.
fn name(variant: &Variant) -> Result<String> {
    let settings = Settings::of(&variant.attrs, "choice", &OF_VARIANT)?;
    if let Some(name) = settings.text("name")? {
        return Ok(name.value());
    }
    let mut name = String::new();
    for character in variant.ident.unraw().to_string().chars() {
        if character.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(character.to_lowercase());
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::refusal;

    #[test]
    fn choices_are_texts() {
        let refused = |source: &str| refusal(derive(&syn::parse_str(source).expect("the source is an item")));
        let says = |message: &str, place: &str| (message.to_owned(), place.to_owned());
        let wrong = "choices are the variants of an enum without parameters of its own";
        assert_eq!(refused("struct C { x: f64 }"), says(wrong, "C"));
        assert_eq!(refused("enum C {}"), says(wrong, "C"));
        assert_eq!(refused("enum C<T> { A }"), says(wrong, "C"));
        assert_eq!(refused("enum C { A, B(f64) }"), says("a choice is a text, which has no fields", "(f64)"));
        assert_eq!(
            refused("enum C { Slow, #[choice(name = \"slow\")] B }"),
            says("`slow` is the name of another one, too", "B")
        );
        assert_eq!(
            refused("enum C { #[choice(text = \"a\")] A }"),
            says("`#[choice]` has no `text`; it has `name`", "text")
        );
    }

    #[test]
    fn names_of_variants_are_in_lower_case() {
        let of = |ident: &str| name(&syn::parse_str(ident).expect("a variant")).expect("a name");
        assert_eq!([of("Slow"), of("VeryFast"), of("r#Self_")].map(|name| name), ["slow", "very_fast", "self_"]);
    }
}
