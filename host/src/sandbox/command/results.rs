//! From what a program has left to results.

use std::{fs::File, io::Read};

use super::{Process, json};
use crate::{
    numpy,
    sandbox::{log::one_line, run_state::RunState},
    spec::{Command, Limits, Stdout},
    trajectory::{Array, ArrayData, Limited, RunFailure, Table, Value},
};

/// Why a program that prints nothing has failed, if results are what it should print.
pub const SAYS_NOTHING: &str = "it has printed nothing, where an object of JSON with its results is expected; say stdout = \"log\" in [job.command] \
     if it prints none";
/// The name of the result that text becomes.
const TEXT: &str = "stdout";
/// The longest reason, in characters.
const LONGEST: usize = 500;

/// Adds all results that `command` names, in the order of their names after those that were printed.
pub fn collect(command: &Command, process: &Process, state: &mut RunState, limits: &Limits) -> Result<(), RunFailure> {
    let printed = process.out.as_ref().map(|out| out.take());
    if let Some(printed) = printed {
        match command.stdout {
            Stdout::Json if printed.iter().all(u8::is_ascii_whitespace) => {
                return Err(RunFailure::Error(SAYS_NOTHING.into()));
            }
            Stdout::Json => {
                let found = json::results(&printed).map_err(|why| {
                    failed(format!(
                        "what it has printed are no results in JSON: {why}; say stdout = \"text\" or \"log\" in [job.command] if \
                         that is something else"
                    ))
                })?;
                for (name, items) in found {
                    add(state, &name, items, limits)?;
                }
            }
            Stdout::Text => {
                let text =
                    String::from_utf8(printed).map_or_else(|error| Value::Bytes(error.into_bytes()), Value::Text);
                add(state, TEXT, vec![(String::new(), text)], limits)?;
            }
            Stdout::Log => {}
        }
    }
    for (name, file) in &command.results {
        let items = read(process, file, limits)
            .map_err(|why| why.unwrap_or_else(|text| failed(format!("its result `{name}` in `{file}`: {text}"))))?;
        add(state, name, items, limits)?;
    }
    Ok(())
}

/// A limit was reached, or something is wrong with the file, in words.
enum Unreadable {
    Limit(RunFailure),
    Why(String),
}

impl Unreadable {
    fn unwrap_or_else(self, failure: impl FnOnce(String) -> RunFailure) -> RunFailure {
        match self {
            Self::Limit(limit) => limit,
            Self::Why(why) => failure(why),
        }
    }
}

fn why(error: impl ToString) -> Unreadable {
    Unreadable::Why(error.to_string())
}

fn read(process: &Process, file: &str, limits: &Limits) -> Result<json::Items, Unreadable> {
    let folder = process.folder.as_ref().ok_or_else(|| why("there is no folder"))?;
    let opened = folder.open(file).map_err(why)?.ok_or_else(|| why("it has not written that file"))?;
    let bytes = contents(opened, limits)?;
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    Ok(match ending.as_deref() {
        Some("json") => json::one_result(&bytes).map_err(why)?,
        Some("npy") => vec![(String::new(), Value::Array(numpy::read_array(&bytes[..]).map_err(why)?))],
        Some("csv") => vec![(String::new(), Value::Table(table(&bytes).map_err(why)?))],
        _ => vec![(String::new(), Value::Bytes(bytes))],
    })
}

/// All of a file, if results may be that large.
fn contents(file: File, limits: &Limits) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    // One byte more tells that there is more.
    file.take(limits.results.saturating_add(1)).read_to_end(&mut bytes).map_err(why)?;
    if bytes.len() as u64 > limits.results {
        return Err(Unreadable::Limit(RunFailure::Limit { what: Limited::Results, limit: limits.results }));
    }
    Ok(bytes)
}

/// The columns of a CSV file, whose first line names them: whole numbers, reals, or else texts.
fn table(bytes: &[u8]) -> Result<Table, String> {
    let reader = || csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let names: Vec<String> = reader().headers().map_err(|error| error.to_string())?.iter().map(str::to_owned).collect();
    // First what all cells of a column are, then the cells: neither is kept as text for the other.
    let mut columns = vec![ArrayData::Int64(Vec::new()); names.len()];
    for record in reader().records() {
        let record = record.map_err(|error| error.to_string())?;
        for (column, cell) in columns.iter_mut().zip(&record) {
            if matches!(column, ArrayData::Int64(_)) && cell.parse::<i64>().is_err() {
                *column = ArrayData::Float64(Vec::new());
            }
            if matches!(column, ArrayData::Float64(_)) && cell.parse::<f64>().is_err() {
                *column = ArrayData::Text(Vec::new());
            }
        }
    }
    for record in reader().records() {
        let record = record.map_err(|error| error.to_string())?;
        for (column, cell) in columns.iter_mut().zip(&record) {
            match column {
                ArrayData::Int64(cells) => cells.extend(cell.parse::<i64>().ok()),
                ArrayData::Float64(cells) => cells.extend(cell.parse::<f64>().ok()),
                ArrayData::Text(cells) => cells.push(cell.to_owned()),
                _ => {}
            }
        }
    }
    let array = |data| Array::flat(data).map_err(|error| error.to_string());
    let columns = names.into_iter().zip(columns).map(|(name, data)| Ok((name, array(data)?)));
    Table::new(columns.collect::<Result<_, String>>()?).map_err(|error| error.to_string())
}

fn add(state: &mut RunState, name: &str, items: json::Items, limits: &Limits) -> Result<(), RunFailure> {
    state.add_made(name, items).map_err(|why| match state.budget.refused() {
        Some(what) => RunFailure::Limit { what, limit: limits.of(what) },
        None => failed(format!("its result `{name}` cannot be added: {why}")),
    })
}

fn failed(text: String) -> RunFailure {
    RunFailure::Error(one_line(&text, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_csv() {
        let text = "n,x,mixed,text,late\n1,1,2,a,1.50\n2,0.5,3.5,\"b, c\",n/a\n";
        let table = table(text.as_bytes()).unwrap();
        let shown = table.columns().iter().map(|(name, cells)| format!("{name}: {:?}", cells.data()));
        insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"));
        assert!(super::table(b"a,b\n1\n").is_err());
        assert!(super::table(b"a,a\n1,2\n").is_err());
    }
}
