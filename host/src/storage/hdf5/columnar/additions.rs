//! [`Additions`]: what runs add, divided into columns.
//!
//! Every result has a [`Variant`], and a run is the list of the variants of its results: its *schema*. Nearly all runs
//! have that of the run before, which costs a comparison and no look-up. What makes up new names in every run goes into
//! the long form when there are too many of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::{
    journal::Places,
    overview::{Comments, Example, Keep, Summaries},
    trajectory::{Addition, CommentDigest, FinishedRun, NodePath, RunIndex, Value},
};

use super::{
    super::{
        column_sums::Sum,
        kit::Kit,
        raw::{Called, Node, Reference},
        scalar_column,
    },
    chunks::Chunks,
    column::Column,
    elements::{Content, Kind},
    form::Form,
    layout::{ColumnRow, Layout},
    names::{Names, Naming},
    place::{Home, Place, What, own_item},
    variant::{Comment, Variant},
};

/// More columns than these are not made; what would need another one goes into the long form.
const MAX_COLUMNS: usize = 500;
/// Nor more variants of results,
const MAX_VARIANTS: usize = 4096;
/// nor more schemas,
const MAX_SCHEMAS: usize = 1 << 16;
/// nor longer ones together.
const MAX_MEMBERS: usize = 1 << 20;
/// So many different comments of a result are kept once each; others stand in a column.
const MAX_COMMENTS: usize = 16;
/// Bytes of rows that wait.
const MAX_WAITING: usize = 16 << 20;

/// The open columns, and what is known of the runs whose rows they have.
#[derive(Debug)]
pub(super) struct Additions {
    homes: [Node; 2],
    scale: Reference,
    runs: u64,
    columns: Vec<Column>,
    places: Vec<(Place, Home, String, String)>,
    by_place: HashMap<Place, Vec<usize>>,
    names: Names,
    variants: Vec<Known>,
    by_name: [HashMap<String, Vec<u32>>; 2],
    schemas: Vec<Vec<u32>>,
    by_members: HashMap<Vec<u32>, u32>,
    members: usize,
    /// The schema of the last run.
    last: u32,
    seen: Vec<u32>,
    /// Who keeps the comments that stand in columns, if repeated ones are purged.
    comments: Option<Comments>,
    comment_digest: CommentDigest,
    waiting: usize,
    /// Where large arrays lie of the runs that were put last.
    arrays: Places,
}

/// A variant, and which runs have it.
#[derive(Debug)]
struct Known {
    variant: Variant,
    lowest: RunIndex,
    count: u64,
    example: Option<Example>,
    /// Where comments stand in a column: those that do not.
    same: Vec<String>,
}

/// How a run stands in the columns.
pub(super) struct Placed<'r> {
    pub(super) schema: u32,
    /// What of it has no place in columns.
    pub(super) long: Vec<&'r Addition>,
}

impl Additions {
    pub(super) fn new((columns, more): (Node, Node), scale: Reference, runs: u64, names: Names, purge: bool) -> Self {
        Self {
            homes: [columns, more],
            scale,
            runs,
            columns: Vec::new(),
            places: Vec::new(),
            by_place: HashMap::new(),
            names,
            variants: Vec::new(),
            by_name: Default::default(),
            schemas: vec![Vec::new()],
            by_members: HashMap::from([(Vec::new(), 0)]),
            members: 0,
            last: 0,
            seen: Vec::new(),
            comments: purge.then(Comments::default),
            comment_digest: CommentDigest::default(),
            waiting: 0,
            arrays: Places::default(),
        }
    }

    /// Where large arrays lie of the runs that were put last.
    pub(super) fn arrays(&mut self) -> &mut Places {
        &mut self.arrays
    }

