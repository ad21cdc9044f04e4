//! `#[derive(Parameters)]`: a struct whose fields are parameters.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Attribute, DeriveInput, Error, Expr, ExprRange, Ident, RangeLimits, Result, Type, spanned::Spanned};

use crate::settings::{Settings, check_once, named_fields};

/// What `#[parameters(…)]` may say of a struct.
const OF_STRUCT: [&str; 1] = ["group"];
/// What `#[parameter(…)]` may say of a field, or of an argument of the job.
const OF_FIELD: [&str; 7] = ["name", "unit", "comment", "default", "range", "group", "flatten"];
/// What only a single parameter has.
const OF_ONE: [&str; 5] = ["name", "unit", "comment", "default", "range"];

/// A field or argument: one parameter, or a struct of them.
pub struct Place<'a> {
    kind: Kind,
    field_type: &'a Type,
}

enum Kind {
    One {
        name: String,
        described: TokenStream,
    },
    /// Below this path; right here if it is empty.
    Struct {
        group: String,
    },
}

impl<'a> Place<'a> {
    /// Reads the attributes of a field or argument.
    pub fn of(attributes: &[Attribute], ident: &Ident, field_type: &'a Type) -> Result<Self> {
        let settings = Settings::of(attributes, "parameter", &OF_FIELD)?;
        if last_name(field_type).is_some_and(|name| name == "Option") {
            let message =
                "a manifest declares no parameter that may be missing: give it a `default` in place of `Option`";
            return Err(Error::new_spanned(field_type, message));
        }
        let kind = if let Some(group) = settings.group_of(ident)? {
            settings.none_of(&OF_ONE, "is for single parameters; say it inside of the struct")?;
            Kind::Struct { group }
        } else {
            let name = settings.name_of(ident)?;
            Kind::One { name, described: described(&settings, attributes, field_type)? }
        };
        Ok(Self { kind, field_type })
    }

