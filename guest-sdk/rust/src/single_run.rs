//! The run as its job sees it, and what it may refuse.
//!
//! Every method is one call to the host. [`ResultBuilder`] only collects what a result with several items needs.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use core::error::Error;
use core::fmt;

use crate::arguments::{Arguments, KeywordArguments};
use crate::bindings::host::exploration::single_run as host;
use crate::class::Items;
use crate::value::{FromValue, IntoPlain, IntoValue, Mismatch, NamedValue, Value};

pub use host::{Level, ParameterInfo};

/// One run: exactly one point of the exploration, and the place where its results go.
///
/// `f_` marks functions and `v_` properties, as in pypet. Names are paths with dots; wherever a name is looked
/// up, a short-cut that only one node answers to does as well: `tau` for `parameters.neuron.tau`.
#[derive(Debug)]
pub struct SingleRun {
    args: Arguments,
    kwargs: KeywordArguments,
}

impl SingleRun {
    pub(crate) fn new(args: Vec<Value>, kwargs: Vec<NamedValue>) -> Self {
        Self { args: Arguments(args), kwargs: KeywordArguments(kwargs) }
    }

    /// The value of the parameter `name` at this point.
    ///
    /// Also finds derived parameters: of the trajectory itself, and those that this run has added. Neither the configuration
    /// nor results are visible.
    /// [`FromValue`] lists the types, and which values they accept.
    ///
    /// # Errors
    /// Nothing or too much has that name, the name is not allowed, or the value is no `T`.
    pub fn f_get<T: FromValue>(&self, name: &str) -> Result<T, AccessError> {
        let value = host::f_get(name).map_err(|error| AccessError::of(name, error))?;
        AccessError::check(name, T::from_value(value))
    }

    /// The parameter at the path `name` below `parameters`, which is no short-cut.
    pub(crate) fn declared<T: FromValue>(&self, name: &str) -> Result<T, AccessError> {
        let value = host::f_get(&format!("parameters.{name}")).map_err(|error| AccessError::of(name, error))?;
        AccessError::check(name, T::from_value(value))
    }

    /// Like [`f_get`](Self::f_get), but `default` where nothing has that name.
    ///
    /// # Errors
    /// As [`f_get`](Self::f_get), without [`AccessError::NotFound`].
    pub fn f_get_default<T: FromValue>(&self, name: &str, default: T) -> Result<T, AccessError> {
        match self.f_get(name) {
            Err(AccessError::NotFound { .. }) => Ok(default),
            found => found,
        }
    }

    /// Whether anything has that name; true for an ambiguous one as well.
    pub fn f_contains(&self, name: &str) -> bool {
        host::f_contains(name)
    }

    /// All parameters below the path `under`, in the order of their names; every one for `""`.
    pub fn f_list_parameters(&self, under: &str) -> Vec<ParameterInfo> {
        host::f_list_parameters(under)
    }

    /// Adds a result of one item that has the result's name.
    ///
    /// [`result`](Self::result) adds one with a comment or with several items.
    ///
    /// # Errors
    /// See [`AddError`].
    pub fn f_add_result(&mut self, name: &str, value: impl IntoValue) -> Result<(), AddError> {
        self.result(name).value(value).add()
    }

