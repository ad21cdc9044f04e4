//! Documentation comments as the comments of parameters and results.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// What the documentation says: the lines of a paragraph become one, paragraphs stay apart. Empty if there is none.
pub fn of(attributes: &[Attribute]) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut open = false;
    for line in
        attributes.iter().filter_map(text).flat_map(|text| text.split('\n').map(str::to_owned).collect::<Vec<_>>())
    {
        let line = line.trim();
        match paragraphs.last_mut().filter(|_| open) {
            _ if line.is_empty() => open = false,
            Some(paragraph) => {
                paragraph.push(' ');
                paragraph.push_str(line);
            }
            None => {
                paragraphs.push(line.to_owned());
                open = true;
            }
        }
    }
    paragraphs.join("\n")
}

/// The text of one documentation attribute.
fn text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use syn::{DeriveInput, parse_quote};

    #[test]
    fn lines_become_paragraphs() {
        let item: DeriveInput = parse_quote! {
            /// Membrane
            /// time constant
            ///
            #[serde(default)]
            /// In rest.
            struct Tau;
        };
        assert_eq!(super::of(&item.attrs), "Membrane time constant\nIn rest.");
        let silent: DeriveInput = parse_quote! { #[doc(hidden)] struct Tau; };
        assert_eq!(super::of(&silent.attrs), "");
    }
}
