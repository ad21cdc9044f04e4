//! Recordings of a process, and what a disk may hold when the power is cut.
//!
//! What was synced is there. Of everything else, any part is: of data each block of 4 KiB by itself, as of any time
//! since the last sync, or as zeros; of the size of a file any that it has had since (but when it is made shorter, all
//! of that happens or nothing); of names either the first so many changes of a folder, as on a journaling file system,
//! or any of them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use chacha20::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// A step that was recorded.
#[derive(Debug)]
pub struct Entry {
    inode: u64,
    deed: Deed,
    path: PathBuf,
}

#[derive(Debug)]
enum Deed {
    Created,
    Resized(u64),
    Wrote(u64, Vec<u8>),
    Synced,
    Renamed(PathBuf),
    Removed,
    Folder,
    Linked,
}

/// Reads what the shim has recorded.
pub fn read(path: &Path) -> Vec<Entry> {
    let bytes = fs::read(path).expect("a recording");
    let mut rest = &bytes[..];
    let mut take = |length: u64| {
        let (taken, left) = rest.split_at(usize::try_from(length).expect("it fits"));
        rest = left;
        (taken.to_vec(), left.is_empty())
    };
    let mut entries = Vec::new();
    loop {
        let (head, _) = take(48);
        let long = |at: usize| u64::from_le_bytes(*head[at..].first_chunk().expect("eight bytes"));
        let short = |at: usize| u32::from_le_bytes(*head[at..].first_chunk().expect("four bytes"));
        let text = |bytes: Vec<u8>| PathBuf::from(String::from_utf8(bytes).expect("a path in UTF-8"));
        let (inode, offset, length) = (long(8), long(16), long(24));
        let path = text(take(short(36).into()).0);
        let (path2, mut is_last) = take(short(40).into());
        let deed = match short(32) {
            1 => Deed::Created,
            2 => Deed::Resized(length),
            3 => {
                let (data, last) = take(length);
                is_last = last;
                Deed::Wrote(offset, data)
            }
            4 => Deed::Synced,
            5 => Deed::Renamed(text(path2)),
            6 => Deed::Removed,
            7 => Deed::Folder,
            8 => Deed::Linked,
            other => panic!("the shim knows no deed {other}"),
        };
        entries.push(Entry { inode, deed, path });
        if is_last {
            return entries;
        }
    }
}

/// Whether what came before may be durable from here on.
pub fn is_sync(entry: &Entry) -> bool {
    matches!(entry.deed, Deed::Synced)
}

/// A block of a disk; each is written by itself.
const BLOCK: usize = 4096;

/// How names behave that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// The first changes of a folder are there, the others are not.
    InOrder,
    /// Each is there or not.
    Independent,
}

/// A disk, as far as a recording tells of it.
#[derive(Clone)]
pub struct Disk {
    root: PathBuf,
    contents: HashMap<usize, Content>,
    /// Which content an inode is now; numbers are used again.
    inodes: HashMap<u64, usize>,
    durable: BTreeMap<PathBuf, usize>,
    folders: BTreeSet<PathBuf>,
    pending: Vec<Change>,
    /// What was synced of the journal, at its last sync.
    pub journal: Option<Vec<u8>>,
    journal_name: PathBuf,
}

/// What a file holds.
#[derive(Clone, Default)]
struct Content {
    durable: Vec<u8>,
    changes: Vec<DataChange>,
}

#[derive(Clone)]
enum DataChange {
    Resize(usize),
    Write(usize, Vec<u8>),
}

/// A change of names that was not synced.
#[derive(Clone)]
struct Change {
    folder: PathBuf,
    kind: ChangeKind,
}

#[derive(Clone)]
enum ChangeKind {
    Made(PathBuf, usize),
    Renamed(PathBuf, PathBuf, usize),
    Removed(PathBuf),
    Folder(PathBuf),
}

