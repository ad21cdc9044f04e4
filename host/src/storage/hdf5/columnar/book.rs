//! [`Book`]: what is kept of every run whatever it adds: how it ended, when, how long it took, its digest and schema.
//!
//! A row of the table of runs takes 60 bytes and compresses to three: what pypet wants there in words (times, the explored
//! values) stands in columns as numbers, and its texts are empty here.

use crate::{
    storage::Head,
    trajectory::{Digest, FinishedRun, RunFailure, RunIndex},
};

use super::{
    super::{
        cells::{Element, put_cut},
        column_sums::Sum,
        digests,
        growing_table::GrowingTable,
        kit::Kit,
        raw::{Called, Creation, Fill, Node, Reference, Shape, Storing, Type},
        scalar_column::NO_INT,
        tables::{Columns, Field, text},
    },
    chunks::Chunks,
    rows::Rows,
    words::Words,
};

/// The datasets of the layout with a row for every run.
pub(super) const SCHEMA: &str = "schema";
pub(super) const LONG: &str = "long_form";
pub(super) const FAILURE: &str = "failure";
/// The table of failures in the overview.
pub(super) const FAILURES: &str = "failures";
/// What stands in these for a run that has not ended, or has none.
const NONE: i64 = -1;
/// How long a run took, in `overview/columns`, in nanoseconds.
pub(super) const RUNTIME: &str = "runtime";
const STATUS: &str = "status";
/// Bytes of a status.
pub(super) const STATUS_BYTES: usize = 16;
/// The most that is kept of the reason of a failure.
pub(super) const REASON: usize = 512;
const PENDING: &str = "pending";
/// Rows that are collected before they are written.
pub(super) const BATCH: usize = 1000;

/// The open datasets with the rows that wait.
#[derive(Debug)]
pub(super) struct Book {
    table: Node,
    table_columns: Columns,
    short_hexsha: String,
    status: Words,
    runtime: (Node, Type),
    digests: (Node, Type),
    schema: (Node, Type),
    /// Only runs that have something in the long form have a row here.
    long: (Node, Type),
    /// Only runs that failed have a row here.
    failure: (Node, Type),
    failures: Option<GrowingTable>,
    failed: u64,
    overview: Node,
    rows: Vec<RunIndex>,
    table_rows: Vec<u8>,
    statuses: Vec<u8>,
    runtimes: Vec<u8>,
    digest_rows: Vec<u8>,
    schemas: Vec<u8>,
    long_rows: (Vec<RunIndex>, Vec<u8>),
    failure_rows: (Vec<RunIndex>, Vec<u8>),
    digest_sum: digests::Sum,
    runtime_sum: Sum,
}

impl Book {
    /// Makes the datasets; nothing is written yet.
    pub(super) fn create(
        kit: &mut Kit,
        overview: &Node,
        columns: &Node,
        layout: &Node,
        head: &Head,
        scale: &Reference,
    ) -> Called<Self> {
        let runs = head.trajectory.run_count();
        let int = |bytes, signed| Element::Int { bytes, signed };
        let table_columns = Columns::new(vec![
            ("idx", int(4, true)),
            ("name", text(12, 12)),
            ("time", text(1, 1)),
            ("timestamp", Element::FLOAT),
            ("finish_timestamp", Element::FLOAT),
            ("runtime", text(1, 1)),
            ("parameter_summary", text(1, 1)),
            ("short_environment_hexsha", text(7, 7)),
            ("completed", int(1, true)),
            ("status", text(STATUS_BYTES, STATUS_BYTES)),
        ])?;
        let table = table_columns.make(kit, overview, "runs", runs)?;
        let make = |group: &Node, name: &str, type_: Type, fill: &[u8], level: u8| -> Called<(Node, Type)> {
            let chunks = Chunks::after(0);
            let storing = Storing::Chunked(vec![chunks.rows(type_.size(), runs)], level);
            let how = Creation::new(&storing, Some(Fill(&type_, fill)))?;
            let node = group.make_cached_dataset(name, &type_, &Shape::growing(runs)?, &how, Some(chunks.cache()))?;
            Ok((node, type_))
        };
        let status = Words::create(kit, columns, STATUS, runs, STATUS_BYTES, scale)?;
        let runtime = make(columns, RUNTIME, Type::integer(8, true)?, &NO_INT.to_ne_bytes(), 1)?;
        kit.put_terminated(&runtime.0, "units", "s")?;
        runtime.0.put_attribute("scale_factor", &Type::real(8)?, &kit.scalar, &1e-9f64.to_ne_bytes())?;
        runtime.0.put_dimension(scale)?;
        // Digests do not compress.
        let digests = make(overview, digests::DIGESTS, Type::integer(8, false)?, &[0; 8], 0)?;
        digests::put_head(kit, &digests.0, head)?;
        Ok(Self {
            table,
            table_columns,
            short_hexsha: head.identity.short_hexsha().to_owned(),
            status,
            runtime,
            digests,
            schema: make(layout, SCHEMA, Type::integer(4, true)?, &(NONE as i32).to_ne_bytes(), 1)?,
            long: make(layout, LONG, Type::integer(8, true)?, &NONE.to_ne_bytes(), 1)?,
            failure: make(layout, FAILURE, Type::integer(8, true)?, &NONE.to_ne_bytes(), 1)?,
            failures: None,
            failed: 0,
            overview: overview.open(".")?,
            rows: Vec::new(),
            table_rows: Vec::new(),
            statuses: Vec::new(),
            runtimes: Vec::new(),
            digest_rows: Vec::new(),
            schemas: Vec::new(),
            long_rows: Default::default(),
            failure_rows: Default::default(),
            digest_sum: digests::Sum::default(),
            runtime_sum: Sum::default(),
        })
    }

