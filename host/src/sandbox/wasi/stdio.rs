//! Standard output and standard error, as lines in the log of the run. What a program prints may be kept as well.

use std::sync::Arc;

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::{
    async_trait,
    p2::{
        DynOutputStream, OutputStream, Pollable, StreamError, StreamResult,
        bindings::cli::{stderr, stdout},
    },
};
use wasmtime_wasi_io::bytes::Bytes;

use super::{View, Wasi, view};
use crate::sandbox::{
    command::{Captured, Process, Tail},
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
        let lines = |tail| Printing::Lines { stream, log: Arc::clone(&wasi.log), tail };
        let printing = match (stream, process) {
            (Stream::Out, Some(Process { out: Some(out), .. })) => Printing::Kept(Arc::clone(out)),
            (Stream::Err, Some(process)) => lines(Some(Arc::clone(&process.err))),
            _ => lines(None),
        };
        let open: DynOutputStream = Box::new(printing);
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

/// Where that goes which a guest prints on a stream.
enum Printing {
    /// Its lines go into the log.
    Lines {
        stream: Stream,
        log: Arc<RunLog>,
        /// What is said last, if somebody wants to know.
        tail: Option<Arc<Tail>>,
    },
    /// All of it is kept.
    Kept(Arc<Captured>),
}

impl OutputStream for Printing {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        match self {
            Self::Lines { stream, log, tail } => {
                if let Some(tail) = tail {
                    tail.push(&bytes);
                }
                log.write(*stream, &bytes);
                Ok(())
            }
            Self::Kept(kept) => kept.push(&bytes).map_err(|limit| StreamError::Trap(limit.into())),
        }
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}

#[async_trait]
impl Pollable for Printing {
    async fn ready(&mut self) {}
}
