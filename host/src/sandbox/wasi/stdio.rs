//! Standard output and standard error, as lines in the log of the run. What a program prints may be kept as well.

use std::sync::Arc;

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::{
    async_trait,
    p2::{
        DynOutputStream, OutputStream, Pollable, StreamResult,
        bindings::cli::{stderr, stdout},
    },
};
use wasmtime_wasi_io::bytes::Bytes;

use super::{View, Wasi, view};
use crate::sandbox::{
    command::{Capturing, Process, Tail},
    log::{RunLog, Stream},
    run_state::RunState,
};

/// How much a guest may write at once.
const PERMIT: usize = 64 << 10;

/// Links `wasi:cli/stdout` and `wasi:cli/stderr`.
pub fn add_to_linker(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    stdout::add_to_linker::<RunState, Wasi>(linker, view)?;
    stderr::add_to_linker::<RunState, Wasi>(linker, view)?;
    Ok(())
}

impl View<'_> {
    fn open(&mut self, stream: Stream) -> wasmtime::Result<Resource<DynOutputStream>> {
        let wasi = self.0.begin()?;
        let process = wasi.process.as_ref();
        let lines = |tail| Box::new(Lines { stream, log: Arc::clone(&wasi.log), tail });
        let open: DynOutputStream = match (stream, process) {
            (Stream::Out, Some(Process { out: Some(out), .. })) => Box::new(Capturing(Arc::clone(out))),
            (Stream::Err, Some(process)) => lines(Some(Arc::clone(&process.err))),
            _ => lines(None),
        };
        Ok(wasi.table.push(open)?)
    }
}

impl stdout::Host for View<'_> {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        self.open(Stream::Out)
    }
}

impl stderr::Host for View<'_> {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<DynOutputStream>> {
        self.open(Stream::Err)
    }
}

/// A stream whose lines go into the log.
struct Lines {
    stream: Stream,
    log: Arc<RunLog>,
    /// What is said last, if somebody wants to know.
    tail: Option<Arc<Tail>>,
}

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if let Some(tail) = &self.tail {
            tail.push(&bytes);
        }
        self.log.write(self.stream, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}

#[async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}
