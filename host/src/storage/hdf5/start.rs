//! The start of a trajectory: everything that is known before the first run.

use std::collections::BTreeMap;

use crate::{
    overview::{self, NodeRow},
    storage::{Facts, Head},
    trajectory::{BRANCHES, NodePath, Parameter, Trajectory, Value},
};

use super::{
    cells::Element,
    kit::Kit,
    leaf,
    parameter::put_parameter,
    raw::{Called, Node},
    tables::{Columns, Field, text},
};

/// The version of this layout; readers refuse a higher one.
pub(super) const FORMAT: i64 = 1;

/// The name of the text of [`Facts`] in the overview.
pub(super) const FACTS: &str = "host_facts";

/// The attributes of a root that [`put_root`] writes; PyTables writes them too.
pub(super) const ROOT_WORDS: [&str; 4] = ["CLASS", "PYTABLES_FORMAT_VERSION", "TITLE", "VERSION"];

/// The groups of a trajectory that stay open.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) trajectory: Node,
    pub(super) config: Node,
    pub(super) overview: Node,
}

/// Writes what PyTables wants to find at the root of a file that was just made.
pub(super) fn put_root(kit: &mut Kit, root: &Node, title: &str) -> Called<()> {
    kit.put_word(root, c"CLASS", "GROUP")?;
    kit.put_word(root, c"PYTABLES_FORMAT_VERSION", "2.1")?;
    kit.put_word(root, c"TITLE", title)?;
    kit.put_word(root, c"VERSION", "1.0")
}

/// Writes the trajectory with its parameters, configuration and overview, but no runs table yet.
pub(super) fn put_trajectory(kit: &mut Kit, root: &Node, head: &Head) -> Called<Groups> {
    let trajectory = &head.trajectory;
    let group = root.make_group(trajectory.name())?;
    kit.put_word(&group, c"CLASS", "GROUP")?;
    kit.put_word(&group, c"VERSION", "1.0")?;
    kit.put_word(&group, c"TITLE", trajectory.name())?;
    kit.put_integer(&group, "HOST_FORMAT", FORMAT)?;
    if !trajectory.comment().is_empty() {
        kit.put_word(&group, c"SRVC_INIT_COMMENT", trajectory.comment())?;
    }
    for branch in BRANCHES {
        group.make_group(branch)?;
    }
    put_parameters(kit, &group.open("parameters")?, trajectory.parameters(), Some(trajectory))?;
    let config = group.open("config")?;
    put_parameters(kit, &config, &head.config, None)?;
    let overview = group.make_group("overview")?;
    put_info(kit, &overview, head)?;
    put_settings(kit, &overview)?;
    put_explorations(kit, &overview, trajectory)?;
    put_nodes(kit, &overview, head)?;
    put_facts(kit, &overview, head)?;
    Ok(Groups { trajectory: group, config, overview })
}

/// Writes parameters or configuration entries below `branch`; groups are made where they are missing.
pub(super) fn put_parameters(
    kit: &mut Kit,
    branch: &Node,
    parameters: &BTreeMap<NodePath, Parameter>,
    trajectory: Option<&Trajectory>,
) -> Called<()> {
    for (path, parameter) in parameters {
        let made;
        let parent = match path.location() {
            "" => branch,
            location => {
                made = group_at(branch, location)?;
                &made
            }
        };
        put_parameter(kit, parent, path.name(), parameter, trajectory)?;
    }
    Ok(())
}

/// The group at this path below `from`, made where it is missing.
pub(super) fn group_at(from: &Node, path: &str) -> Called<Node> {
    let mut at: Option<Node> = None;
    for name in path.split('.') {
        let parent = at.as_ref().unwrap_or(from);
        at = Some(if parent.has(name)? { parent.open(name)? } else { parent.make_group(name)? });
    }
    Ok(at.expect("a path has a component"))
}

fn put_info(kit: &mut Kit, overview: &Node, head: &Head) -> Called<()> {
    let (trajectory, identity) = (&head.trajectory, &head.identity);
    let columns = Columns::new(vec![
        ("name", text(trajectory.name().len(), 512)),
        ("time", text(identity.trajectory_time.len(), 20)),
        ("length", Element::INT),
        ("timestamp", Element::FLOAT),
        ("comment", text(trajectory.comment().len(), 512)),
        ("python", text(1, 128)),
        ("version", text(head.version.len(), 128)),
    ])?;
    let mut bytes = Vec::new();
    columns.fill(
        &mut bytes,
        &[
            Field::Text(trajectory.name()),
            Field::Text(&identity.trajectory_time),
            Field::Int(trajectory.run_count() as i64),
            Field::Float(identity.trajectory_timestamp),
            Field::Text(trajectory.comment()),
            Field::Text(""),
            Field::Text(&head.version),
        ],
    );
    columns.write(kit, overview, "info", &bytes)
}