impl Disk {
    /// What is below `root` now; all of it is durable.
    pub fn of(root: &Path, journal: &Path) -> Self {
        let root = root.canonicalize().expect("a folder");
        let mut disk = Self {
            contents: HashMap::new(),
            inodes: HashMap::new(),
            durable: BTreeMap::new(),
            folders: BTreeSet::new(),
            pending: Vec::new(),
            journal: None,
            journal_name: journal.to_owned(),
            root: root.clone(),
        };
        let mut folders = vec![root];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a readable folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    disk.folders.insert(path.clone());
                    folders.push(path);
                } else {
                    let inode = fs::metadata(&path).expect("a file").ino();
                    let bytes = fs::read(&path).expect("a readable file");
                    if path == disk.journal_name {
                        disk.journal = Some(bytes.clone());
                    }
                    let id = disk.new_content(inode, bytes);
                    disk.durable.insert(path, id);
                }
            }
        }
        disk
    }

    fn new_content(&mut self, inode: u64, durable: Vec<u8>) -> usize {
        let id = self.contents.len();
        self.contents.insert(id, Content { durable, changes: Vec::new() });
        self.inodes.insert(inode, id);
        id
    }

    /// Does what was recorded.
    pub fn apply(&mut self, entry: &Entry) {
        let folder = entry.path.parent().expect("a folder").to_owned();
        let mut change = |kind| self.pending.push(Change { folder: folder.clone(), kind });
        match &entry.deed {
            Deed::Created => {
                let id = self.new_content(entry.inode, Vec::new());
                self.pending.push(Change { folder, kind: ChangeKind::Made(entry.path.clone(), id) });
            }
            Deed::Linked => change(ChangeKind::Made(entry.path.clone(), self.inodes[&entry.inode])),
            Deed::Renamed(to) => {
                assert_eq!(to.parent(), entry.path.parent(), "names change within a folder only");
                // A folder would be renamed with all that is in it.
                let id = self.inodes[&entry.inode];
                change(ChangeKind::Renamed(entry.path.clone(), to.clone(), id));
            }
            Deed::Removed => change(ChangeKind::Removed(entry.path.clone())),
            Deed::Folder => change(ChangeKind::Folder(entry.path.clone())),
            Deed::Resized(length) => self.change(entry.inode, DataChange::Resize(to_usize(*length))),
            Deed::Wrote(offset, data) => {
                self.change(entry.inode, DataChange::Write(to_usize(*offset), data.clone()));
            }
            Deed::Synced => self.sync(entry),
        }
    }

    fn change(&mut self, inode: u64, change: DataChange) {
        self.contents.get_mut(&self.inodes[&inode]).expect("a known file").changes.push(change);
    }

    fn sync(&mut self, entry: &Entry) {
        let is_made = |change: &Change| matches!(&change.kind, ChangeKind::Folder(path) if *path == entry.path);
        if entry.path == self.root || self.folders.contains(&entry.path) || self.pending.iter().any(is_made) {
            let (mut durable, pending): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.pending).into_iter().partition(|change| change.folder == entry.path);
            self.pending = pending;
            for change in durable.drain(..) {
                rename(&mut self.durable, &mut self.folders, &change.kind);
            }
            return;
        }
        let content = self.contents.get_mut(&self.inodes[&entry.inode]).expect("a known file");
        for change in std::mem::take(&mut content.changes) {
            change.apply(&mut content.durable);
        }
        if entry.path == self.journal_name {
            self.journal = Some(content.durable.clone());
        }
    }

    /// What the disk may hold if the power is cut now: the files, and the folders.
    pub fn cut(&self, names: Names, random: &mut Random) -> (BTreeMap<PathBuf, Vec<u8>>, BTreeSet<PathBuf>) {
        let (mut there, mut folders) = (self.durable.clone(), self.folders.clone());
        let mut left: HashMap<&Path, usize> = HashMap::new();
        for change in &self.pending {
            *left.entry(&change.folder).or_default() += 1;
        }
        let mut in_order: Vec<&Path> = left.keys().copied().collect();
        in_order.sort_unstable();
        for folder in in_order {
            let count = left.get_mut(folder).expect("a folder");
            *count = random.below(*count + 1);
        }
        for change in &self.pending {
            let count = left.get_mut(&*change.folder).expect("a folder");
            let is_kept = match names {
                Names::InOrder => *count > 0,
                Names::Independent => random.below(2) == 0,
            };
            *count = count.saturating_sub(1);
            if is_kept {
                rename(&mut there, &mut folders, &change.kind);
            }
        }
        // Without its folder, nobody finds a file.
        let found = |path: &Path| {
            path.ancestors().skip(1).take_while(|folder| **folder != *self.root).all(|folder| folders.contains(folder))
        };
        let files = there.iter().filter(|(path, _)| found(path));
        let files = files.map(|(path, id)| (path.clone(), self.contents[id].cut(random))).collect();
        let kept = folders.iter().filter(|path| found(path)).cloned().collect();
        (files, kept)
    }
}

