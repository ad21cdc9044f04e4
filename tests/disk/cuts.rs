//! The journal is cut off at every byte, every byte is changed in turn, and blocks of it are zeros.

use std::fs;

use host::{
    journal::{JournalError, JournalReader, Record},
    storage,
    trajectory::RunSet,
};

use super::{
    is_long, sample,
    scenario::{ALONE, Before, HDF5, SQLITE, Scenario, Stage},
    shim::{Ended, Mode, When},
    try_all,
};

/// A journal of all runs that was not completed, and whose HDF5 file is gone.
struct Journal {
    stage: Stage,
    bytes: Vec<u8>,
    /// Where its records end; the first is the header.
    ends: Vec<usize>,
}

impl Journal {
    fn new(file: &'static str) -> Self {
        let stage = Stage::new(Scenario { file, before: Before::Nothing, environment: ALONE, length: 3 });
        let is_new = |path: &str| path.ends_with("steps.cnt.new");
        // It is begun under that name too.
        let completes = stage.steps.iter().rfind(|step| step.call == "open" && is_new(&step.path.to_string_lossy()));
        let at = completes.expect("it is completed").number;
        stage.play(Mode::Kill(at, When::Before));
        let bytes = fs::read(stage.journal()).expect("a journal");
        let ends = ends(&bytes);
        Self { stage, bytes, ends }
    }

    /// Puts back a changed journal, alone, and resumes.
    fn resume(&self, bytes: &[u8]) -> Ended {
        self.stage.reset();
        fs::write(self.stage.journal(), bytes).expect("files can be written");
        self.stage.host(Mode::Count, &self.stage.resume_args())
    }

    /// How many runs of the first `records` of the journal, with the header, have finished.
    fn runs(&self, records: usize) -> u64 {
        let whole = self.stage.notes().join("cut.cnt");
        fs::write(&whole, &self.bytes[..self.ends[records - 1]]).expect("notes can be written");
        let mut runs = RunSet::default();
        for record in JournalReader::open(&whole).expect("a journal").records() {
            if let Record::Finished(run) = record.expect("a record") {
                runs.insert(run.index);
            }
        }
        runs.len()
    }

    /// The journal must be used up to byte `at`, and everything else be run again.
    fn judge(&self, bytes: &[u8], at: usize) -> Result<&'static str, String> {
        let ended = self.resume(bytes);
        let whole = self.ends.iter().filter(|end| **end <= at).count();
        if whole == 0 {
            // Without what the exploration is, there is nothing to go on with.
            let said = ended.stderr();
            let told = ["was cut off while it was begun", "is damaged at byte", "is no journal", "has format"];
            if ended.code() != Some(5) || !told.iter().any(|words| said.contains(words)) {
                return Err(ended.said());
            }
            return Ok("refused");
        }
        if ended.code() != Some(1) {
            return Err(ended.said());
        }
        let summary: serde_json::Value = serde_json::from_str(&ended.stdout()).map_err(|error| error.to_string())?;
        if summary["kept"] != self.runs(whole) {
            return Err(format!("{} runs are whole, {} were kept", self.runs(whole), summary["kept"]));
        }
        self.stage.compare()?;
        Ok("resumed equal")
    }
}

/// Where the records of a journal end.
fn ends(bytes: &[u8]) -> Vec<usize> {
    // Magic and version, then frames: length, two checksums, kind.
    let (mut at, mut ends) = (12, Vec::new());
    while at < bytes.len() {
        let length = u64::from_le_bytes(*bytes[at..].first_chunk().expect("a frame"));
        at += 17 + usize::try_from(length).expect("it fits");
        ends.push(at);
    }
    assert_eq!(at, bytes.len());
    ends
}

/// The beginning and the end of each record, and of its frame.
fn edges(journal: &Journal) -> Vec<usize> {
    let begins = std::iter::once(12).chain(journal.ends.iter().copied());
    let around = begins.flat_map(|at| [at.saturating_sub(1), at, at + 1, at + 8, at + 16, at + 17]);
    around.filter(|at| *at < journal.bytes.len()).collect()
}

/// Every byte, but of the long header only every sixteenth and its edges; or some edges.
fn places(journal: &Journal, some: usize) -> Vec<usize> {
    let edges = edges(journal);
    if !is_long() {
        return sample(edges, some);
    }
    let header = 32..journal.ends[0] - 32;
    (0..journal.bytes.len()).filter(|at| !header.contains(at) || at % 16 == 0 || edges.contains(at)).collect()
}

fn cut(file: &'static str, some: usize) {
    let journal = Journal::new(file);
    let places = places(&journal, some);
    try_all(&format!("cuts of the journal of {file}"), places, |&at| journal.judge(&journal.bytes[..at], at));
}

#[test]
fn a_journal_is_cut_off() {
    cut(HDF5, 14);
}

#[test]
fn the_journal_of_an_sqlite_file_is_cut_off() {
    cut(SQLITE, 4);
}

#[test]
fn a_byte_is_changed() {
    let journal = Journal::new(HDF5);
    try_all("changed bytes of the journal", places(&journal, 14), |&at| {
        let mut bytes = journal.bytes.clone();
        bytes[at] ^= 0xff;
        journal.judge(&bytes, at)
    });
}

#[test]
fn blocks_are_zeros() {
    let journal = Journal::new(HDF5);
    let last = journal.bytes.len();
    let blocks = [512, 4096].iter().flat_map(|size| (0..last).step_by(*size).map(move |at| at..(at + size).min(last)));
    try_all("blocks of the journal zeroed", sample(blocks.collect(), 6), |block| {
        let mut bytes = journal.bytes.clone();
        bytes[block.clone()].fill(0);
        // The first byte that has changed.
        let at = block.clone().find(|at| journal.bytes[*at] != 0).unwrap_or(last);
        journal.judge(&bytes, at)
    });
}

#[test]
fn what_was_damaged_is_told_from_what_was_cut_off() {
    let journal = Journal::new(HDF5);
    let [.., before, _] = journal.ends[..] else { panic!("several records") };
    let damaged = |bytes: &[u8]| {
        let path = journal.stage.notes().join("told.cnt");
        fs::write(&path, bytes).expect("notes can be written");
        let mut records = JournalReader::open(&path).expect("a journal").records();
        let error = records.by_ref().find_map(Result::err);
        (matches!(error, Some(JournalError::Damaged { .. })), records.torn().is_some())
    };
    assert_eq!(damaged(&journal.bytes[..journal.bytes.len() - 1]), (false, true), "cut off");
    let mut bytes = journal.bytes.clone();
    bytes[before - 1] ^= 0xff;
    assert_eq!(damaged(&bytes), (true, false), "damaged");
    // What is behind the damage is kept beside the journal.
    let ended = journal.resume(&bytes);
    assert_eq!(ended.code(), Some(1), "{}", ended.said());
    let kept = fs::read_dir(journal.stage.place()).expect("a place").map(|entry| entry.expect("an entry").path());
    let kept: Vec<_> = kept.filter(|path| path.to_string_lossy().contains(".damaged-at-")).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(bytes.ends_with(&fs::read(&kept[0]).expect("a file")), "the bytes from there on");
    assert!(storage::open(&journal.stage.file()).is_ok());
}