    /// Takes note of a run that has ended, with its schema and where it begins in the long form.
    pub(super) fn put(&mut self, kit: &mut Kit, run: &FinishedRun, schema: u32, long: Option<u64>) -> Called<()> {
        let status = run.outcome.as_ref().map_or_else(|why| why.kind(), |()| "ok");
        let took = run.took.as_secs_f64();
        self.put_row(run.index, status, run.started, run.started + took, run.outcome.is_ok());
        let nanos = i64::try_from(run.took.as_nanos()).unwrap_or(i64::MAX).to_ne_bytes();
        self.runtime_sum.add(run.index.0.into(), &nanos);
        self.runtimes.extend_from_slice(&nanos);
        let digest = digests::beginning(&run.digest());
        self.digest_sum.add(run.index.0.into(), &digest);
        self.digest_rows.extend_from_slice(&digest.0[..digests::BEGINNING]);
        self.schemas.extend_from_slice(&(schema as i32).to_ne_bytes());
        if let Some(begin) = long {
            self.long_rows.0.push(run.index);
            self.long_rows.1.extend_from_slice(&(begin as i64).to_ne_bytes());
        }
        if let Err(why) = &run.outcome {
            self.put_failure(kit, run.index, why)?;
        }
        Ok(())
    }

    /// Takes note of a run that will not end.
    pub(super) fn put_pending(&mut self, run: RunIndex) {
        self.put_row(run, PENDING, 0.0, 0.0, false);
    }

    fn put_row(&mut self, run: RunIndex, status: &str, started: f64, ended: f64, completed: bool) {
        self.rows.push(run);
        let row = &mut self.table_rows;
        row.extend_from_slice(&(run.0 as i32).to_ne_bytes());
        let mut name = *b"run_00000000";
        let mut rest = run.0;
        for digit in name[4..].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        row.extend_from_slice(&name);
        row.push(0);
        row.extend_from_slice(&started.to_ne_bytes());
        row.extend_from_slice(&ended.to_ne_bytes());
        row.extend_from_slice(&[0, 0]);
        put_cut(row, &self.short_hexsha, 7);
        row.push(completed.into());
        put_cut(row, status, STATUS_BYTES);
        put_cut(&mut self.statuses, status, STATUS_BYTES);
    }

    fn put_failure(&mut self, kit: &mut Kit, run: RunIndex, why: &RunFailure) -> Called<()> {
        let table = match &mut self.failures {
            Some(table) => table,
            None => {
                let columns = Columns::new(vec![
                    ("idx", Element::INT),
                    ("status", text(STATUS_BYTES, STATUS_BYTES)),
                    ("failure", text(REASON, REASON)),
                ])?;
                self.failures.insert(GrowingTable::create(kit, &self.overview, FAILURES, columns, 0, BATCH as u64)?)
            }
        };
        let reason = why.to_string();
        table.push(&[Field::Int(run.0.into()), Field::Text(why.kind()), Field::Text(&reason)])?;
        self.failure_rows.0.push(run);
        self.failure_rows.1.extend_from_slice(&(self.failed as i64).to_ne_bytes());
        self.failed += 1;
        Ok(())
    }

    /// Whether so many rows wait that they should be written.
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= BATCH
    }

    /// Writes the rows that wait.
    pub(super) fn flush(&mut self) -> Called<()> {
        let rows = Rows::new(&self.rows);
        let row = self.table_columns.row();
        rows.write(&self.table_rows, row.size(), |first, bytes| self.table.write_rows(row, first, bytes))?;
        rows.write(&self.statuses, STATUS_BYTES, |first, bytes| self.status.write(first, bytes))?;
        // Of runs that will not end there is nothing else.
        if !self.runtimes.is_empty() {
            let all =
                [(&self.runtime, &self.runtimes), (&self.digests, &self.digest_rows), (&self.schema, &self.schemas)];
            for ((node, type_), bytes) in all {
                rows.write(bytes, type_.size(), |first, bytes| node.write_rows(type_, first, bytes))?;
            }
        }
        for ((node, type_), (some, bytes)) in [(&self.long, &self.long_rows), (&self.failure, &self.failure_rows)] {
            let rows = Rows::new(some);
            rows.write(bytes, type_.size(), |first, bytes| node.write_rows(type_, first, bytes))?;
        }
        if let Some(failures) = &mut self.failures {
            failures.flush()?;
        }
        self.rows.clear();
        for bytes in [
            &mut self.table_rows,
            &mut self.statuses,
            &mut self.runtimes,
            &mut self.digest_rows,
            &mut self.schemas,
            &mut self.long_rows.1,
            &mut self.failure_rows.1,
        ] {
            bytes.clear();
        }
        self.long_rows.0.clear();
        self.failure_rows.0.clear();
        Ok(())
    }

    /// What the digests add up to.
    pub(super) fn digest_sum(&self) -> digests::Sum {
        self.digest_sum
    }

    /// What the runtimes add up to, under their name.
    pub(super) fn runtime_sum(&self) -> (&'static str, Sum) {
        (RUNTIME, self.runtime_sum)
    }

    /// Writes what waits, and what is known at the end only: the sums of columns, and the digest of all comments.
    pub(super) fn finish(mut self, kit: &mut Kit, missing: bool, sums: &str, comments: Digest) -> Called<()> {
        self.flush()?;
        if missing {
            self.runtime.0.put_attribute("_FillValue", &self.runtime.1, &kit.scalar, &NO_INT.to_ne_bytes())?;
        }
        digests::put_tail(kit, &self.digests.0, sums, comments)?;
        if let Some(failures) = self.failures.take() {
            failures.finish(kit)?;
        }
        Ok(())
    }
}
