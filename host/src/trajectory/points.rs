//! [`Points`]: which values every run gets, computed from its index.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::serialized::PlainPoints;

/// Names of runs have eight digits, as pypet's have.
pub const MAX_RUNS: u64 = 100_000_000;

/// The index of a run, from 0 and below [`MAX_RUNS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunIndex(pub u32);

impl RunIndex {
    /// The name of the run and of its group in the file: `run_00000003`.
    pub fn name(self) -> String {
        format!("run_{:08}", self.0)
    }

    /// The run of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let digits = name.strip_prefix("run_").filter(|digits| digits.len() == 8)?;
        digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok().map(Self))?
    }

    /// The bucket of 1,000 runs that its group lies in: `run_set_00000`. pypet's wildcard `$set`.
    pub fn set_name(self) -> String {
        format!("run_set_{:05}", self.0 / RUNS_PER_SET)
    }
}

/// As in pypet; a group with more members becomes slow in HDF5.
pub const RUNS_PER_SET: u32 = 1000;

impl fmt::Display for RunIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "run_{:08}", self.0)
    }
}

/// How axes are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Combine {
    /// Every value with every other; the last axis varies fastest.
    Cartesian,
    /// The first values together, the second values together, and so on.
    Zip,
}

/// The points of an exploration, without their values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PlainPoints", into = "PlainPoints")]
pub struct Points {
    lengths: Vec<u64>,
    combine: Combine,
    /// The last axis, which varies fastest and counts replicates of every point.
    replicates: u64,
    count: u64,
}

/// Why the axes do not combine.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PointsError {
    /// Zipped axes of different lengths.
    #[error("axis {axis} has {got} values but axis 0 has {expected}; zipped axes need equal lengths")]
    UnequalLengths {
        /// Position of the odd one.
        axis: usize,
        /// Its length.
        got: u64,
        /// The length of the first.
        expected: u64,
    },
    /// More than [`MAX_RUNS`].
    #[error(
        "the exploration has {count} runs; at most {MAX_RUNS} have names. Explore fewer values, or zip the axes (mode = \"zip\")"
    )]
    TooMany {
        /// How many runs there would be; saturates.
        count: u128,
    },
}

impl Points {
    /// Combines axes of the given lengths, and repeats every point `replicates` times. No axes give one point.
    pub fn new(lengths: Vec<u64>, combine: Combine, replicates: u64) -> Result<Self, PointsError> {
        let points = match combine {
            Combine::Cartesian => lengths.iter().fold(1u128, |n, &len| n.saturating_mul(len.into())),
            Combine::Zip => {
                let expected = lengths.first().copied().unwrap_or(1);
                if let Some(axis) = lengths.iter().position(|&len| len != expected) {
                    return Err(PointsError::UnequalLengths { axis, got: lengths[axis], expected });
                }
                expected.into()
            }
        };
        let count = points.saturating_mul(replicates.into());
        if count > u128::from(MAX_RUNS) {
            return Err(PointsError::TooMany { count });
        }
        Ok(Self { lengths, combine, replicates, count: count as u64 })
    }

    /// Lengths of the axes in their order, and how they are combined; to be moved on.
    pub fn into_axes(self) -> (Vec<u64>, Combine) {
        (self.lengths, self.combine)
    }

    /// How the axes are combined.
    pub fn combine(&self) -> Combine {
        self.combine
    }

    /// Lengths of the axes, in their order.
    pub fn lengths(&self) -> &[u64] {
        &self.lengths
    }

    /// The number of runs.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How often every point is repeated.
    pub fn replicates(&self) -> u64 {
        self.replicates
    }

    /// Which value of axis number `axis` the run gets.
    pub fn coordinate(&self, run: RunIndex, axis: usize) -> u64 {
        let point = u64::from(run.0) / self.replicates;
        match self.combine {
            Combine::Zip => point,
            Combine::Cartesian => {
                let faster: u64 = self.lengths[axis + 1..].iter().product();
                point / faster % self.lengths[axis]
            }
        }
    }

    /// The first run that gets value number `value` of axis number `axis`.
    pub fn run_at(&self, axis: usize, value: u64) -> RunIndex {
        let faster: u64 = match self.combine {
            Combine::Zip => 1,
            Combine::Cartesian => self.lengths[axis + 1..].iter().fold(1, |n, &length| n.saturating_mul(length)),
        };
        // It is below `count`, which fits; unless there are no runs at all, whatever other lengths are.
        RunIndex(value.saturating_mul(faster).saturating_mul(self.replicates) as u32)
    }

    /// Which replicate of its point the run is, from 0.
    pub fn replicate(&self, run: RunIndex) -> u64 {
        u64::from(run.0) % self.replicates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_axis_varies_fastest() {
        let points = Points::new(vec![2, 3], Combine::Cartesian, 1).unwrap();
        let all: Vec<_> =
            (0..6).map(|i| (points.coordinate(RunIndex(i), 0), points.coordinate(RunIndex(i), 1))).collect();
        assert_eq!(all, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]);
    }

    #[test]
    fn refusals() {
        let messages = [
            Points::new(vec![3, 3, 2], Combine::Zip, 1).unwrap_err(),
            Points::new(vec![1_000_000, 1_000_000], Combine::Cartesian, 1).unwrap_err(),
            Points::new(vec![100_000_000; 9], Combine::Cartesian, 7).unwrap_err(),
        ];
        insta::assert_snapshot!(messages.map(|error| error.to_string()).join("\n"));
    }

    proptest! {
        #[test]
        fn every_combination_occurs_once(lengths in proptest::collection::vec(1u64..6, 0..4), replicates in 1u64..4) {
            let points = Points::new(lengths.clone(), Combine::Cartesian, replicates).unwrap();
            let mut seen = std::collections::BTreeSet::new();
            for run in (0..points.count()).map(|i| RunIndex(i as u32)) {
                let at: Vec<u64> = (0..lengths.len()).map(|axis| points.coordinate(run, axis)).collect();
                prop_assert!(at.iter().zip(&lengths).all(|(at, len)| at < len));
                for (axis, value) in at.iter().enumerate() {
                    prop_assert_eq!(points.coordinate(points.run_at(axis, *value), axis), *value);
                }
                prop_assert!(seen.insert((at, points.replicate(run))));
            }
            prop_assert_eq!(seen.len() as u64, lengths.iter().product::<u64>() * replicates);
        }

        #[test]
        fn names_sort_as_their_indices(a in 0u32..100_000_000, b in 0u32..100_000_000) {
            prop_assert_eq!(RunIndex(a).name().cmp(&RunIndex(b).name()), a.cmp(&b));
        }
    }
}
