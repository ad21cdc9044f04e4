//! Files: out of what is granted, and more of them than there is room for.
//!
//! `/data` is granted for reading and `/out` for writing. `canary.txt` stands beside both.

use host_guest::{JobError, SingleRun, files};
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, NewTimestamp, OpenFlags, PathFlags};

use crate::{Mode, attempts::Attempts};

pub const MODES: &[(&str, Mode)] = &[
    ("climb-out", climb_out),
    ("link-out", link_out),
    ("link-chain", link_chain),
    ("rename-out", rename_out),
    ("write-where-only-reading-is-granted", write_where_only_reading_is_granted),
    ("change-the-given-file", change_the_given_file),
    ("list-100-thousand-files", list_many_files),
    ("open-without-end", open_without_end),
    ("listings-without-end", listings_without_end),
    ("make-files-without-end", make_files_without_end),
    ("make-folders-without-end", make_folders_without_end),
    ("fill-the-disk", fill_the_disk),
    ("fill-the-disk-by-a-stream", fill_the_disk_by_a_stream),
    ("zeros-to-a-file", zeros_to_a_file),
    ("file-of-exabytes", file_of_exabytes),
    ("hole-of-exabytes", hole_of_exabytes),
    ("read-exabytes", read_exabytes),
    ("open-a-pipe", open_a_pipe),
    ("names-of-files", names_of_files),
];

/// The folder that is granted under this name.
fn granted(name: &str) -> Result<Descriptor, JobError> {
    let found = get_directories().into_iter().find(|(_, path)| path == name);
    Ok(found.ok_or_else(|| format!("`{name}` is not granted"))?.0)
}

fn open(folder: &Descriptor, path: &str, how: OpenFlags, flags: DescriptorFlags) -> Result<Descriptor, JobError> {
    Ok(folder.open_at(PathFlags::SYMLINK_FOLLOW, path, how, flags).map_err(|code| format!("{path}: {code:?}"))?)
}

const READ: (OpenFlags, DescriptorFlags) = (OpenFlags::empty(), DescriptorFlags::READ);
const MAKE: (OpenFlags, DescriptorFlags) = (OpenFlags::CREATE, DescriptorFlags::WRITE);

/// Paths that lead out of a folder, or would if somebody took them as they are.
const OUT: [&str; 15] = [
    "..",
    "../canary.txt",
    "../out/../canary.txt",
    "../data/given.txt",
    "./../canary.txt",
    "a/../../canary.txt",
    "/etc/passwd",
    "/",
    "//etc/passwd",
    "/proc/self/fd/1",
    "../../../../../../../../../../../../etc/passwd",
    "..\0",
    "\0",
    "",
    "../canary.txt/",
];

fn climb_out(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut attempts = Attempts::default();
    for folder in ["/data", "/out"] {
        let at = granted(folder)?;
        for path in OUT {
            let what = format!("{folder}: {path:?}");
            attempts.note(&format!("read {what}"), open(&at, path, READ.0, READ.1));
            attempts.note(&format!("make {what}"), open(&at, path, MAKE.0, MAKE.1));
            attempts.note(&format!("stat {what}"), at.stat_at(PathFlags::SYMLINK_FOLLOW, path));
            attempts.note(&format!("unlink {what}"), at.unlink_file_at(path));
            attempts.note(&format!("folder {what}"), at.create_directory_at(path));
            attempts.note(&format!("remove {what}"), at.remove_directory_at(path));
            let now = NewTimestamp::Now;
            attempts.note(&format!("touch {what}"), at.set_times_at(PathFlags::SYMLINK_FOLLOW, path, now, now));
        }
    }
    attempts.settle(traj)
}

