//! Views that a scientist reads as they are: one row for each run, a column for each explored parameter and scalar.

use std::collections::HashSet;

use rusqlite::{Connection, params};

/// SQLite takes no more columns in an answer than 2000.
const MAX_COLUMNS: usize = 1900;

/// Makes `<name>_points`: each run with the values it explores.
pub(super) fn put_points(connection: &Connection, id: i64, name: &str) -> rusqlite::Result<()> {
    let mut columns = Columns::new(&["run", "status"]);
    columns.add_explored(connection, id)?;
    columns.put(connection, id, name, "points", "r.idx AS run, r.status")
}

/// Makes `<name>_scalars`: the same, and all results that are one number or text.
pub(super) fn put_scalars(connection: &Connection, id: i64, name: &str) -> rusqlite::Result<()> {
    let mut columns = Columns::new(&["run", "status", "runtime"]);
    columns.add_explored(connection, id)?;
    columns.add_scalars(connection, id, "derived_parameters")?;
    columns.add_scalars(connection, id, "results")?;
    columns.put(connection, id, name, "scalars", "r.idx AS run, r.status, r.runtime")
}

/// Takes the views of a trajectory away.
pub(super) fn drop_all(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    let views: Vec<Option<String>> =
        connection.query_row("SELECT points_view, scalars_view FROM trajectories WHERE id = ?", [id], |row| {
            Ok(vec![row.get(0)?, row.get(1)?])
        })?;
    for view in views.into_iter().flatten() {
        connection.execute_batch(&format!("DROP VIEW IF EXISTS {}", quoted(&view)))?;
    }
    connection.execute("UPDATE trajectories SET points_view = NULL, scalars_view = NULL WHERE id = ?", [id])?;
    Ok(())
}

/// The columns of a view, each under a name of its own.
struct Columns {
    /// Names in use, in lower case: SQLite does not tell the cases of names apart.
    used: HashSet<String>,
    definitions: Vec<String>,
}

impl Columns {
    fn new(used: &[&str]) -> Self {
        Self { used: used.iter().map(|name| (*name).to_owned()).collect(), definitions: Vec::new() }
    }

    /// Adds a column under the first of `names` that is free.
    fn add(&mut self, names: &[&str], definition: &str) {
        if self.definitions.len() >= MAX_COLUMNS {
            return;
        }
        let numbered = (2..).map(|number| format!("{}_{number}", names.last().copied().unwrap_or("column")));
        let mut candidates = names.iter().map(|name| (*name).to_owned()).chain(numbered);
        let free = candidates.find(|name| self.used.insert(name.to_lowercase()));
        self.definitions.push(format!("{definition} AS {}", quoted(&free.unwrap_or_default())));
    }

    fn add_explored(&mut self, connection: &Connection, id: i64) -> rusqlite::Result<()> {
        let mut query = connection.prepare(
            "SELECT id, name, type, length, stride FROM parameters WHERE trajectory = ? AND explored ORDER BY name",
        )?;
        let rows = query.query_map([id], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get(3)?, row.get(4)?))
        })?;
        let all = rows.collect::<rusqlite::Result<Vec<(i64, String, String, i64, i64)>>>()?;
        for (parameter, name, kind, length, stride) in &all {
            let last = name.rsplit('.').next().unwrap_or(name);
            let is_shared = all.iter().filter(|(_, other, ..)| other.rsplit('.').next() == Some(last)).count() > 1;
            let whole = format!("parameters.{name}");
            let names = if is_shared { vec![name.as_str(), &whole] } else { vec![last, name, &whole] };
            let value = if matches!(kind.as_str(), "bool" | "int" | "float" | "str") { "value" } else { "text" };
            let definition = format!(
                "(SELECT {value} FROM explored WHERE parameter = {parameter} AND idx = r.idx / {stride} % {length})"
            );
            self.add(&names, &definition);
        }
        Ok(())
    }

    fn add_scalars(&mut self, connection: &Connection, id: i64, branch: &str) -> rusqlite::Result<()> {
        let mut query = connection.prepare(&format!(
            "SELECT DISTINCT name, item FROM {branch}
             WHERE trajectory = ? AND run IS NOT NULL AND type IN ('bool', 'int', 'float', 'complex', 'str')
             ORDER BY name, item"
        ))?;
        let rows = query.query_map([id], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        for row in rows {
            let (name, item) = row?;
            let own = name.rsplit('.').next() == Some(item.as_str()) || branch == "derived_parameters";
            let label = if own { name.clone() } else { format!("{name}.{item}") };
            let definition = format!(
                "(SELECT CASE type WHEN 'complex' THEN text ELSE value END FROM {branch} \
                 WHERE trajectory = {id} AND run = r.idx AND name = {} AND item = {})",
                literal(&name),
                literal(&item)
            );
            self.add(&[&label, &format!("{branch}.{label}")], &definition);
        }
        Ok(())
    }

    /// Makes the view and notes its name.
    fn put(self, connection: &Connection, id: i64, name: &str, kind: &str, first: &str) -> rusqlite::Result<()> {
        let there = |name: &str| -> rusqlite::Result<bool> {
            let sql = "SELECT count(*) FROM sqlite_schema WHERE lower(name) = lower(?)";
            Ok(connection.query_row(sql, [name], |row| row.get::<_, i64>(0))? > 0)
        };
        let mut view = format!("{name}_{kind}");
        // Names that begin so belong to SQLite itself.
        if view.to_lowercase().starts_with("sqlite_") || there(&view)? {
            view = format!("trajectory_{id}_{kind}");
        }
        let mut sql = format!("CREATE VIEW {} AS SELECT {first}", quoted(&view));
        for definition in &self.definitions {
            sql.push_str(",\n    ");
            sql.push_str(definition);
        }
        sql.push_str(&format!("\nFROM runs AS r WHERE r.trajectory = {id}"));
        connection.execute_batch(&sql)?;
        connection.execute(&format!("UPDATE trajectories SET {kind}_view = ? WHERE id = ?"), params![view, id])?;
        Ok(())
    }
}

/// A name in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in SQL.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