    /// Begins a result with a comment or with several items; it is added by [`ResultBuilder::add`].
    ///
    /// ```no_run
    /// # fn job(traj: &mut host_guest::SingleRun) -> Result<(), host_guest::JobError> {
    /// traj.result("spikes").comment("Spikes of the whole population").item("times", [0.1, 0.4]).item("count", 2).add()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn result<'run>(&'run mut self, name: &'run str) -> ResultBuilder<'run> {
        ResultBuilder { _run: self, name, comment: String::new(), items: Vec::new(), class: None }
    }

    /// Adds a result that the class `class` of one's own stores; the spec names its component.
    ///
    /// [`ResultBuilder::class`] does the same for a result with a comment.
    ///
    /// # Errors
    /// See [`AddError`].
    pub fn f_add_result_as(&mut self, class: &str, name: &str, items: Items) -> Result<(), AddError> {
        host::f_add_result_as(class, name, &Vec::from(items), "").map_err(|error| AddError::of(name, error))
    }

    /// Adds a value that follows from the parameters of this point and that the class `class` of one's own stores.
    ///
    /// # Errors
    /// See [`AddError`].
    pub fn f_add_derived_parameter_as(
        &mut self,
        class: &str,
        name: &str,
        value: impl IntoValue,
        comment: &str,
    ) -> Result<(), AddError> {
        let value = value.into_value();
        host::f_add_derived_parameter_as(class, name, &value, comment).map_err(|error| AddError::of(name, error))
    }

    /// Adds a value that follows from the parameters of this point.
    ///
    /// # Errors
    /// See [`AddError`].
    pub fn f_add_derived_parameter(
        &mut self,
        name: &str,
        value: impl IntoValue,
        comment: &str,
    ) -> Result<(), AddError> {
        host::f_add_derived_parameter(name, &value.into_value(), comment).map_err(|error| AddError::of(name, error))
    }

    /// Attaches an annotation to a result or derived parameter of this run, replacing one of the same key.
    ///
    /// # Errors
    /// See [`AddError`].
    pub fn f_set_annotation(&mut self, node: &str, key: &str, value: impl IntoPlain) -> Result<(), AddError> {
        host::f_set_annotation(node, key, &value.into_plain()).map_err(|error| AddError::of(node, error))
    }

    /// The index of this run, from 0.
    pub fn v_idx(&self) -> u64 {
        host::v_idx()
    }

    /// The name of this run, `run_00000003`.
    pub fn v_name(&self) -> String {
        host::v_name()
    }

    /// The number of runs in the trajectory.
    pub fn v_length(&self) -> u64 {
        host::v_length()
    }

    /// The seed of this run: it follows from the root seed, the point and the replicate, never from the position.
    ///
    /// `rng` makes a generator of it.
    pub fn v_seed(&self) -> u64 {
        host::v_seed()
    }

    /// The name of the trajectory.
    pub fn v_trajectory_name(&self) -> String {
        host::v_trajectory_name()
    }

    /// The positional arguments that the spec hands to every run.
    pub fn args(&self) -> &Arguments {
        &self.args
    }

    /// The named arguments that the spec hands to every run.
    pub fn kwargs(&self) -> &KeywordArguments {
        &self.kwargs
    }

    /// Random numbers that follow from [`v_seed`](Self::v_seed).
    ///
    /// Every call begins anew with the same numbers: make one generator and hand it on, or
    /// use [`rng_stream`](Self::rng_stream).
    #[cfg(feature = "random")]
    pub fn rng(&self) -> crate::Rng {
        crate::Rng::new(self.v_seed())
    }

    /// Random numbers of this run that are independent of those of all other streams; stream 0 is [`rng`](Self::rng).
    #[cfg(feature = "random")]
    pub fn rng_stream(&self, stream: u64) -> crate::Rng {
        crate::Rng::with_stream(self.v_seed(), stream)
    }

    /// Writes a line into the log of the exploration, under the name of this run.
    pub fn log(&self, level: Level, message: impl AsRef<str>) {
        host::log(level, message.as_ref());
    }

    /// [`log`](Self::log) for what only matters while looking for a defect.
    pub fn debug(&self, message: impl AsRef<str>) {
        self.log(Level::Debug, message);
    }

    /// [`log`](Self::log) for what is good to know.
    pub fn info(&self, message: impl AsRef<str>) {
        self.log(Level::Info, message);
    }

    /// [`log`](Self::log) for what may be wrong.
    pub fn warning(&self, message: impl AsRef<str>) {
        self.log(Level::Warning, message);
    }

    /// [`log`](Self::log) for what is wrong.
    pub fn error(&self, message: impl AsRef<str>) {
        self.log(Level::Error, message);
    }

    /// Tells how far this run has come, from 0 to 1.
    pub fn progress(&self, fraction: f64, message: impl AsRef<str>) {
        host::progress(fraction, message.as_ref());
    }
}

/// A result that is being put together; nothing is added before [`add`](Self::add).
#[derive(Debug)]
#[must_use = "a result is added by `.add()?`"]
pub struct ResultBuilder<'run> {
    // Keeps the run borrowed, so that results cannot be begun inside each other.
    _run: &'run mut SingleRun,
    name: &'run str,
    comment: String,
    items: Vec<NamedValue>,
    class: Option<String>,
}

