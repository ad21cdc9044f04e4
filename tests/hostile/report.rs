//! What became of each attack, as a table.

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

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
    /// The file with its runs, and the one without the attack to compare it with.
    pub files: Option<(PathBuf, PathBuf)>,
    /// Good runs are the same every time: nothing was granted that differs.
    pub repeatable: bool,
    /// How the run may end.
    pub ends: &'static [&'static str],
    /// Everything that is wrong.
    pub problems: Vec<String>,
}

/// All of them.
pub struct Report {
    pub rows: Vec<Row>,
}

/// The tables of all tests, which end when they like.
static TABLES: Mutex<BTreeMap<&str, String>> = Mutex::new(BTreeMap::new());

impl Report {
    pub fn new(rows: Vec<Row>) -> Self {
        Self { rows }
    }

    fn table(&self) -> String {
        let mut out = String::from("| attack | caught by | host's peak memory, MiB | seconds | neighbours equal |\n");
        out.push_str("|---|---|---:|---:|---|\n");
        for row in &self.rows {
            let equal = row.equal.map_or("there are none", |equal| if equal { "yes" } else { "NO" });
            let Row { name, caught, peak_mib, seconds, .. } = row;
            let caught = caught.replace('|', "\\|");
            writeln!(out, "| {name} | {caught} | {peak_mib} | {seconds:.1} | {equal} |").expect("texts can be written");
        }
        out
    }

    /// Writes the table below a title, and fails with everything that is wrong.
    pub fn finish(self, title: &'static str) {
        let table = format!("## {title}\n\n{}", self.table());
        println!("{table}");
        let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
        tables.insert(title, table);
        let all: Vec<&str> = tables.values().map(String::as_str).collect();
        fs::write(repository().join("target/hostile.md"), all.join("\n")).expect("the table can be written");
        drop(tables);
        let problems: Vec<String> = self
            .rows
            .iter()
            .flat_map(|row| row.problems.iter().map(|problem| format!("{}: {problem}", row.name)))
            .collect();
        assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    }
}
