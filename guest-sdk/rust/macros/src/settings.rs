//! What an attribute says: `#[parameter(unit = "s", default)]`.

use proc_macro2::{Span, TokenStream};
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, Ident, Lit, LitStr, Meta, Result, Token,
    ext::IdentExt, parse::Parse, parse::ParseStream, parse::Parser, punctuated::Punctuated,
};

use crate::documentation;

/// The settings of all attributes of one name at one place.
pub struct Settings {
    /// The attribute, as messages name it.
    attribute: &'static str,
    found: Vec<Setting>,
}

struct Setting {
    key: Ident,
    value: Option<Expr>,
}

impl Parse for Setting {
    fn parse(input: ParseStream) -> Result<Self> {
        let key = input.call(Ident::parse_any)?;
        let value = if input.parse::<Option<Token![=]>>()?.is_some() { Some(input.parse()?) } else { None };
        Ok(Self { key, value })
    }
}

impl Settings {
    /// Reads the attributes called `attribute`, in which only the keys of `known` may stand, each once.
    pub fn of(attributes: &[Attribute], attribute: &'static str, known: &[&str]) -> Result<Self> {
        let mut settings = Self { attribute, found: Vec::new() };
        for found in attributes.iter().filter(|found| found.path().is_ident(attribute)) {
            match &found.meta {
                Meta::Path(_) => {}
                Meta::List(list) => settings.read(list.tokens.clone(), known)?,
                Meta::NameValue(_) => {
                    let message = format!("write `#[{attribute}(…)]`, with one of {} in it", listed(known));
                    return Err(Error::new_spanned(found, message));
                }
            }
        }
        Ok(settings)
    }

    fn read(&mut self, tokens: TokenStream, known: &[&str]) -> Result<()> {
        for setting in Punctuated::<Setting, Token![,]>::parse_terminated.parse2(tokens)? {
            let attribute = self.attribute;
            if !known.iter().any(|name| setting.key == name) {
                let message = format!("`#[{attribute}]` has no `{}`; it has {}", setting.key, listed(known));
                return Err(Error::new(setting.key.span(), message));
            }
            if self.find(&setting.key.to_string()).is_some() {
                return Err(Error::new(setting.key.span(), format!("`{}` is there twice", setting.key)));
            }
            self.found.push(setting);
        }
        Ok(())
    }

    fn find(&self, key: &str) -> Option<&Setting> {
        self.found.iter().find(|setting| setting.key == key)
    }

    /// Where the key stands, if it does.
    pub fn place(&self, key: &str) -> Option<Span> {
        self.find(key).map(|setting| setting.key.span())
    }

    /// Refuses a second one of keys that exclude each other.
    pub fn only_one_of(&self, keys: &[&str]) -> Result<()> {
        let there: Vec<&Setting> =
            self.found.iter().filter(|setting| keys.iter().any(|key| setting.key == key)).collect();
        match there.as_slice() {
            [first, second, ..] => {
                let message = format!("`{}` and `{}` exclude each other", first.key, second.key);
                Err(Error::new(second.key.span(), message))
            }
            _ => Ok(()),
        }
    }

    /// Refuses `keys` beside `reason`, which makes them meaningless.
    pub fn none_of(&self, keys: &[&str], reason: &str) -> Result<()> {
        match self.found.iter().find(|setting| keys.iter().any(|key| setting.key == key)) {
            Some(setting) => Err(Error::new(setting.key.span(), format!("`{}` {reason}", setting.key))),
            None => Ok(()),
        }
    }

    /// The text of `key = "text"`.
    pub fn text(&self, key: &str) -> Result<Option<LitStr>> {
        self.find(key).map(|setting| setting.text()).transpose()
    }

    /// `key` alone, or with a text.
    pub fn optional_text(&self, key: &str) -> Result<Option<Option<LitStr>>> {
        self.find(key).map(|setting| setting.value.as_ref().map(|_| setting.text()).transpose()).transpose()
    }

    /// `key` alone, or with an expression.
    pub fn optional_expression(&self, key: &str) -> Option<Option<&Expr>> {
        self.find(key).map(|setting| setting.value.as_ref())
    }

    /// Whether `key` is there; it takes nothing.
    pub fn flag(&self, key: &str) -> Result<bool> {
        match self.find(key) {
            Some(Setting { value: Some(value), .. }) => {
                Err(Error::new_spanned(value, format!("`{key}` stands alone, without a value")))
            }
            found => Ok(found.is_some()),
        }
    }

