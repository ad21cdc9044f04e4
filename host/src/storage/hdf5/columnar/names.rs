//! [`Names`]: what the datasets of columns are called. [`Naming`]: what their attributes say.
//!
//! Runs end in any order, and names do not depend on it: while runs come a column has any name that is free, and which
//! of several types keeps the plain one is decided at the end.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap, HashSet},
};

use crate::trajectory::RunIndex;

use super::{
    super::{
        cells::cut,
        columns::MAX_NAME,
        kit::Kit,
        raw::{Called, Node, Reference},
    },
    column::Column,
    elements::Kind,
    place::{Home, Place, What, kind_word},
    words::put_dimension,
};

/// The names that are in use.
#[derive(Debug, Default)]
pub(super) struct Names {
    used: [HashSet<String>; 2],
    /// Names of what is known before the first run, which results must not take.
    taken: HashSet<String>,
}

/// A column that is to be named.
pub(super) type Unnamed<'a> = (&'a Place, Home, String, &'a str, &'a Kind, RunIndex);

impl Names {
    pub(super) fn new(taken: HashSet<String>) -> Self {
        Self { used: [taken.clone(), HashSet::new()], taken }
    }

    fn plain(&self, place: &Place, own: &str) -> String {
        place.plain_name(own, &|name| self.taken.contains(name))
    }

    /// A free name for a new column, and the group in which it is free.
    pub(super) fn free(&mut self, place: &Place, own: &str, kind: &Kind) -> (Home, String) {
        let plain = self.plain(place, own);
        let home = Home::of(place, kind, &plain);
        let used = &mut self.used[home as usize];
        let name = if used.contains(&plain) {
            made_free(used, limited(format!("{plain}.{}", kind_word(kind))))
        } else {
            plain
        };
        used.insert(name.clone());
        (home, name)
    }

    /// The last names of all columns, in their order.
    pub(super) fn last(&mut self, columns: &[Unnamed<'_>]) -> Vec<String> {
        // The type of the lowest run comes first.
        let mut order: Vec<usize> = (0..columns.len()).collect();
        let word = |at: &usize| kind_word(columns[*at].4);
        order.sort_by_cached_key(|at| {
            let (place, home, .., lowest) = &columns[*at];
            (*home as usize, (*place).clone(), *lowest, word(at))
        });
        let mut used = [self.taken.clone(), HashSet::new()];
        let mut names = vec![String::new(); columns.len()];
        let mut put = |at: usize, name: String| {
            let used = &mut used[columns[at].1 as usize];
            let name = made_free(used, limited(name));
            used.insert(name.clone());
            names[at] = name;
        };
        let is_first = |k: usize| {
            k == 0 || (columns[order[k - 1]].0, columns[order[k - 1]].1) != (columns[order[k]].0, columns[order[k]].1)
        };
        for k in (0..order.len()).filter(|&k| is_first(k)) {
            put(order[k], self.plain(columns[order[k]].0, columns[order[k]].3));
        }
        for k in (0..order.len()).filter(|&k| !is_first(k)) {
            let (place, _, _, own, kind, _) = &columns[order[k]];
            put(order[k], format!("{}.{}", self.plain(place, own), kind_word(kind)));
        }
        self.used = used;
        names
    }

    /// A free name in `overview/columns` that is `name` or begins with it.
    fn of_dimension(&mut self, name: &str) -> String {
        let used = &mut self.used[Home::Columns as usize];
        let name = made_free(used, limited(name.to_owned()));
        used.insert(name.clone());
        name
    }
}

/// `name`, with as many `_` as it takes to be no other one.
fn made_free(used: &HashSet<String>, mut name: String) -> String {
    while used.contains(&name) {
        name.push('_');
    }
    name
}

/// `name`, cut where netCDF would not take it, with room for what makes it free.
fn limited(name: String) -> String {
    if name.len() <= MAX_NAME { name } else { cut(&name, MAX_NAME - 15).to_owned() }
}

/// What the spec and the manifest say of results, for the attributes of columns.
#[derive(Debug)]
pub(super) struct Naming<'a> {
    dims: &'a BTreeMap<String, Vec<String>>,
    units: &'a BTreeMap<String, String>,
    scale: Reference,
    /// The scales of dimensions that were made, by name and length.
    scales: RefCell<HashMap<(String, u64), Reference>>,
    names: RefCell<Names>,
}

impl<'a> Naming<'a> {
    pub(super) fn new(
        dims: &'a BTreeMap<String, Vec<String>>,
        units: &'a BTreeMap<String, String>,
        scale: Reference,
        names: Names,
    ) -> Self {
        Self { dims, units, scale, scales: RefCell::default(), names: RefCell::new(names) }
    }

    /// Writes units, comment and dimensions of a column.
    #[expect(clippy::too_many_arguments, reason = "all of it is one column")]
    pub(super) fn describe(
        &self,
        kit: &Kit,
        home: &Node,
        column: &Column,
        place: &Place,
        own: &str,
        is_in: Home,
        comment: &str,
    ) -> Called<()> {
        let node = column.node();
        if place.what == What::Item {
            if let Some(unit) = found(self.units, place, own).filter(|unit| !unit.is_empty()) {
                kit.put_terminated(node, "units", unit)?;
            }
            if !comment.is_empty() {
                kit.put_terminated(node, "long_name", comment)?;
            }
        }
        let Kind::Rows { shape, .. } = column.kind() else { return Ok(()) };
        let labels = found(self.dims, place, own).filter(|labels| labels.len() == shape.len());
        if is_in == Home::More {
            if let Some(labels) = labels {
                let all: Vec<&str> = std::iter::once("run").chain(labels.iter().map(String::as_str)).collect();
                node.put_text_list("DIMENSION_LABELS", &all)?;
            }
            return Ok(());
        }
        let mut scales = vec![self.scale];
        for (axis, &length) in shape.iter().enumerate() {
            let name = match labels {
                Some(labels) => labels[axis].clone(),
                None => format!("{}_dim_{axis}", place.key(own)),
            };
            scales.push(self.dimension(kit, home, name, length)?);
        }
        node.put_dimensions(&scales)
    }

    /// The scale of a dimension that has no values of its own, as netCDF has them.
    fn dimension(&self, kit: &Kit, home: &Node, name: String, length: u64) -> Called<Reference> {
        let mut scales = self.scales.borrow_mut();
        if let Some(known) = scales.get(&(name.clone(), length)) {
            return Ok(*known);
        }
        let free = self.names.borrow_mut().of_dimension(&name);
        put_dimension(kit, home, &free, length)?;
        let made = home.reference(&free)?;
        scales.insert((name, length), made);
        Ok(made)
    }
}

/// What is said of `result.item`, or of the result if that is its own item.
fn found<'m, T>(words: &'m BTreeMap<String, T>, place: &Place, own: &str) -> Option<&'m T> {
    if words.is_empty() {
        return None;
    }
    let part = place.part.trim_end_matches(".real").trim_end_matches(".imag");
    let whole = if part == own { words.get(&place.name) } else { None };
    words.get(&format!("{}.{part}", place.name)).or(whole)
}