    /// Takes the results of a run, and says how it stands in the columns.
    pub(super) fn put<'r>(
        &mut self,
        kit: &mut Kit,
        run: &'r FinishedRun,
        mut summaries: Option<&mut Summaries>,
    ) -> Called<Placed<'r>> {
        let mut long = Vec::new();
        let mut members = std::mem::take(&mut self.seen);
        members.clear();
        for (at, addition) in run.additions.iter().enumerate() {
            let guess = self.schemas[self.last as usize].get(at).copied();
            let found = match guess.filter(|&guess| self.fits(guess, addition)) {
                Some(variant) => Some(variant),
                None => self.find_or_make(kit, addition)?,
            };
            match found {
                Some(variant) => members.push(variant),
                None => long.push(addition),
            }
        }
        let schema = match self.schema(&members) {
            Some(schema) => schema,
            None => {
                long = run.additions.iter().collect();
                members.clear();
                0
            }
        };
        let mut placed = run.additions.iter();
        for &variant in &members {
            // Those without a place are not among the members.
            let addition = placed.find(|addition| !long.iter().any(|other| std::ptr::eq(*other, *addition)));
            if let Some(addition) = addition {
                self.put_addition(variant, addition, run.index)?;
            }
        }
        for addition in &long {
            self.comment_digest.see_one(addition.kind, &addition.name, &addition.comment, run.index);
            if let Some(summaries) = &mut summaries {
                summaries.see(addition, run.index);
            }
        }
        self.seen = members;
        self.last = schema;
        Ok(Placed { schema, long })
    }

    /// Whether so much waits that it should be written.
    pub(super) fn is_full(&self) -> bool {
        self.waiting >= MAX_WAITING
    }

    fn fits(&self, variant: u32, addition: &Addition) -> bool {
        let known = &self.variants[variant as usize];
        known.variant.fits(addition, &|at| self.columns[at].kind()) && !known.same.contains(&addition.comment)
    }

    fn schema(&mut self, members: &Vec<u32>) -> Option<u32> {
        if self.schemas[self.last as usize] == *members {
            return Some(self.last);
        }
        if let Some(&known) = self.by_members.get(members) {
            return Some(known);
        }
        if self.schemas.len() >= MAX_SCHEMAS || self.members + members.len() > MAX_MEMBERS {
            return None;
        }
        let schema = self.schemas.len() as u32;
        self.members += members.len();
        self.schemas.push(members.clone());
        self.by_members.insert(members.clone(), schema);
        Some(schema)
    }

    fn find_or_make(&mut self, kit: &mut Kit, addition: &Addition) -> Called<Option<u32>> {
        let of_name = self.by_name[addition.kind as usize].get(addition.name.as_str());
        let known = of_name.map_or(&[][..], Vec::as_slice);
        if let Some(&found) = known.iter().find(|&&variant| self.fits(variant, addition)) {
            return Ok(Some(found));
        }
        if self.variants.len() >= MAX_VARIANTS {
            return Ok(None);
        }
        let texts: HashSet<&str> = known
            .iter()
            .filter_map(|&at| match &self.variants[at as usize].variant.comment {
                Comment::Same { text, .. } => Some(text.as_str()),
                Comment::Column(_) => None,
            })
            .collect();
        let is_same = texts.len() < MAX_COMMENTS || texts.contains(addition.comment.as_str());
        // No others come to be the same from here on.
        let same = if is_same { Vec::new() } else { texts.into_iter().map(str::to_owned).collect() };
        let Some(variant) = self.variant(kit, addition, is_same)? else { return Ok(None) };
        let number = self.variants.len() as u32;
        self.variants.push(Known { variant, lowest: RunIndex(u32::MAX), count: 0, example: None, same });
        self.by_name[addition.kind as usize].entry(addition.name.to_string()).or_default().push(number);
        Ok(Some(number))
    }

    /// A variant for `addition`, with new columns where it needs some; none if there would be too many.
    fn variant(&mut self, kit: &mut Kit, addition: &Addition, is_same: bool) -> Called<Option<Variant>> {
        let mut failed = None;
        let mut wanted = self.columns.len();
        // First only counted, so that nothing is made for what has no place in the end.
        let mut count = |what: What, part: String, content: Content<'_>| {
            let place = Place::new(addition.kind, addition.name.as_str(), what, &part);
            if self.known_column(&place, content).is_none() {
                wanted += 1;
            }
            Some(0)
        };
        let _ = parts(addition, is_same, &mut count);
        if wanted > MAX_COLUMNS {
            return Ok(None);
        }
        let mut make = |what: What, part: String, content: Content<'_>| {
            let place = Place::new(addition.kind, addition.name.as_str(), what, &part);
            match self.column(kit, place, content, addition) {
                Ok(column) => column,
                Err(error) => {
                    failed.get_or_insert(error);
                    None
                }
            }
        };
        let variant = parts(addition, is_same, &mut make);
        match failed {
            Some(error) => Err(error),
            None => Ok(variant),
        }
    }

    fn known_column(&self, place: &Place, content: Content<'_>) -> Option<usize> {
        let known = self.by_place.get(place)?;
        known.iter().copied().find(|&at| self.columns[at].kind().takes(content))
    }

    /// The column of a place that takes `content`, made if there is none.
    fn column(
        &mut self,
        kit: &mut Kit,
        place: Place,
        content: Content<'_>,
        addition: &Addition,
    ) -> Called<Option<usize>> {
        if let Some(known) = self.known_column(&place, content) {
            return Ok(Some(known));
        }
        let there = self.by_place.get(&place).map_or(&[][..], Vec::as_slice);
        let has_rows = |of| {
            there.iter().any(|&at| matches!(self.columns[at].kind(), Kind::Rows { of: other, .. } if *other == of))
        };
        let mut kinds = Kind::of(content).into_iter();
        // One shape has rows of its own, all others are ragged.
        let kind = kinds.find(|kind| !matches!(kind, Kind::Rows { of, shape } if !shape.is_empty() && has_rows(*of)));
        let Some(kind) = kind else { return Ok(None) };
        let own = own_item(addition).to_owned();
        let (home, name) = self.names.free(&place, &own, &kind);
        let chunks = Chunks::after(self.columns.len());
        // netCDF finds dimensions in groups further out only.
        let scale = (home == Home::Columns).then_some(&self.scale);
        let column = Column::create(kit, &self.homes[home as usize], &name, kind, self.runs, chunks, scale)?;
        let at = self.columns.len();
        self.columns.push(column);
        self.by_place.entry(place.clone()).or_default().push(at);
        self.places.push((place, home, name, own));
        Ok(Some(at))
    }

    fn put_addition(&mut self, number: u32, addition: &Addition, run: RunIndex) -> Called<()> {
        let Self { variants, columns, arrays, comments, comment_digest, waiting, .. } = self;
        let Known { variant, lowest, count, example, .. } = &mut variants[number as usize];
        *count += 1;
        if run < *lowest {
            *lowest = run;
            *example = Some(Example::of(addition, run));
        }
        let mut put = |at: usize, content: Content<'_>| {
            *waiting += columns[at].push(run, content, arrays)?;
            Ok(())
        };
        for ((_, form), (_, value)) in variant.items.iter().zip(&addition.items) {
            match (form, value) {
                (Form::Column(at), value) => put(*at, Content::Value(value))?,
                (form, value) => form.each(value, &mut put)?,
            }
        }
        for ((_, form), value) in variant.annotations.iter().zip(addition.annotations.values()) {
            form.each(value, &mut put)?;
        }
        if let Some(at) = variant.summary {
            put(at, Content::Value(&encoded_text(&addition.summary)))?;
        }
        if let Comment::Column(at) = variant.comment {
            comment_digest.see_one(addition.kind, &addition.name, &addition.comment, run);
            let kept = match comments {
                None => Keep::Here,
                Some(comments) => comments.see(addition.kind, &addition.name, &addition.comment, run),
            };
            if let Keep::InsteadOf(other) = kept {
                put_text(&mut columns[at], other, "")?;
            }
            let comment = if kept == Keep::Not { "" } else { addition.comment.as_str() };
            *waiting += put_text(&mut columns[at], run, comment)?;
        }
        Ok(())
    }

    /// Writes the rows that wait.
    pub(super) fn flush(&mut self) -> Called<()> {
        self.waiting = 0;
        self.columns.iter_mut().try_for_each(Column::flush)
    }

    /// Gives columns the names that follow from the runs alone, and says in attributes what they are.
    pub(super) fn name_columns(
        &mut self,
        kit: &Kit,
        dims: &BTreeMap<String, Vec<String>>,
        units: &BTreeMap<String, String>,
    ) -> Called<()> {
        let found: Vec<_> = self
            .places
            .iter()
            .zip(&self.columns)
            .map(|((place, home, name, own), column)| {
                (place, *home, name.clone(), own.as_str(), column.kind(), column.lowest())
            })
            .collect();
        let names = self.names.last(&found);
        let moves: Vec<(usize, String)> =
            names.into_iter().enumerate().filter(|(at, name)| *name != self.places[*at].2).collect();
        // Names may be exchanged, so those that change go out of the way first.
        for (at, _) in &moves {
            let (_, home, name, _) = &self.places[*at];
            // No result has a space in its name.
            self.homes[*home as usize].rename(name, &format!(" {at}"))?;
        }
        for (at, new) in moves {
            let (_, home, name, _) = &mut self.places[at];
            self.homes[*home as usize].rename(&format!(" {at}"), &new)?;
            *name = new;
        }
        let naming = Naming::new(dims, units, self.scale, std::mem::take(&mut self.names));
        for (at, column) in self.columns.iter().enumerate() {
            let (place, home, _, own) = &self.places[at];
            let mut notes: Vec<String> = column.describe(kit, self.runs)?.into_iter().collect();
            let same = |other: &usize| *other != at && self.places[*other].1 == *home;
            let others = self.by_place[place].iter().filter(|other| same(other));
            let others: Vec<&str> = others.map(|&other| self.places[other].2.as_str()).collect();
            if !others.is_empty() {
                notes.push(format!("runs with a value of another type are in {}", others.join(", ")));
            }
            if !notes.is_empty() {
                kit.put_terminated(column.node(), "note", &notes.join("; "))?;
            }
            naming.describe(kit, &self.homes[*home as usize], column, place, own, *home, &self.comment_at(place))?;
        }
        Ok(())
    }

    /// The comment of a result in the lowest run that has it.
    fn comment_at(&self, place: &Place) -> String {
        let of_place = self
            .variants
            .iter()
            .filter(|known| known.variant.branch == place.branch && known.variant.name == place.name);
        let lowest = of_place.min_by_key(|known| known.lowest);
        match lowest.map(|known| &known.variant.comment) {
            Some(Comment::Same { text, .. }) => text.clone(),
            _ => String::new(),
        }
    }

    /// What the columns of single values that xarray opens add up to.
    pub(super) fn sums(&self) -> impl Iterator<Item = (&str, scalar_column::Kind, Sum)> {
        let in_columns = self.places.iter().zip(&self.columns).filter(|((_, home, ..), _)| *home == Home::Columns);
        in_columns.filter_map(|((_, _, name, _), column)| {
            let kind = match column.kind() {
                Kind::Float => scalar_column::Kind::Float,
                Kind::Int => scalar_column::Kind::Int,
                Kind::Bool => scalar_column::Kind::Bool,
                Kind::Text => scalar_column::Kind::Text,
                Kind::Rows { .. } | Kind::Ragged { .. } => return None,
            };
            Some((name.as_str(), kind, column.sum()))
        })
    }

    /// What readers must know to find everything again.
    pub(super) fn layout(&self) -> Layout {
        let mut first: BTreeMap<(&str, &str, &str), RunIndex> = BTreeMap::new();
        for Known { variant, lowest, .. } in &self.variants {
            if let Comment::Same { text, .. } = &variant.comment {
                let known = first.entry((&variant.branch, &variant.name, text)).or_insert(*lowest);
                *known = (*known).min(*lowest);
            }
        }
        let variants = self.variants.iter().map(|known| {
            let mut variant = known.variant.clone();
            if let Comment::Same { text, first: lowest } = &mut variant.comment {
                *lowest = first[&(variant.branch.as_str(), variant.name.as_str(), text.as_str())].0;
            }
            variant
        });
        let columns = self.places.iter().zip(&self.columns).map(|((place, home, name, _), column)| ColumnRow {
            place: place.clone(),
            kind: column.kind().clone(),
            home: *home,
            dataset: name.clone(),
        });
        Layout {
            columns: columns.collect(),
            variants: variants.collect(),
            schemas: self.schemas.clone(),
            purged: self.comments.is_some(),
        }
    }

    /// Adds what is known of all runs to the summaries, and gives the digest of their comments.
    pub(super) fn close(mut self, mut summaries: Option<&mut Summaries>) -> CommentDigest {
        for Known { variant, lowest, count, example, .. } in &self.variants {
            let (Some(kind), Ok(name)) = (variant.kind(), NodePath::new(variant.name.as_str())) else { continue };
            if let Comment::Same { text, .. } = &variant.comment
                && *count > 0
            {
                self.comment_digest.see_one(kind, &name, text, *lowest);
            }
            if let (Some(summaries), Some(example)) = (summaries.as_mut(), example) {
                summaries.add(kind, &name, Example { count: *count, ..example.clone() });
            }
        }
        self.comment_digest
    }
}