impl ResultBuilder<'_> {
    /// Lets a class of one's own store the result; the spec names its component.
    pub fn class(mut self, class: impl Into<String>) -> Self {
        self.class = Some(class.into());
        self
    }

    /// Says what the result means. Stored with it.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = comment.into();
        self
    }

    /// Adds an item under the result's own name; further ones are numbered (`z`, `z_1`, …).
    pub fn value(self, value: impl IntoValue) -> Self {
        self.item("", value)
    }

    /// Adds an item. Dots in `name` nest.
    pub fn item(mut self, name: impl Into<String>, value: impl IntoValue) -> Self {
        self.items.push(NamedValue { name: name.into(), value: value.into_value() });
        self
    }

    /// Adds several items.
    #[cfg(feature = "serde")]
    pub(crate) fn extend(&mut self, items: Vec<NamedValue>) {
        self.items.extend(items);
    }

    /// The name of the result.
    #[cfg(feature = "serde")]
    pub(crate) fn name(&self) -> &str {
        self.name
    }

    /// Hands the result to the host, which stores it when the run ends.
    ///
    /// # Errors
    /// See [`AddError`].
    pub fn add(self) -> Result<(), AddError> {
        let added = match &self.class {
            None => host::f_add_result(self.name, &self.items, &self.comment),
            Some(class) => host::f_add_result_as(class, self.name, &self.items, &self.comment),
        };
        added.map_err(|error| AddError::of(self.name, error))
    }
}

/// Why a value cannot be had.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AccessError {
    /// Nothing has that name.
    NotFound {
        /// The name that was asked for.
        name: String,
    },
    /// A short-cut that several nodes answer to.
    Ambiguous {
        /// The short-cut.
        name: String,
        /// The full names of the nodes.
        candidates: Vec<String>,
    },
    /// The name breaks the naming rules.
    IllegalName {
        /// The name that was asked for.
        name: String,
        /// Which rule it breaks.
        reason: String,
    },
    /// The name lies outside of what a single run may see.
    NotVisible {
        /// The name that was asked for.
        name: String,
        /// What it would reach.
        reason: String,
    },
    /// The value is there but of another type.
    WrongType {
        /// The name that was asked for.
        name: String,
        /// What was found, and what was asked for.
        mismatch: Mismatch,
    },
}

impl AccessError {
    fn of(name: &str, error: host::AccessError) -> Self {
        let name = name.to_owned();
        match error {
            host::AccessError::NotFound(_) => Self::NotFound { name },
            host::AccessError::Ambiguous(candidates) => Self::Ambiguous { name, candidates },
            host::AccessError::IllegalName(reason) => Self::IllegalName { name, reason },
            host::AccessError::NotVisible(reason) => Self::NotVisible { name, reason },
        }
    }

    pub(crate) fn check<T>(name: &str, converted: Result<T, Mismatch>) -> Result<T, Self> {
        converted.map_err(|mismatch| Self::WrongType { name: name.to_owned(), mismatch })
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { name } => write!(f, "nothing is called `{name}`; the spec has to give it"),
            Self::Ambiguous { name, candidates } => {
                write!(f, "`{name}` could be `{}`; ask for one of them by its longer name", candidates.join("` or `"))
            }
            Self::IllegalName { name, reason } => write!(f, "`{name}` is not a name: {reason}"),
            Self::NotVisible { name, reason } => write!(f, "a run may not see `{name}`: {reason}"),
            Self::WrongType { name, mismatch } => write!(f, "`{name}` {mismatch}"),
        }
    }
}

impl Error for AccessError {}