    /// The name of the parameter below its group; `None` for a struct.
    pub fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::One { name, .. } => Some(name),
            Kind::Struct { .. } => None,
        }
    }

    /// Adds the declarations to `all`, below the path `group`.
    pub fn declares(&self) -> TokenStream {
        let field_type = self.field_type;
        match &self.kind {
            Kind::One { name, described } => {
                let begun = quote_spanned! {field_type.span()=>
                    <#field_type as ::host_guest::ParameterType>::declaration
                };
                quote! { all.push(#begun(::host_guest::below(group, #name))#described); }
            }
            Kind::Struct { group } => {
                let begun = quote_spanned! {field_type.span()=> <#field_type as ::host_guest::Parameters>::declare };
                quote! { all.extend(#begun(&::host_guest::below(group, #group))); }
            }
        }
    }

    /// The value at this point, with `?` for errors.
    pub fn reads(&self) -> TokenStream {
        let field_type = self.field_type;
        match &self.kind {
            Kind::One { name, .. } => quote_spanned! {field_type.span()=>
                ::host_guest::read::<#field_type>(traj, &::host_guest::below(group, #name))?
            },
            Kind::Struct { group } => quote_spanned! {field_type.span()=>
                <#field_type as ::host_guest::Parameters>::read(traj, &::host_guest::below(group, #group))?
            },
        }
    }
}

pub fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let settings = Settings::of(&input.attrs, "parameters", &OF_STRUCT)?;
    let group = settings.path("group")?.map(|path| path.value()).unwrap_or_default();
    let mut names = Vec::new();
    let (mut declared, mut fields) = (Vec::new(), Vec::new());
    for field in named_fields(input, "parameters")? {
        let ident = field.ident.as_ref().expect("fields have names here");
        let place = Place::of(&field.attrs, ident, &field.ty)?;
        place.name().map(|name| check_once(&mut names, name, ident.span())).transpose()?;
        declared.push(place.declares());
        let value = place.reads();
        fields.push(quote! { #ident: #value });
    }
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::host_guest::Parameters for #name #arguments #bounds {
            fn declare(group: &str) -> ::host_guest::alloc::vec::Vec<::host_guest::Parameter> {
                let group: &str = &::host_guest::below(group, #group);
                let mut all = ::host_guest::alloc::vec::Vec::new();
                #(#declared)*
                all
            }

            fn read(traj: &::host_guest::SingleRun, group: &str) -> ::core::result::Result<Self, ::host_guest::AccessError> {
                let group: &str = &::host_guest::below(group, #group);
                ::core::result::Result::Ok(Self { #(#fields),* })
            }
        }
    })
}

/// What holds its place where it cannot be derived.
pub fn stand_in(input: &DeriveInput) -> TokenStream {
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    quote! {
        impl #generics ::host_guest::Parameters for #name #arguments #bounds {
            fn declare(_: &str) -> ::host_guest::alloc::vec::Vec<::host_guest::Parameter> {
                ::core::unreachable!()
            }

            fn read(_: &::host_guest::SingleRun, _: &str) -> ::core::result::Result<Self, ::host_guest::AccessError> {
                ::core::unreachable!()
            }
        }
    }
}

/// The calls that say unit, comment, default and range.
fn described(settings: &Settings, attributes: &[Attribute], field_type: &Type) -> Result<TokenStream> {
    let mut calls = TokenStream::new();
    if let Some(unit) = settings.text("unit")? {
        calls.extend(quote! { .unit(#unit) });
    }
    let comment = settings.comment_of(attributes)?;
    if !comment.is_empty() {
        calls.extend(quote! { .comment(#comment) });
    }
    if let Some(default) = settings.optional_expression("default") {
        let value = match default {
            // As the name of a type says; a text or an array is what it becomes.
            Some(text @ Expr::Lit(literal)) if matches!(literal.lit, syn::Lit::Str(_)) && !is_primitive(field_type) => {
                quote_spanned! {text.span()=> ::core::convert::Into::into(#text) }
            }
            Some(array @ (Expr::Array(_) | Expr::Repeat(_))) => {
                quote_spanned! {array.span()=> ::core::convert::Into::into(#array) }
            }
            Some(value) => quote! { #value },
            None => {
                let place = settings.place("default").unwrap_or_else(Span::call_site);
                quote_spanned! {place=> <#field_type as ::core::default::Default>::default() }
            }
        };
        calls.extend(quote! { .default({ let value: #field_type = #value; value }) });
    }
    if let Some(range) = settings.optional_expression("range") {
        let place = settings.place("range").unwrap_or_else(Span::call_site);
        let (least, most) = ends(range, place)?;
        for (end, method) in [(least, quote!(minimum)), (most, quote!(maximum))] {
            let Some(end) = end else { continue };
            let bound = quote_spanned! {place=> <#field_type as ::host_guest::Ranged>::bound };
            calls.extend(quote! { .#method(#bound({ let value: #field_type = #end; value })) });
        }
    }
    Ok(calls)
}

/// `Vec` of `std::vec::Vec<f64>`.
fn last_name(of: &Type) -> Option<&Ident> {
    match of {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

/// Whether it is a type of the language itself, which no text becomes.
fn is_primitive(of: &Type) -> bool {
    last_name(of).is_some_and(|name| name.to_string().starts_with(char::is_lowercase))
}

/// The ends of `0.0..=1.0`, of which one may be missing.
fn ends(range: Option<&Expr>, place: Span) -> Result<(Option<&Expr>, Option<&Expr>)> {
    const WRONG: &str = "`range` takes a range: `range = 0.0..=1.0`, `range = 0.0..` or `range = ..=1.0`";
    let Some(range) = range else { return Err(Error::new(place, WRONG)) };
    match range {
        Expr::Range(ExprRange { end: Some(_), limits: RangeLimits::HalfOpen(_), .. }) => {
            Err(Error::new_spanned(range, "both ends of a range are allowed values: write `..=` in place of `..`"))
        }
        Expr::Range(ExprRange { start: None, end: None, .. }) => Err(Error::new_spanned(range, WRONG)),
        Expr::Range(ExprRange { start, end, .. }) => Ok((start.as_deref(), end.as_deref())),
        other => Err(Error::new_spanned(other, WRONG)),
    }
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
        let field = |attribute: &str| refused(&format!("struct P {{ #[parameter({attribute})] x: f64 }}"));
        let says = |message: &str, place: &str| (message.to_owned(), place.to_owned());
        assert_eq!(
            field("unti = \"s\""),
            says(
                "`#[parameter]` has no `unti`; it has `name`, `unit`, `comment`, `default`, `range`, `group`, `flatten`",
                "unti"
            )
        );
        assert_eq!(field("unit = 3"), says("`unit` takes a text: `unit = \"…\"`", "3"));
        assert_eq!(field("unit"), says("`unit` takes a text: `unit = \"…\"`", "unit"));
        assert_eq!(field("unit = \"s\", unit = \"ms\""), says("`unit` is there twice", "unit"));
        assert_eq!(
            field("range = 0.0..1.0"),
            says("both ends of a range are allowed values: write `..=` in place of `..`", "0.0..1.0")
        );
        let range = "`range` takes a range: `range = 0.0..=1.0`, `range = 0.0..` or `range = ..=1.0`";
        assert_eq!(field("range = 5"), says(range, "5"));
        assert_eq!(field("range = .."), says(range, ".."));
        assert_eq!(field("range"), says(range, "range"));
        assert_eq!(field("group, flatten"), says("`group` and `flatten` exclude each other", "flatten"));
        let single = |key| format!("`{key}` is for single parameters; say it inside of the struct");
        assert_eq!(field("group, unit = \"s\""), says(&single("unit"), "unit"));
        assert_eq!(field("flatten, default"), says(&single("default"), "default"));
        assert_eq!(field("flatten = 3"), says("`flatten` stands alone, without a value", "3"));
        assert_eq!(
            field("name = \"a..b\""),
            says("`a..b` is no name: one name stands between every two dots, and none at the ends", "\"a..b\"")
        );
        assert_eq!(
            field("group = \"größe\""),
            says(
                "`größe` is no name: `größe` contains 'ö'; use only letters A-Z and a-z, digits, `_` and `-`",
                "\"größe\""
            )
        );
    }

    #[test]
    fn only_structs_with_names_hold_parameters() {
        let wrong = ("parameters are the fields of a struct, by their names".to_owned(), "P".to_owned());
        assert_eq!(refused("struct P(f64);"), wrong);
        assert_eq!(refused("enum P { A }"), wrong);
        let optional = "a manifest declares no parameter that may be missing: give it a `default` in place of `Option`";
        let place = "Option<f64>".to_owned();
        assert_eq!(refused("struct P { #[parameter(default = 1.0)] x: Option<f64> }"), (optional.to_owned(), place));
        let (message, place) = refused("#[parameters = \"neuron\"] struct P { x: f64 }");
        assert_eq!(message, "write `#[parameters(…)]`, with one of `group` in it");
        assert_eq!(place, "#[parameters = \"neuron\"]");
    }

    #[test]
    fn names_are_legal_and_differ() {
        assert_eq!(
            refused("struct P { _x: f64 }"),
            (
                "`_x` is no name: `_x` starts with an underscore; begin with a letter or digit; or give another name \
                 by `parameter(name = \"…\")`"
                    .to_owned(),
                "_x".to_owned()
            )
        );
        let twice = refused("struct P { x: f64, #[parameter(name = \"x\")] y: f64 }");
        assert_eq!(twice, ("`x` is the name of another one, too".to_owned(), "y".to_owned()));
    }
}
