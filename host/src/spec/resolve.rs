//! From names and values as written to the parameters and points of a [`Trajectory`].
//!
//! Three may speak of a parameter: the job's manifest, `[parameters]`, and `[explore.axes]` with
//! `-p` behind it. Whoever is first in this list and speaks at all decides which parameters there
//! are; the others refer to them, by their names or by short-cuts that are unique.

use std::{collections::BTreeMap, ops::Range};

use super::{
    DeclaredType, Manifest, Overrides,
    axis::{self, AxisWords, Expected},
    command_line::{Assignment, Effect},
    error::SpecError,
    node::{Entries, Node, Written},
    source::Source,
    value,
    written::{Mode, SpecWritten},
};
use crate::trajectory::{
    Axis, Combine, Explored, Found, Lookup, NodePath, Parameter, Points, PointsError, Trajectory, TrajectoryError,
    Value,
};

/// Everything that has a say.
pub(super) struct Question<'a> {
    pub source: &'a Source,
    pub written: &'a SpecWritten,
    pub overrides: &'a Overrides,
    pub manifest: Option<&'a Manifest>,
}

/// A place in a spec or on the command line.
#[derive(Clone, Debug)]
struct Spot<'a> {
    source: &'a Source,
    span: Range<usize>,
}

/// A name in a spec with what stands behind it.
struct Entry<'a> {
    name: String,
    spot: Spot<'a>,
    node: &'a Node,
}

/// One parameter, and all that is known of it so far.
struct Declaration<'a> {
    path: NodePath,
    declared: Option<DeclaredType>,
    minimum: Option<f64>,
    maximum: Option<f64>,
    unit: String,
    comment: String,
    class: Option<String>,
    value: Option<Value>,
    /// Where it got its value.
    set: Option<Spot<'a>>,
}

/// One explored parameter.
struct AxisEntry<'a> {
    /// Which of the declarations.
    parameter: usize,
    spot: Spot<'a>,
    words: AxisWords<'a>,
}

/// Puts the trajectory together.
pub(super) fn trajectory(question: &Question, name: &str, comment: &str) -> Result<Trajectory, SpecError> {
    let assignments =
        question.overrides.axes.iter().map(|text| Assignment::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let mut parameters = Parameters::declare(question, &assignments)?;
    parameters.set(question)?;
    let entries = parameters.axes(question, &assignments)?;
    let axes = entries.iter().map(|entry| parameters.axis(entry)).collect::<Result<Vec<_>, _>>()?;
    parameters.check_complete(&entries)?;
    let points = points(question, &entries, &axes, &parameters)?;
    parameters.freeze(question, name, comment, entries, axes, points)
}

/// All parameters, with their names ready for look-ups.
struct Parameters<'a> {
    lookup: Lookup,
    all: Vec<Declaration<'a>>,
    /// Who decided which parameters there are.
    by: By,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Manifest,
    Spec,
    Axes,
}

impl<'a> Parameters<'a> {
    fn declare(question: &Question<'a>, assignments: &'a [Assignment]) -> Result<Self, SpecError> {
        let mut all: Vec<Declaration<'a>> = Vec::new();
        let declared = question.manifest.and_then(|manifest| manifest.parameters.as_ref());
        let by = if let Some(declared) = declared {
            all.extend(declared.iter().map(|parameter| Declaration {
                path: parameter.name.clone(),
                declared: Some(parameter.value_type),
                minimum: parameter.minimum,
                maximum: parameter.maximum,
                unit: parameter.unit.clone(),
                comment: parameter.comment.clone(),
                class: None,
                value: parameter.default.clone(),
                set: None,
            }));
            for parameter in &mut all {
                let Some(default) = parameter.value.take() else { continue };
                parameter.value = Some(parameter.expected().conform(default).map_err(|message| {
                    SpecError::new(format!("the job declares a default that contradicts its type or range: {message}"))
                        .hint("this is a mistake in the job, not in the spec")
                })?);
            }
            By::Manifest
        } else {
            let fixed = entries(&question.written.parameters, question.source, &value::FORMS);
            let by = if fixed.is_empty() { By::Axes } else { By::Spec };
            let mut names: Vec<(String, Spot)> = fixed.into_iter().map(|entry| (entry.name, entry.spot)).collect();
            if by == By::Axes {
                let axes = entries(&question.written.explore.axes, question.source, &axis::FORMS);
                names.extend(axes.into_iter().map(|entry| (entry.name, entry.spot)));
                // A `-p` may replace an axis, and then declares nothing.
                let known = Lookup::new(names.iter().filter_map(|(name, _)| NodePath::new(bare(name)).ok()));
                let new = assignments.iter().filter(|a| !matches!(known.find(bare(&a.name.value)), Found::One(_)));
                names.extend(new.map(|a| (a.name.value.clone(), spot(&a.source, &a.name.span))));
            }
            for (name, spot) in names {
                let path = NodePath::new(bare(&name)).map_err(|error| spot.error(error.to_string()))?;
                if let Some(nested) = all.iter().find(|other| other.path.is_nested_with(&path)) {
                    let message = format!(
                        "`{path}` and `{}` cannot both be parameters: one lies inside of the other",
                        nested.path
                    );
                    return Err(spot.error(message).hint("rename one of them"));
                }
                if !all.iter().any(|other| other.path == path) {
                    all.push(Declaration::named(path));
                }
            }
            by
        };
        let lookup = Lookup::new(all.iter().map(|parameter| parameter.path.clone()));
        Ok(Self { lookup, all, by })
    }

