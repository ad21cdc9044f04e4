//! [`Known`]: the columns of what is known of every run before it starts: its number, seed and explored values.
//!
//! They are written in blocks, each when the first run of it ends, so that a million runs start as soon as one.

use std::collections::HashSet;

use crate::trajectory::{RunIndex, Trajectory, Value};

use super::{
    super::{
        cells::put_cut,
        column_sums::Sum,
        columns::MAX_NAME,
        kit::Kit,
        raw::{Called, Creation, Node, Reference, Shape, Storing, Type},
        scalar_column::{self, MAX_TEXT},
    },
    chunks::Chunks,
    words::{self, Words},
};

/// Runs of a block, which is a chunk.
const BLOCK: u64 = 8 << 10;

/// The open columns.
#[derive(Debug)]
pub(super) struct Known {
    runs: u64,
    run: (Node, Type),
    seed: (Node, Type),
    explored: Vec<Explored>,
    /// The blocks that were written.
    written: Vec<bool>,
    seed_sum: Sum,
    /// What stands in the parameters only, and why.
    left_out: Vec<String>,
}

/// A column of explored values.
#[derive(Debug)]
struct Explored {
    name: String,
    position: usize,
    /// Of a complex number, the imaginary part.
    imaginary: bool,
    cells: Cells,
    sum: Sum,
}

/// What explored values are written to.
#[derive(Debug)]
enum Cells {
    Numbers { kind: scalar_column::Kind, node: Node, type_: Type },
    Texts(Words),
}

impl Known {
    /// Makes the columns; says by which scale all others are measured, and the names that are taken.
    pub(super) fn create(
        kit: &mut Kit,
        group: &Node,
        trajectory: &Trajectory,
    ) -> Called<(Self, Reference, HashSet<String>)> {
        let runs = trajectory.run_count();
        let make = |name: &str, type_: &Type, level: u8| -> Called<Node> {
            let how = Creation::new(&Storing::Chunked(vec![BLOCK.min(runs).max(1)], level), None)?;
            group.make_cached_dataset(name, type_, &Shape::growing(runs)?, &how, Some(Chunks::after(0).cache()))
        };
        let (index, unsigned) = (Type::integer(8, true)?, Type::integer(8, false)?);
        let run = make("run", &index, 1)?;
        kit.put_terminated(&run, "CLASS", "DIMENSION_SCALE")?;
        kit.put_terminated(&run, "NAME", "run")?;
        kit.put_terminated(&run, "long_name", "index of the run")?;
        let scale = group.reference("run")?;
        // Seeds do not compress.
        let seed = make("seed", &unsigned, 0)?;
        seed.put_dimension(&scale)?;
        let mut taken: HashSet<String> = ["run", "status", "runtime", "seed", "string16"].map(str::to_owned).into();
        let (mut explored, mut left_out) = (Vec::new(), Vec::new());
        for (position, (path, parameter)) in trajectory.parameters().iter().enumerate() {
            let Some(axis) = parameter.explored.as_ref().map(|explored| &explored.axis) else { continue };
            let (element, suffixes): (_, &[&str]) = match axis.at(0) {
                Value::Bool(_) => (Stored::Number(scalar_column::Kind::Bool), &[""]),
                Value::Int(_) => (Stored::Number(scalar_column::Kind::Int), &[""]),
                Value::Float(_) => (Stored::Number(scalar_column::Kind::Float), &[""]),
                Value::Complex(_) => (Stored::Number(scalar_column::Kind::Float), &[".real", ".imag"]),
                Value::Text(_) => match width(axis.values()) {
                    Some(width) => (Stored::Text(width), &[""]),
                    None => {
                        left_out.push(format!("{path} has texts with a zero byte or of more than {MAX_TEXT} bytes"));
                        continue;
                    }
                },
                _ => continue,
            };
            for suffix in suffixes {
                let name = format!("{path}{suffix}");
                // `seed` or `status` may be a parameter of the user's.
                let name = if taken.contains(&name) { format!("parameters.{name}") } else { name };
                if name.len() > MAX_NAME {
                    left_out.push(format!("a name is longer than {MAX_NAME} bytes"));
                    continue;
                }
                let cells = match &element {
                    Stored::Number(kind) => {
                        let type_ = match kind {
                            scalar_column::Kind::Float => Type::real(8)?,
                            scalar_column::Kind::Bool => Type::integer(1, true)?,
                            _ => Type::integer(8, true)?,
                        };
                        let node = make(&name, &type_, 1)?;
                        node.put_dimension(&scale)?;
                        Cells::Numbers { kind: *kind, node, type_ }
                    }
                    Stored::Text(width) => {
                        taken.insert(words::dimension_name(*width as u64));
                        Cells::Texts(Words::create(kit, group, &name, runs, *width, &scale)?)
                    }
                };
                let words = [
                    ("units", parameter.unit.as_str()),
                    ("long_name", &parameter.comment),
                    ("dtype", if let Stored::Number(scalar_column::Kind::Bool) = element { "bool" } else { "" }),
                ];
                for (attribute, word) in words.into_iter().filter(|(_, word)| !word.is_empty()) {
                    kit.put_terminated(cells.node(), attribute, word)?;
                }
                taken.insert(name.clone());
                explored.push(Explored { name, position, imaginary: *suffix == ".imag", cells, sum: Sum::default() });
            }
        }
        let (run, seed) = ((run, index), (seed, unsigned));
        let written = vec![false; runs.div_ceil(BLOCK) as usize];
        let known = Self { runs, run, seed, explored, written, seed_sum: Sum::default(), left_out };
        Ok((known, scale, taken))
    }