/// Links may be made as long as they stay inside; what lies behind others is out of reach.
fn link_out(traj: &mut SingleRun) -> Result<(), JobError> {
    let out = granted("/out")?;
    let data = granted("/data")?;
    let x: i64 = traj.f_get("x")?;
    let mut attempts = Attempts::default();
    let targets =
        ["../canary.txt", "/etc/passwd", "..", "/", "../data/given.txt", "/proc/self/fd/1", "/proc/self/root"];
    for (at, target) in targets.into_iter().enumerate() {
        let link = format!("link_{x}_{at}");
        let _ = out.symlink_at(target, &link);
        attempts.note(&format!("read through {target}"), open(&out, &link, READ.0, READ.1));
        attempts
            .note(&format!("write through {target}"), open(&out, &link, OpenFlags::empty(), DescriptorFlags::WRITE));
        attempts.note(&format!("below {target}"), open(&out, &format!("{link}/canary.txt"), READ.0, READ.1));
        attempts.note(&format!("list {target}"), open(&out, &link, OpenFlags::DIRECTORY, DescriptorFlags::READ));
        let hard = format!("hard_{x}_{at}");
        attempts.note(&format!("hard link to {target}"), out.link_at(PathFlags::empty(), target, &out, &hard));
        attempts.note(
            &format!("hard link through {target}"),
            out.link_at(PathFlags::SYMLINK_FOLLOW, &link, &out, &format!("{hard}_f")),
        );
        let _ = out.unlink_file_at(&link);
    }
    attempts.note("hard link from /data", data.link_at(PathFlags::empty(), "given.txt", &out, &format!("stolen_{x}")));
    attempts.settle(traj)
}

/// Each link is harmless alone.
fn link_chain(traj: &mut SingleRun) -> Result<(), JobError> {
    let out = granted("/out")?;
    let x: i64 = traj.f_get("x")?;
    let folder = format!("deep_{x}");
    let inner = format!("{folder}/inner");
    out.create_directory_at(&folder).map_err(|code| format!("{code:?}"))?;
    out.create_directory_at(&inner).map_err(|code| format!("{code:?}"))?;
    let mut attempts = Attempts::default();
    let _ = out.symlink_at("../..", &format!("{inner}/up"));
    let _ = out.symlink_at(&format!("{inner}/up"), &format!("chain_{x}"));
    // The folder that the link counts from moves away under it.
    let _ = out.rename_at(&inner, &out, &format!("inner_{x}"));
    for path in
        [format!("inner_{x}/up/canary.txt"), format!("inner_{x}/up/../canary.txt"), format!("chain_{x}/canary.txt")]
    {
        attempts.note(&path, open(&out, &path, READ.0, READ.1));
    }
    let _ = out.symlink_at(&format!("round_{x}"), &format!("round_{x}"));
    attempts.note("a link to itself", open(&out, &format!("round_{x}"), READ.0, READ.1));
    for link in [format!("inner_{x}/up"), format!("chain_{x}"), format!("round_{x}")] {
        let _ = out.unlink_file_at(&link);
    }
    attempts.settle(traj)
}

fn rename_out(traj: &mut SingleRun) -> Result<(), JobError> {
    let (out, data) = (granted("/out")?, granted("/data")?);
    let x: i64 = traj.f_get("x")?;
    let own = format!("own_{x}.txt");
    files::write(&format!("/out/{own}"), "mine")?;
    let mut attempts = Attempts::default();
    for target in ["../stolen.txt", "/tmp/stolen.txt", "..", "../data/given.txt"] {
        attempts.note(&format!("to {target}"), out.rename_at(&own, &out, target));
        attempts.note(&format!("from {target}"), out.rename_at(target, &out, "stolen.txt"));
    }
    attempts.note("into /data", out.rename_at(&own, &data, "given.txt"));
    attempts.note("out of /data", data.rename_at("given.txt", &out, "stolen.txt"));
    attempts.settle(traj)
}

