//! The layout `columns`: no group for a run, but a column for everything that runs have in common.
//!
//! | in `overview` | what |
//! |---|---|
//! | `runs` | a row for every run, as pypet and pandas want it |
//! | `columns` | numbers, short texts and arrays of one shape, as netCDF variables along `run`: what xarray opens |
//! | `more_columns` | ragged arrays (`values`, and `offset` and `shape` for every run), long texts, bytes, complex arrays, annotations |
//! | `host_layout` | how runs are put together from these; see [`layout`] |
//! | `long_form` | results that have no column, because a job makes up too many names |
//! | `failures` | why runs failed |
//! | `host_digests` | the first eight bytes of the digest of every run |
//!
//! Parameters, configuration and all other tables are where the layout `tree` has them.

mod additions;
mod book;
mod chunks;
mod column;
mod elements;
mod form;
mod known;
mod layout;
mod long_form;
mod names;
mod place;
mod reader;
mod rows;
#[cfg(test)]
mod tests;
mod variant;
mod words;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use crate::{
    journal::Places,
    storage::{Head, Tail},
    trajectory::{FinishedRun, RunIndex, RunSet, Trajectory},
};

use super::{
    Hdf5Options, column_sums,
    kit::Kit,
    large_tables::LargeTables,
    raw::{Called, File, Node},
    small_tables::SmallTables,
    start::{self, Groups},
    verify,
    writer::{KNOWN_AT_ONCE, RunWriter, put_own_additions},
};
use additions::Additions;
use book::Book;
use known::Known;
use layout::{LAYOUT, PURGED};
use long_form::LongForm;
use names::Names;

pub(super) use layout::Layout;
pub(super) use reader::{ColumnarReader, Found};

/// One trajectory being written into an open file, in columns.
///
/// Everything is dropped in the order of the fields: the file goes last.
#[derive(Debug)]
pub(super) struct ColumnarWriter {
    kit: Kit,
    trajectory: Arc<Trajectory>,
    groups: Groups,
    columns: Node,
    layout: Node,
    known: Known,
    additions: Additions,
    book: Book,
    long_form: LongForm,
    small_tables: Option<SmallTables>,
    large_tables: Option<LargeTables>,
    dims: BTreeMap<String, Vec<String>>,
    units: BTreeMap<String, String>,
    stored: RunSet,
    /// Those that went well.
    well: RunSet,
    /// The runs that were stored last.
    last: VecDeque<RunIndex>,
    /// What is known of every run was written.
    knows_all: bool,
    file: File,
}

impl ColumnarWriter {
    /// Writes what is known before the first run, but for what there is of every run, and flushes it.
    pub(super) fn start(file: File, mut kit: Kit, head: &Head, options: &Hdf5Options) -> Called<Self> {
        let trajectory = head.trajectory.clone();
        let groups = start::put_trajectory(&mut kit, file.root(), head, options)?;
        let overview = &groups.overview;
        let (small, large) = (options.small_overview_tables, options.large_overview_tables);
        let small_tables = small.then(|| SmallTables::create(&mut kit, overview, head)).transpose()?;
        let large_tables = large.then(|| LargeTables::create(&mut kit, overview, head, options)).transpose()?;
        let columns = overview.make_group("columns")?;
        let more = overview.make_group("more_columns")?;
        let layout = overview.make_group(LAYOUT)?;
        Layout::create(&layout)?;
        let purge = options.purge_duplicate_comments;
        kit.put_integer(&layout, PURGED, purge.into())?;
        let (known, scale, taken) = Known::create(&mut kit, &columns, &trajectory)?;
        let book = Book::create(&mut kit, overview, &columns, &layout, head, &scale)?;
        let homes = (columns.open(".")?, more);
        let additions = Additions::new(homes, scale, trajectory.run_count(), Names::new(taken), purge);
        put_own_additions(&mut kit, &groups, head)?;
        let mut writer = Self {
            kit,
            trajectory,
            groups,
            columns,
            layout,
            known,
            additions,
            book,
            long_form: LongForm::default(),
            small_tables,
            large_tables,
            dims: head.dims.clone(),
            units: head.units.clone(),
            stored: RunSet::default(),
            well: RunSet::default(),
            last: VecDeque::new(),
            knows_all: false,
            file,
        };
        if writer.trajectory.run_count() <= KNOWN_AT_ONCE {
            writer.put_known()?;
        }
        writer.file.flush()?;
        Ok(writer)
    }

