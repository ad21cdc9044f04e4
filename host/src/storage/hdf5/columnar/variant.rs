//! [`Variant`]: what a result or derived parameter looks like in one run, apart from its values.

use serde::{Deserialize, Serialize};

use crate::trajectory::{Addition, AdditionKind, RunIndex};

use super::{elements::Kind, form::Form};

/// What a result or derived parameter looks like; numbers are those of columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Variant {
    pub(super) branch: String,
    pub(super) name: String,
    /// The class of the user's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) class: Option<String>,
    pub(super) comment: Comment,
    pub(super) items: Vec<(String, Form)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) annotations: Vec<(String, Form)>,
    /// The column of the words of the class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) summary: Option<usize>,
}

/// The comment of a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Comment {
    /// The same in all runs of this variant. `first` is the lowest run that has it, also in other variants.
    Same { text: String, first: u32 },
    /// Another one in nearly every run: in a column.
    Column(usize),
}

impl Variant {
    pub(super) fn kind(&self) -> Option<AdditionKind> {
        [AdditionKind::Result, AdditionKind::DerivedParameter].into_iter().find(|kind| kind.branch() == self.branch)
    }

    /// Whether `addition` looks like this.
    pub(super) fn fits<'k>(&self, addition: &Addition, kinds: &impl Fn(usize) -> &'k Kind) -> bool {
        let same_comment = match &self.comment {
            Comment::Same { text, .. } => *text == addition.comment,
            Comment::Column(_) => true,
        };
        let fit = |forms: &[(String, Form)], at: usize, name: &str, value| {
            forms[at].0 == name && forms[at].1.fits(value, kinds)
        };
        same_comment
            && self.name == addition.name.as_str()
            && self.branch == addition.kind.branch()
            && self.class == addition.class
            && self.items.len() == addition.items.len()
            && self.annotations.len() == addition.annotations.len()
            && addition.items.iter().enumerate().all(|(at, (name, value))| fit(&self.items, at, name.as_str(), value))
            && addition
                .annotations
                .iter()
                .enumerate()
                .all(|(at, (name, value))| fit(&self.annotations, at, name, value))
    }

    /// The columns in which parts of it stand.
    pub(super) fn columns(&self) -> Vec<usize> {
        let mut columns = Vec::new();
        let forms = self.items.iter().chain(&self.annotations);
        forms.for_each(|(_, form)| form.columns(&mut |at| columns.push(at)));
        columns.extend(self.summary);
        if let Comment::Column(at) = self.comment {
            columns.push(at);
        }
        columns
    }

    /// The comment that a run shows: of a repeated one only the lowest run, if they are `purged`.
    pub(super) fn comment(&self, run: RunIndex, purged: bool) -> &str {
        match &self.comment {
            Comment::Same { text, first } if !purged || run.0 == *first => text,
            _ => "",
        }
    }
}
