//! Whether a file still holds what was stored in it.

use std::{fmt, ops::Range};

use super::{
    KeptDigest, ReadError, Reader,
    digests::{in_order, stored_head},
};
use crate::trajectory::{AdditionKind, Digest, FinishedRun, RunIndex, RunSet, TrajectoryDigest};

/// What was found out about a trajectory.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The number of its runs.
    pub runs: u64,
    /// How many of them have ended.
    pub ended: u64,
    /// Whether there are digests that it can be compared with; otherwise only its structure was checked.
    pub has_digests: bool,
    /// What this program cannot read of a file without digests, such as pickles of pypet: the first of such things.
    pub unread: Option<Wrong>,
    /// How many such things there are.
    pub unread_count: u64,
    /// What is wrong, with its place: the first [`Checked::LISTED`] of them.
    pub wrong: Vec<Wrong>,
    /// How many things are wrong.
    pub count: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where, such as `run_00000007`.
    pub place: String,
    /// What.
    pub what: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl Checked {
    /// So many wrong things are listed; more of them are counted.
    pub const LISTED: usize = 20;

    /// What of another program this one does not know is no damage.
    fn failed(&mut self, place: impl fmt::Display, error: &ReadError) {
        match error {
            ReadError::Unreadable { .. } if !self.has_digests => {
                self.unread_count += 1;
                self.unread.get_or_insert_with(|| Wrong { place: place.to_string(), what: error.to_string() });
            }
            error => self.wrong(place, error),
        }
    }

    fn wrong(&mut self, place: impl fmt::Display, what: impl fmt::Display) {
        self.count += 1;
        if self.wrong.len() < Self::LISTED {
            self.wrong.push(Wrong { place: place.to_string(), what: what.to_string() });
        }
    }
}

/// Runs that are read at once, at most,
const BATCH: u64 = 256;
/// and about as many bytes of results.
const BATCH_BYTES: u64 = 16 << 20;

/// Reads the trajectory `name` to its last byte, and compares it with the digests that were stored with it, and its
/// parts with each other.
///
/// # Errors
/// There is no such trajectory. What cannot be read of one that is there is among what is wrong.
pub fn check(reader: &dyn Reader, name: &str) -> Result<Checked, ReadError> {
    let infos = reader.trajectories()?;
    let Some(info) = infos.iter().find(|info| info.name == name) else {
        return Err(ReadError::no_trajectory(reader.path(), name, &infos));
    };
    let mut checked = Checked { runs: info.length, ..Checked::default() };
    let kept = match reader.stored_digests(name, 0..0) {
        Ok(kept) => kept,
        Err(error) => {
            checked.wrong("stored digests", error);
            None
        }
    };
    checked.has_digests = kept.is_some();
    match stored_head(reader, name) {
        Err(error) => checked.failed("parameters", &error),
        Ok(head) => {
            let count = head.trajectory.run_count();
            if count != info.length {
                checked.wrong(
                    "overview",
                    format!("the trajectory has {count} points but is said to have {}", info.length),
                );
            }
            if let Some(kept) = &kept {
                compare(&mut checked, "parameters", kept.head, head.digest());
            }
        }
    }
    // The digest of the head matters not for what follows: runs are compared one by one.
    let mut walk = Walk {
        reader,
        name,
        ended: RunSet::default(),
        all: TrajectoryDigest::new(Digest([0; 32]), info.length),
        has_digests: checked.has_digests,
    };
    let (mut next, mut batch) = (0, 1);
    while next < info.length {
        let end = info.length.min(next + batch);
        let bytes = walk.batch(&mut checked, next..end);
        next = end;
        batch = if bytes > BATCH_BYTES { (batch / 2).max(1) } else { (batch * 2).min(BATCH) };
    }
    // Comments of runs that cannot be read are missing here; those runs are named already.
    if let Some(kept) = kept
        && let Some(comments) = kept.comments
        && checked.count == 0
    {
        compare(&mut checked, "comments of the runs", Some(comments), walk.all.comments().digest());
    }
    checked.ended = walk.ended.len();
    let ended = walk.ended;
    leftovers(&mut checked, reader, name, &ended);
    match reader.contradictions(name) {
        Ok(found) => found.into_iter().for_each(|(place, what)| checked.wrong(place, what)),
        Err(error) => checked.wrong("overview", error),
    }
    Ok(checked)
}