fn write_where_only_reading_is_granted(traj: &mut SingleRun) -> Result<(), JobError> {
    let data = granted("/data")?;
    let mut attempts = Attempts::default();
    let write = DescriptorFlags::WRITE;
    let now = NewTimestamp::Now;
    attempts.note("write", open(&data, "given.txt", OpenFlags::empty(), write));
    attempts.note("read and write", open(&data, "given.txt", OpenFlags::empty(), write | DescriptorFlags::READ));
    attempts.note("truncate", open(&data, "given.txt", OpenFlags::TRUNCATE, DescriptorFlags::READ));
    attempts.note("create", open(&data, "new.txt", OpenFlags::CREATE, DescriptorFlags::READ));
    attempts.note("create new", open(&data, "new.txt", OpenFlags::CREATE | OpenFlags::EXCLUSIVE, write));
    attempts.note("unlink", data.unlink_file_at("given.txt"));
    attempts.note("rename", data.rename_at("given.txt", &data, "other.txt"));
    attempts.note("folder", data.create_directory_at("folder"));
    attempts.note("remove", data.remove_directory_at("many"));
    attempts.note("link", data.symlink_at("given.txt", "link"));
    attempts.note("hard link", data.link_at(PathFlags::empty(), "given.txt", &data, "hard"));
    attempts.note("touch", data.set_times_at(PathFlags::empty(), "given.txt", now, now));
    let given = open(&data, "given.txt", READ.0, READ.1)?;
    attempts.note("size", given.set_size(0));
    attempts.note("touch open", given.set_times(now, now));
    attempts.note("write to a file that was opened for reading", given.write(b"x", 0));
    attempts.note("a stream to it", given.write_via_stream(0).and_then(|_| given.append_via_stream()).map(|_| ()));
    attempts.settle(traj)
}

/// By a folder that is opened for writing inside of one that is not.
fn change_the_given_file(traj: &mut SingleRun) -> Result<(), JobError> {
    let data = granted("/data")?;
    let mut attempts = Attempts::default();
    let all = DescriptorFlags::READ | DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY;
    match data.open_at(PathFlags::SYMLINK_FOLLOW, "many", OpenFlags::DIRECTORY, all) {
        Ok(many) => attempts.note("a file in it", open(&many, "new.txt", MAKE.0, MAKE.1)),
        Err(code) => attempts.note::<(), _>("the folder", Err(code)),
    }
    if let Ok(here) = data.open_at(PathFlags::SYMLINK_FOLLOW, ".", OpenFlags::DIRECTORY, all) {
        attempts
            .note("through the folder itself", open(&here, "given.txt", OpenFlags::TRUNCATE, DescriptorFlags::WRITE));
        attempts.note("unlinked through it", here.unlink_file_at("given.txt"));
    }
    attempts.settle(traj)
}

fn list_many_files(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("count", files::list("/data/many")?.len() as i64)?;
    Ok(())
}

fn open_without_end(_: &mut SingleRun) -> Result<(), JobError> {
    let data = granted("/data")?;
    let mut hoard = Vec::new();
    for _ in 0..10_000_000 {
        hoard.push(open(&data, "given.txt", READ.0, READ.1)?);
    }
    Err("there is no end of open files".into())
}

/// Each listing holds all its names in the host.
fn listings_without_end(_: &mut SingleRun) -> Result<(), JobError> {
    let many = open(&granted("/data")?, "many", OpenFlags::DIRECTORY, DescriptorFlags::READ)?;
    let mut hoard = Vec::new();
    for _ in 0..10_000_000 {
        hoard.push(many.read_directory().map_err(|code| format!("{code:?}"))?);
    }
    Err("there is no end of listings".into())
}

fn make_files_without_end(traj: &mut SingleRun) -> Result<(), JobError> {
    let out = granted("/out")?;
    let x: i64 = traj.f_get("x")?;
    for at in 0..10_000_000 {
        open(&out, &format!("file_{x}_{at}"), MAKE.0, MAKE.1)?;
    }
    Err("there is no end of new files".into())
}

fn make_folders_without_end(traj: &mut SingleRun) -> Result<(), JobError> {
    let mut folder = granted("/out")?;
    let x: i64 = traj.f_get("x")?;
    let all = DescriptorFlags::READ | DescriptorFlags::MUTATE_DIRECTORY;
    for at in 0..10_000_000 {
        let name = format!("folder_{x}_{at}");
        folder.create_directory_at(&name).map_err(|code| format!("{code:?}"))?;
        folder = open(&folder, &name, OpenFlags::DIRECTORY, all)?;
    }
    Err("there is no end of new folders".into())
}

