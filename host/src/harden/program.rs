//! [`places`]: what every program needs while it runs, found by asking the running one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::May;

/// Places that a process reaches by itself, without being asked to: those of them that there are.
///
/// Found by tracing explorations in threads and in processes of their own. The libraries are those that are loaded: the
/// processes of single runs load the same.
const OFTEN: [&str; 8] = [
    // The loader looks up libraries here.
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    // Times in logs are local.
    "/etc/localtime",
    "/usr/share/zoneinfo",
    // Pages that a run has written are found by it.
    "/proc/self/pagemap",
    // In place of the line above, in copies of a process.
    "/dev/null",
    // How many processors there are decides how large a pool of instances is.
    "/proc/self/cgroup",
    "/sys/fs/cgroup",
];

/// Its own file, its loader, its libraries, and what is read often.
pub(super) fn places() -> Vec<(PathBuf, May)> {
    let own = PathBuf::from("/proc/self/exe");
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let mapped = Mapped::all(&maps);
    let loader = mapped.iter().find(|mapped| mapped.start == loader_address()).map(|mapped| mapped.path.clone());
    let mut places = vec![(own, May::Run)];
    places.extend(loader.into_iter().map(|path| (path, May::Run)));
    places.extend(mapped.into_iter().map(|mapped| (mapped.path, May::Read)));
    places.extend(OFTEN.map(|path| (PathBuf::from(path), May::Read)));
    places.sort_by(|(a, _), (b, _)| a.cmp(b));
    places.dedup();
    places.retain(|(path, _)| path.exists());
    places
}

/// A file that is mapped into this process, and where.
struct Mapped {
    start: u64,
    path: PathBuf,
}

impl Mapped {
    /// From the lines of `/proc/self/maps`: libraries, and whatever else is mapped by name.
    fn all(maps: &str) -> Vec<Self> {
        let line = |line: &str| {
            let start = u64::from_str_radix(line.split('-').next()?, 16).ok()?;
            let path = Path::new(&line[line.find('/')?..]);
            Some(Self { start, path: path.to_owned() })
        };
        maps.lines().filter_map(line).collect()
    }
}

/// Where the kernel has put the loader of this program; 0 without one.
fn loader_address() -> u64 {
    #[cfg(target_os = "linux")]
    // SAFETY: has no preconditions.
    return unsafe { libc::getauxval(libc::AT_BASE) };
    #[cfg(not(target_os = "linux"))]
    0
}
