//! What the file system tells of the interpreter's library while it starts: the same on every machine.
//!
//! Numbers and times of files would remain in its memory, and a snapshot of it would be another one on each machine. So the
//! two functions of the first WASI that tell them answer here instead.

use wasmtime::{Caller, Extern, Linker, error::Context as _};
use wasmtime_wasi::p1::WasiP1Ctx;

const WASI: &str = "wasi_snapshot_preview1";
/// The directory of the library, the first one behind the three streams.
const FOLDER: i32 = 3;

/// What answers are called in the first WASI.
mod errno {
    pub const SUCCESS: i32 = 0;
    pub const FAULT: i32 = 21;
    pub const NOENT: i32 = 44;
    pub const NOTDIR: i32 = 54;
}

/// Kinds of files there.
#[derive(Clone, Copy)]
enum Kind {
    CharacterDevice = 2,
    Directory = 3,
    RegularFile = 4,
}

/// Puts the functions in place of those in the linker: there is one directory, with one file, `name`, of so many bytes.
pub(super) fn add_to_linker(linker: &mut Linker<WasiP1Ctx>, name: &'static str, size: u64) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.func_wrap(WASI, "fd_filestat_get", move |mut caller: Caller<'_, WasiP1Ctx>, fd: i32, to: i32| {
        let (kind, size) = match fd {
            ..FOLDER => (Kind::CharacterDevice, 0),
            FOLDER => (Kind::Directory, 0),
            _ => (Kind::RegularFile, size),
        };
        tell(&mut caller, to, kind, size)
    })?;
    linker.func_wrap(
        WASI,
        "path_filestat_get",
        move |mut caller: Caller<'_, WasiP1Ctx>, _folder: i32, _flags: i32, path: i32, length: i32, to: i32| {
            let memory = caller.get_export("memory").and_then(Extern::into_memory).context("it has no memory")?;
            let (path, length) = (path.cast_unsigned() as usize, length.cast_unsigned() as usize);
            let Some(path) = memory.data(&caller).get(path..).and_then(|rest| rest.get(..length)) else {
                return Ok(errno::FAULT);
            };
            let path = path.strip_prefix(b"./").unwrap_or(path);
            match path.strip_prefix(name.as_bytes()) {
                Some([]) => tell(&mut caller, to, Kind::RegularFile, size),
                Some([b'/', ..]) => Ok(errno::NOTDIR),
                _ if path.is_empty() || path == b"." => tell(&mut caller, to, Kind::Directory, 0),
                _ => Ok(errno::NOENT),
            }
        },
    )?;
    Ok(())
}

/// Writes a `filestat`: eight words of eight bytes, of which device, number and times are zero.
fn tell(caller: &mut Caller<'_, WasiP1Ctx>, to: i32, kind: Kind, size: u64) -> wasmtime::Result<i32> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory).context("it has no memory")?;
    let mut told = [0; 64];
    told[16] = kind as u8;
    // One link.
    told[24] = 1;
    told[32..40].copy_from_slice(&size.to_le_bytes());
    let written = memory.write(caller, to.cast_unsigned() as usize, &told);
    Ok(if written.is_ok() { errno::SUCCESS } else { errno::FAULT })
}

#[cfg(test)]
mod tests {
    use wasmtime::{Engine, Module, Store};
    use wasmtime_wasi::WasiCtxBuilder;

    use super::*;

    const GUEST: &str = r#"(module
        (import "wasi_snapshot_preview1" "path_filestat_get" (func $path (param i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_filestat_get" (func $fd (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "path") (param i32 i32) (result i32)
            (call $path (i32.const 3) (i32.const 0) (local.get 0) (local.get 1) (i32.const 128)))
        (func (export "fd") (param i32) (result i32) (call $fd (local.get 0) (i32.const 128))))"#;

    /// Answer, kind of file and size; everything else is the same for all files.
    type Told = (i32, u8, u64);

    #[test]
    fn files_are_told_by_nothing_but_name_and_size() {
        let engine = Engine::default();
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, "lib.zip", 7).unwrap();
        let mut store = Store::new(&engine, WasiCtxBuilder::new().build_p1());
        let module = Module::new(&engine, wat::parse_str(GUEST).unwrap()).unwrap();
        let guest = linker.instantiate(&mut store, &module).unwrap();
        let memory = guest.get_memory(&mut store, "memory").unwrap();
        let path = guest.get_typed_func::<(i32, i32), i32>(&mut store, "path").unwrap();
        let fd = guest.get_typed_func::<i32, i32>(&mut store, "fd").unwrap();

        let told = |store: &mut Store<WasiP1Ctx>, answer: i32| -> Told {
            let mut stat: [u8; 64] = memory.data(&*store)[128..192].try_into().unwrap();
            memory.write(store, 128, &[0; 64]).unwrap();
            let (kind, size) = (stat[16], u64::from_le_bytes(stat[32..40].try_into().unwrap()));
            stat[16] = 0;
            stat[32..40].fill(0);
            let mut rest = [0; 64];
            rest[24] = u8::from(answer == errno::SUCCESS);
            assert_eq!(stat, rest, "nothing of this machine");
            (answer, kind, size)
        };
        let mut of_path = |text: &str| {
            memory.write(&mut store, 0, text.as_bytes()).unwrap();
            let answer = path.call(&mut store, (0, text.len() as i32)).unwrap();
            told(&mut store, answer)
        };
        assert_eq!(of_path("lib.zip"), (0, 4, 7));
        assert_eq!(of_path("./lib.zip"), (0, 4, 7));
        assert_eq!(of_path("lib.zip/json"), (errno::NOTDIR, 0, 0));
        assert_eq!(of_path("."), (0, 3, 0));
        assert_eq!(of_path("lib"), (errno::NOENT, 0, 0));
        let answer = path.call(&mut store, (65_536, 7)).unwrap();
        assert_eq!(answer, errno::FAULT);

        let mut of_fd = |number: i32| {
            let answer = fd.call(&mut store, number).unwrap();
            told(&mut store, answer)
        };
        assert_eq!([of_fd(1), of_fd(3), of_fd(4)], [(0, 2, 0), (0, 3, 0), (0, 4, 7)]);
    }
}
