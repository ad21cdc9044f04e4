//! Does with files, streams and clocks what the lines of the parameter `script` say. Each line is a word of [`WORDS`] and
//! what it needs; what came of it is stored as the list `said`. Paths are given as a granted directory and the rest.

use host_guest::{JobError, List, SingleRun};
use wasip2::clocks::monotonic_clock;
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};
use wasip2::io::poll;
use wasip2::io::streams::StreamError;
use wasip2::random::random::get_random_bytes;

host_guest::job!(filing);

type Outcome = Result<String, String>;
type Word = fn(&[&str]) -> Outcome;

const WORDS: [(&str, Word); 28] = [
    ("directories", directories),
    ("open", open),
    ("read", read),
    ("read-through-stream", read_through_stream),
    ("write", write),
    ("append", append),
    ("fill", fill),
    ("fill-through-stream", fill_through_stream),
    ("fill-by-splicing", fill_by_splicing),
    ("resize", resize),
    ("symlink", symlink),
    ("readlink", readlink),
    ("link", link),
    ("rename", rename),
    ("mkdir", mkdir),
    ("rmdir", rmdir),
    ("unlink", unlink),
    ("list", list),
    ("stat", stat),
    ("identity", identity),
    ("create-many", create_many),
    ("open-many", open_many),
    ("list-many", list_many),
    ("poll-many", poll_many),
    ("random", random),
    ("long-path", long_path),
    ("sleep", sleep),
    ("count-clock", count_clock),
];

fn filing(traj: &mut SingleRun) -> Result<(), JobError> {
    let script: String = traj.f_get("script")?;
    let mut said = Vec::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split(' ').collect();
        let Some((_, act)) = WORDS.iter().find(|(word, _)| *word == words[0]) else {
            return Err(format!("there is no word `{}`", words[0]).into());
        };
        let outcome = act(&words[1..]).unwrap_or_else(|refusal| format!("refused: {refusal}"));
        said.push(format!("{line}: {outcome}"));
    }
    traj.f_add_result("said", List::new(said))?;
    Ok(())
}

fn code(code: ErrorCode) -> String {
    code.name().to_owned()
}

fn stream(error: StreamError) -> String {
    match error {
        StreamError::Closed => "closed".into(),
        StreamError::LastOperationFailed(error) => error.to_debug_string(),
    }
}

fn number(word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("`{word}` is no number"))
}

/// The granted directory that the guest sees as `path`.
fn granted(path: &str) -> Result<Descriptor, String> {
    let found = get_directories().into_iter().find(|(_, seen)| seen == path);
    found.map(|(directory, _)| directory).ok_or_else(|| format!("`{path}` is not granted"))
}

fn opened(directory: &str, path: &str, how: OpenFlags, flags: DescriptorFlags) -> Result<Descriptor, String> {
    granted(directory)?.open_at(PathFlags::SYMLINK_FOLLOW, path, how, flags).map_err(code)
}

fn created(directory: &str, path: &str) -> Result<Descriptor, String> {
    opened(directory, path, OpenFlags::CREATE, DescriptorFlags::READ | DescriptorFlags::WRITE)
}

fn done<T>(outcome: Result<T, ErrorCode>) -> Outcome {
    outcome.map(|_| "done".into()).map_err(code)
}

fn directories(_: &[&str]) -> Outcome {
    Ok(get_directories().into_iter().map(|(_, path)| path).collect::<Vec<_>>().join(" "))
}

fn open(words: &[&str]) -> Outcome {
    opened(words[0], words[1], OpenFlags::empty(), DescriptorFlags::READ).map(|_| "opened".into())
}

fn read(words: &[&str]) -> Outcome {
    let file = opened(words[0], words[1], OpenFlags::empty(), DescriptorFlags::READ)?;
    let (bytes, _) = file.read(u64::MAX, 0).map_err(code)?;
    Ok(String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned())
}

/// Asks for more than there can be, until the end.
fn read_through_stream(words: &[&str]) -> Outcome {
    let file = opened(words[0], words[1], OpenFlags::empty(), DescriptorFlags::READ)?;
    let input = file.read_via_stream(0).map_err(code)?;
    let (mut calls, mut bytes) = (0, 0);
    loop {
        calls += 1;
        match input.read(u64::MAX) {
            Ok(some) => bytes += some.len(),
            Err(StreamError::Closed) => return Ok(format!("{bytes} bytes in {calls} calls")),
            Err(error) => return Err(stream(error)),
        }
    }
}

fn write(words: &[&str]) -> Outcome {
    let how = OpenFlags::CREATE | OpenFlags::TRUNCATE;
    let file = opened(words[0], words[1], how, DescriptorFlags::WRITE)?;
    done(file.write(words[2].as_bytes(), 0))
}

fn append(words: &[&str]) -> Outcome {
    let file = created(words[0], words[1])?;
    let output = file.append_via_stream().map_err(code)?;
    output.blocking_write_and_flush(words[2].as_bytes()).map_err(stream)?;
    Ok("done".into())
}

fn fill(words: &[&str]) -> Outcome {
    let (file, bytes) = (created(words[0], words[1])?, number(words[2])?);
    let block = vec![b'x'; 1 << 16];
    let mut at = 0;
    while at < bytes {
        at += file.write(&block[..block.len().min((bytes - at) as usize)], at).map_err(code)?;
    }
    Ok(format!("{at} bytes"))
}

