//! Making a trajectory step by step, under the names that pypet gives the steps.

use super::{
    Addition, AdditionKind, Axis, Combine, Explored, Found, Lookup, NodePath, Parameter, Points, RunIndex, StoredItems,
    Trajectory, TrajectoryError, Value, check_leaves, value,
};

impl Trajectory {
    /// A trajectory of one run, without parameters yet. pypet's `Trajectory(name)`.
    ///
    /// # Errors
    /// `name` breaks the naming rules.
    pub fn new(name: &str) -> Result<Self, TrajectoryError> {
        let points = Points::new(Vec::new(), Combine::Cartesian, 1)?;
        Self::from_parts(name, "", Default::default(), points, 0)
    }

    /// The same trajectory with a comment. pypet's argument `comment`.
    pub fn with_comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = comment.into();
        self
    }

    /// The same trajectory with another root of all seeds.
    pub fn with_seed(mut self, root_seed: u64) -> Self {
        self.root_seed = root_seed;
        self
    }

    /// Adds a parameter and returns it, so that a unit or a class can be given. pypet's `f_add_parameter`.
    ///
    /// # Errors
    /// The name breaks the naming rules, is taken, or lies inside of another parameter.
    pub fn f_add_parameter(
        &mut self,
        name: &str,
        value: impl Into<Value>,
        comment: &str,
    ) -> Result<&mut Parameter, TrajectoryError> {
        let path = NodePath::new(below("parameters", name))?;
        if self.parameters.contains_key(&path) {
            return Err(TrajectoryError::Taken(format!("parameters.{path}")));
        }
        check_leaves(self.parameters.keys().chain([&path]))?;
        self.parameters.insert(path.clone(), Parameter::new(value.into(), comment));
        self.prepare();
        Ok(self.parameters.get_mut(&path).expect("it was just added"))
    }

    /// Adds a setting that must not change results; runs do not see it. pypet's `f_add_config`.
    ///
    /// # Errors
    /// As [`Trajectory::f_add_parameter`].
    pub fn f_add_config(&mut self, name: &str, value: impl Into<Value>, comment: &str) -> Result<(), TrajectoryError> {
        self.put_config(NodePath::new(below("config", name))?, Parameter::new(value.into(), comment))
    }

    pub(super) fn put_config(&mut self, path: NodePath, entry: Parameter) -> Result<(), TrajectoryError> {
        if self.config.contains_key(&path) {
            return Err(TrajectoryError::Taken(format!("config.{path}")));
        }
        check_leaves(self.config.keys().chain([&path]))?;
        self.config.insert(path, entry);
        Ok(())
    }

    /// Adds a derived parameter of the trajectory itself, which every run sees. pypet's
    /// `f_add_derived_parameter` outside of runs.
    ///
    /// # Errors
    /// As [`Trajectory::f_add_parameter`].
    pub fn f_add_derived_parameter(
        &mut self,
        name: &str,
        value: impl Into<Value>,
        comment: &str,
    ) -> Result<(), TrajectoryError> {
        let path = NodePath::new(below("derived_parameters", name))?;
        let items = vec![(NodePath::new("data")?, value.into())];
        self.put_addition(Addition { items, ..Addition::new(AdditionKind::DerivedParameter, path, comment.into()) })
    }

    /// Adds a result of the trajectory itself with named items; an empty item name stands for the result's
    /// own. pypet's `f_add_result` outside of runs.
    ///
    /// # Errors
    /// As [`Trajectory::f_add_parameter`]; also without items, or with items inside of one another.
    pub fn f_add_result(
        &mut self,
        name: &str,
        items: Vec<(String, Value)>,
        comment: &str,
    ) -> Result<(), TrajectoryError> {
        let path = NodePath::new(below("results", name))?;
        let items = value::named_items(&path, items)?;
        if items.is_empty() {
            return Err(TrajectoryError::NoItems);
        }
        self.put_addition(Addition { items, ..Addition::new(AdditionKind::Result, path, comment.into()) })
    }

    /// Says how a class of the user's own stores the parameter at `path`; its value stays what it is.
    ///
    /// # Errors
    /// There is no such parameter.
    pub fn store_parameter_as(&mut self, path: &NodePath, stored: StoredItems) -> Result<(), TrajectoryError> {
        let missing = || TrajectoryError::NoParameter { name: path.to_string(), similar: None };
        self.parameters.get_mut(path).ok_or_else(missing)?.stored = Some(stored);
        Ok(())
    }

    pub(crate) fn put_addition(&mut self, addition: Addition) -> Result<(), TrajectoryError> {
        let branch = addition.kind.branch();
        // Runs have a place of their own in both branches.
        if addition.name.components().next() == Some("runs") {
            return Err(TrajectoryError::Taken(format!("{branch}.runs")));
        }
        let of_kind = || self.additions.iter().filter(|other| other.kind == addition.kind).map(|other| &other.name);
        if of_kind().any(|other| *other == addition.name) {
            return Err(TrajectoryError::Taken(format!("{branch}.{}", addition.name)));
        }
        check_leaves(of_kind().chain([&addition.name]))?;
        self.additions.push(addition);
        let derived = self.additions.iter().filter(|addition| addition.kind == AdditionKind::DerivedParameter);
        self.derived = Lookup::new(derived.map(|addition| addition.name.clone()));
        Ok(())
    }

    /// Explores parameters along axes; what was explored before is so no longer. pypet's `f_explore` takes
    /// lists of equal length, which is [`Combine::Zip`]; its `cartesian_product` is [`Combine::Cartesian`],
    /// in which the last axis varies fastest.
    ///
    /// # Errors
    /// A name is unknown or ambiguous, the values have another type than the default, zipped axes have
    /// different lengths, or there are more runs than have names.
    pub fn f_explore<'a>(
        &mut self,
        axes: impl IntoIterator<Item = (&'a str, Axis)>,
        combine: Combine,
    ) -> Result<(), TrajectoryError> {
        let axes = axes
            .into_iter()
            .map(|(name, axis)| {
                let path = self.parameter_called(name)?;
                let (expected, first) = (&self.parameters[&path].value, axis.at(0));
                if !expected.same_type(&first) {
                    let (expected, got) = (expected.type_name(), first.type_name());
                    return Err(TrajectoryError::OtherType { name: path.to_string(), expected, got });
                }
                Ok((path, axis))
            })
            .collect::<Result<Vec<_>, TrajectoryError>>()?;
        if let Some(at) = (1..axes.len()).find(|&at| axes[..at].iter().any(|(path, _)| *path == axes[at].0)) {
            return Err(TrajectoryError::Twice(axes[at].0.to_string()));
        }
        self.points =
            Points::new(axes.iter().map(|(_, axis)| axis.len()).collect(), combine, self.points.replicates())?;
        let is_replicate = |path: &NodePath| self.points.replicates() > 1 && path.as_str() == super::REPLICATE;
        for (_, parameter) in self.parameters.iter_mut().filter(|(path, _)| !is_replicate(path)) {
            parameter.explored = None;
            // It belongs to the values that were explored before.
            parameter.stored = None;
        }
        for (position, (path, axis)) in axes.into_iter().enumerate() {
            if let Some(parameter) = self.parameters.get_mut(&path) {
                parameter.explored = Some(Explored { axis, position });
            }
        }
        self.prepare();
        Ok(())
    }

    /// Repeats every point so many times, each time with another seed.
    ///
    /// # Errors
    /// There are more runs than have names, or a parameter is called `replicate`.
    pub fn with_replicates(self, count: u64) -> Result<Self, TrajectoryError> {
        let (lengths, combine) = self.points.clone().into_axes();
        let parameters =
            self.parameters.iter().filter(|(path, _)| !self.is_replicate(path)).map(|(p, q)| (p.clone(), q.clone()));
        let points = Points::new(lengths, combine, count)?;
        let made = Self::from_parts(&self.name, &self.comment, parameters.collect(), points, self.root_seed)?;
        Ok(Self { config: self.config, additions: self.additions, derived: self.derived, ..made })
    }

    /// The value of a parameter, derived parameter or setting of the trajectory itself: the default of an
    /// explored one. Short-cuts do where they are unique. pypet's `f_get`.
    ///
    /// # Errors
    /// Nothing has that name, or several do.
    pub fn f_get(&self, name: &str) -> Result<&Value, TrajectoryError> {
        if let Some(name) = name.strip_prefix("config.") {
            let entry = NodePath::new(name).ok().and_then(|path| self.config.get(&path));
            let missing = || TrajectoryError::NoParameter { name: format!("config.{name}"), similar: None };
            return entry.map(|entry| &entry.value).ok_or_else(missing);
        }
        match self.derived.find(below("derived_parameters", name)) {
            Found::One(at) if !name.starts_with("parameters.") && self.parameter_called(name).is_err() => {
                self.derived_value(at).ok_or(TrajectoryError::NoItems)
            }
            _ => Ok(&self.parameters[&self.parameter_called(name)?].value),
        }
    }

    /// Whether [`Trajectory::f_get`] would find `name`. pypet's `f_contains`.
    pub fn f_contains(&self, name: &str) -> bool {
        self.f_get(name).is_ok()
    }

    /// The parameter that a name or a unique short-cut means. pypet's `f_get(…, fast_access=False)`.
    ///
    /// # Errors
    /// Nothing has that name, or several do.
    pub fn f_get_parameter(&self, name: &str) -> Result<&Parameter, TrajectoryError> {
        Ok(&self.parameters[&self.parameter_called(name)?])
    }

    /// The value of a parameter in one run. pypet's `f_get` with `v_idx` set.
    ///
    /// # Errors
    /// As [`Trajectory::f_get_parameter`].
    pub fn f_get_in(&self, name: &str, run: RunIndex) -> Result<Value, TrajectoryError> {
        Ok(self.value_of(self.f_get_parameter(name)?, run))
    }

    /// All parameters by their paths. pypet's `f_get_parameters`.
    pub fn f_get_parameters(&self) -> &std::collections::BTreeMap<NodePath, Parameter> {
        self.parameters()
    }

    /// The explored parameters, in the order of their paths. pypet's `f_get_explored_parameters`.
    pub fn f_get_explored_parameters(&self) -> impl Iterator<Item = (&NodePath, &Parameter)> {
        self.explored()
    }

    /// All runs, in order. pypet's `f_iter_runs`.
    pub fn f_iter_runs(&self) -> impl Iterator<Item = RunIndex> + use<> {
        self.runs()
    }

    /// The names of all runs, in order. pypet's `f_get_run_names`.
    pub fn f_get_run_names(&self) -> impl Iterator<Item = String> + use<> {
        self.runs().map(RunIndex::name)
    }

    /// The name of a run, `run_00000003`; `None` if there is none of that index. pypet's `f_idx_to_run`.
    pub fn f_idx_to_run(&self, index: u32) -> Option<String> {
        (u64::from(index) < self.run_count()).then(|| RunIndex(index).name())
    }

    /// The index of a run by its name. pypet's `f_idx_to_run` the other way round.
    pub fn f_run_to_idx(&self, name: &str) -> Option<RunIndex> {
        RunIndex::from_name(name).filter(|run| u64::from(run.0) < self.run_count())
    }

    /// Runs in which `predicate` holds for the explored values in the order of their paths. pypet's `f_find_idx`.
    pub fn f_find_idx(&self, mut predicate: impl FnMut(&[Value]) -> bool) -> Vec<RunIndex> {
        let point = |run| self.explored().map(|(_, parameter)| self.value_of(parameter, run)).collect::<Vec<_>>();
        self.runs().filter(|&run| predicate(&point(run))).collect()
    }

    /// The name. pypet's `v_name`.
    pub fn v_name(&self) -> &str {
        self.name()
    }

    /// The comment; empty if there is none. pypet's `v_comment`.
    pub fn v_comment(&self) -> &str {
        self.comment()
    }

    /// The parameter that a name or a short-cut means.
    fn parameter_called(&self, name: &str) -> Result<NodePath, TrajectoryError> {
        let name = below("parameters", name);
        match self.lookup.find(name) {
            Found::One(at) => Ok(self.lookup.path(at).clone()),
            Found::Ambiguous(candidates) => Err(TrajectoryError::Ambiguous {
                name: name.to_owned(),
                candidates: candidates.iter().map(|&at| self.lookup.path(at).to_string()).collect(),
            }),
            Found::Nothing => Err(TrajectoryError::NoParameter {
                name: super::name::shortened(name),
                similar: self.lookup.similar(name).map(NodePath::to_string),
            }),
        }
    }
}