    fn flush_rows(&mut self) -> Called<()> {
        self.additions.flush()?;
        self.book.flush()
    }
}

impl RunWriter for ColumnarWriter {
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
            digests: self.book.digest_sum(),
        }
    }

    fn places(&mut self) -> &mut Places {
        self.additions.arrays()
    }

    fn put_known(&mut self) -> Called<()> {
        if std::mem::replace(&mut self.knows_all, true) {
            return Ok(());
        }
        start::put_explored(&mut self.kit, &self.groups.trajectory, &self.trajectory)?;
        self.known.finish(&self.trajectory)
    }

    fn put_run(&mut self, run: &FinishedRun) -> Called<()> {
        if self.last.len() == verify::LAST {
            self.last.pop_front();
        }
        self.last.push_back(run.index);
        if run.outcome.is_ok() {
            self.well.insert(run.index);
        }
        self.known.touch(&self.trajectory, run.index)?;
        let summaries = self.small_tables.as_mut().map(SmallTables::summaries);
        let placed = self.additions.put(&mut self.kit, run, summaries)?;
        let long = match placed.long.as_slice() {
            [] => None,
            long => Some(self.long_form.put(&mut self.kit, &self.groups.overview, run.index, long)?),
        };
        self.book.put(&mut self.kit, run, placed.schema, long)?;
        if let Some(tables) = &mut self.large_tables {
            tables.put_run(run)?;
        }
        if self.book.is_full() || self.additions.is_full() { self.flush_rows() } else { Ok(()) }
    }

    fn flush(&mut self) -> Called<()> {
        self.put_known()?;
        self.flush_rows()?;
        self.long_form.flush()?;
        self.additions.layout().write(&self.layout)?;
        if let Some(tables) = &mut self.large_tables {
            tables.flush()?;
        }
        self.file.flush()
    }

    fn finish(mut self: Box<Self>, tail: &Tail) -> Called<()> {
        start::put_parameters(&mut self.kit, &self.groups.config, &tail.config, None)?;
        self.put_known()?;
        self.flush_rows()?;
        for run in self.trajectory.runs() {
            if !self.stored.contains(run) {
                self.book.put_pending(run);
                self.flush_when_full()?;
            }
        }
        self.book.flush()?;
        self.additions.name_columns(&self.kit, &self.dims, &self.units)?;
        self.additions.layout().write(&self.layout)?;
        let mut notes: Vec<String> = self.known.left_out().to_vec();
        if !notes.is_empty() {
            notes.push("the parameters have all values".to_owned());
            self.kit.put_terminated(&self.columns, "note", &notes.join("; "))?;
        }
        let (name, runtime) = self.book.runtime_sum();
        let runtime = (name, super::scalar_column::Kind::Int, runtime);
        let sums = column_sums::written(self.additions.sums().chain(self.known.sums()).chain([runtime]));
        let missing = self.stored.len() < self.trajectory.run_count();
        let Self {
            mut kit,
            groups,
            columns,
            layout,
            known,
            additions,
            book,
            long_form,
            mut small_tables,
            large_tables,
            file,
            ..
        } = *self;
        let comments = additions.close(small_tables.as_mut().map(SmallTables::summaries)).digest();
        book.finish(&mut kit, missing, &sums, comments)?;
        long_form.finish(&kit)?;
        if let Some(tables) = small_tables.take() {
            tables.finish(&mut kit, &groups.overview, &tail.config)?;
        }
        if let Some(tables) = large_tables {
            tables.finish(&kit)?;
        }
        drop((groups, columns, layout, known, kit));
        file.close()
    }
}

impl ColumnarWriter {
    fn flush_when_full(&mut self) -> Called<()> {
        if self.book.is_full() { self.book.flush() } else { Ok(()) }
    }
}
