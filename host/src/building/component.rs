//! [`component()`]: from a core module, as compilers write them, to a component.
//!
//! A module says by its custom sections which world it is of, if it was compiled with generated bindings; else its
//! exports tell. What it wants of the first WASI is answered by an adapter, which is put into the component, so that
//! `host` has to know the second one only.

use std::fmt::Display;

use thiserror::Error;
use wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER as COMMAND;
pub(super) use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME as PREVIEW1, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER as REACTOR,
};
use wasmparser::{BinaryReaderError, Encoding, Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap, WorldId};

use super::contract::WIT;

/// What a component or module is there for, by what it exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Simulates one point: exports `run`.
    Job,
    /// Says how values are stored: exports `store-values`.
    Class,
    /// A program with a `main` that knows nothing of us: exports `_start`, or `wasi:cli/run` as a component.
    Program,
}

/// Why a module cannot become a component. The messages finish the sentence "`job.wasm` cannot become a component: …".
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum ComponentError {
    #[error("it is not WebAssembly: {why}")]
    NotWasm { why: String },
    #[error(
        "it exports neither `run`, as a job does, nor `store-values`, as a class does, nor `_start`, as a program does, but {}; \
         was it linked as a library (for clang: `-mexec-model=reactor`)?",
        if exports.is_empty() { "nothing".to_owned() } else { exports.join(", ") }
    )]
    NoKind { exports: Vec<String> },
    #[error("it does not fit its world: {why}")]
    World { why: String },
}

/// What a module is, before it becomes a component, or a component itself.
struct Found {
    component: bool,
    /// Whether it says itself which world it is of.
    typed: bool,
    preview1: bool,
    /// Go's compiler: its memory is no one else's before its own start.
    go: bool,
    exports: Vec<String>,
}

/// The component that `module` becomes; a component stays as it is.
///
/// # Errors
/// It is no WebAssembly, nobody knows what it is for, or its imports and exports are not those of its world.
pub fn component(module: &[u8]) -> Result<Vec<u8>, ComponentError> {
    let found = look_at(module)?;
    let kind = found.kind()?;
    if found.component {
        return Ok(module.to_vec());
    }
    let mut module = module.to_vec();
    if !found.typed
        && let Some(world) = found.world(kind)
    {
        let (resolve, world) = contract(world)?;
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).map_err(why)?;
    }
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).realloc_via_memory_grow(found.go);
    encoder.module(&module).map_err(why)?;
    if found.preview1 {
        let adapter = if kind == Kind::Program { COMMAND } else { REACTOR };
        encoder.adapter(PREVIEW1, adapter).map_err(why)?;
    }
    encoder.encode().map_err(why)
}

/// What a component or module is there for.
///
/// # Errors
/// It is no WebAssembly, or exports nothing that tells.
pub fn kind(wasm: &[u8]) -> Result<Kind, ComponentError> {
    look_at(wasm)?.kind()
}

/// Whether a component or module throws exceptions of WebAssembly, in itself or in what lies in it.
pub fn has_exceptions(wasm: &[u8]) -> bool {
    Parser::new(0).parse_all(wasm).map_while(Result::ok).any(|payload| matches!(payload, Payload::TagSection(_)))
}

impl Found {
    fn kind(&self) -> Result<Kind, ComponentError> {
        let exports = |wanted: &str| self.exports.iter().any(|export| export == wanted);
        let command = self.exports.iter().any(|export| export.starts_with("wasi:cli/run@"));
        if exports("_start") {
            // Whatever else it exports, it was linked as a program.
            Ok(Kind::Program)
        } else if exports("run") {
            Ok(Kind::Job)
        } else if exports("store-values") {
            Ok(Kind::Class)
        } else if command {
            Ok(Kind::Program)
        } else {
            Err(ComponentError::NoKind { exports: self.exports.clone() })
        }
    }

    /// The world of the contract that a module without types is of; a program has none.
    fn world(&self, kind: Kind) -> Option<&'static str> {
        match kind {
            Kind::Job if self.exports.iter().any(|export| export == "describe") => Some("described-job"),
            Kind::Job => Some("job"),
            Kind::Class => Some("custom-class"),
            Kind::Program => None,
        }
    }
}

fn look_at(wasm: &[u8]) -> Result<Found, ComponentError> {
    if !wasm.starts_with(b"\0asm") {
        return Err(ComponentError::NotWasm { why: "it begins otherwise".into() });
    }
    let mut found = Found { component: false, typed: false, preview1: false, go: false, exports: Vec::new() };
    // Modules and components lie in components: only what is outermost tells.
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::Version { encoding, .. } if depth == 0 => found.component = encoding == Encoding::Component,
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            _ if depth > 0 => {}
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    found.preview1 |= import?.module == PREVIEW1;
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    found.exports.push(export?.name.to_owned());
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    found.exports.push(export?.name.name.to_owned());
                }
            }
            Payload::CustomSection(section) => {
                found.typed |= section.name().starts_with("component-type");
                found.go |= section.name() == "go:buildid";
            }
            _ => {}
        }
    }
    Ok(found)
}

/// A world of the contract.
pub(super) fn contract(world: &str) -> Result<(Resolve, WorldId), ComponentError> {
    let mut sources = SourceMap::new();
    for (name, text) in WIT {
        sources.push_str(name, text);
    }
    let mut resolve = Resolve::default();
    let parsed = sources.parse().map_err(|(_, error)| ComponentError::World { why: error.to_string() })?;
    let package = resolve.push_group(parsed).map_err(|error| ComponentError::World { why: error.to_string() })?;
    let world = resolve.select_world(&[package], Some(world)).map_err(why)?;
    Ok((resolve, world))
}

impl From<BinaryReaderError> for ComponentError {
    fn from(error: BinaryReaderError) -> Self {
        Self::NotWasm { why: error.message().to_owned() }
    }
}

/// The whole chain of reasons: the first one alone says only what was tried.
pub(super) fn why(error: impl Display) -> ComponentError {
    ComponentError::World { why: format!("{error:#}") }
}
