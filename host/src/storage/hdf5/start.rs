//! The start of a trajectory: everything that is known before the first run.

use std::collections::BTreeMap;

use crate::{
    storage::{Facts, Head},
    trajectory::{BRANCHES, NodePath, Parameter, Trajectory, Value},
};

use super::{
    Hdf5Options,
    cells::Element,
    kit::Kit,
    leaf,
    options::{COMPLIB, ENCODING, PANDAS_FORMAT},
    parameter::{put_explored as put_explored_values, put_parameter},
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

/// Writes the trajectory with its parameters, configuration and the tables that are always there, but no runs
/// table yet, and nothing that is as long as there are runs: see [`put_explored`].
pub(super) fn put_trajectory(kit: &mut Kit, root: &Node, head: &Head, options: &Hdf5Options) -> Called<Groups> {
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
    put_settings(kit, &overview, options)?;
    put_explorations(kit, &overview, trajectory)?;
    put_facts(kit, &overview, head)?;
    Ok(Groups { trajectory: group, config, overview })
}

/// Writes what explored parameters are in every run.
pub(super) fn put_explored(kit: &mut Kit, group: &Node, trajectory: &Trajectory) -> Called<()> {
    for (path, parameter) in trajectory.explored() {
        let leaf = group_at(group, &format!("parameters.{path}"))?;
        put_explored_values(kit, &leaf, parameter, trajectory)?;
    }
    Ok(())
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
fn put_settings(kit: &mut Kit, overview: &Node, options: &Hdf5Options) -> Called<()> {
    let (small, large) = (options.small_overview_tables, options.large_overview_tables);
    let settings = [
        ("complib", text(7, 7), Field::Text(COMPLIB)),
        ("complevel", Element::INT, Field::Int(options.level().into())),
        ("shuffle", Element::Bool, Field::Bool(true)),
        ("fletcher32", Element::Bool, Field::Bool(false)),
        ("pandas_format", text(7, 7), Field::Text(PANDAS_FORMAT)),
        ("encoding", text(11, 11), Field::Text(ENCODING)),
        ("config_overview", Element::Bool, Field::Bool(small)),
        ("parameters_overview", Element::Bool, Field::Bool(small)),
        ("derived_parameters_overview", Element::Bool, Field::Bool(large)),
        ("results_overview", Element::Bool, Field::Bool(large)),
        ("explored_parameters_overview", Element::Bool, Field::Bool(small)),
        ("derived_parameters_summary", Element::Bool, Field::Bool(small)),
        ("results_summary", Element::Bool, Field::Bool(small)),
        ("purge_duplicate_comments", Element::Bool, Field::Bool(options.purge_duplicate_comments)),
        ("results_per_run", Element::INT, Field::Int(options.results_per_run.into())),
        ("derived_parameters_per_run", Element::INT, Field::Int(options.derived_parameters_per_run.into())),
    ];
    let columns = Columns::new(settings.iter().map(|(name, element, _)| (*name, *element)).collect())?;
    let mut bytes = Vec::new();
    columns.fill(&mut bytes, &settings.map(|(_, _, field)| field));
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