/// Why something cannot be added.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AddError {
    /// The name breaks the naming rules.
    IllegalName {
        /// The name that was to be added.
        name: String,
        /// Which rule it breaks.
        reason: String,
    },
    /// This run has added something of that name before.
    AlreadyExists {
        /// The full name.
        name: String,
    },
    /// The value contradicts itself, for example a shape that does not match its data.
    InvalidValue {
        /// The name that was to be added.
        name: String,
        /// What does not match.
        reason: String,
    },
    /// A limit of the run would be exceeded.
    LimitExceeded {
        /// The name that was to be added.
        name: String,
        /// Which limit, and how to raise it.
        reason: String,
    },
    /// This run has no node of that name to annotate.
    NotFound {
        /// The name of the node.
        name: String,
    },
    /// No class of that name was loaded.
    UnknownClass {
        /// The name that was to be added.
        name: String,
        /// Which class is missing, and which there are.
        reason: String,
    },
    /// What serde tells of a value has no counterpart among the values of the host (feature `serde`).
    NoCounterpart {
        /// The name of the result, and the path to the field.
        name: String,
        /// What it is.
        reason: String,
    },
    /// The class does not keep the value.
    ClassRefused {
        /// The name that was to be added.
        name: String,
        /// What the class did wrong, or why it refused.
        reason: String,
    },
}

impl AddError {
    fn of(name: &str, error: host::AddError) -> Self {
        let name = name.to_owned();
        match error {
            host::AddError::IllegalName(reason) => Self::IllegalName { name, reason },
            host::AddError::AlreadyExists(name) => Self::AlreadyExists { name },
            host::AddError::InvalidValue(reason) => Self::InvalidValue { name, reason },
            host::AddError::LimitExceeded(reason) => Self::LimitExceeded { name, reason },
            host::AddError::NotFound(name) => Self::NotFound { name },
            host::AddError::UnknownClass(reason) => Self::UnknownClass { name, reason },
            host::AddError::ClassRefused(reason) => Self::ClassRefused { name, reason },
        }
    }
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IllegalName { name, reason } => write!(f, "`{name}` cannot be a name: {reason}"),
            Self::AlreadyExists { name } => write!(f, "this run has added `{name}` before"),
            Self::InvalidValue { name, reason } => write!(f, "the value of `{name}` contradicts itself: {reason}"),
            Self::LimitExceeded { name, reason } => write!(f, "`{name}` exceeds a limit: {reason}"),
            Self::NotFound { name } => write!(f, "this run has added nothing called `{name}` to annotate"),
            Self::NoCounterpart { name, reason } => write!(f, "`{name}` {reason}"),
            Self::UnknownClass { name, reason } => write!(f, "`{name}` cannot be stored: {reason}"),
            Self::ClassRefused { reason, .. } => f.write_str(reason),
        }
    }
}

impl Error for AddError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Plain;

    #[test]
    fn errors_read_as_sentences() {
        let name = "tau";
        let access = |error| AccessError::of(name, error).to_string();
        assert_eq!(
            access(host::AccessError::NotFound("tau".into())),
            "nothing is called `tau`; the spec has to give it"
        );
        assert_eq!(
            access(host::AccessError::Ambiguous(vec!["parameters.a.tau".into(), "parameters.b.tau".into()])),
            "`tau` could be `parameters.a.tau` or `parameters.b.tau`; ask for one of them by its longer name"
        );
        let wrong = f64::from_value(Value::Plain(Plain::Text("fast".into())));
        assert_eq!(
            AccessError::check(name, wrong).expect_err("a text is no number").to_string(),
            "`tau` is the text \"fast\", not a real number"
        );
        let add = AddError::of(name, host::AddError::AlreadyExists("results.tau".into()));
        assert_eq!(add.to_string(), "this run has added `results.tau` before");
    }

    #[test]
    fn arguments_are_typed_and_named_in_errors() {
        let run = SingleRun::new(
            vec![2_i64.into_value()],
            vec![NamedValue { name: "verbose".into(), value: true.into_value() }],
        );
        assert_eq!(run.args().get::<i64>(0), Ok(2));
        assert_eq!(run.args().get::<i64>(1), Err(AccessError::NotFound { name: "args[1]".into() }));
        assert_eq!(run.kwargs().get::<bool>("verbose"), Ok(true));
        assert_eq!(run.kwargs().get_default("depth", 3_i64), Ok(3));
        assert_eq!(
            run.kwargs().get_default("verbose", 3_i64).expect_err("a boolean is no integer").to_string(),
            "`kwargs.verbose` is the boolean true, not an integer"
        );
    }
}