fn compare(checked: &mut Checked, place: &str, kept: Option<Digest>, found: Digest) {
    match kept {
        Some(kept) if kept == found => {}
        Some(kept) => checked.wrong(place, differs(&kept, found)),
        None => checked.wrong(place, "the digest that was stored with it is gone or cannot be read"),
    }
}

fn differs(kept: &dyn fmt::Display, found: Digest) -> String {
    format!("not what was stored: its digest is {found} instead of {kept}")
}

/// All runs, some at a time.
struct Walk<'a> {
    reader: &'a dyn Reader,
    name: &'a str,
    ended: RunSet,
    all: TrajectoryDigest,
    has_digests: bool,
}

impl Walk<'_> {
    /// Reads and compares some runs, and says how many bytes of results they have.
    fn batch(&mut self, checked: &mut Checked, range: Range<u64>) -> u64 {
        match self.read(range.clone()) {
            Ok((kept, runs)) => {
                self.compare(checked, range, &kept, &runs);
                runs.iter().map(FinishedRun::bytes).sum()
            }
            Err(error) if range.end - range.start == 1 => {
                checked.failed(run(range.start), &error);
                0
            }
            // One of them cannot be read: which?
            Err(_) => range.map(|index| self.batch(checked, index..index + 1)).sum(),
        }
    }

    fn read(&self, range: Range<u64>) -> Result<(Vec<Option<KeptDigest>>, Vec<FinishedRun>), ReadError> {
        let rows = self.reader.runs(self.name, range.clone())?.rows;
        let contradiction = |what| ReadError::Contradiction { path: self.reader.path().to_owned(), what };
        if !rows.iter().map(|row| row.index).eq(range.clone()) {
            return Err(contradiction("its row in the table of runs is missing, or that of another run".to_owned()));
        }
        let runs = self.reader.finished(self.name, range.clone())?;
        in_order(self.reader, range.clone(), &runs)?;
        let kept = if self.has_digests { self.reader.stored_digests(self.name, range.clone())? } else { None };
        let mut kept = kept.map(|kept| kept.runs).unwrap_or_default();
        kept.resize((range.end - range.start) as usize, None);
        Ok((kept, runs))
    }

    fn compare(&mut self, checked: &mut Checked, range: Range<u64>, kept: &[Option<KeptDigest>], runs: &[FinishedRun]) {
        let mut runs = runs.iter().peekable();
        for (index, kept) in range.zip(kept) {
            let Some(run) = runs.next_if(|run| u64::from(run.index.0) == index) else {
                if kept.is_some() {
                    checked.wrong(run(index), "it is said to be pending, but a digest was stored with it");
                }
                continue;
            };
            self.ended.insert(run.index);
            let found = self.all.run(run);
            if run.outcome.is_err() && !run.additions.is_empty() {
                checked.wrong(run.index, "it has failed, but there are results of it");
            }
            match kept {
                _ if !self.has_digests => {}
                Some(kept) if kept.is_of(&found) => {}
                Some(kept) => checked.wrong(run.index, differs(kept, found)),
                None => checked.wrong(run.index, "the digest that was stored with it is gone or cannot be read"),
            }
        }
    }
}

fn run(index: u64) -> String {
    u32::try_from(index).map_or_else(|_| format!("run {index}"), |index| RunIndex(index).name())
}

/// Finds results of runs that have not ended, or that there are not.
fn leftovers(checked: &mut Checked, reader: &dyn Reader, name: &str, ended: &RunSet) {
    // What is wrong with runs that cannot be read has been said.
    if checked.count + checked.unread_count > 0 {
        return;
    }
    for kind in [AdditionKind::DerivedParameter, AdditionKind::Result] {
        let runs = format!("{}.runs", kind.branch());
        let sets = match reader.children(name, &runs) {
            Err(ReadError::NoNode { .. }) => continue,
            sets => sets,
        };
        let below = sets.and_then(|sets| {
            let children = sets.into_iter().map(|set| reader.children(name, &format!("{runs}.{}", set.name)));
            children.collect::<Result<Vec<_>, ReadError>>()
        });
        match below {
            Err(error) => checked.wrong(runs, error),
            Ok(below) => {
                for child in below.into_iter().flatten() {
                    if RunIndex::from_name(&child.name).is_some_and(|run| !ended.contains(run)) {
                        checked.wrong(&child.name, "it has not ended, but there are results of it");
                    }
                }
            }
        }
    }
}
