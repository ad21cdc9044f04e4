//! [`Layout`]: which columns there are and how runs are put together from them, as it stands in `overview/host_layout`.
//!
//! Three lists of JSON texts: `columns`, `variants` (what a result looks like, with the numbers of its columns) and
//! `schemas` (what a run has added, as numbers of variants). The dataset `schema` beside them has a number for every run.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    super::raw::{Called, Creation, Node, Shape, Storing},
    elements::Kind,
    place::{Home, Place},
    variant::Variant,
};

/// Everything that is needed to read runs back.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Layout {
    pub(super) columns: Vec<ColumnRow>,
    pub(super) variants: Vec<Variant>,
    pub(super) schemas: Vec<Vec<u32>>,
    /// Repeated comments are kept with the lowest run only.
    pub(super) purged: bool,
}

/// A column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ColumnRow {
    #[serde(flatten)]
    pub(super) place: Place,
    pub(super) kind: Kind,
    pub(super) home: Home,
    pub(super) dataset: String,
}

/// The name of the group in the overview.
pub(in super::super) const LAYOUT: &str = "host_layout";
const COLUMNS: &str = "columns";
const VARIANTS: &str = "variants";
const SCHEMAS: &str = "schemas";
/// The attribute that says whether repeated comments are purged.
pub(super) const PURGED: &str = "HOST_PURGED";
/// Texts of a chunk.
const CHUNK: u64 = 256;

impl Layout {
    /// Makes the empty lists.
    pub(super) fn create(group: &Node) -> Called<()> {
        for name in [COLUMNS, VARIANTS, SCHEMAS] {
            let how = Creation::new(&Storing::Chunked(vec![CHUNK], 0), None)?;
            group.make_text_dataset(name, &Shape::growing(0)?, &how)?;
        }
        Ok(())
    }

    /// Writes it; what was written before is its beginning, but for the names of columns.
    pub(super) fn write(&self, group: &Node) -> Called<()> {
        put(group, COLUMNS, &self.columns)?;
        put(group, VARIANTS, &self.variants)?;
        put(group, SCHEMAS, &self.schemas)
    }

    /// Reads it.
    pub(super) fn read(group: &Node, purged: bool) -> Called<Result<Self, String>> {
        let (columns, variants, schemas) = (get(group, COLUMNS)?, get(group, VARIANTS)?, get(group, SCHEMAS)?);
        let made = || -> Result<Self, String> {
            let layout = Self { columns: columns?, variants: variants?, schemas: schemas?, purged };
            layout.check()?;
            Ok(layout)
        };
        Ok(made())
    }

    /// Refuses numbers of what is not there.
    fn check(&self) -> Result<(), String> {
        let columns = self.columns.len();
        if let Some(at) = self.variants.iter().flat_map(Variant::columns).find(|at| *at >= columns) {
            return Err(format!("there is no column {at}"));
        }
        let members = self.schemas.iter().flatten();
        if let Some(at) = members.copied().find(|at| *at as usize >= self.variants.len()) {
            return Err(format!("there is no variant {at}"));
        }
        match self.variants.iter().find(|variant| variant.kind().is_none()) {
            Some(variant) => Err(format!("there is no branch {:?}", variant.branch)),
            None => Ok(()),
        }
    }
}

fn put<T: Serialize>(group: &Node, name: &str, rows: &[T]) -> Called<()> {
    let texts: Vec<String> = rows.iter().map(|row| serde_json::to_string(row).expect("rows are JSON")).collect();
    let node = group.open(name)?;
    node.resize(texts.len() as u64)?;
    node.write_texts(0, texts.iter().map(String::as_str))
}

fn get<T: DeserializeOwned>(group: &Node, name: &str) -> Called<Result<Vec<T>, String>> {
    let texts = group.open(name)?.read_all_texts()?;
    let rows = texts.iter().map(|text| serde_json::from_str(text).map_err(|error| format!("{name}: {error}")));
    Ok(rows.collect())
}