fn fill_the_disk(traj: &mut SingleRun) -> Result<(), JobError> {
    let x: i64 = traj.f_get("x")?;
    let file = open(&granted("/out")?, &format!("fill_{x}"), MAKE.0, MAKE.1)?;
    let block = vec![1; 1 << 20];
    for at in 0..1_000_000_u64 {
        file.write(&block, at << 20).map_err(|code| format!("{code:?}"))?;
    }
    Err("a terabyte was written".into())
}

fn fill_the_disk_by_a_stream(traj: &mut SingleRun) -> Result<(), JobError> {
    let x: i64 = traj.f_get("x")?;
    let file = open(&granted("/out")?, &format!("stream_{x}"), MAKE.0, MAKE.1)?;
    let stream = file.append_via_stream().map_err(|code| format!("{code:?}"))?;
    for _ in 0..1_000_000_000_u64 {
        stream.blocking_write_and_flush(&[1; 4096]).map_err(|error| format!("{error:?}"))?;
    }
    Err("terabytes were written".into())
}

fn zeros_to_a_file(traj: &mut SingleRun) -> Result<(), JobError> {
    let x: i64 = traj.f_get("x")?;
    let file = open(&granted("/out")?, &format!("zeros_{x}"), MAKE.0, MAKE.1)?;
    let stream = file.append_via_stream().map_err(|code| format!("{code:?}"))?;
    let _ = stream.write_zeroes(1 << 40);
    Err("a terabyte of zeros was taken".into())
}

/// Sparse files need no room, but a size like that may hurt whoever copies them.
fn file_of_exabytes(traj: &mut SingleRun) -> Result<(), JobError> {
    let x: i64 = traj.f_get("x")?;
    let file = open(&granted("/out")?, &format!("size_{x}"), MAKE.0, MAKE.1)?;
    for size in [u64::MAX, 1 << 62, 1 << 40] {
        if file.set_size(size).is_ok() {
            return Err(format!("a file of {size} bytes was accepted").into());
        }
    }
    Ok(())
}

/// The same by a single byte at the end.
fn hole_of_exabytes(traj: &mut SingleRun) -> Result<(), JobError> {
    let x: i64 = traj.f_get("x")?;
    let file = open(&granted("/out")?, &format!("hole_{x}"), MAKE.0, MAKE.1)?;
    let _ = file.write(&[1], 1 << 40);
    let stream = file.write_via_stream(1 << 40).map_err(|code| format!("{code:?}"))?;
    let _ = stream.blocking_write_and_flush(&[1]);
    Err("a hole of a terabyte was accepted".into())
}

fn read_exabytes(traj: &mut SingleRun) -> Result<(), JobError> {
    let file = open(&granted("/data")?, "given.txt", READ.0, READ.1)?;
    let (bytes, _) = file.read(u64::MAX, 0).map_err(|code| format!("{code:?}"))?;
    let _ = file.read(1 << 30, u64::MAX);
    let stream = file.read_via_stream(0).map_err(|code| format!("{code:?}"))?;
    let _ = stream.skip(u64::MAX);
    let _ = stream.blocking_read(u64::MAX);
    traj.f_add_result("bytes", bytes.len() as i64)?;
    Ok(())
}

/// Whoever opens a pipe waits for the other end, which never comes.
fn open_a_pipe(_: &mut SingleRun) -> Result<(), JobError> {
    let pipe = open(&granted("/data")?, "pipe", READ.0, READ.1)?;
    Err(format!("the pipe says {:?}", pipe.read(1, 0)).into())
}

fn names_of_files(traj: &mut SingleRun) -> Result<(), JobError> {
    let out = granted("/out")?;
    let mut attempts = Attempts::default();
    for (what, name) in [
        ("zero", "a\0b".to_owned()),
        ("one MiB", "x".repeat(1 << 20)),
        ("10,000 levels", "x/".repeat(10_000)),
        ("256 characters", "x".repeat(256)),
        ("up and down", "../out/x".to_owned()),
    ] {
        attempts.note(what, out.open_at(PathFlags::SYMLINK_FOLLOW, &name, MAKE.0, MAKE.1));
        attempts.note(&format!("folder {what}"), out.create_directory_at(&name));
        attempts.note(&format!("link {what}"), out.symlink_at("x", &name));
    }
    attempts.settle(traj)
}