/// Changes names; what is missing for it, because an earlier change is, is passed over.
fn rename(names: &mut BTreeMap<PathBuf, usize>, folders: &mut BTreeSet<PathBuf>, kind: &ChangeKind) {
    match kind {
        ChangeKind::Made(path, id) => {
            names.insert(path.clone(), *id);
        }
        ChangeKind::Renamed(from, to, id) => {
            names.remove(from);
            names.insert(to.clone(), *id);
        }
        ChangeKind::Removed(path) => {
            names.remove(path);
        }
        ChangeKind::Folder(path) => {
            folders.insert(path.clone());
        }
    }
}

impl DataChange {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Resize(length) => bytes.resize(*length, 0),
            Self::Write(offset, data) => {
                let end = offset + data.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*offset..end].copy_from_slice(data);
            }
        }
    }
}

impl Content {
    /// How often it was made shorter.
    fn shrinks(&self) -> usize {
        let mut length = self.durable.len();
        let mut shrinks = 0;
        for change in &self.changes {
            let before = length;
            length = match change {
                DataChange::Resize(length) => *length,
                DataChange::Write(offset, data) => length.max(offset + data.len()),
            };
            shrinks += usize::from(length < before);
        }
        shrinks
    }

    /// What may be left of it.
    fn cut(&self, random: &mut Random) -> Vec<u8> {
        // A file that was made shorter is so at once, and nothing that came later is there without it.
        let mut shrinks = random.below(self.shrinks() + 1);
        let (mut states, mut lengths_from) = (vec![self.durable.clone()], 0);
        // Of a long history, some moments; the first and the last are always among them.
        let some = 1 + self.changes.len() / 12;
        let mut now = self.durable.clone();
        for (at, change) in self.changes.iter().enumerate() {
            let before = now.len();
            change.apply(&mut now);
            if now.len() < before {
                if shrinks == 0 {
                    break;
                }
                shrinks -= 1;
                states.iter_mut().for_each(|state| state.truncate(now.len()));
                lengths_from = states.len();
                states.push(now.clone());
            } else if at % some == 0 || at + 1 == self.changes.len() {
                states.push(now.clone());
            }
        }
        let durable = states[0].len();
        let length = states[lengths_from + random.below(states.len() - lengths_from)].len();
        let mut bytes = vec![0; length];
        // Sometimes nearly everything has come to the disk, sometimes nearly nothing.
        let lately = random.below(4);
        for (block, bytes) in bytes.chunks_mut(BLOCK).enumerate() {
            let state = match lately {
                0 if random.below(8) > 0 => Some(&states[states.len() - 1]),
                1 if random.below(8) > 0 => Some(&states[0]),
                // One more than there are: zeros, where the file has grown.
                _ => states.get(random.below(states.len() + 1)),
            };
            let begins = block * BLOCK;
            let grown = begins >= durable;
            let state = if grown { state } else { state.or(states.last()) };
            let old = state.and_then(|state| state.get(begins..)).unwrap_or_default();
            let some = old.len().min(bytes.len());
            bytes[..some].copy_from_slice(&old[..some]);
        }
        bytes
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).expect("it fits")
}

/// Numbers that are the same for the same seed.
pub struct Random(ChaCha8Rng);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        to_usize(self.0.next_u64() % end as u64)
    }
}
