//! [`apply`]: the places of a [`Reach`] as a ruleset of the kernel.
//!
//! Landlock refuses what the ruleset handles and no rule allows. What an older kernel does not know stays possible there,
//! and [`Hardened`] says so. Audit lines of refusals are left as the kernel has them by default.

use std::{
    io,
    os::fd::{AsRawFd, OwnedFd},
    path::Path,
};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, PathFd, PathFdError, RestrictSelfAttr,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope, make_bitflags,
};

use super::{HardenError, Hardened, May, Reach, threads};

/// The newest landlock whose effects on an exploration are tested.
const KNOWN: ABI = ABI::V7;

/// Restricts all threads of this process to `reach`.
pub(super) fn apply(reach: &Reach) -> Result<Hardened, HardenError> {
    let ruleset = ruleset(reach)?;
    let clone = ruleset.try_clone().map_err(|source| HardenError::Refused(source.to_string()))?;
    // Where the kernel does not restrict all threads itself, each is asked to; this one comes last, because a restricted
    // thread cannot always signal to others.
    let ruleset = ruleset.all_threads(true).map_err(refused)?;
    let missed = match Option::<OwnedFd>::from(clone) {
        Some(rules) if version() < ABI::V8 as u32 => threads::restrict_others(rules.as_raw_fd()),
        _ => 0,
    };
    let status = ruleset.restrict_self().map_err(refused)?;
    let abi = match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi,
        LandlockStatus::NotEnabled => return Err(HardenError::SwitchedOff),
        LandlockStatus::NotImplemented => return Err(HardenError::NoLandlock),
    };
    Ok(Hardened { abi: abi as u32, no_tcp: abi >= ABI::V4, no_strangers: abi >= ABI::V6, missed })
}

/// The rules, with which nothing has been restricted yet.
pub(super) fn ruleset(reach: &Reach) -> Result<RulesetCreated, HardenError> {
    supported()?;
    let mut ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(KNOWN)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(KNOWN)))
        .and_then(Ruleset::create)
        .map_err(refused)?;
    for (path, may) in reach.places() {
        let place = PathFd::new(path).map_err(|why| place_error(path, why))?;
        let rights = if path.is_dir() { rights(may) } else { rights(may) & AccessFs::from_file(KNOWN) };
        ruleset = ruleset.add_rule(PathBeneath::new(place, rights)).map_err(refused)?;
    }
    Ok(ruleset)
}

fn rights(may: May) -> BitFlags<AccessFs> {
    let read = make_bitflags!(AccessFs::{ReadFile | ReadDir});
    let store = read | make_bitflags!(AccessFs::{WriteFile | Truncate | MakeReg | RemoveFile});
    match may {
        May::Read => read,
        May::Run => read | AccessFs::Execute,
        May::Store => store,
        May::Change => store | make_bitflags!(AccessFs::{MakeDir | RemoveDir | MakeSym | Refer}),
    }
}

/// The landlock of this kernel; 0 for none.
fn version() -> u32 {
    u32::try_from(ask()).unwrap_or(0)
}

fn supported() -> Result<(), HardenError> {
    if ask() > 0 {
        return Ok(());
    }
    match io::Error::last_os_error().raw_os_error() {
        Some(libc::EOPNOTSUPP) => Err(HardenError::SwitchedOff),
        _ => Err(HardenError::NoLandlock),
    }
}

/// `landlock_create_ruleset` with `LANDLOCK_CREATE_RULESET_VERSION`, which makes nothing.
fn ask() -> libc::c_long {
    let none = std::ptr::null::<libc::c_void>();
    // SAFETY: with this flag the call reads no memory.
    unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, none, 0_usize, 1_u32) }
}

fn place_error(path: &Path, why: PathFdError) -> HardenError {
    let source = match why {
        PathFdError::OpenCall { source, .. } => source,
        other => io::Error::other(other),
    };
    HardenError::Place { path: path.to_owned(), source }
}

fn refused(why: RulesetError) -> HardenError {
    HardenError::Refused(why.to_string())
}