fn fill_through_stream(words: &[&str]) -> Outcome {
    let (file, bytes) = (created(words[0], words[1])?, number(words[2])?);
    let output = file.write_via_stream(0).map_err(code)?;
    for _ in 0..bytes.div_ceil(4096) {
        output.blocking_write_zeroes_and_flush(4096).map_err(stream)?;
    }
    Ok("done".into())
}

/// Copies a file to another, again and again.
fn fill_by_splicing(words: &[&str]) -> Outcome {
    let (source, target) = (created(words[0], words[1])?, created(words[0], words[2])?);
    let output = target.append_via_stream().map_err(code)?;
    for _ in 0..number(words[3])? {
        let input = source.read_via_stream(0).map_err(code)?;
        output.blocking_splice(&input, u64::MAX).map_err(stream)?;
    }
    Ok("done".into())
}

fn resize(words: &[&str]) -> Outcome {
    done(created(words[0], words[1])?.set_size(number(words[2])?))
}

fn symlink(words: &[&str]) -> Outcome {
    done(granted(words[0])?.symlink_at(words[2], words[1]))
}

fn readlink(words: &[&str]) -> Outcome {
    granted(words[0])?.readlink_at(words[1]).map_err(code)
}

fn link(words: &[&str]) -> Outcome {
    done(granted(words[0])?.link_at(PathFlags::empty(), words[1], &granted(words[2])?, words[3]))
}

fn rename(words: &[&str]) -> Outcome {
    done(granted(words[0])?.rename_at(words[1], &granted(words[2])?, words[3]))
}

fn mkdir(words: &[&str]) -> Outcome {
    done(granted(words[0])?.create_directory_at(words[1]))
}

fn rmdir(words: &[&str]) -> Outcome {
    done(granted(words[0])?.remove_directory_at(words[1]))
}

fn unlink(words: &[&str]) -> Outcome {
    done(granted(words[0])?.unlink_file_at(words[1]))
}

fn list(words: &[&str]) -> Outcome {
    let directory = opened(words[0], words[1], OpenFlags::DIRECTORY, DescriptorFlags::READ)?;
    let entries = directory.read_directory().map_err(code)?;
    let mut names = Vec::new();
    while let Some(entry) = entries.read_directory_entry().map_err(code)? {
        names.push(entry.name);
    }
    Ok(names.join(" "))
}

fn stat(words: &[&str]) -> Outcome {
    let stat = granted(words[0])?.stat_at(PathFlags::SYMLINK_FOLLOW, words[1]).map_err(code)?;
    let times = [stat.data_access_timestamp, stat.data_modification_timestamp, stat.status_change_timestamp];
    let times = times.map(|time| time.map(|time| time.seconds));
    Ok(format!("{:?}, {} bytes, {} links, {times:?}", stat.type_, stat.size, stat.link_count))
}

fn identity(words: &[&str]) -> Outcome {
    let hash = granted(words[0])?.metadata_hash_at(PathFlags::SYMLINK_FOLLOW, words[1]).map_err(code)?;
    Ok(format!("{} {}", hash.upper, hash.lower))
}

fn create_many(words: &[&str]) -> Outcome {
    for index in 0..number(words[2])? {
        created(words[0], &format!("{}{index}", words[1]))?;
    }
    Ok("done".into())
}

/// Opens a file again and again, and closes it never.
fn open_many(words: &[&str]) -> Outcome {
    let open = |_| opened(words[0], words[1], OpenFlags::empty(), DescriptorFlags::READ);
    let held = (0..number(words[2])?).map(open).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("{} open", held.len()))
}

fn list_many(words: &[&str]) -> Outcome {
    let directory = opened(words[0], words[1], OpenFlags::DIRECTORY, DescriptorFlags::READ)?;
    let list = |_| directory.read_directory().map_err(code);
    let held = (0..number(words[2])?).map(list).collect::<Result<Vec<_>, _>>()?;
    Ok(format!("{} lists", held.len()))
}

fn poll_many(words: &[&str]) -> Outcome {
    let timer = monotonic_clock::subscribe_duration(1);
    let all = vec![&timer; number(words[0])? as usize];
    Ok(format!("{} ready", poll::poll(&all).len()))
}

fn random(words: &[&str]) -> Outcome {
    let bytes = get_random_bytes(number(words[0])?);
    let sum = bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    Ok(format!("{} bytes, {sum:016x}", bytes.len()))
}

/// A path of so many steps, to where it starts.
fn long_path(words: &[&str]) -> Outcome {
    opened(words[0], &"./".repeat(number(words[1])? as usize), OpenFlags::empty(), DescriptorFlags::READ)
        .map(|_| "opened".into())
}

fn sleep(words: &[&str]) -> Outcome {
    let before = monotonic_clock::now();
    monotonic_clock::subscribe_duration(number(words[0])?).block();
    Ok(format!("{} later", monotonic_clock::now() - before))
}

/// Looks at the clock again and again.
fn count_clock(words: &[&str]) -> Outcome {
    let mut last = 0;
    for _ in 0..number(words[0])? {
        last = monotonic_clock::now();
    }
    Ok(format!("it shows {last}"))
}