    /// Gives parameters their values from `[parameters]`.
    fn set(&mut self, question: &Question<'a>) -> Result<(), SpecError> {
        for entry in entries(&question.written.parameters, question.source, &value::FORMS) {
            let at = self.find(&entry.name, &entry.spot)?;
            let described = value::described(entry.node, entry.spot.source)?;
            let parameter = &mut self.all[at];
            if let Some(first) = &parameter.set {
                return Err(twice(&parameter.path, first, &entry.spot));
            }
            let wanted = parameter.expected();
            // A default of the manifest has the declared type, which is checked already.
            let wanted = Expected { like: None, ..wanted };
            let value = wanted.conform(described.value);
            parameter.value = Some(value.map_err(|message| entry.spot.source.error(&entry.node.span, message))?);
            parameter.set = Some(entry.spot);
            parameter.class = described.class.or(parameter.class.take());
            parameter.unit = described.unit.unwrap_or(std::mem::take(&mut parameter.unit));
            parameter.comment = described.comment.unwrap_or(std::mem::take(&mut parameter.comment));
        }
        Ok(())
    }

    /// The axes of the spec and the command line in their order; single values of the command line are set.
    fn axes(
        &mut self,
        question: &Question<'a>,
        assignments: &'a [Assignment],
    ) -> Result<Vec<AxisEntry<'a>>, SpecError> {
        let mut axes: Vec<AxisEntry<'a>> = Vec::new();
        for Entry { name, spot, node } in entries(&question.written.explore.axes, question.source, &axis::FORMS) {
            let parameter = self.find(&name, &spot)?;
            if let Some(first) = axes.iter().find(|other| other.parameter == parameter) {
                return Err(twice(&self.all[parameter].path, &first.spot, &spot));
            }
            axes.push(AxisEntry { parameter, spot, words: AxisWords::Node(node) });
        }
        let mut seen: Vec<(usize, Spot)> = Vec::new();
        for assignment in assignments {
            let spot = spot(&assignment.source, &assignment.name.span);
            let parameter = self.find(&assignment.name.value, &spot)?;
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == parameter) {
                return Err(twice(&self.all[parameter].path, first, &spot));
            }
            seen.push((parameter, spot.clone()));
            let place = axes.iter().position(|axis| axis.parameter == parameter);
            match (assignment.effect(), place) {
                (Effect::Sets(node), place) => {
                    if let Some(place) = place {
                        axes.remove(place);
                    }
                    let described = value::described(node, &assignment.source)?;
                    let value = self.all[parameter].expected().conform(described.value);
                    let value = value.map_err(|message| assignment.source.error(&assignment.span(), message))?;
                    let parameter = &mut self.all[parameter];
                    parameter.value = Some(value);
                    parameter.set = Some(spot);
                    parameter.class = described.class.or(parameter.class.take());
                    parameter.unit = described.unit.unwrap_or(std::mem::take(&mut parameter.unit));
                    parameter.comment = described.comment.unwrap_or(std::mem::take(&mut parameter.comment));
                }
                (Effect::Explores(words), Some(place)) => axes[place] = AxisEntry { parameter, spot, words },
                (Effect::Explores(words), None) => axes.push(AxisEntry { parameter, spot, words }),
            }
        }
        Ok(axes)
    }

    fn axis(&self, entry: &AxisEntry) -> Result<Axis, SpecError> {
        axis::axis(&entry.words, &self.all[entry.parameter].expected(), entry.spot.source)
    }

    /// Every parameter has a value, or values.
    fn check_complete(&self, axes: &[AxisEntry]) -> Result<(), SpecError> {
        let explored = |at: usize| axes.iter().any(|axis| axis.parameter == at);
        let missing: Vec<&Declaration> = (self.all.iter().enumerate())
            .filter(|(at, p)| p.value.is_none() && !explored(*at))
            .map(|(_, p)| p)
            .collect();
        let Some(first) = missing.first() else { return Ok(()) };
        let describe = |p: &&Declaration| match (p.declared, p.unit.as_str()) {
            (Some(kind), "") => format!("`{}` ({})", p.path, kind.name()),
            (Some(kind), unit) => format!("`{}` ({}, in {unit})", p.path, kind.name()),
            (None, _) => format!("`{}`", p.path),
        };
        let names = missing.iter().map(describe).collect::<Vec<_>>().join(", ");
        let message = format!("the job needs a value for {names}");
        Err(SpecError::new(message).hint(format!("write \"{0}\" = … in [parameters], or -p {0}=…", first.path)))
    }

    fn freeze(
        self,
        question: &Question,
        name: &str,
        comment: &str,
        entries: Vec<AxisEntry>,
        axes: Vec<Axis>,
        points: Points,
    ) -> Result<Trajectory, SpecError> {
        let mut explored = BTreeMap::new();
        for (position, (entry, axis)) in entries.iter().zip(axes).enumerate() {
            explored.insert(entry.parameter, Explored { axis, position });
        }
        let mut parameters = BTreeMap::new();
        for (at, declaration) in self.all.into_iter().enumerate() {
            let explored = explored.remove(&at);
            let first = || explored.as_ref().map(|explored| explored.axis.at(0));
            let Some(value) = declaration.value.or_else(first) else { continue };
            let (unit, comment, class) = (declaration.unit, declaration.comment, declaration.class);
            parameters.insert(declaration.path, Parameter { unit, explored, class, ..Parameter::new(value, comment) });
        }
        let seed =
            question.overrides.seed.or(question.written.replicate.seed.as_ref().map(|seed| seed.value)).unwrap_or(0);
        Trajectory::from_parts(name, comment, parameters, points, seed).map_err(|error| {
            let replicate = question.written.replicate.count.as_ref();
            match (&error, replicate) {
                (TrajectoryError::ReplicateTaken, Some(count)) => question.source.error(&count.span, error.to_string()),
                _ => SpecError::new(error.to_string()),
            }
        })
    }

    /// The parameter that `name` means.
    fn find(&self, name: &str, spot: &Spot) -> Result<usize, SpecError> {
        let name = bare(name);
        match self.lookup.find(name) {
            Found::One(at) => Ok(at),
            Found::Ambiguous(candidates) => {
                let names: Vec<String> = candidates.iter().map(|&at| format!("`{}`", self.lookup.path(at))).collect();
                let message = format!("`{name}` may mean {}", names.join(" or "));
                Err(spot.error(message).hint("write the whole name"))
            }
            Found::Nothing => Err(self.unknown(name, spot)),
        }
    }

    fn unknown(&self, name: &str, spot: &Spot) -> SpecError {
        if let Err(error) = NodePath::new(name) {
            return spot.error(error.to_string());
        }
        let similar = self.lookup.similar(name).map(|path| format!("did you mean `{path}`?"));
        match self.by {
            By::Manifest => {
                let some =
                    self.lookup.paths().iter().take(8).map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
                let hint = match self.lookup.paths().len() {
                    0 => "it reads none".into(),
                    1..=8 => format!("it has {some}"),
                    _ => format!("it has {some}, …"),
                };
                spot.error(format!("the job has no parameter `{name}`")).hint(similar.unwrap_or(hint))
            }
            By::Spec | By::Axes => {
                let declare = format!("declare it with \"{name}\" = … in [parameters]");
                let hint = similar.map_or(declare.clone(), |similar| format!("{similar} if not, {declare}"));
                spot.error(format!("`{name}` is explored but never declared")).hint(hint)
            }
        }
    }
}

