//! What became of each attack, as a table.

use std::{fmt::Write, fs, path::PathBuf};

use crate::support::repository;

/// One attack.
pub struct Row {
    pub name: String,
    /// What stopped it.
    pub caught: String,
    pub peak_mib: u64,
    pub seconds: f64,
    /// Whether the good runs beside it are those of a file without it; `None` where there are none.
    pub equal: Option<bool>,
    /// The file with its runs, to be compared.
    pub file: Option<PathBuf>,
    /// How the run may end.
    pub ends: &'static [&'static str],
    /// Everything that is wrong.
    pub problems: Vec<String>,
}

/// All of them.
pub struct Report {
    pub rows: Vec<Row>,
}

impl Report {
    pub fn new(rows: Vec<Row>) -> Self {
        Self { rows }
    }

    fn table(&self) -> String {
        let mut out = String::from("| attack | caught by | host's peak memory, MiB | seconds | neighbours equal |\n");
        out.push_str("|---|---|---:|---:|---|\n");
        for row in &self.rows {
            let equal = row.equal.map_or("none", |equal| if equal { "yes" } else { "NO" });
            let Row { name, caught, peak_mib, seconds, .. } = row;
            let caught = caught.replace('|', "\\|");
            writeln!(out, "| {name} | {caught} | {peak_mib} | {seconds:.1} | {equal} |").expect("texts can be written");
        }
        out
    }

    /// Writes the table, and fails with everything that is wrong.
    pub fn finish(self) {
        let table = self.table();
        println!("{table}");
        fs::write(repository().join("target/hostile.md"), table).expect("the table can be written");
        let problems: Vec<String> = self
            .rows
            .iter()
            .flat_map(|row| row.problems.iter().map(|problem| format!("{}: {problem}", row.name)))
            .collect();
        assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    }
}
