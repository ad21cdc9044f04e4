//! [`Chunks`]: how large the chunks of a column are.

/// How columns are divided into chunks: few columns into large ones, many into small ones, so that neither file nor
/// memory is full of chunks in which one run stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunks {
    bytes: usize,
}

/// Bytes of a chunk, as long as there are few columns;
const LARGE: usize = 64 << 10;
/// of later columns;
const SMALL: usize = 4 << 10;
/// which are those after so many.
const FEW: usize = 32;
/// HDF5 takes no chunks of 4 GiB; rows that are larger than this are divided.
const MOST: usize = 64 << 20;

impl Chunks {
    /// The chunks of a column that comes after `before` others.
    pub(super) fn after(before: usize) -> Self {
        Self { bytes: if before < FEW { LARGE } else { SMALL } }
    }

    /// Rows of `size` bytes in a chunk of a dataset of `runs` rows. Chunks are made equal, so that the last one is full.
    pub(super) fn rows(self, size: usize, runs: u64) -> u64 {
        let most = (self.bytes / size.max(1)).max(1) as u64;
        let runs = runs.max(1);
        runs.div_ceil(runs.div_ceil(most))
    }

    /// Elements of `size` bytes in a chunk.
    pub(super) fn elements(self, size: usize) -> u64 {
        (self.bytes / size.max(1)).max(1) as u64
    }

    /// Bytes of the cache of a dataset: runs end nearly in order, so two chunks are in use.
    pub(super) fn cache(self) -> usize {
        2 * self.bytes
    }

    /// The shape of the part of a row that a chunk holds: all of it unless that is too large.
    pub(super) fn inner(self, shape: &[u64], size: usize) -> Vec<u64> {
        let mut inner = shape.to_vec();
        for axis in 0..inner.len() {
            let bytes = inner.iter().product::<u64>().saturating_mul(size as u64);
            if bytes <= MOST as u64 {
                break;
            }
            inner[axis] = (inner[axis] / bytes.div_ceil(MOST as u64)).max(1);
        }
        inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_of_a_column_are_full() {
        let rows = |before, size, runs| Chunks::after(before).rows(size, runs);
        assert_eq!([rows(0, 8, 1), rows(0, 8, 8192), rows(0, 8, 8193)], [1, 8192, 4097]);
        assert_eq!([rows(0, 8, 100_000), rows(32, 8, 100_000)], [7693, 511]);
        assert_eq!([rows(0, 8_000, 1000), rows(0, 300_000, 1000), rows(0, 8, 0)], [8, 1, 1]);
    }

    #[test]
    fn rows_that_are_too_large_are_divided() {
        let chunks = Chunks::after(0);
        assert_eq!(chunks.inner(&[1000, 1000], 8), [1000, 1000]);
        assert_eq!(chunks.inner(&[10_000, 10_000], 8), [833, 10_000]);
        assert_eq!(chunks.inner(&[3, 1 << 30], 8), [1, 8_388_608]);
    }
}
