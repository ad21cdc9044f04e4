//! [`PackedJob`]: a loaded job on its way to a process that does a single run of it.
//!
//! That process trusts the one that started it: it compiles nothing, hashes nothing and checks no imports again.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    os::unix::ffi::OsStringExt,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Class, ClassKind, Classes, Job,
    cache::{CheckedFile, Code},
    class::LoadedClass,
    command::Program,
    job::{Loaded, guest_args, guest_kwargs},
    settings::{Needs, Settings},
};
use crate::{
    spec::{Clock, Command, DirGrant, Grants, Random},
    trajectory::Value,
};

/// A loaded job as plain data.
#[derive(Debug, Serialize, Deserialize)]
pub struct PackedJob {
    sha256: String,
    imports: Vec<String>,
    uses_wasi: bool,
    described: bool,
    settings: Settings,
    needs: Needs,
    grants: PackedGrants,
    code: PackedCode,
    attachment: Vec<u8>,
    args: Vec<Value>,
    kwargs: Vec<(String, Value)>,
    classes: Vec<PackedClass>,
    /// How it is run if it is a program, and where its runs have their folders.
    program: Option<(Command, Option<Vec<u8>>)>,
}

/// A class of the user's own as plain data. What it may reach is nothing.
#[derive(Debug, Serialize, Deserialize)]
struct PackedClass {
    path: Vec<u8>,
    sha256: String,
    name: String,
    kind: ClassKind,
    comment: String,
    settings: Settings,
    needs: Needs,
    uses_wasi: bool,
    code: PackedCode,
}

/// How compiled code travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// As the name of its file in the cache, which the other process maps.
    ByName,
    /// As its bytes.
    ByValue,
}

#[derive(Debug, Serialize, Deserialize)]
enum PackedCode {
    File(CheckedFile),
    Bytes(Vec<u8>),
}

/// [`Grants`] whose paths need not be text.
#[derive(Debug, Serialize, Deserialize)]
struct PackedGrants {
    /// Each with its path in bytes, in place of its own.
    dirs: Vec<(Vec<u8>, DirGrant)>,
    env: BTreeMap<String, String>,
    clock: Clock,
    random: Random,
}

impl PackedCode {
    fn of(code: &Code, packing: Packing) -> io::Result<Self> {
        let file = if packing == Packing::ByName { code.checked_file() } else { None };
        Ok(match file {
            Some(file) => Self::File(file),
            None => Self::Bytes(code.bytes()?),
        })
    }

    fn open(self) -> Result<Code, UnpackError> {
        match self {
            Self::File(file) => Code::from_checked(&file).map_err(UnpackError),
            Self::Bytes(bytes) => Ok(Code::from_sent(bytes)),
        }
    }
}

impl PackedClass {
    fn of(class: &LoadedClass, packing: Packing) -> io::Result<Self> {
        Ok(Self {
            path: class.path.clone().into_os_string().into_vec(),
            sha256: class.sha256.clone(),
            name: class.name.clone(),
            kind: class.kind,
            comment: class.comment.clone(),
            settings: class.settings.clone(),
            needs: class.needs,
            uses_wasi: class.uses_wasi,
            code: PackedCode::of(&class.code, packing)?,
        })
    }

    fn open(self) -> Result<Class, UnpackError> {
        Ok(Class(Arc::new(LoadedClass {
            path: OsString::from_vec(self.path).into(),
            sha256: self.sha256,
            name: self.name,
            kind: self.kind,
            comment: self.comment,
            settings: self.settings,
            needs: self.needs,
            uses_wasi: self.uses_wasi,
            grants: Grants::default(),
            code: self.code.open()?,
        })))
    }
}

/// Why a packed job cannot be used.
#[derive(Debug, Error)]
#[error("the compiled job cannot be loaded: {0}")]
pub struct UnpackError(io::Error);

impl Job {
    /// Whether [`Packing::ByName`] is possible: the compiled job is in the cache with its classes, and still what was
    /// checked.
    pub fn is_in_cache(&self) -> bool {
        let classes = self.0.classes.iter().all(|class| class.0.code.checked_file().is_some());
        classes && self.0.code.checked_file().is_some()
    }

    /// This job as plain data. Falls back to the bytes of the code where it is not in the cache; an error if these
    /// cannot be read.
    pub fn pack(&self, packing: Packing) -> io::Result<PackedJob> {
        let job = &self.0;
        let dirs = job.grants.dirs.iter().map(|dir| {
            let host = dir.host.clone().into_os_string().into_vec();
            (host, DirGrant { host: PathBuf::new(), ..dir.clone() })
        });
        Ok(PackedJob {
            sha256: job.sha256.clone(),
            imports: job.imports.clone(),
            uses_wasi: job.uses_wasi,
            described: job.described,
            settings: job.settings.clone(),
            needs: job.needs,
            grants: PackedGrants {
                dirs: dirs.collect(),
                env: job.grants.env.clone(),
                clock: job.grants.clock,
                random: job.grants.random,
            },
            code: PackedCode::of(&job.code, packing)?,
            attachment: job.attachment.to_vec(),
            args: job.given.0.clone(),
            kwargs: job.given.1.clone(),
            classes: job.classes.iter().map(|class| PackedClass::of(&class.0, packing)).collect::<io::Result<_>>()?,
            program: job.program.as_ref().map(|program| {
                let workspace = program.workspace().map(|path| path.as_os_str().to_owned().into_vec());
                (program.command.clone(), workspace)
            }),
        })
    }

    /// The job again, for a single run: its worker makes no pool of instances. An error if the file with its code has
    /// been replaced meanwhile.
    pub fn unpack(packed: PackedJob) -> Result<Self, UnpackError> {
        let code = packed.code.open()?;
        let mut classes = Classes::default();
        for class in packed.classes {
            classes.add(class.open()?).map_err(|error| UnpackError(io::Error::other(error)))?;
        }
        let program = packed.program.map(|(command, workspace)| {
            let workspace = workspace.map(|path| PathBuf::from(OsString::from_vec(path)));
            Program::at(&command, &packed.args, workspace.as_deref())
        });
        let program = program.transpose().map_err(|error| UnpackError(io::Error::other(error)))?;
        let dirs = packed.grants.dirs.into_iter();
        let dirs = dirs.map(|(host, dir)| DirGrant { host: OsString::from_vec(host).into(), ..dir });
        Ok(Self(Arc::new(Loaded {
            sha256: packed.sha256,
            imports: packed.imports,
            uses_wasi: packed.uses_wasi,
            described: packed.described,
            settings: packed.settings,
            needs: packed.needs,
            grants: Grants {
                dirs: dirs.collect(),
                env: packed.grants.env,
                clock: packed.grants.clock,
                random: packed.grants.random,
            },
            code,
            attachment: packed.attachment.into(),
            args: guest_args(&packed.args),
            kwargs: guest_kwargs(&packed.kwargs),
            given: (packed.args, packed.kwargs),
            component: PathBuf::new(),
            manifest: OnceLock::new(),
            classes,
            program,
            compile_time: std::time::Duration::ZERO,
            pooled: false,
        })))
    }
}