impl Declaration<'_> {
    fn named(path: NodePath) -> Self {
        let (unit, comment) = (String::new(), String::new());
        Self { path, declared: None, minimum: None, maximum: None, unit, comment, class: None, value: None, set: None }
    }

    fn expected(&self) -> Expected<'_> {
        Expected {
            path: &self.path,
            declared: self.declared,
            like: self.value.as_ref(),
            minimum: self.minimum,
            maximum: self.maximum,
        }
    }
}

impl Spot<'_> {
    fn error(&self, message: impl Into<String>) -> SpecError {
        self.source.error(&self.span, message)
    }
}

fn spot<'a>(source: &'a Source, span: &Range<usize>) -> Spot<'a> {
    Spot { source, span: span.clone() }
}

/// Names stand below `parameters`, whether that is said or not.
fn bare(name: &str) -> &str {
    name.strip_prefix("parameters.").unwrap_or(name)
}

fn twice(path: &NodePath, first: &Spot, second: &Spot) -> SpecError {
    let message = format!("`{path}` is given twice");
    second
        .error(message)
        .hint(format!("the first one is in {}; remove one of them", first.source.whereabouts(&first.span)))
}

/// The entries of a table with their full names: `[parameters.neuron] tau = 1` is `neuron.tau`.
///
/// A table in braces is a value, and so is one with a key of `forms`; every other one is a group.
fn entries<'a>(table: &'a Entries, source: &'a Source, forms: &[&str]) -> Vec<Entry<'a>> {
    fn walk<'a>(table: &'a Entries, prefix: &str, source: &'a Source, forms: &[&str], found: &mut Vec<Entry<'a>>) {
        for (key, node) in &table.0 {
            let name = format!("{prefix}{}", key.value);
            match &node.value {
                Written::Table(inner) if is_group(node, inner, source, forms) => {
                    walk(inner, &format!("{name}."), source, forms, found);
                }
                _ => found.push(Entry { name, spot: spot(source, &key.span), node }),
            }
        }
    }
    let mut found = Vec::new();
    walk(table, "", source, forms, &mut found);
    found
}