    /// Writes the block that `run` is in, unless it was written.
    pub(super) fn touch(&mut self, trajectory: &Trajectory, run: RunIndex) -> Called<()> {
        let block = u64::from(run.0) / BLOCK;
        match self.written.get(block as usize) {
            Some(false) => self.write(trajectory, block),
            _ => Ok(()),
        }
    }

    fn write(&mut self, trajectory: &Trajectory, block: u64) -> Called<()> {
        self.written[block as usize] = true;
        let (first, end) = (block * BLOCK, self.runs.min((block + 1) * BLOCK));
        let runs = || (first..end).map(|run| RunIndex(run as u32));
        let mut bytes = Vec::with_capacity((end - first) as usize * 8);
        (first..end).for_each(|run| bytes.extend_from_slice(&(run as i64).to_ne_bytes()));
        self.run.0.write_rows(&self.run.1, first, &bytes)?;
        bytes.clear();
        for run in runs() {
            let seed = trajectory.seed(run).to_ne_bytes();
            if seed != [0; 8] {
                self.seed_sum.add(run.0.into(), &seed);
            }
            bytes.extend_from_slice(&seed);
        }
        self.seed.0.write_rows(&self.seed.1, first, &bytes)?;
        for column in &mut self.explored {
            bytes.clear();
            for run in runs() {
                let begin = bytes.len();
                match (&column.cells, trajectory.value_at(column.position, run)) {
                    (_, Value::Float(x)) => bytes.extend_from_slice(&x.to_ne_bytes()),
                    (_, Value::Int(i)) => bytes.extend_from_slice(&i.to_ne_bytes()),
                    (_, Value::Bool(b)) => bytes.push(b.into()),
                    (_, Value::Complex(c)) => {
                        let part = if column.imaginary { c.im } else { c.re };
                        bytes.extend_from_slice(&part.to_ne_bytes());
                    }
                    (Cells::Texts(words), Value::Text(text)) => put_cut(&mut bytes, &text, words.width()),
                    // All values of an axis have one type.
                    _ => {}
                }
                let cell = &bytes[begin..];
                if column.kind().is_some_and(|kind| cell != kind.fill()) {
                    column.sum.add(run.0.into(), cell);
                }
            }
            match &column.cells {
                Cells::Numbers { node, type_, .. } => node.write_rows(type_, first, &bytes)?,
                Cells::Texts(words) => words.write(first, &bytes)?,
            }
        }
        Ok(())
    }

    /// Writes the blocks of which no run has ended.
    pub(super) fn finish(&mut self, trajectory: &Trajectory) -> Called<()> {
        for block in 0..self.written.len() {
            if !self.written[block] {
                self.write(trajectory, block as u64)?;
            }
        }
        Ok(())
    }

    /// What the columns add up to.
    pub(super) fn sums(&self) -> impl Iterator<Item = (&str, scalar_column::Kind, Sum)> {
        let explored =
            self.explored.iter().filter_map(|column| Some((column.name.as_str(), column.kind()?, column.sum)));
        std::iter::once(("seed", scalar_column::Kind::UInt, self.seed_sum)).chain(explored)
    }

    /// What stands in the parameters only, and why.
    pub(super) fn left_out(&self) -> &[String] {
        &self.left_out
    }
}

impl Explored {
    /// How its sum is made; texts have none.
    fn kind(&self) -> Option<scalar_column::Kind> {
        match &self.cells {
            Cells::Numbers { kind, .. } => Some(*kind),
            Cells::Texts(_) => None,
        }
    }
}

impl Cells {
    fn node(&self) -> &Node {
        match self {
            Self::Numbers { node, .. } => node,
            Self::Texts(words) => words.node(),
        }
    }
}

/// How explored values are stored.
enum Stored {
    Number(scalar_column::Kind),
    Text(usize),
}

/// The width of texts that readers take; none if they take not all of them.
fn width(mut texts: impl Iterator<Item = Value>) -> Option<usize> {
    texts.try_fold(1, |width, text| match text {
        Value::Text(text) if text.len() <= MAX_TEXT && !text.contains('\0') => Some(width.max(text.len())),
        _ => None,
    })
}
