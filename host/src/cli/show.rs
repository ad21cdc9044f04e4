//! `host show`: values of a node and everything below it.

use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::Args;
use serde_json::{Map, json};

use crate::{
    storage::{Leaf, ReadError, Reader, TOO_DEEP, is_too_deep},
    trajectory::{RUNS_PER_SET, harmless},
};

use super::{
    classes::{KnownClasses, Shown},
    failure::Failure,
    json::json as to_json,
    opening::FileArgs,
    output::output,
};

/// Show a parameter or result, or all of them below a node
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  host show hdf5/exp.hdf5 neuron.tau               a parameter, its comment and its explored values
  host show hdf5/exp.hdf5 run_00000003             all results of a run
  host show hdf5/exp.hdf5 run_00000003.z --json
  host show hdf5/exp.hdf5 pause --class pause.wasm a parameter of a class of your own
  host show hdf5/exp.hdf5 config                   who ran what, where, with which versions
")]
pub(super) struct Show {
    #[command(flatten)]
    file: FileArgs,
    /// A node of the trajectory, with dots; `parameters.` and the path to a run may be left out
    #[arg(value_name = "NODE")]
    node: String,
    /// Component of a class that values were stored as; by default the recorded one, if it is still there
    #[arg(long = "class", value_name = "CLASS.wasm")]
    classes: Vec<PathBuf>,
    /// Write JSON
    #[arg(long)]
    json: bool,
    /// How many characters of a value to show; JSON is never cut
    #[arg(long, value_name = "N", default_value_t = 200)]
    width: usize,
}

