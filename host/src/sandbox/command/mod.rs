//! Programs that know nothing of us, run as jobs: a point goes in as text, and what they leave becomes results.
//!
//! [`Program`] is what all runs of one share, [`Process`] what belongs to one run. A program is started like a job: in
//! a fresh instance, with the same limits and grants. It reads its point on standard input, in its arguments or in a file; its
//! results are read from what it prints and from files in a folder of its own, which nobody else sees and which is gone
//! when the run has ended.

mod folder;
mod json;
mod output;
mod point;
mod results;

use std::{io, path::Path, sync::Arc};

use wasmtime::component::{Component, ComponentExportIndex};
use wasmtime_wasi::I32Exit;

use super::{JobError, failure, run_state::RunState};
use crate::{
    spec::{Command, Limits, Stdin, Stdout, Template},
    trajectory::{RunFailure, SingleRun, Value},
};
pub use folder::OwnFolder;
use folder::Workspace;
pub use output::{Captured, Tail};

/// What a program is told that its own name is: the same on every machine, whatever the file is called.
const NAME: &str = "program";

/// A program, and how it is run as a job.
pub struct Program {
    pub command: Command,
    arguments: Vec<Argument>,
    workspace: Option<Workspace>,
}

enum Argument {
    Template(Template),
    /// The same in every run.
    Fixed(String),
}

/// What belongs to one run of a program.
pub struct Process {
    pub arguments: Vec<String>,
    pub stdin: Vec<u8>,
    /// What it prints, if results are made of it.
    pub out: Option<Arc<Captured>>,
    pub err: Arc<Tail>,
    pub folder: Option<OwnFolder>,
}

impl Program {
    /// Makes the place for the folders of its runs, if it needs any.
    ///
    /// # Errors
    /// An argument is no template, or the place cannot be made.
    pub fn new(command: &Command, args: &[Value]) -> Result<Self, JobError> {
        let workspace = command.has_folder().then(Workspace::new).transpose().map_err(JobError::Workspace)?;
        Self::with(command, args, workspace)
    }

    /// With the place that another process has made, whose it stays.
    pub fn at(command: &Command, args: &[Value], workspace: Option<&Path>) -> Result<Self, JobError> {
        Self::with(command, args, workspace.map(Workspace::of_another_process))
    }

    fn with(command: &Command, args: &[Value], workspace: Option<Workspace>) -> Result<Self, JobError> {
        let argument = |value: &Value| match value {
            Value::Text(text) => {
                Template::parse(text).map(Argument::Template).map_err(|why| JobError::Argument { why: why.to_string() })
            }
            other => point::argument(other).map(Argument::Fixed).ok_or_else(|| JobError::Argument {
                why: format!("a value of type {} has no place in one", other.type_name()),
            }),
        };
        let arguments = args.iter().map(argument).collect::<Result<_, _>>()?;
        Ok(Self { command: command.clone(), arguments, workspace })
    }

    /// Where the folders of its runs are, if they have any.
    pub fn workspace(&self) -> Option<&Path> {
        self.workspace.as_ref().map(Workspace::path)
    }

    /// The folder that this is in: whoever removes it needs that one, too.
    pub fn workspaces(&self) -> Option<&Path> {
        self.workspace.as_ref().map(Workspace::parent)
    }

    /// All that a program finds when it starts `run`.
    pub fn process(&self, run: &SingleRun, limits: &Limits) -> Result<Process, RunFailure> {
        let failed = |why: String| RunFailure::Host(format!("its program cannot be started: {why}"));
        let mut arguments = vec![NAME.to_owned()];
        for argument in &self.arguments {
            arguments.push(match argument {
                Argument::Fixed(text) => text.clone(),
                Argument::Template(template) => point::filled(template, run).map_err(failed)?,
            });
        }
        let needed = self.command.stdin == Stdin::Json || self.command.input.is_some();
        let parameters = if needed { point::json(run).map_err(failed)? } else { String::new() };
        let folder = match &self.workspace {
            None => None,
            Some(workspace) => {
                let cannot = |error: io::Error| failed(format!("its folder cannot be made: {error}"));
                let folder = workspace.folder(&run.v_crun()).map_err(cannot)?;
                if let Some(input) = &self.command.input {
                    folder.write(input, parameters.as_bytes()).map_err(cannot)?;
                }
                Some(folder)
            }
        };
        let stdin = match self.command.stdin {
            Stdin::Json => parameters.into_bytes(),
            Stdin::None => Vec::new(),
        };
        let out = (self.command.stdout != Stdout::Log).then(|| Arc::new(Captured::new(limits.results)));
        Ok(Process { arguments, stdin, out, err: Arc::default(), folder })
    }

    /// How the run has ended: results are made of what it has left, if it says that all is well.
    pub fn ended(
        &self,
        called: wasmtime::Result<Result<(), ()>>,
        state: &mut RunState,
        limits: &Limits,
    ) -> Result<(), RunFailure> {
        let code = match called {
            Ok(Ok(())) => 0,
            Ok(Err(())) => 1,
            Err(error) => match error.downcast_ref::<I32Exit>() {
                Some(I32Exit(code)) => *code,
                None => return Err(failure::ended(&error, state, limits)),
            },
        };
        // Nobody can see the process any more, so it can be taken apart.
        let process = state.take_process();
        if code != 0 {
            let tail = process.map(|process| process.err.text()).unwrap_or_default();
            return Err(failure::exited(code, &tail, state, limits));
        }
        let Some(process) = process else { return self.without_wasi() };
        results::collect(&self.command, &process, state, limits)
    }

    /// A program that has never called anything has printed nothing either.
    fn without_wasi(&self) -> Result<(), RunFailure> {
        match self.command.stdout {
            Stdout::Json => Err(RunFailure::Error(results::SAYS_NOTHING.into())),
            Stdout::Text | Stdout::Log => Ok(()),
        }
    }
}

/// The function that starts a program: `run` of whichever version of `wasi:cli/run` it exports.
pub fn start(component: &Component, exports: &[String]) -> Option<ComponentExportIndex> {
    let interface = exports.iter().find(|export| is_start(export))?;
    let interface = component.get_export_index(None, interface)?;
    component.get_export_index(Some(&interface), "run")
}

/// Whether an export is that of a program.
pub fn is_start(export: &str) -> bool {
    export.starts_with("wasi:cli/run@0.2.")
}
