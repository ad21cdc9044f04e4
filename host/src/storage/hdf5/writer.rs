//! [`Writer`]: one trajectory being written into an open file.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use crate::{
    journal::Places,
    overview::{Comments, Keep},
    storage::{Head, Tail},
    trajectory::{Addition, AdditionKind, FinishedRun, RunIndex, RunSet, Trajectory},
};

use super::{
    Hdf5Options,
    columns::Columns,
    digests::Digests,
    kit::Kit,
    large_tables::{ExploredInRuns, LargeTables},
    leaf::{self, About},
    parameter,
    raw::{Called, File, Node},
    runs_table::RunsTable,
    small_tables::SmallTables,
    start::{self, Groups},
    verify,
};

/// One trajectory being written into an open file, in whichever layout.
pub(super) trait RunWriter: std::fmt::Debug + Send {
    /// The trajectory that is written.
    fn trajectory(&self) -> &Arc<Trajectory>;

    /// The runs that were stored.
    fn stored(&mut self) -> &mut RunSet;

    /// What the file must hold when it is complete.
    fn expected(&self) -> verify::Expected;

    /// Where large arrays lie that were written since this was cleared.
    fn places(&mut self) -> &mut Places;

    /// Writes what is known of every run, unless that was done.
    fn put_known(&mut self) -> Called<()>;

    /// Writes one run that has ended.
    fn put_run(&mut self, run: &FinishedRun) -> Called<()>;

    /// Writes everything so far, and what is known of every run, in such a way that the file opens and shows it if
    /// the process ends now.
    fn flush(&mut self) -> Called<()>;

    /// Writes what waits and what is known at the end only, and closes the file.
    fn finish(self: Box<Self>, tail: &Tail) -> Called<()>;
}

/// An open file with the trajectory in it, in the layout `tree`.
///
/// Everything is dropped in the order of the fields: the file goes last.
#[derive(Debug)]
pub(super) struct Writer {
    kit: Kit,
    trajectory: Arc<Trajectory>,
    groups: Groups,
    runs_table: RunsTable,
    columns: Columns,
    digests: Digests,
    /// The bucket groups in use, per branch.
    sets: [BTreeMap<String, Node>; 2],
    dims: BTreeMap<String, Vec<String>>,
    units: BTreeMap<String, String>,
    comments: Option<Comments>,
    small_tables: Option<SmallTables>,
    large_tables: Option<LargeTables>,
    explored_in_runs: Option<ExploredInRuns>,
    stored: RunSet,
    /// Those that went well.
    well: RunSet,
    /// The runs that were stored last.
    last: VecDeque<RunIndex>,
    /// What is known of every run was written.
    knows_all: bool,
    file: File,
}

/// With so many runs, what is known of them is written before the first one. With more, when the file is first flushed:
/// a million runs start as soon as one.
pub(super) const KNOWN_AT_ONCE: u64 = 1000;

/// Buckets that stay open; runs end nearly in order, so few are in use at once.
const OPEN_SETS: usize = 16;

impl Writer {
    /// Writes everything that is known before the first run, and flushes it; of many runs, not what each of them is.
    pub(super) fn start(file: File, mut kit: Kit, head: &Head, options: &Hdf5Options) -> Called<Self> {
        let trajectory = head.trajectory.clone();
        let groups = start::put_trajectory(&mut kit, file.root(), head, options)?;
        let (small, large) = (options.small_overview_tables, options.large_overview_tables);
        let small_tables = small.then(|| SmallTables::create(&mut kit, &groups.overview, head)).transpose()?;
        let large_tables = large.then(|| LargeTables::create(&mut kit, &groups.overview, head, options)).transpose()?;
        let explored_in_runs = if large { ExploredInRuns::new(&trajectory)? } else { None };
        let runs_table = RunsTable::create(&mut kit, &groups.overview, &trajectory, head.identity.short_hexsha())?;
        let units = head.units.iter().map(|(name, unit)| (own_name(name).to_owned(), unit.clone()));
        let columns = Columns::create(&mut kit, &groups.overview, &trajectory, units)?;
        let digests = Digests::create(&mut kit, &groups.overview, head)?;
        let mut writer = Self {
            kit,
            trajectory: trajectory.clone(),
            groups,
            runs_table,
            columns,
            digests,
            sets: Default::default(),
            dims: head.dims.clone(),
            units: head.units.clone(),
            comments: options.purge_duplicate_comments.then(Comments::default),
            small_tables,
            large_tables,
            explored_in_runs,
            stored: RunSet::default(),
            well: RunSet::default(),
            last: VecDeque::new(),
            knows_all: false,
            file,
        };
        put_own_additions(&mut writer.kit, &writer.groups, head)?;
        if trajectory.run_count() <= KNOWN_AT_ONCE {
            writer.put_known()?;
        }
        writer.file.flush()?;
        Ok(writer)
    }