/// Texts of columns that are never read by netCDF: of any length.
fn encoded_text(text: &str) -> Value {
    Value::Bytes(text.as_bytes().to_vec())
}

fn put_text(column: &mut Column, run: RunIndex, text: &str) -> Called<usize> {
    column.push(run, Content::Value(&encoded_text(text)), &mut Places::default())
}

/// The variant of an addition, in which `place` finds a column for each part.
fn parts(
    addition: &Addition,
    is_same: bool,
    place: &mut dyn FnMut(What, String, Content<'_>) -> Option<usize>,
) -> Option<Variant> {
    let mut items = Vec::with_capacity(addition.items.len());
    for (item, value) in &addition.items {
        let form = Form::of(value, &mut |part, content| place(What::Item, format!("{item}{part}"), content))?;
        items.push((item.to_string(), form));
    }
    let mut annotations = Vec::with_capacity(addition.annotations.len());
    for (key, value) in &addition.annotations {
        let form = Form::of(value, &mut |part, content| place(What::Annotation, format!("{key}{part}"), content))?;
        annotations.push((key.clone(), form));
    }
    let text = Value::Bytes(Vec::new());
    let comment = if is_same {
        Comment::Same { text: addition.comment.clone(), first: 0 }
    } else {
        Comment::Column(place(What::Comment, String::new(), Content::Value(&text))?)
    };
    let summary = match &addition.class {
        Some(_) => Some(place(What::Summary, String::new(), Content::Value(&text))?),
        None => None,
    };
    let (branch, name) = (addition.kind.branch().to_owned(), addition.name.to_string());
    Some(Variant { branch, name, class: addition.class.clone(), comment, items, annotations, summary })
}
