//! `wasi:cli` but for standard output: variables, arguments of programs, no terminal, and the end of the program.

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::{
    cli::WasiCliView,
    p2::{
        DynInputStream,
        bindings::cli::{
            environment, exit, stdin, terminal_input, terminal_output, terminal_stderr, terminal_stdin, terminal_stdout,
        },
    },
};

use super::{View, Wasi, view};
use crate::sandbox::run_state::RunState;

/// Links all of it.
pub fn add_to_linker(l: &mut Linker<RunState>) -> wasmtime::Result<()> {
    environment::add_to_linker::<RunState, Wasi>(l, view)?;
    exit::add_to_linker::<RunState, Wasi>(l, view)?;
    stdin::add_to_linker::<RunState, Wasi>(l, view)?;
    terminal_input::add_to_linker::<RunState, Wasi>(l, view)?;
    terminal_output::add_to_linker::<RunState, Wasi>(l, view)?;
    terminal_stdin::add_to_linker::<RunState, Wasi>(l, view)?;
    terminal_stdout::add_to_linker::<RunState, Wasi>(l, view)?;
    terminal_stderr::add_to_linker::<RunState, Wasi>(l, view)?;
    Ok(())
}

impl environment::Host for View<'_> {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        self.0.enter()?;
        environment::Host::get_environment(&mut self.0.cli())
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        let wasi = self.0.begin()?;
        Ok(wasi.process.as_ref().map(|process| process.arguments.clone()).unwrap_or_default())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        self.0.enter()?;
        Ok(None)
    }
}

impl exit::Host for View<'_> {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        exit::Host::exit(&mut self.0.cli(), status)
    }

    fn exit_with_code(&mut self, code: u8) -> wasmtime::Result<()> {
        exit::Host::exit_with_code(&mut self.0.cli(), code)
    }
}

impl stdin::Host for View<'_> {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<DynInputStream>> {
        self.0.enter()?;
        stdin::Host::get_stdin(&mut self.0.cli())
    }
}

impl terminal_input::Host for View<'_> {}

impl terminal_input::HostTerminalInput for View<'_> {
    fn drop(&mut self, terminal: Resource<terminal_input::TerminalInput>) -> wasmtime::Result<()> {
        self.0.enter()?;
        terminal_input::HostTerminalInput::drop(&mut self.0.cli(), terminal)
    }
}

impl terminal_output::Host for View<'_> {}

impl terminal_output::HostTerminalOutput for View<'_> {
    fn drop(&mut self, terminal: Resource<terminal_output::TerminalOutput>) -> wasmtime::Result<()> {
        self.0.enter()?;
        terminal_output::HostTerminalOutput::drop(&mut self.0.cli(), terminal)
    }
}

impl terminal_stdin::Host for View<'_> {
    fn get_terminal_stdin(&mut self) -> wasmtime::Result<Option<Resource<terminal_input::TerminalInput>>> {
        self.0.enter()?;
        Ok(None)
    }
}

impl terminal_stdout::Host for View<'_> {
    fn get_terminal_stdout(&mut self) -> wasmtime::Result<Option<Resource<terminal_output::TerminalOutput>>> {
        self.0.enter()?;
        Ok(None)
    }
}

impl terminal_stderr::Host for View<'_> {
    fn get_terminal_stderr(&mut self) -> wasmtime::Result<Option<Resource<terminal_output::TerminalOutput>>> {
        self.0.enter()?;
        Ok(None)
    }
}