    fn put_additions(&mut self, kind: AdditionKind, run: &FinishedRun) -> Called<()> {
        let mut additions = run.additions.iter().filter(|addition| addition.kind == kind).peekable();
        if additions.peek().is_none() {
            return Ok(());
        }
        let group = self.set_group(kind, run.index)?.make_group(&run.index.name())?;
        if let Some(tables) = &self.explored_in_runs
            && kind == AdditionKind::Result
        {
            tables.put(&self.kit, &group, &self.trajectory, run)?;
        }
        for addition in additions {
            if let Some(tables) = &mut self.small_tables {
                tables.see(addition, run.index);
            }
            let kept = match &mut self.comments {
                None => Keep::Here,
                Some(comments) => comments.see(kind, &addition.name, &addition.comment, run.index),
            };
            if let Keep::InsteadOf(other) = kept {
                self.remove_comment(addition, other)?;
            }
            let comment = if kept == Keep::Not { "" } else { addition.comment.as_str() };
            let inner;
            let parent = match addition.name.location() {
                "" => &group,
                location => {
                    inner = start::group_at(&group, location)?;
                    &inner
                }
            };
            put_addition(&mut self.kit, parent, addition, comment, &self.units, &self.dims)?;
        }
        Ok(())
    }

    /// Takes the comment off the node of another run, which had it until now.
    fn remove_comment(&mut self, addition: &Addition, run: RunIndex) -> Called<()> {
        let mut node = self.set_group(addition.kind, run)?.open(&run.name())?;
        for name in addition.name.components() {
            node = node.open(name)?;
        }
        node.remove_attribute("SRVC_INIT_COMMENT")
    }

    /// The bucket group of a run: `results/runs/run_set_00000`.
    fn set_group(&mut self, kind: AdditionKind, run: RunIndex) -> Called<&Node> {
        let sets = &mut self.sets[kind as usize];
        let name = run.set_name();
        if !sets.contains_key(&name) {
            if sets.len() >= OPEN_SETS {
                sets.clear();
            }
            let path = format!("{}.runs.{name}", kind.branch());
            sets.insert(name.clone(), start::group_at(&self.groups.trajectory, &path)?);
        }
        Ok(&sets[&name])
    }
}

impl RunWriter for Writer {
    fn trajectory(&self) -> &Arc<Trajectory> {
        &self.trajectory
    }

    fn stored(&mut self) -> &mut RunSet {
        &mut self.stored
    }

    fn expected(&self) -> verify::Expected {
        verify::Expected {
            trajectory: self.trajectory.name().to_owned(),
            runs: self.trajectory.run_count(),
            stored: self.stored.len(),
            well: self.well.clone(),
            last: self.last.clone(),
            units: self.units.clone(),
            digests: self.digests.sum(),
        }
    }

    fn places(&mut self) -> &mut Places {
        &mut self.kit.places
    }

    fn put_known(&mut self) -> Called<()> {
        if std::mem::replace(&mut self.knows_all, true) {
            return Ok(());
        }
        start::put_explored(&mut self.kit, &self.groups.trajectory, &self.trajectory)?;
        self.columns.put_known(&self.trajectory)?;
        self.runs_table.put_pending(&self.trajectory, &self.stored)
    }