    /// The texts of `key = ["text", …]`.
    pub fn texts(&self, key: &str) -> Result<Vec<LitStr>> {
        let Some(setting) = self.find(key) else { return Ok(Vec::new()) };
        let wrong = || format!("`{key}` takes texts: `{key} = [\"…\", \"…\"]`");
        match &setting.value {
            Some(Expr::Array(array)) => {
                let read = |element| text_of(element).ok_or_else(|| Error::new_spanned(element, wrong()));
                array.elems.iter().map(read).collect()
            }
            Some(other) => Err(Error::new_spanned(other, wrong())),
            None => Err(Error::new(setting.key.span(), wrong())),
        }
    }

    /// The group below which the fields of an inner struct are: that of `group`, the field's own, or none for `flatten`. `None` where
    /// the field is no struct of that kind.
    pub fn group_of(&self, field: &Ident) -> Result<Option<String>> {
        self.only_one_of(&["group", "flatten"])?;
        match self.optional_text("group")? {
            Some(Some(_)) => Ok(self.path("group")?.map(|path| path.value())),
            Some(None) => field_name(field, self.attribute).map(Some),
            None => Ok(self.flag("flatten")?.then(String::new)),
        }
    }

    /// What `name` says, or else the name of the field.
    pub fn name_of(&self, field: &Ident) -> Result<String> {
        match self.path("name")? {
            Some(name) => Ok(name.value()),
            None => field_name(field, self.attribute),
        }
    }

    /// What `comment` says, or else what documents the item with these attributes.
    pub fn comment_of(&self, attributes: &[Attribute]) -> Result<String> {
        Ok(self.text("comment")?.map_or_else(|| documentation::of(attributes), |comment| comment.value()))
    }

    /// A text that is a path below `parameters` or `results`, by the rules that the host checks as well.
    pub fn path(&self, key: &str) -> Result<Option<LitStr>> {
        let path = self.text(key)?;
        path.iter().try_for_each(|path| check_path(&path.value(), path.span()))?;
        Ok(path)
    }
}

impl Setting {
    fn text(&self) -> Result<LitStr> {
        let wrong = format!("`{0}` takes a text: `{0} = \"…\"`", self.key);
        match &self.value {
            Some(value) => text_of(value).ok_or_else(|| Error::new_spanned(value, wrong)),
            None => Err(Error::new(self.key.span(), wrong)),
        }
    }
}

fn text_of(expression: &Expr) -> Option<LitStr> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.clone()),
        _ => None,
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The rules for names that need no knowledge of the tree.
pub fn check_path(path: &str, place: Span) -> Result<()> {
    let refuse = |why: String| Err(Error::new(place, format!("`{path}` is no name: {why}")));
    for part in path.split('.') {
        if part.is_empty() {
            return refuse("one name stands between every two dots, and none at the ends".into());
        }
        if part.starts_with('_') {
            return refuse(format!("`{part}` starts with an underscore; begin with a letter or digit"));
        }
        if let Some(character) = part.chars().find(|&c| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')) {
            return refuse(format!(
                "`{part}` contains {character:?}; use only letters A-Z and a-z, digits, `_` and `-`"
            ));
        }
    }
    Ok(())
}

/// The name of a field where no attribute gives another one.
fn field_name(field: &Ident, key: &str) -> Result<String> {
    let name = field.unraw().to_string();
    check_path(&name, field.span())
        .map_err(|error| Error::new(field.span(), format!("{error}; or give another name by `{key}(name = \"…\")`")))?;
    Ok(name)
}

/// The fields of a struct, which all have names.
pub fn named_fields<'a>(input: &'a DeriveInput, what: &str) -> Result<Vec<&'a Field>> {
    let wrong = || Err(Error::new(input.ident.span(), format!("{what} are the fields of a struct, by their names")));
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields.named.iter().collect()),
            Fields::Unit => Ok(Vec::new()),
            Fields::Unnamed(_) => wrong(),
        },
        Data::Enum(_) | Data::Union(_) => wrong(),
    }
}

/// Refuses a name that another field, argument or variant has.
pub fn check_once(taken: &mut Vec<String>, name: &str, place: Span) -> Result<()> {
    if taken.iter().any(|other| other == name) {
        return Err(Error::new(place, format!("`{name}` is the name of another one, too")));
    }
    taken.push(name.to_owned());
    Ok(())
}

/// What the tests of errors see: the message, and the source it points at.
#[cfg(test)]
pub fn refusal(made: Result<TokenStream>) -> (String, String) {
    let error = made.expect_err("this is refused");
    let errors: Vec<_> = error.into_iter().collect();
    assert_eq!(errors.len(), 1, "one error: {errors:?}");
    (errors[0].to_string(), errors[0].span().source_text().unwrap_or_default())
}