fn is_group(node: &Node, inner: &Entries, source: &Source, forms: &[&str]) -> bool {
    let in_braces = source.text().get(node.span.clone()).is_some_and(|text| text.starts_with('{'));
    !in_braces && !forms.iter().any(|form| inner.has(form))
}

fn points(
    question: &Question,
    entries: &[AxisEntry],
    axes: &[Axis],
    parameters: &Parameters,
) -> Result<Points, SpecError> {
    let replicates = match (question.overrides.replicates, &question.written.replicate.count) {
        (Some(0), _) => return Err(SpecError::new("with 0 replicates nothing runs").hint("leave the option out for 1")),
        (None, Some(count)) if count.value == 0 => {
            return Err(question
                .source
                .error(&count.span, "with 0 replicates nothing runs")
                .hint("leave `count` out for 1"));
        }
        (Some(count), _) => count,
        (None, count) => count.as_ref().map_or(1, |count| count.value),
    };
    let combine = match question.written.explore.mode.unwrap_or_default() {
        Mode::Cartesian => Combine::Cartesian,
        Mode::Zip => Combine::Zip,
    };
    let lengths: Vec<u64> = axes.iter().map(Axis::len).collect();
    let name = |axis: usize| &parameters.all[entries[axis].parameter].path;
    Points::new(lengths.clone(), combine, replicates.into()).map_err(|error| match error {
        PointsError::UnequalLengths { axis, got, expected } => {
            let message = format!(
                "`{}` has {got} values but `{}` has {expected}; zipped axes need equal lengths",
                name(axis),
                name(0)
            );
            let first = entries[0].spot.source.whereabouts(&entries[0].spot.span);
            entries[axis]
                .spot
                .error(message)
                .hint(format!("`{}` is in {first}; mode = \"cartesian\" takes any lengths", name(0)))
        }
        PointsError::TooMany { .. } => {
            let mut factors: Vec<String> = lengths.iter().map(u64::to_string).collect();
            if replicates > 1 {
                factors.push(format!("{replicates} replicates"));
            }
            let message = format!(
                "{} are too many runs ({}); at most 100 million have names",
                shown(&error),
                factors.join(" x ")
            );
            let longest = (0..lengths.len()).max_by_key(|&axis| lengths[axis]);
            let refusal = match longest {
                Some(axis) => entries[axis].spot.error(message),
                None => match &question.written.replicate.count {
                    Some(count) if question.overrides.replicates.is_none() => {
                        question.source.error(&count.span, message)
                    }
                    _ => SpecError::new(message),
                },
            };
            refusal.hint("explore fewer values, or zip the axes (mode = \"zip\")")
        }
    })
}

fn shown(error: &PointsError) -> String {
    match error {
        PointsError::TooMany { count } => count.to_string(),
        PointsError::UnequalLengths { got, .. } => got.to_string(),
    }
}
