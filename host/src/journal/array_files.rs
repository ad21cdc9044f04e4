//! [`ArrayFiles`]: the files in which the numbers of large arrays may lie.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

/// Files in which the numbers of large arrays may lie: a record says where and with which checksum, and not in which file,
/// because files are renamed when they are complete, or set aside.
#[derive(Debug, Default)]
pub struct ArrayFiles {
    files: Vec<ArrayFile>,
    /// The one that had what was looked for last.
    last: usize,
    /// How many more bytes one record may ask for: no more than there are, so that it cannot ask for the same again and
    /// again until the memory is full.
    left: u64,
}

#[derive(Debug)]
struct ArrayFile {
    file: File,
    length: u64,
}

impl ArrayFiles {
    /// Those of `paths` that can be opened.
    pub fn open(paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Self {
        let open = |path: &Path| {
            // Not to wait for the other end of a pipe.
            let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).ok()?;
            let there = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some(ArrayFile { file, length: there.len() })
        };
        Self { files: paths.into_iter().filter_map(|path| open(path.as_ref())).collect(), last: 0, left: 0 }
    }

    /// Another record is read.
    pub(super) fn next_record(&mut self) {
        self.left = self.files.iter().map(|file| file.length).max().unwrap_or(0);
    }

    /// Fills `bytes` with what stands at `offset` of the file in which that has the checksum; `false` if none has it.
    pub(super) fn read(&mut self, offset: u64, checksum: u32, bytes: &mut [u8]) -> bool {
        self.left = self.left.saturating_sub(bytes.len() as u64);
        let count = self.files.len();
        for at in (0..count).map(|step| (self.last + step) % count) {
            let there = &self.files[at];
            if there.holds(offset, bytes.len() as u64)
                && there.file.read_exact_at(bytes, offset).is_ok()
                && crc32fast::hash(bytes) == checksum
            {
                self.last = at;
                return true;
            }
        }
        false
    }

    /// Whether any is long enough, and this record has not asked for too much.
    pub(super) fn hold(&self, offset: u64, length: u64) -> bool {
        length <= self.left && self.files.iter().any(|file| file.holds(offset, length))
    }
}

impl ArrayFile {
    fn holds(&self, offset: u64, length: u64) -> bool {
        offset.checked_add(length).is_some_and(|end| end <= self.length)
    }
}