/// `name` without the branch in front of it.
fn below<'a>(branch: &str, name: &'a str) -> &'a str {
    name.strip_prefix(branch).and_then(|rest| rest.strip_prefix('.')).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Trajectory {
        let mut t = Trajectory::new("t").unwrap().with_comment("about t").with_seed(3);
        t.f_add_parameter("net.x", 1.0, "an x").unwrap().unit = "s".into();
        t.f_add_parameter("parameters.net.y", 2, "a y").unwrap();
        t.f_add_config("verbose", true, "").unwrap();
        t.f_add_derived_parameter("twice", 2.0, "2 x").unwrap();
        t.f_add_result("about", vec![(String::new(), "text".into())], "a result").unwrap();
        t
    }

    #[test]
    fn built_step_by_step() {
        let mut t = sample();
        assert_eq!(t.run_count(), 1);
        let axes = || [("x", Axis::linspace(0.0, 1.0, 3).unwrap()), ("y", Axis::integers(0, 2, 1).unwrap())];
        t.f_explore(axes(), Combine::Cartesian).unwrap();
        assert_eq!(t.run_count(), 6);
        assert_eq!(t.summary(RunIndex(5)), "x: 1.0,   y: 1");
        assert_eq!(t.f_find_idx(|point| point[0] == Value::Float(0.5)), [RunIndex(2), RunIndex(3)]);
        assert_eq!((t.f_get("x").unwrap(), t.f_get("twice").unwrap()), (&Value::Float(1.0), &Value::Float(2.0)));
        assert_eq!(t.f_get_in("net.x", RunIndex(5)).unwrap(), Value::Float(1.0));
        assert_eq!(t.f_get_parameter("y").unwrap().f_get_range().unwrap().len(), 2);
        assert_eq!(t.f_get_explored_parameters().count(), t.f_get_parameters().len());
        assert_eq!(t.f_iter_runs().count(), 6);
        assert_eq!(t.f_get("config.verbose").unwrap(), &Value::Bool(true));
        assert_eq!(t.f_run_to_idx(&t.f_idx_to_run(4).unwrap()), Some(RunIndex(4)));
        let t = t.with_replicates(2).unwrap();
        assert_eq!((t.run_count(), t.additions().len(), t.config().len()), (12, 2, 1));
        let mut t = t;
        t.f_explore([("y", Axis::integers(0, 4, 1).unwrap())], Combine::Zip).unwrap();
        assert_eq!((t.run_count(), t.explored().count()), (8, 2), "the counter of replicates stays");
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut t = sample();
        t.f_explore([("x", Axis::logspace(0.0, 1.0, 3).unwrap())], Combine::Zip).unwrap();
        let t = t.with_replicates(2).unwrap();
        let text = serde_json::to_string(&t).unwrap();
        let back: Trajectory = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
        assert_eq!(back.seed(RunIndex(3)), t.seed(RunIndex(3)));
        let broken = text.replace("\"lengths\":[3]", "\"lengths\":[4]");
        assert_ne!(broken, text);
        assert!(serde_json::from_str::<Trajectory>(&broken).is_err());
    }

    #[test]
    fn refusals() {
        let mut t = sample();
        t.f_add_parameter("syn.x", 1.0, "").unwrap();
        let reals = |n| Axis::linspace(0.0, 1.0, n).unwrap();
        let messages = [
            t.f_add_parameter("net.x", 1, "").unwrap_err(),
            t.f_add_parameter("net", 1, "").unwrap_err(),
            t.f_add_parameter("a b", 1, "").unwrap_err(),
            t.f_add_config("verbose", 1, "").unwrap_err(),
            t.f_add_derived_parameter("runs.z", 1, "").unwrap_err(),
            t.f_add_derived_parameter("twice", 1, "").unwrap_err(),
            t.f_add_result("empty", vec![], "").unwrap_err(),
            t.f_explore([("x", reals(2))], Combine::Zip).unwrap_err(),
            t.f_explore([("net.z", reals(2))], Combine::Zip).unwrap_err(),
            t.f_explore([("y", reals(2))], Combine::Zip).unwrap_err(),
            t.f_explore([("net.x", reals(2)), ("net.x", reals(2))], Combine::Zip).unwrap_err(),
            t.f_explore([("net.x", reals(2)), ("syn.x", reals(3))], Combine::Zip).unwrap_err(),
        ];
        insta::assert_snapshot!(messages.map(|error| error.to_string()).join("\n"));
    }
}
