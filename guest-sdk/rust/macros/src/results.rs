//! `#[derive(Results)]`: a struct whose fields are results, or the items of one result.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Error, Field, GenericArgument, PathArguments, Result, Type, spanned::Spanned};

use crate::settings::{Settings, check_once, named_fields};

/// What `#[results(…)]` may say of a struct.
const OF_STRUCT: [&str; 4] = ["group", "result", "comment", "class"];
/// What `#[result(…)]` may say of a field.
const OF_FIELD: [&str; 8] = ["name", "unit", "comment", "dimensions", "class", "derived_parameter", "group", "flatten"];
/// What only a single result has.
const OF_ONE: [&str; 6] = ["name", "unit", "comment", "dimensions", "class", "derived_parameter"];

pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let settings = Settings::of(&input.attrs, "results", &OF_STRUCT)?;
    settings.only_one_of(&["group", "result"])?;
    let fields = named_fields(input, "results")?;
    let (declared, added) = match settings.path("result")? {
        Some(result) => one_result(&settings, input, &result.value(), &fields)?,
        None => {
            let reason = "is for the items of one result: `#[results(result = \"…\")]`";
            settings.none_of(&["comment", "class"], reason)?;
            let group = settings.path("group")?.map(|path| path.value()).unwrap_or_default();
            several_results(&group, &fields)?
        }
    };
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::host_guest::Results for #name #arguments #bounds {
            fn declare(group: &str) -> ::host_guest::alloc::vec::Vec<::host_guest::ResultDeclaration> {
                let mut all = ::host_guest::alloc::vec::Vec::new();
                #declared
                all
            }

            fn add(
                self,
                traj: &mut ::host_guest::SingleRun,
                group: &str,
            ) -> ::core::result::Result<(), ::host_guest::AddError> {
                #added
                ::core::result::Result::Ok(())
            }
        }
    })
}

/// What holds its place where it cannot be derived.
pub fn stand_in(input: &DeriveInput) -> TokenStream {
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    quote! {
        impl #generics ::host_guest::Results for #name #arguments #bounds {
            fn declare(_: &str) -> ::host_guest::alloc::vec::Vec<::host_guest::ResultDeclaration> {
                ::core::unreachable!()
            }

            fn add(self, _: &mut ::host_guest::SingleRun, _: &str) -> ::core::result::Result<(), ::host_guest::AddError> {
                ::core::unreachable!()
            }
        }
    }
}

