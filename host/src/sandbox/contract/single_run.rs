//! What the host answers when a guest calls a function of `single-run`.
//!
//! Refusals of the contract are values for the guest. An `Err` of wasmtime ends the run.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use thiserror::Error;
use wasmtime::{Trap, component::HasData};

use super::{convert, measure, types, wit};
use crate::{
    sandbox::{
        ClassKind,
        class_worker::{Account, NotKept},
        log::{Level, one_line},
        run_state::{Call, Panic, RunState},
    },
    trajectory::{
        AccessError, AddError, Addition, AdditionKind, BRANCHES, NodePath, RunFailure, RunIndex, SingleRun, Value,
    },
};

/// Progress is passed on no more often than this.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);
/// The longest message beside a progress bar, in characters.
const PROGRESS_MESSAGE: usize = 200;
/// The longest message of a panic, in characters.
const PANIC_MESSAGE: usize = 2000;
/// What an addition or annotation costs beside its values and texts.
const NODE: u64 = 256;
/// The longest name in a message, in characters.
const LONGEST_NAME: usize = 600;
/// Why `describe` gets nothing.
const NO_POINT: &str = "a job describes itself without a point: there is no run to read from or add to";

/// A function without refusals was called where there is no run.
#[derive(Debug, Error)]
#[error("`{0}` was called in `describe`, where there is no run")]
struct NoRun(&'static str);

/// A class cannot be called, through no fault of the guest.
#[derive(Debug, Error)]
#[error("a class could not be called: {0}")]
pub struct ClassFailed(pub RunFailure);

type Answer<T, E> = wasmtime::Result<Result<T, E>>;

impl types::Host for RunState {}

/// What the functions of the host are called on.
pub struct Calls;

impl HasData for Calls {
    type Data<'a> = Call<'a>;
}

impl wit::Host for Call<'_> {
    fn f_get(&mut self, name: String) -> Answer<wit::Value, wit::AccessError> {
        self.enter()?;
        Ok(self.get(&name))
    }

    fn f_contains(&mut self, name: String) -> wasmtime::Result<bool> {
        self.enter()?;
        Ok(self.run.as_ref().is_some_and(|run| run.f_contains(&name)))
    }

    fn f_get_default(&mut self, name: String, default: wit::Value) -> Answer<wit::Value, wit::AccessError> {
        self.enter()?;
        Ok(match self.get(&name) {
            Err(wit::AccessError::NotFound(_)) => Ok(default),
            found => found,
        })
    }

    fn f_list_parameters(&mut self, under: String) -> wasmtime::Result<Vec<wit::ParameterInfo>> {
        self.enter()?;
        let Some(run) = &self.run else { return Ok(Vec::new()) };
        let is_under = |full: &str| {
            under.is_empty() || full.strip_prefix(&under).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let parameters = run.trajectory().parameters().iter();
        let infos = parameters.map(|(path, parameter)| wit::ParameterInfo {
            name: format!("parameters.{path}"),
            comment: parameter.comment.clone(),
            unit: parameter.unit.clone(),
            explored: parameter.explored.is_some(),
        });
        Ok(infos.filter(|info| is_under(&info.name) || is_under(&info.name["parameters.".len()..])).collect())
    }

    fn f_add_result(
        &mut self,
        name: String,
        items: Vec<wit::NamedValue>,
        comment: String,
    ) -> Answer<(), wit::AddError> {
        self.enter()?;
        let bytes = NODE + (name.len() + comment.len()) as u64 + measure::items(&items);
        let parts = items.iter().map(|item| measure::parts(&item.value)).sum();
        Ok(self.add(&name, (bytes, parts), AdditionKind::Result, |run| {
            let items = items.into_iter().map(|item| Ok((item.name, convert::from_guest(item.value)?)));
            run.f_add_result(&name, items.collect::<Result<_, AddError>>()?, comment)
        }))
    }

    fn f_add_derived_parameter(
        &mut self,
        name: String,
        value: wit::Value,
        comment: String,
    ) -> Answer<(), wit::AddError> {
        self.enter()?;
        let bytes = NODE + (name.len() + comment.len()) as u64 + measure::value(&value);
        let parts = measure::parts(&value);
        Ok(self.add(&name, (bytes, parts), AdditionKind::DerivedParameter, |run| {
            run.f_add_derived_parameter(&name, convert::from_guest(value)?, comment)
        }))
    }

    fn f_add_result_as(
        &mut self,
        class: String,
        name: String,
        items: Vec<types::NamedValue>,
        comment: String,
    ) -> Answer<(), wit::AddError> {
        self.enter()?;
        self.add_as(&name, AdditionKind::Result, |run, keep| {
            let items = items.into_iter().map(|item| Ok((item.name, convert::from_guest(item.value)?)));
            let items = items.collect::<Result<_, AddError>>()?;
            run.f_add_result_as(&name, items, comment, |given| keep(&class, given))
        })
    }

    fn f_add_derived_parameter_as(
        &mut self,
        class: String,
        name: String,
        value: types::Value,
        comment: String,
    ) -> Answer<(), wit::AddError> {
        self.enter()?;
        self.add_as(&name, AdditionKind::DerivedParameter, |run, keep| {
            let value = convert::from_guest(value).map_err(AddError::from)?;
            run.f_add_derived_parameter_as(&name, value, comment, |given| keep(&class, given))
        })
    }

    fn f_set_annotation(&mut self, node: String, key: String, value: types::Plain) -> Answer<(), wit::AddError> {
        self.enter()?;
        let state = &mut **self;
        let Some(run) = &mut state.run else { return Ok(Err(wit::AddError::InvalidValue(NO_POINT.into()))) };
        let bytes = NODE + key.len() as u64 + measure::plain(&value);
        if let Err(reason) = state.budget.take_parts(bytes, 1) {
            return Ok(Err(wit::AddError::LimitExceeded(reason)));
        }
        let set = convert::plain_from_guest(value).map_err(AddError::from);
        let set = set.and_then(|value| run.f_set_annotation(&node, &key, value));
        Ok(set.map_err(|error| refusal(error, node)))
    }

    fn v_idx(&mut self) -> wasmtime::Result<u64> {
        Ok(u64::from(self.run("v-idx")?.index().0))
    }

    fn v_name(&mut self) -> wasmtime::Result<String> {
        Ok(self.run("v-name")?.index().name())
    }

    fn v_length(&mut self) -> wasmtime::Result<u64> {
        Ok(self.run("v-length")?.trajectory().run_count())
    }

    fn v_seed(&mut self) -> wasmtime::Result<u64> {
        Ok(self.run("v-seed")?.seed())
    }

    fn v_trajectory_name(&mut self) -> wasmtime::Result<String> {
        Ok(self.run("v-trajectory-name")?.trajectory().name().to_owned())
    }

    fn log(&mut self, level: wit::Level, message: String) -> wasmtime::Result<()> {
        self.enter()?;
        let level = match level {
            wit::Level::Debug => Level::Debug,
            wit::Level::Info => Level::Info,
            wit::Level::Warning => Level::Warning,
            wit::Level::Error => Level::Error,
        };
        self.log.message(level, &message);
        Ok(())
    }

    fn progress(&mut self, fraction: f64, message: String) -> wasmtime::Result<()> {
        self.enter()?;
        let state = &mut **self;
        let Some(run) = &state.run else { return Ok(()) };
        let now = Instant::now();
        if state.progress.is_none_or(|last| now.duration_since(last) >= PROGRESS_INTERVAL) {
            state.progress = Some(now);
            // NaN becomes 0.
            let fraction = if fraction > 0.0 { fraction.min(1.0) } else { 0.0 };
            state.watch.progress(run.index(), fraction, &one_line(&message, PROGRESS_MESSAGE));
        }
        Ok(())
    }

    fn report_panic(&mut self, message: String, file: String, line: u32) -> wasmtime::Result<()> {
        self.enter()?;
        // The first one is the cause; a later one may come from cleaning up.
        self.panic.get_or_insert_with(|| Panic {
            message: one_line(&message, PANIC_MESSAGE),
            file: one_line(&file, PROGRESS_MESSAGE),
            line,
        });
        Ok(())
    }
}

impl RunState {
    /// The run, and an end to the guest that asks for one where there is none.
    fn run(&mut self, function: &'static str) -> wasmtime::Result<&SingleRun> {
        self.enter()?;
        Ok(self.run.as_ref().ok_or(NoRun(function))?)
    }

    fn get(&self, name: &str) -> Result<wit::Value, wit::AccessError> {
        let Some(run) = &self.run else { return Err(wit::AccessError::NotVisible(NO_POINT.into())) };
        run.f_get(name).map(convert::to_guest).map_err(|error| match error {
            AccessError::Ambiguous { candidates, .. } => wit::AccessError::Ambiguous(candidates),
            AccessError::NotVisible(_) => wit::AccessError::NotVisible(error.to_string()),
            AccessError::NotFound(name) => match NodePath::new(without_branch(&name)) {
                Ok(_) => wit::AccessError::NotFound(name),
                Err(reason) => wit::AccessError::IllegalName(reason.to_string()),
            },
        })
    }

    /// Adds with `add` what costs `bytes` in so many `parts`, if the limits allow it.
    fn add(
        &mut self,
        name: &str,
        (bytes, parts): (u64, u64),
        kind: AdditionKind,
        add: impl FnOnce(&mut SingleRun) -> Result<(), AddError>,
    ) -> Result<(), wit::AddError> {
        let Some(run) = &mut self.run else { return Err(wit::AddError::InvalidValue(NO_POINT.into())) };
        self.budget.take_addition(bytes, parts).map_err(wit::AddError::LimitExceeded)?;
        let index = run.index();
        add(run).map_err(|error| refusal(error, full_name(index, kind, name)))
    }

    /// Adds a result that the host itself has made of what a program has left.
    ///
    /// # Errors
    /// A limit would be exceeded, or a name or value is none; in words.
    pub fn add_made(&mut self, name: &str, items: Vec<(String, Value)>) -> Result<(), String> {
        let of_item = |(name, value): &(String, Value)| measure::item(name.len(), value.bytes());
        let bytes = NODE + name.len() as u64 + items.iter().map(of_item).sum::<u64>();
        let parts = items.iter().map(|(_, value)| value.parts()).sum();
        self.budget.take_addition(bytes, parts)?;
        let run = self.run.as_mut().ok_or(NO_POINT)?;
        run.f_add_result(name, items, String::new()).map_err(|error| error.to_string())
    }

    /// Adds with `add` what a class of the user's own makes of it; the limits count what it has made.
    fn add_as(
        &mut self,
        name: &str,
        kind: AdditionKind,
        add: impl FnOnce(&mut SingleRun, &mut Keep<'_>) -> Result<(), NotAdded>,
    ) -> Answer<(), wit::AddError> {
        let Some(run) = &mut self.run else { return Ok(Err(wit::AddError::InvalidValue(NO_POINT.into()))) };
        let full_name = full_name(run.index(), kind, name);
        let account =
            Account { deadline: Some(self.deadline), log: Arc::clone(&self.log), watch: Arc::clone(&self.watch) };
        let (classes, budget) = (&self.classes, &mut self.budget);
        let kept_as = match kind {
            AdditionKind::Result => ClassKind::Result,
            AdditionKind::DerivedParameter => ClassKind::Parameter,
        };
        let mut keep = |class: &str, given: Addition| -> Result<Addition, NotAdded> {
            let kept = classes.keep(class, kept_as, &full_name, &given.items, &account).map_err(NotAdded::NotKept)?;
            let texts = given.name.as_str().len() + given.comment.len() + kept.summary.len();
            let of_item = |(name, value): &(NodePath, Value)| measure::item(name.as_str().len(), value.bytes());
            let bytes = NODE + texts as u64 + kept.items.iter().map(of_item).sum::<u64>();
            let parts = kept.items.iter().map(|(_, value)| value.parts()).sum();
            budget.take_addition(bytes, parts).map_err(NotAdded::Limit)?;
            Ok(Addition { items: kept.items, class: Some(class.to_owned()), summary: kept.summary, ..given })
        };
        let added = add(run, &mut keep);
        // What a class takes is time of the run.
        self.deadline.check()?;
        Ok(match added {
            Ok(()) => Ok(()),
            Err(NotAdded::Add(error)) => Err(refusal(error, full_name)),
            Err(NotAdded::Limit(reason)) => Err(wit::AddError::LimitExceeded(reason)),
            Err(NotAdded::NotKept(NotKept::Unknown(reason))) => Err(wit::AddError::UnknownClass(reason)),
            Err(NotAdded::NotKept(NotKept::Refused(reason))) => Err(wit::AddError::ClassRefused(reason)),
            Err(NotAdded::NotKept(NotKept::Ended(RunFailure::Abandoned))) => return Err(Trap::Interrupt.into()),
            Err(NotAdded::NotKept(NotKept::Ended(failure))) => return Err(ClassFailed(failure).into()),
        })
    }
}

/// What lets a class keep an addition.
type Keep<'a> = dyn FnMut(&str, Addition) -> Result<Addition, NotAdded> + 'a;

/// Why nothing was added that a class should have kept.
enum NotAdded {
    Add(AddError),
    Limit(String),
    NotKept(NotKept),
}

impl From<AddError> for NotAdded {
    fn from(error: AddError) -> Self {
        Self::Add(error)
    }
}

fn full_name(index: RunIndex, kind: AdditionKind, name: &str) -> String {
    format!("{}.runs.{}.{index}.{}", kind.branch(), index.set_name(), one_line(name, LONGEST_NAME))
}

/// `neuron.tau` of `parameters.neuron.tau`.
fn without_branch(name: &str) -> &str {
    match name.split_once('.') {
        Some((branch, rest)) if BRANCHES.contains(&branch) => rest,
        _ => name,
    }
}

/// A refusal in the contract's words. `full_name` is that of the node in question.
fn refusal(error: AddError, full_name: String) -> wit::AddError {
    match error {
        AddError::Name(_) | AddError::OutsideOfRun(_) | AddError::Nested { .. } => {
            wit::AddError::IllegalName(error.to_string())
        }
        AddError::AlreadyExists(_) => wit::AddError::AlreadyExists(full_name),
        AddError::Value(_) | AddError::NoItems | AddError::NoAnnotation { .. } => {
            wit::AddError::InvalidValue(error.to_string())
        }
        AddError::NotFound(name) => wit::AddError::NotFound(name),
    }
}