/// pypet's own settings, for those who go on with the file in pypet.
fn put_settings(kit: &mut Kit, overview: &Node) -> Called<()> {
    let mut columns = vec![
        ("complib", text(7, 7)),
        ("complevel", Element::INT),
        ("shuffle", Element::Bool),
        ("fletcher32", Element::Bool),
        ("pandas_format", text(7, 7)),
        ("encoding", text(11, 11)),
    ];
    let flags = [
        "config_overview",
        "parameters_overview",
        "derived_parameters_overview",
        "results_overview",
        "explored_parameters_overview",
        "derived_parameters_summary",
        "results_summary",
        "purge_duplicate_comments",
    ];
    columns.extend(flags.map(|flag| (flag, Element::Bool)));
    columns.extend([("results_per_run", Element::INT), ("derived_parameters_per_run", Element::INT)]);
    let mut fields = vec![
        Field::Text("zlib"),
        Field::Int(1),
        Field::Bool(true),
        Field::Bool(false),
        Field::Text("fixed"),
        Field::Text("utf8"),
    ];
    fields.extend(flags.map(|flag| Field::Bool(!matches!(flag, "derived_parameters_overview" | "results_overview"))));
    fields.extend([Field::Int(0), Field::Int(0)]);
    let columns = Columns::new(columns)?;
    let mut bytes = Vec::new();
    columns.fill(&mut bytes, &fields);
    columns.write(kit, overview, "hdf5_settings", &bytes)
}

/// What our own reader needs to read the trajectory back exactly.
fn put_facts(kit: &mut Kit, overview: &Node, head: &Head) -> Called<()> {
    let text = serde_json::to_string(&Facts::of(head)).expect("facts have no keys but text");
    leaf::put_item(kit, overview, FACTS, &Value::Text(text), None, None)
}

fn put_explorations(kit: &mut Kit, overview: &Node, trajectory: &Trajectory) -> Called<()> {
    let names: Vec<String> = trajectory.explored().map(|(path, _)| format!("parameters.{path}")).collect();
    let longest = names.iter().map(String::len).max().unwrap_or(0);
    let columns = Columns::new(vec![("explorations", text(longest, longest.max(1)))])?;
    let mut bytes = Vec::new();
    names.iter().for_each(|name| columns.fill(&mut bytes, &[Field::Text(name)]));
    columns.write(kit, overview, "explorations", &bytes)
}

/// The tables of parameters and configuration, under the names of pypet's documentation and those of pypet 0.7.
fn put_nodes(kit: &mut Kit, overview: &Node, head: &Head) -> Called<()> {
    let parameters = head.trajectory.parameters();
    let explored: Vec<NodeRow> =
        parameters.iter().filter_map(|(path, parameter)| overview::explored_row(path, parameter)).collect();
    let parameters: Vec<NodeRow> =
        parameters.iter().map(|(path, parameter)| overview::node_row("parameters", path, parameter)).collect();
    let config: Vec<NodeRow> =
        head.config.iter().map(|(path, entry)| overview::node_row("config", path, entry)).collect();
    for name in ["explored_parameters", "explored_parameters_overview"] {
        put_node_rows(kit, overview, name, &explored, true)?;
    }
    for name in ["parameters", "parameters_overview"] {
        put_node_rows(kit, overview, name, &parameters, false)?;
    }
    for name in ["config", "config_overview"] {
        put_node_rows(kit, overview, name, &config, false)?;
    }
    Ok(())
}

/// As many rows as pypet has at most in these tables.
const MAX_ROWS: usize = 1000;

fn put_node_rows(kit: &mut Kit, overview: &Node, name: &str, rows: &[NodeRow], ranges: bool) -> Called<()> {
    let rows = &rows[..rows.len().min(MAX_ROWS)];
    let longest = |field: fn(&NodeRow) -> &str| rows.iter().map(|row| field(row).len()).max().unwrap_or(0);
    let longest_range = rows.iter().filter_map(|row| row.range.as_ref()).map(|(_, range)| range.len()).max();
    let mut columns = vec![
        ("location", text(longest(|row| &row.location), overview::MAX_LOCATION)),
        ("name", text(longest(|row| &row.name), overview::MAX_NAME)),
        ("value", text(longest(|row| &row.value), 4 * overview::MAX_VALUE)),
        ("comment", text(longest(|row| &row.comment), overview::MAX_COMMENT)),
    ];
    if ranges {
        columns.push(("length", Element::INT));
        columns.push(("range", text(longest_range.unwrap_or(0), overview::MAX_RANGE)));
    }
    let columns = Columns::new(columns)?;
    let mut bytes = Vec::new();
    for row in rows {
        let mut fields = vec![
            Field::Text(&row.location),
            Field::Text(&row.name),
            Field::Text(&row.value),
            Field::Text(&row.comment),
        ];
        if ranges {
            let (length, range) = row.range.as_ref().map_or((0, ""), |(length, range)| (*length, range.as_str()));
            fields.extend([Field::Int(length as i64), Field::Text(range)]);
        }
        columns.fill(&mut bytes, &fields);
    }
    columns.write(kit, overview, name, &bytes)
}