/// Every field a result of its own, or a struct of results.
fn several_results(group: &str, fields: &[&Field]) -> Result<(TokenStream, TokenStream)> {
    let mut names = Vec::new();
    let (mut declared, mut added) = (TokenStream::new(), TokenStream::new());
    for field in fields {
        let ident = field.ident.as_ref().expect("fields have names here");
        let (field_type, optional) = content(&field.ty);
        let settings = Settings::of(&field.attrs, "result", &OF_FIELD)?;
        let add = if let Some(inner) = settings.group_of(ident)? {
            settings.none_of(&OF_ONE, "is for single results; say it inside of the struct")?;
            let declare = quote_spanned! {field_type.span()=> <#field_type as ::host_guest::Results>::declare };
            let add = quote_spanned! {field_type.span()=> <#field_type as ::host_guest::Results>::add };
            declared.extend(quote! { all.extend(#declare(&::host_guest::below(group, #inner))); });
            quote! { #add(value, traj, &::host_guest::below(group, #inner))?; }
        } else {
            let One { name, comment, declaration } = One::of(&settings, field)?;
            check_once(&mut names, &name, ident.span())?;
            let value = into_value(field_type);
            if settings.flag("derived_parameter")? {
                let reason = "is for results; a derived parameter has a name and a comment";
                settings.none_of(&["unit", "dimensions", "class"], reason)?;
                quote! {
                    traj.f_add_derived_parameter(&::host_guest::below(group, #name), #value, #comment)?;
                }
            } else {
                declared.extend(declaration);
                let class = settings.text("class")?.map(|class| quote! { .class(#class) });
                quote! {
                    traj.result(&::host_guest::below(group, #name)).comment(#comment)#class.value(#value).add()?;
                }
            }
        };
        added.extend(if optional {
            quote! { if let ::core::option::Option::Some(value) = self.#ident { #add } }
        } else {
            quote! { { let value = self.#ident; #add } }
        });
    }
    let begin = quote! { let group: &str = &::host_guest::below(group, #group); };
    Ok((quote! { #begin #declared }, quote! { #begin #added }))
}

/// Every field an item of the result `result`.
fn one_result(
    settings: &Settings,
    input: &DeriveInput,
    result: &str,
    fields: &[&Field],
) -> Result<(TokenStream, TokenStream)> {
    const REASON: &str = "is for results; this struct is one result, and its fields are items";
    let comment = settings.comment_of(&input.attrs)?;
    let class = settings.text("class")?.map(|class| quote! { .class(#class) });
    let mut names = Vec::new();
    let (mut declared, mut items) = (TokenStream::new(), TokenStream::new());
    for field in fields {
        let ident = field.ident.as_ref().expect("fields have names here");
        let (field_type, optional) = content(&field.ty);
        let settings = Settings::of(&field.attrs, "result", &OF_FIELD)?;
        settings.none_of(&["class", "derived_parameter", "group", "flatten"], REASON)?;
        let One { name, declaration, .. } = One::of(&settings, field)?;
        check_once(&mut names, &name, ident.span())?;
        declared.extend(declaration);
        let value = into_value(field_type);
        items.extend(if optional {
            quote! {
                if let ::core::option::Option::Some(value) = self.#ident {
                    result = result.item(#name, #value);
                    empty = false;
                }
            }
        } else {
            quote! {
                let value = self.#ident;
                result = result.item(#name, #value);
                empty = false;
            }
        });
    }
    if names.is_empty() {
        return Err(Error::new(input.ident.span(), "a result has at least one item"));
    }
    let begin = quote! { let group: &str = &::host_guest::below(group, #result); };
    let added = quote! {
        let mut result = traj.result(group).comment(#comment)#class;
        let mut empty = true;
        #items
        if !empty {
            result.add()?;
        }
    };
    Ok((quote! { #begin #declared }, quote! { #begin #added }))
}

/// A result or an item.
struct One {
    name: String,
    comment: String,
    declaration: TokenStream,
}

impl One {
    fn of(settings: &Settings, field: &Field) -> Result<Self> {
        let ident = field.ident.as_ref().expect("fields have names here");
        let name = settings.name_of(ident)?;
        let comment = settings.comment_of(&field.attrs)?;
        let dimensions = settings.texts("dimensions")?;
        let unit = settings.text("unit")?.map(|unit| quote! { .unit(#unit) });
        let said = (!comment.is_empty()).then(|| quote! { .comment(#comment) });
        let new = if dimensions.is_empty() {
            quote! { ::host_guest::ResultDeclaration::new(::host_guest::below(group, #name)) }
        } else {
            quote! { ::host_guest::ResultDeclaration::array(::host_guest::below(group, #name), [#(#dimensions),*]) }
        };
        Ok(Self { name, comment, declaration: quote! { all.push(#new #unit #said); } })
    }
}

fn into_value(field_type: &Type) -> TokenStream {
    quote_spanned! {field_type.span()=> <#field_type as ::host_guest::IntoValue>::into_value(value) }
}

/// What is inside of an `Option`, which is left out where it is `None`; and whether it is one.
fn content(field_type: &Type) -> (&Type, bool) {
    if let Type::Path(path) = field_type
        && let Some(last) = path.path.segments.last()
        && last.ident == "Option"
        && let PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(GenericArgument::Type(inner)) = arguments.args.first()
    {
        return (inner, true);
    }
    (field_type, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::refusal;

    fn refused(source: &str) -> (String, String) {
        refusal(derive(&syn::parse_str(source).expect("the source is a struct")))
    }

    #[test]
    fn wrong_attributes_are_one_error_at_their_place() {
        let field = |attribute: &str| refused(&format!("struct R {{ #[result({attribute})] x: f64 }}"));
        let says = |message: &str, place: &str| (message.to_owned(), place.to_owned());
        assert_eq!(
            field("range = 0.0..=1.0"),
            says(
                "`#[result]` has no `range`; it has `name`, `unit`, `comment`, `dimensions`, `class`, \
                 `derived_parameter`, `group`, `flatten`",
                "range"
            )
        );
        let texts = "`dimensions` takes texts: `dimensions = [\"…\", \"…\"]`";
        assert_eq!(field("dimensions = \"t\""), says(texts, "\"t\""));
        assert_eq!(field("dimensions = [t]"), says(texts, "t"));
        assert_eq!(field("dimensions"), says(texts, "dimensions"));
        let derived = "`unit` is for results; a derived parameter has a name and a comment";
        assert_eq!(field("derived_parameter, unit = \"s\""), says(derived, "unit"));
        assert_eq!(
            field("group = \"a\", class = \"Packed\""),
            says("`class` is for single results; say it inside of the struct", "class")
        );
        assert_eq!(
            field("name = \"_a\""),
            says("`_a` is no name: `_a` starts with an underscore; begin with a letter or digit", "\"_a\"")
        );
        assert_eq!(field("group, flatten"), says("`group` and `flatten` exclude each other", "flatten"));
        assert_eq!(
            refused("struct R { x: f64, #[result(name = \"x\")] y: f64 }"),
            says("`x` is the name of another one, too", "y")
        );
    }

    #[test]
    fn one_result_has_items_only() {
        let of_struct = |attribute: &str| refused(&format!("#[results({attribute})] struct R {{ x: f64 }}"));
        let says = |message: &str, place: &str| (message.to_owned(), place.to_owned());
        assert_eq!(
            of_struct("class = \"Packed\""),
            says("`class` is for the items of one result: `#[results(result = \"…\")]`", "class")
        );
        assert_eq!(
            of_struct("group = \"a\", result = \"b\""),
            says("`group` and `result` exclude each other", "result")
        );
        assert_eq!(
            refused("#[results(result = \"spikes\")] struct R { #[result(group)] x: Inner }"),
            says("`group` is for results; this struct is one result, and its fields are items", "group")
        );
        assert_eq!(refused("#[results(result = \"spikes\")] struct R {}"), says("a result has at least one item", "R"));
        assert_eq!(refused("struct R(f64);"), says("results are the fields of a struct, by their names", "R"));
    }
}