    fn put_run(&mut self, run: &FinishedRun) -> Called<()> {
        if self.last.len() == verify::LAST {
            self.last.pop_front();
        }
        self.last.push_back(run.index);
        if run.outcome.is_ok() {
            self.well.insert(run.index);
        }
        for kind in [AdditionKind::DerivedParameter, AdditionKind::Result] {
            self.put_additions(kind, run)?;
        }
        if let Some(tables) = &mut self.large_tables {
            tables.put_run(run)?;
        }
        self.columns.finished(run)?;
        self.digests.finished(run)?;
        self.runs_table.finished(&self.trajectory, run)
    }

    fn flush(&mut self) -> Called<()> {
        self.put_known()?;
        self.runs_table.flush()?;
        self.columns.flush()?;
        self.digests.flush()?;
        if let Some(tables) = &mut self.large_tables {
            tables.flush()?;
        }
        self.file.flush()
    }

    fn finish(mut self: Box<Self>, tail: &Tail) -> Called<()> {
        start::put_parameters(&mut self.kit, &self.groups.config, &tail.config, None)?;
        self.put_known()?;
        self.runs_table.flush()?;
        let pending = self.trajectory.runs().filter(|run| !self.stored.contains(*run));
        let sums = self.columns.finish(&mut self.kit, pending)?;
        self.digests.finish(&mut self.kit, &sums)?;
        if let Some(tables) = self.small_tables.take() {
            tables.finish(&mut self.kit, &self.groups.overview, &tail.config)?;
        }
        if let Some(tables) = self.large_tables.take() {
            tables.finish(&self.kit)?;
        }
        let Self { groups, runs_table, sets, kit, explored_in_runs, file, .. } = *self;
        drop((groups, runs_table, sets, kit, explored_in_runs));
        file.close()
    }
}

/// Writes what was added to the trajectory itself.
pub(super) fn put_own_additions(kit: &mut Kit, groups: &Groups, head: &Head) -> Called<()> {
    for addition in head.trajectory.additions() {
        let branch = addition.kind.branch();
        let path = match addition.name.location() {
            "" => branch.to_owned(),
            location => format!("{branch}.{location}"),
        };
        let parent = start::group_at(&groups.trajectory, &path)?;
        put_addition(kit, &parent, addition, &addition.comment, &head.units, &head.dims)?;
    }
    Ok(())
}

fn put_addition(
    kit: &mut Kit,
    parent: &Node,
    addition: &Addition,
    comment: &str,
    units: &BTreeMap<String, String>,
    dims: &BTreeMap<String, Vec<String>>,
) -> Called<()> {
    let name = addition.name.as_str();
    let first = addition.items.first().map_or("", |(item, _)| item.as_str());
    let unit = if units.is_empty() { None } else { named(units, name, first, addition) };
    let unit = unit.map_or("", String::as_str);
    match (addition.kind, &addition.class) {
        (AdditionKind::DerivedParameter, None) => parameter::put_derived(kit, parent, addition, comment, unit),
        (_, class) => {
            let about = About { class: class.as_deref().unwrap_or("Result"), comment, unit };
            leaf::put_result(kit, parent, addition, about, |item| {
                if dims.is_empty() {
                    return None;
                }
                named(dims, name, item, addition).map(Vec::as_slice)
            })
        }
    }
}

/// What the spec says about `result.item`, or about `result` if that is its only or own item.
pub(in crate::storage) fn named<'m, T>(
    words: &'m BTreeMap<String, T>,
    name: &str,
    item: &str,
    addition: &Addition,
) -> Option<&'m T> {
    let whole = item == addition.name.name() || addition.items.len() == 1;
    words.get(&format!("{name}.{item}")).or_else(|| if whole { words.get(name) } else { None })
}

/// `z.z` is the column `z`.
fn own_name(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((result, item)) if result.rsplit('.').next() == Some(item) => result,
        _ => name,
    }
}