impl Show {
    pub(super) fn execute(&self) -> Result<ExitCode, Failure> {
        let reader = self.file.open()?;
        let trajectory = self.file.trajectory(&*reader)?.name;
        let node = self.resolve(&*reader, &trajectory)?;
        let classes = KnownClasses::new(&self.classes, &*reader, &trajectory)?;
        let mut out = output();
        let mut object = Map::new();
        each_leaf(&*reader, &trajectory, &node, &mut |path, mut leaf| {
            let shown = classes.show(path, &mut leaf);
            if self.json {
                object.insert(path.to_owned(), leaf_json(&leaf, &shown));
                Ok(())
            } else {
                self.write(&mut out, path, &leaf, &shown)
            }
        })?;
        if self.json {
            writeln!(out, "{:#}", serde_json::Value::Object(object))?;
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    /// The full path: as given, or below the branches where people look first.
    fn resolve(&self, reader: &dyn Reader, trajectory: &str) -> Result<String, Failure> {
        let node = &self.node;
        let mut candidates = vec![node.clone()];
        if let Some(run) = run_number(node) {
            let set = run / RUNS_PER_SET;
            candidates.push(format!("results.runs.run_set_{set:05}.{node}"));
            candidates.push(format!("results.runs.{node}"));
        }
        candidates.extend(["parameters", "results", "derived_parameters"].map(|branch| format!("{branch}.{node}")));
        for candidate in candidates {
            match reader.children(trajectory, &candidate) {
                Ok(_) | Err(ReadError::NotAGroup { .. }) => return Ok(candidate),
                Err(ReadError::NoNode { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(run) = run_number(node)
            && let Some(row) = reader.runs(trajectory, u64::from(run)..u64::from(run) + 1)?.rows.first()
            && row.status != "ok"
        {
            let why = if row.failure.is_empty() { "it was not run".to_owned() } else { row.failure.clone() };
            return Err(Failure::Usage(format!("run_{run:08} has no results ({}): {why}", row.status)));
        }
        Err(Failure::Usage(format!(
            "there is no node `{node}` in the trajectory `{trajectory}`\nhint: `host ls {}` shows what there is",
            self.file.file()
        )))
    }

    fn write(&self, out: &mut impl Write, path: &str, leaf: &Leaf, shown: &Shown) -> Result<(), Failure> {
        writeln!(out, "{}   {}", harmless(path), harmless(&leaf.comment))?;
        let own = path.rsplit('.').next().unwrap_or(path);
        for (item, value) in &leaf.items {
            let unit = if leaf.unit.is_empty() { String::new() } else { format!(" {}", harmless(&leaf.unit)) };
            let item = if item == own || item == "data" { String::new() } else { format!("{} = ", harmless(item)) };
            writeln!(out, "  {item}{}{unit}   ({})", value.repr(self.width), value.type_name())?;
        }
        if let Some(explored) = &leaf.explored {
            let values: Vec<_> = explored.iter().take(12).map(|value| value.repr(self.width)).collect();
            let more = if explored.len() > 12 { ", …" } else { "" };
            writeln!(out, "  explored in {} runs: {}{more}", explored.len(), values.join(", "))?;
        }
        for (key, value) in leaf.annotations.iter().filter(|(key, _)| key.as_str() != "unit") {
            writeln!(out, "  @{} = {}", harmless(key), value.repr(self.width))?;
        }
        if let (Shown::Stored(why), Some(summary)) = (shown, &leaf.summary) {
            let (class, summary) = (harmless(&leaf.class), harmless(summary));
            writeln!(out, "  so it is stored by the class `{class}`, in whose words it is: {summary}")?;
            writeln!(out, "  to see the values, name its component with --class ({why})")?;
        }
        for (item, why) in &leaf.unreadable {
            writeln!(out, "  {}: cannot be shown: {}", harmless(item), harmless(why))?;
        }
        Ok(())
    }
}

/// Visits the leaf at `node`, or all leaves below it, in the order of the file.
fn each_leaf(
    reader: &dyn Reader,
    trajectory: &str,
    node: &str,
    visit: &mut dyn FnMut(&str, Leaf) -> Result<(), Failure>,
) -> Result<(), Failure> {
    match reader.leaf(trajectory, node) {
        Ok(leaf) => return visit(node, leaf),
        Err(ReadError::NotALeaf { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    if is_too_deep(node) {
        let what = TOO_DEEP.into();
        return Err(ReadError::Contradiction { path: reader.path().to_owned(), what }.into());
    }
    for child in reader.children(trajectory, node)? {
        each_leaf(reader, trajectory, &format!("{node}.{}", child.name), visit)?;
    }
    Ok(())
}

fn run_number(node: &str) -> Option<u32> {
    node.split('.').next()?.strip_prefix("run_")?.parse().ok()
}

fn leaf_json(leaf: &Leaf, shown: &Shown) -> serde_json::Value {
    let items: Map<_, _> = leaf.items.iter().map(|(name, value)| (name.clone(), to_json(value))).collect();
    let mut object = Map::new();
    object.insert("class".into(), json!(leaf.class));
    object.insert("comment".into(), json!(leaf.comment));
    if !leaf.unit.is_empty() {
        object.insert("unit".into(), json!(leaf.unit));
    }
    object.insert("items".into(), items.into());
    if let Some(explored) = &leaf.explored {
        object.insert("explored".into(), explored.iter().map(to_json).collect());
    }
    if let (Shown::Stored(why), Some(explored)) = (shown, &leaf.explored_items) {
        object.insert("not_loaded".into(), json!(why));
        object.insert("explored_summaries".into(), json!(explored.summaries));
        object.insert("explored_summary_of_run".into(), json!(explored.of_run));
    } else if let Shown::Stored(why) = shown {
        object.insert("not_loaded".into(), json!(why));
    }
    if let Some(summary) = &leaf.summary {
        object.insert("summary".into(), json!(summary));
    }
    let annotations: Map<_, _> = leaf.annotations.iter().map(|(key, value)| (key.clone(), to_json(value))).collect();
    if !annotations.is_empty() {
        object.insert("annotations".into(), annotations.into());
    }
    if !leaf.unreadable.is_empty() {
        object.insert("unreadable".into(), json!(leaf.unreadable));
    }
    object.into()
}
