//! `wasi:io`: streams, errors and waiting, each call counted.

use thiserror::Error;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, StreamError, StreamResult,
    bindings::sync::io::{poll, streams},
};
use wasmtime_wasi_io::bindings::wasi::io::error;

use super::{View, Wasi, view};
use crate::sandbox::run_state::RunState;

/// The most things that a guest may wait for in one call; it may name one several times.
const LONGEST_POLL: usize = 1 << 16;

#[derive(Debug, Error)]
#[error("the guest waited for {0} things in one call; {LONGEST_POLL} are the most")]
struct TooMany(usize);

/// Links all of it.
pub fn add_to_linker(l: &mut Linker<RunState>) -> wasmtime::Result<()> {
    error::add_to_linker::<RunState, Wasi>(l, view)?;
    poll::add_to_linker::<RunState, Wasi>(l, view)?;
    streams::add_to_linker::<RunState, Wasi>(l, view)?;
    Ok(())
}

impl error::Host for View<'_> {}

impl error::HostError for View<'_> {
    fn drop(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<()> {
        error::HostError::drop(&mut self.0.begin()?.table, error)
    }

    fn to_debug_string(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<String> {
        error::HostError::to_debug_string(&mut self.0.begin()?.table, error)
    }
}

impl poll::Host for View<'_> {
    fn poll(&mut self, all: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        let wasi = self.0.begin()?;
        if all.len() > LONGEST_POLL {
            return Err(TooMany(all.len()).into());
        }
        poll::Host::poll(&mut wasi.table, all)
    }
}

impl poll::HostPollable for View<'_> {
    fn ready(&mut self, one: Resource<DynPollable>) -> wasmtime::Result<bool> {
        poll::HostPollable::ready(&mut self.0.begin()?.table, one)
    }

    fn block(&mut self, one: Resource<DynPollable>) -> wasmtime::Result<()> {
        poll::HostPollable::block(&mut self.0.begin()?.table, one)
    }

    fn drop(&mut self, one: Resource<DynPollable>) -> wasmtime::Result<()> {
        poll::HostPollable::drop(&mut self.0.begin()?.table, one)
    }
}

impl View<'_> {
    /// Begins a call of a stream, whose errors are of another type.
    fn streams(&mut self) -> StreamResult<&mut wasmtime::component::ResourceTable> {
        Ok(&mut self.0.begin().map_err(StreamError::Trap)?.table)
    }
}

type Output = Resource<DynOutputStream>;
type Input = Resource<DynInputStream>;

impl streams::Host for View<'_> {
    fn convert_stream_error(&mut self, error: StreamError) -> wasmtime::Result<streams::StreamError> {
        streams::Host::convert_stream_error(&mut self.0.wasi().table, error)
    }
}

impl streams::HostOutputStream for View<'_> {
    fn drop(&mut self, stream: Output) -> wasmtime::Result<()> {
        streams::HostOutputStream::drop(&mut self.0.begin()?.table, stream)
    }

    fn check_write(&mut self, stream: Output) -> StreamResult<u64> {
        streams::HostOutputStream::check_write(self.streams()?, stream)
    }

    fn write(&mut self, stream: Output, bytes: Vec<u8>) -> StreamResult<()> {
        streams::HostOutputStream::write(self.streams()?, stream, bytes)
    }

    fn blocking_write_and_flush(&mut self, stream: Output, bytes: Vec<u8>) -> StreamResult<()> {
        streams::HostOutputStream::blocking_write_and_flush(self.streams()?, stream, bytes)
    }

    fn blocking_write_zeroes_and_flush(&mut self, stream: Output, len: u64) -> StreamResult<()> {
        streams::HostOutputStream::blocking_write_zeroes_and_flush(self.streams()?, stream, len)
    }

    fn subscribe(&mut self, stream: Output) -> wasmtime::Result<Resource<DynPollable>> {
        streams::HostOutputStream::subscribe(&mut self.0.begin()?.table, stream)
    }

    fn write_zeroes(&mut self, stream: Output, len: u64) -> StreamResult<()> {
        streams::HostOutputStream::write_zeroes(self.streams()?, stream, len)
    }

    fn flush(&mut self, stream: Output) -> StreamResult<()> {
        streams::HostOutputStream::flush(self.streams()?, stream)
    }

    fn blocking_flush(&mut self, stream: Output) -> StreamResult<()> {
        streams::HostOutputStream::blocking_flush(self.streams()?, stream)
    }

    fn splice(&mut self, to: Output, from: Input, len: u64) -> StreamResult<u64> {
        streams::HostOutputStream::splice(self.streams()?, to, from, len)
    }

    fn blocking_splice(&mut self, to: Output, from: Input, len: u64) -> StreamResult<u64> {
        streams::HostOutputStream::blocking_splice(self.streams()?, to, from, len)
    }
}

impl streams::HostInputStream for View<'_> {
    fn drop(&mut self, stream: Input) -> wasmtime::Result<()> {
        streams::HostInputStream::drop(&mut self.0.begin()?.table, stream)
    }

    fn read(&mut self, stream: Input, len: u64) -> StreamResult<Vec<u8>> {
        streams::HostInputStream::read(self.streams()?, stream, len)
    }

    fn blocking_read(&mut self, stream: Input, len: u64) -> StreamResult<Vec<u8>> {
        streams::HostInputStream::blocking_read(self.streams()?, stream, len)
    }

    fn skip(&mut self, stream: Input, len: u64) -> StreamResult<u64> {
        streams::HostInputStream::skip(self.streams()?, stream, len)
    }

    fn blocking_skip(&mut self, stream: Input, len: u64) -> StreamResult<u64> {
        streams::HostInputStream::blocking_skip(self.streams()?, stream, len)
    }

    fn subscribe(&mut self, stream: Input) -> wasmtime::Result<Resource<DynPollable>> {
        streams::HostInputStream::subscribe(&mut self.0.begin()?.table, stream)
    }
}
