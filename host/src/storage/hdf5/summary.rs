//! The summary tables: one row for each name that runs have added something under.

use sha1::{Digest, Sha1};

use crate::{
    overview::{Example, MAX_COMMENT, MAX_LOCATION, MAX_NAME, MAX_VALUE, Summaries},
    trajectory::{AdditionKind, NodePath},
};

use super::{
    cells::Element,
    kit::Kit,
    raw::{Called, Node},
    tables::{Columns, Field, text},
};

/// Writes the summaries under the names of pypet's documentation and those of pypet 0.7.
pub(super) fn put_summaries(kit: &mut Kit, overview: &Node, summaries: &Summaries) -> Called<()> {
    for (kind, branch) in [(AdditionKind::DerivedParameter, "derived_parameters"), (AdditionKind::Result, "results")] {
        let rows: Vec<Row<'_>> =
            summaries.of(kind).iter().map(|(name, example)| Row::new(branch, name, example)).collect();
        put_rows(kit, overview, &format!("{branch}_summary"), &rows)?;
        put_seed_rows(kit, overview, &format!("{branch}_runs_summary"), &rows)?;
    }
    Ok(())
}

/// One name, with an example.
struct Row<'a> {
    /// Where the example stands.
    location: String,
    /// The same with the run masked.
    mask: String,
    name: &'a str,
    run: String,
    example: &'a Example,
    hexdigest: String,
}

impl<'a> Row<'a> {
    fn new(branch: &str, path: &'a NodePath, example: &'a Example) -> Self {
        let dot = if path.location().is_empty() { "" } else { "." };
        let inside = format!("{dot}{}", path.location());
        let digest = Sha1::digest(&example.comment);
        Self {
            location: format!("{branch}.runs.{}.{}{inside}", example.run.set_name(), example.run),
            mask: format!("{branch}.runs.run_set_XXXXX.run_XXXXXXXX{inside}"),
            name: path.name(),
            run: example.run.name(),
            example,
            hexdigest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

fn longest(rows: &[Row<'_>], field: impl Fn(&Row<'_>) -> usize) -> usize {
    rows.iter().map(field).max().unwrap_or(0)
}

/// pypet 0.7's table.
fn put_rows(kit: &mut Kit, overview: &Node, name: &str, rows: &[Row<'_>]) -> Called<()> {
    let columns = Columns::new(vec![
        ("location", text(longest(rows, |row| row.location.len()), MAX_LOCATION)),
        ("name", text(longest(rows, |row| row.name.len()), MAX_NAME)),
        ("value", text(longest(rows, |row| row.example.value.len()), 4 * MAX_VALUE)),
        ("hexdigest", text(40, 64)),
        ("comment", text(longest(rows, |row| row.example.comment.len()), MAX_COMMENT)),
    ])?;
    let mut bytes = Vec::new();
    for row in rows {
        columns.fill(
            &mut bytes,
            &[
                Field::Text(&row.location),
                Field::Text(row.name),
                Field::Text(&row.example.value),
                Field::Text(&row.hexdigest),
                Field::Text(&row.example.comment),
            ],
        );
    }
    columns.write(kit, overview, name, &bytes)
}

/// The table of pypet's first documentation.
fn put_seed_rows(kit: &mut Kit, overview: &Node, name: &str, rows: &[Row<'_>]) -> Called<()> {
    let columns = Columns::new(vec![
        ("name", text(longest(rows, |row| row.name.len()), MAX_NAME)),
        ("location", text(longest(rows, |row| row.mask.len()), MAX_LOCATION)),
        ("example_item_run_name", text(12, 15)),
        ("comment", text(longest(rows, |row| row.example.comment.len()), MAX_COMMENT)),
        ("number_of_items", Element::INT),
        ("value", text(longest(rows, |row| row.example.value.len()), 4 * MAX_VALUE)),
    ])?;
    let mut bytes = Vec::new();
    for row in rows {
        columns.fill(
            &mut bytes,
            &[
                Field::Text(row.name),
                Field::Text(&row.mask),
                Field::Text(&row.run),
                Field::Text(&row.example.comment),
                Field::Int(row.example.count as i64),
                Field::Text(&row.example.value),
            ],
        );
    }
    columns.write(kit, overview, name, &bytes)
}
