//! [`Grants`]: what a job may reach of the world. Nothing, unless the spec says otherwise.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a job may reach of the world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Directories of this machine that the guest sees.
    pub dirs: Vec<DirGrant>,
    /// Environment variables that the guest sees.
    pub env: BTreeMap<String, String>,
    /// Which clock the guest sees.
    pub clock: Clock,
    /// Where random numbers come from.
    pub random: Random,
}

/// One directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirGrant {
    /// Absolute path on this machine.
    pub host: PathBuf,
    /// Path that the guest sees, such as `/data`.
    pub guest: String,
    /// What it may do there.
    pub access: Access,
}

/// What a guest may do in a directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Look, and change nothing.
    #[default]
    Read,
    /// Read, write, create and delete.
    ReadWrite,
}

/// Which clock a guest sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// A clock that starts at 2000-01-01 in every run and advances by 1 ms each time it is read.
    #[default]
    Virtual,
    /// The clock of this machine; results may differ from run to run.
    Real,
    /// None at all: a job that imports `wasi:clocks` is refused.
    None,
}

/// Where a guest's random numbers come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Random {
    /// ChaCha from the seed of the run.
    #[default]
    Seeded,
    /// The operating system; results differ from run to run.
    Os,
}

impl fmt::Display for Grants {
    /// One line: `data -> /data (read); env LANG; clock virtual; random seeded`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dirs.is_empty() {
            f.write_str("no directories")?;
        }
        for (i, dir) in self.dirs.iter().enumerate() {
            let access = match dir.access {
                Access::Read => "read",
                Access::ReadWrite => "read-write",
            };
            let comma = if i > 0 { ", " } else { "" };
            write!(f, "{comma}{} -> {} ({access})", dir.host.display(), dir.guest)?;
        }
        if self.env.is_empty() {
            f.write_str("; no variables")?;
        } else {
            write!(f, "; variables {}", self.env.keys().cloned().collect::<Vec<_>>().join(", "))?;
        }
        let clock = match self.clock {
            Clock::Virtual => "virtual",
            Clock::Real => "real",
            Clock::None => "none",
        };
        let random = match self.random {
            Random::Seeded => "seeded",
            Random::Os => "from the operating system",
        };
        write!(f, "; no network; clock {clock}; random {random}")
    }
}
