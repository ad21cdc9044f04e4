//! [`Rows`]: rows that came in the order in which runs end, written in that of runs, neighbours at once.

use crate::trajectory::RunIndex;

use super::super::raw::Called;

/// Rows that wait, in the order of runs.
pub(super) struct Rows<'a> {
    rows: &'a [RunIndex],
    /// Positions in that order; empty if the rows stand in it.
    order: Vec<usize>,
}

impl<'a> Rows<'a> {
    /// Rows of these runs; of two rows of one run, the later counts.
    pub(super) fn new(rows: &'a [RunIndex]) -> Self {
        let mut order: Vec<usize> = Vec::new();
        if !rows.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            order.extend(0..rows.len());
            order.sort_by_key(|&at| rows[at]);
            order.dedup_by(|later, earlier| {
                let is_same = rows[*later] == rows[*earlier];
                if is_same {
                    *earlier = *later;
                }
                is_same
            });
        }
        Self { rows, order }
    }

    /// Hands over the positions of neighbouring runs with the first of these.
    pub(super) fn each_span(
        &self,
        mut take: impl FnMut(u64, &mut dyn ExactSizeIterator<Item = usize>) -> Called<()>,
    ) -> Called<()> {
        let count = if self.order.is_empty() { self.rows.len() } else { self.order.len() };
        let at = |k: usize| if self.order.is_empty() { k } else { self.order[k] };
        let mut begin = 0;
        while begin < count {
            let first = self.rows[at(begin)].0;
            let mut end = begin + 1;
            while end < count && self.rows[at(end)].0 as usize == first as usize + (end - begin) {
                end += 1;
            }
            take(first.into(), &mut (begin..end).map(at))?;
            begin = end;
        }
        Ok(())
    }

    /// Writes rows of `size` bytes.
    pub(super) fn write(
        &self,
        bytes: &[u8],
        size: usize,
        mut write: impl FnMut(u64, &[u8]) -> Called<()>,
    ) -> Called<()> {
        let mut copied = Vec::new();
        self.each_span(|first, span| {
            if self.order.is_empty() {
                let begin = span.next().unwrap_or(0);
                let count = 1 + span.len();
                return write(first, &bytes[begin * size..(begin + count) * size]);
            }
            copied.clear();
            span.for_each(|at| copied.extend_from_slice(&bytes[at * size..(at + 1) * size]));
            write(first, &copied)
        })
    }
}
