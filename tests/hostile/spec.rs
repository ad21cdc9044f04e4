//! Specs of the attacks: few runs, tight limits, a folder to read and one to write.

use std::path::Path;

/// Where the attack stands among good runs.
pub const POSITION: usize = 3;
/// All runs of a file.
pub const RUNS: usize = 6;

/// The limits of a run. What the host may need follows from them.
pub struct Limits {
    pub timeout: &'static str,
    pub memory_mib: u64,
    pub results_mib: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: "60s", memory_mib: 64, results_mib: 16 }
    }
}

impl Limits {
    /// How much more memory an attack may cost the host than a good run does: that of the guest and of a class that it
    /// calls; what it hands over, lifted, converted, encoded for the journal and for the file; and some for the rest.
    pub fn room_mib(&self) -> u64 {
        2 * self.memory_mib + 4 * self.results_mib + 16
    }

    fn toml(&self) -> String {
        let Self { timeout, memory_mib, results_mib } = self;
        format!(
            "[limits]\ntimeout = \"{timeout}\"\nmemory = \"{memory_mib}MiB\"\nresults = \"{results_mib}MiB\"\n\
             result_count = 1000\nlog = \"64KiB\"\nopen_files = 64\nwritten = \"8MiB\"\n"
        )
    }
}

/// What is explored: a mode of the guest among good runs, or nothing but the number of the run.
pub fn spec(mode: Option<&str>, limits: &Limits, use_pool: bool, data: &Path, class: &Path, more: &str) -> String {
    let numbers: Vec<usize> = (0..RUNS).collect();
    let modes: Vec<&str> =
        numbers.iter().map(|at| if *at == POSITION { mode.unwrap_or("good") } else { "good" }).collect();
    let (parameters, axes) = match mode {
        Some(_) => ("mode = \"good\"\nx = 0\n", format!("mode = {modes:?}\nx = {numbers:?}\n")),
        None => ("x = 0\n", format!("x = {numbers:?}\n")),
    };
    let classes = if mode.is_some() { format!("dynamically_imported_classes = [{class:?}]\n") } else { String::new() };
    format!(
        "spec = 1\n[trajectory]\nname = \"t\"\nadd_time = false\n[environment]\nncores = 2\nuse_pool = {use_pool}\n{classes}\
         [parameters]\n{parameters}[explore]\nmode = \"zip\"\n[explore.axes]\n{axes}{}[capabilities]\n\
         dirs = [{{ host = {data:?}, guest = \"/data\" }}, {{ host = \"out\", guest = \"/out\", access = \"read-write\" }}]\n\
         {more}",
        limits.toml()
    )
}
