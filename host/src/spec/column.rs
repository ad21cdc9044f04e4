//! Columns of `.csv` files. The first line names the columns; the first cell below it says what
//! type the column has, so that a slip in line 50,000 is an error and not a column of text.

use std::path::Path;

use crate::trajectory::ArrayData;

/// What a column is read as when the parameter's type is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadAs {
    /// As its first cell looks.
    Content,
    /// Reals, also where all cells are whole.
    Reals,
    /// Text, also where cells look like numbers.
    Texts,
}

/// Why there is no such column.
#[derive(Debug)]
pub(super) enum ColumnError {
    /// The file has other columns: which was asked for (if one was), and all there are.
    NoSuchColumn { known: Vec<String> },
    /// Anything else. The message finishes the sentence "the file cannot be used: …"; a hint may follow in a new line.
    Unusable(String),
}

/// Reads one column.
pub(super) fn read(path: &Path, column: Option<&str>, read_as: ReadAs) -> Result<ArrayData, ColumnError> {
    use ColumnError::{NoSuchColumn, Unusable};
    let csv_error = |error: csv::Error| Unusable(describe(&error));
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(csv_error)?;
    let names: Vec<String> = reader.headers().map_err(csv_error)?.iter().map(str::to_owned).collect();
    if names.iter().all(String::is_empty) {
        return Err(Unusable("it is empty; its first line must name the columns".into()));
    }
    let wanted = column.and_then(|column| names.iter().position(|name| name == column));
    let (Some(column), Some(wanted)) = (column, wanted) else { return Err(NoSuchColumn { known: names }) };
    if names.iter().filter(|name| *name == column).count() > 1 {
        return Err(Unusable(format!("it has two columns named `{column}`; rename one of them")));
    }

    let mut cells = Cells::Unknown;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(csv_error)? {
        let cell = record.get(wanted).unwrap_or_default();
        cells.push(cell, read_as).map_err(|why| {
            let line = record.position().map_or(0, csv::Position::line);
            Unusable(format!("line {line}, column `{column}`: {why}"))
        })?;
    }
    match cells {
        Cells::Unknown => Err(Unusable("it has no lines below the names of the columns".into())),
        Cells::Bools(v) => Ok(ArrayData::Bool(v)),
        Cells::Ints(v) => Ok(ArrayData::Int64(v)),
        Cells::Reals(v) => Ok(ArrayData::Float64(v)),
        Cells::Texts(v) => Ok(ArrayData::Text(v)),
    }
}

/// The cells so far.
enum Cells {
    Unknown,
    Bools(Vec<bool>),
    Ints(Vec<i64>),
    Reals(Vec<f64>),
    Texts(Vec<String>),
}

impl Cells {
    fn push(&mut self, cell: &str, read_as: ReadAs) -> Result<(), String> {
        if cell.is_empty() && matches!(self, Self::Unknown) && read_as == ReadAs::Content {
            let hint = "if the column is text, give the parameter a text as its value in [parameters]";
            return Err(format!("the first cell is empty, so nothing tells what the column holds\n{hint}"));
        }
        if cell.parse::<f64>().is_ok() && real(cell).is_none() && read_as != ReadAs::Texts {
            return Err(format!("`{cell}` is larger than any real"));
        }
        if let Self::Unknown = self {
            *self = match read_as {
                ReadAs::Reals => Self::Reals(vec![]),
                ReadAs::Texts => Self::Texts(vec![]),
                ReadAs::Content if truth(cell).is_some() => Self::Bools(vec![]),
                ReadAs::Content if cell.parse::<i64>().is_ok() => Self::Ints(vec![]),
                ReadAs::Content if real(cell).is_some() => Self::Reals(vec![]),
                ReadAs::Content => Self::Texts(vec![]),
            };
        }
        if let Self::Ints(ints) = self
            && cell.parse::<i64>().is_err()
            && real(cell).is_some()
        {
            let reals = ints.iter().map(|&i| crate::trajectory::exact_double(i)).collect::<Option<Vec<_>>>();
            *self = Self::Reals(reals.ok_or("it is real, and integers above have too many digits for that")?);
        }
        let odd = |like: &str| {
            let cell: String = cell.chars().take(40).collect();
            let cell = if cell.is_empty() { "the cell is empty".into() } else { format!("`{cell}` stands") };
            format!(
                "{cell} where {like} is expected\nif the column is text, give the parameter a text as its value in [parameters]"
            )
        };
        match self {
            Self::Unknown => {}
            Self::Bools(v) => v.push(truth(cell).ok_or_else(|| odd("true or false"))?),
            Self::Ints(v) => v.push(cell.parse().map_err(|_| odd("a number"))?),
            Self::Reals(v) => v.push(real(cell).ok_or_else(|| odd("a number"))?),
            Self::Texts(v) => v.push(cell.to_owned()),
        }
        Ok(())
    }
}

fn truth(cell: &str) -> Option<bool> {
    match cell {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Reals as programs write them; a number too large for a double is none.
fn real(cell: &str) -> Option<f64> {
    let x: f64 = cell.parse().ok()?;
    (x.is_finite() || !cell.contains(|c: char| c.is_ascii_digit())).then_some(x)
}

fn describe(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(error) => error.to_string(),
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, csv::Position::line);
            format!("line {line} has {len} cells but the first line names {expected_len} columns")
        }
        csv::ErrorKind::Utf8 { pos, .. } => {
            format!("line {} is not text in UTF-8", pos.as_ref().map_or(0, csv::Position::line))
        }
        _ => error.to_string(),
    }
}
