//! [`Place`]: what a column is of, and where it stands in the file.

use serde::{Deserialize, Serialize};

use crate::trajectory::{Addition, AdditionKind};

use super::{
    super::columns::MAX_NAME,
    elements::{Dtype, Elements, Kind},
};

/// What a column is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    /// `results` or `derived_parameters`.
    pub(super) branch: String,
    /// The result or derived parameter.
    pub(super) name: String,
    pub(super) what: What,
    /// The item with the part of it, or the key of the annotation.
    pub(super) part: String,
}

/// What of a result stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    Item,
    Annotation,
    Comment,
    Summary,
}

/// The group that a column is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Home {
    /// `overview/columns`, where netCDF's rules hold: xarray opens it.
    Columns,
    /// `overview/more_columns`, for everything else.
    More,
}

impl Home {
    /// Where a column of this name and kind belongs.
    pub(super) fn of(place: &Place, kind: &Kind, name: &str) -> Self {
        let netcdf = match kind {
            Kind::Rows { of: Elements { dtype, .. }, .. } => dtype.is_netcdf(),
            Kind::Ragged { .. } => false,
            _ => true,
        };
        if netcdf && place.what == What::Item && name.len() <= MAX_NAME { Self::Columns } else { Self::More }
    }
}

impl Place {
    pub(super) fn new(kind: AdditionKind, name: &str, what: What, part: &str) -> Self {
        Self { branch: kind.branch().to_owned(), name: name.to_owned(), what, part: part.to_owned() }
    }

    fn is_result(&self) -> bool {
        self.branch == AdditionKind::Result.branch()
    }

    /// The name by which the spec and readers know it: `z`, `z.w`, `z.w.real`.
    pub(super) fn key(&self, own: &str) -> String {
        let part = self.part.strip_prefix(own).filter(|rest| rest.is_empty() || rest.starts_with('.'));
        match (self.what, part) {
            (What::Item, Some(rest)) => format!("{}{rest}", self.name),
            (What::Item, None) => format!("{}.{}", self.name, self.part),
            (What::Annotation, _) => format!("{}.@{}", self.name, self.part),
            (What::Comment, _) => format!("{}.@@comment", self.name),
            (What::Summary, _) => format!("{}.@@summary", self.name),
        }
    }

    /// What its dataset is called if nothing else is.
    pub(super) fn plain_name(&self, own: &str, taken: &impl Fn(&str) -> bool) -> String {
        let key = self.key(own);
        match self.is_result() {
            false => format!("derived_parameters.{key}"),
            true if self.what == What::Item && taken(&key) => format!("results.{key}"),
            true => key,
        }
    }
}

/// The item whose name is left out of those of columns: that of the result itself, or the only one of a derived
/// parameter.
pub(super) fn own_item(addition: &Addition) -> &str {
    match addition.items.first() {
        Some((item, _)) if addition.kind == AdditionKind::DerivedParameter && addition.class.is_none() => item.as_str(),
        _ => addition.name.name(),
    }
}

/// What is added to the name of a column that does not keep the plain one.
pub(super) fn kind_word(kind: &Kind) -> String {
    let dtype = |of: &Elements| match of.dtype {
        Dtype::Text(width) => format!("text{width}"),
        Dtype::Bytes(width) => format!("bytes{width}"),
        other => format!("{other:?}").to_lowercase(),
    };
    let container = |of: &Elements| format!("{:?}", of.container).to_lowercase();
    match kind {
        Kind::Float => "real".to_owned(),
        Kind::Int => "integer".to_owned(),
        Kind::Bool => "boolean".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Rows { of, shape } => {
            let shape: Vec<String> = shape.iter().map(u64::to_string).collect();
            format!("{}_{}_{}", container(of), dtype(of), shape.join("x"))
        }
        Kind::Ragged { of, rank } => format!("{}_{}_ragged{rank}", container(of), dtype(of)),
    }
}
