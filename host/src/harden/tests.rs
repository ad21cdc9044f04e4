//! Restrictions last for as long as a thread or a process, so each test has its own.

use super::*;

#[test]
fn states_are_said_in_one_line() {
    let hardened = Hardened { abi: 7, no_tcp: true, no_strangers: true, missed: 0 };
    let states = [
        State::NotAsked,
        State::Not(HardenError::NoLandlock.to_string()),
        State::Not(HardenError::SwitchedOff.to_string()),
        State::Not(HardenError::NotLinux.to_string()),
        State::Hardened(hardened),
        State::Hardened(Hardened { abi: 4, no_strangers: false, missed: 1, ..hardened }),
        State::Hardened(Hardened { abi: 1, no_tcp: false, no_strangers: false, missed: 2 }),
    ];
    insta::assert_snapshot!(states.map(|state| state.to_string()).join("\n"));
}

#[test]
fn a_program_needs_itself_and_its_libraries() {
    let reach = Reach::of_this_program();
    let may = |end: &str| reach.places().find(|(path, _)| path.ends_with(end)).map(|(_, may)| may);
    assert_eq!(may("proc/self/exe"), Some(May::Run));
    assert_eq!(may("libc.so.6"), Some(May::Read), "{reach:?}");
    assert!(reach.places().filter(|(_, may)| *may == May::Run).count() <= 2, "itself and its loader: {reach:?}");
    assert!(reach.places().all(|(_, may)| matches!(may, May::Read | May::Run)));
    assert!(reach.places().all(|(path, _)| path.is_file() || !path.starts_with("/home")), "{reach:?}");
}

#[cfg(target_os = "linux")]
mod on_linux {
    use std::{
        fs,
        net::{TcpListener, TcpStream},
        os::unix::fs::symlink,
        process::Command,
        sync::{Arc, Barrier},
        thread,
    };

    use super::*;

    /// Does `action` in a thread that reaches only `reach`; not where the kernel cannot do that.
    fn restricted<T: Send>(reach: &Reach, action: impl FnOnce() -> T + Send) -> Option<T> {
        let ruleset = match landlock::ruleset(reach) {
            Err(why @ (HardenError::NoLandlock | HardenError::SwitchedOff)) => {
                eprintln!("not tested: {why}");
                return None;
            }
            ruleset => ruleset.unwrap(),
        };
        let thread = move || {
            ruleset.restrict_self().unwrap();
            action()
        };
        Some(thread::scope(|scope| scope.spawn(thread).join().unwrap()))
    }

    fn is_refused<T>(result: io::Result<T>) -> bool {
        result.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    }

    #[test]
    fn files_elsewhere_are_out_of_reach() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        for folder in ["output", "data", "work", "elsewhere"] {
            fs::create_dir(at(folder)).unwrap();
            fs::write(at(folder).join("there"), "there").unwrap();
        }
        let reach = Reach::default()
            .allow(at("output"), May::Store)
            .allow(at("data"), May::Read)
            .allow(at("work"), May::Change);
        restricted(&reach, || {
            // Results, journals and logs.
            fs::write(at("output/new"), "new").unwrap();
            fs::write(at("output/there"), "longer than before").unwrap();
            fs::rename(at("output/new"), at("output/there")).unwrap();
            fs::File::open(at("output")).unwrap().sync_all().unwrap();
            fs::remove_file(at("output/there")).unwrap();
            assert!(is_refused(fs::create_dir(at("output/folder"))));
            assert!(is_refused(symlink("/etc", at("output/link"))));
            // Granted for reading.
            assert_eq!(fs::read_to_string(at("data/there")).unwrap(), "there");
            assert_eq!(fs::read_dir(at("data")).unwrap().count(), 1);
            assert!(is_refused(fs::write(at("data/there"), "")));
            assert!(is_refused(fs::write(at("data/new"), "")));
            assert!(is_refused(fs::remove_file(at("data/there"))));
            // Granted for reading and writing.
            fs::create_dir_all(at("work/a/b")).unwrap();
            fs::rename(at("work/there"), at("work/a/b/there")).unwrap();
            symlink("there", at("work/a/b/link")).unwrap();
            assert_eq!(fs::read_to_string(at("work/a/b/link")).unwrap(), "there");
            fs::hard_link(at("work/a/b/there"), at("work/again")).unwrap();
            fs::remove_dir_all(at("work/a")).unwrap();
            symlink(at("elsewhere"), at("work/out")).unwrap();
            assert!(is_refused(fs::read(at("work/out/there"))), "a link leads out");
            // Everything else.
            assert!(is_refused(fs::read(at("elsewhere/there"))));
            assert!(is_refused(fs::write(at("elsewhere/new"), "")));
            assert!(is_refused(fs::remove_file(at("elsewhere/there"))));
            assert!(is_refused(fs::rename(at("work/again"), at("elsewhere/again"))));
            assert!(is_refused(fs::read_dir(scratch.path())));
            assert!(is_refused(fs::read("/etc/passwd")));
            assert!(is_refused(Command::new("/bin/sh").spawn()));
        });
        assert_eq!(fs::read_to_string(at("elsewhere/there")).unwrap(), "there", "other threads go on as before");
    }

    #[test]
    fn nobody_is_called_over_tcp() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let refused = restricted(&Reach::default(), || {
            (is_refused(TcpListener::bind("127.0.0.1:0")), is_refused(TcpStream::connect(address)))
        });
        // SAFETY: asks for the version only.
        let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, 0, 0, 1) };
        if let Some(refused) = refused
            && version >= 4
        {
            assert_eq!(refused, (true, true));
        }
        TcpStream::connect(address).unwrap();
    }

    #[test]
    fn a_place_that_is_not_there_is_an_error() {
        let reach = Reach::default().allow("/nobody/has/this", May::Read);
        match landlock::ruleset(&reach) {
            Err(HardenError::NoLandlock | HardenError::SwitchedOff) => eprintln!("not tested: no landlock"),
            other => {
                let error = other.err().unwrap().to_string();
                assert_eq!(error, "`/nobody/has/this` cannot be opened: No such file or directory (os error 2)");
            }
        }
    }

    /// What `restrict` does is for good, so it has a process for itself.
    #[test]
    fn all_threads_are_restricted() {
        let name = "harden::tests::on_linux::restricts_itself";
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--ignored", "--nocapture"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    #[test]
    #[ignore = "restricts the process that it is in; `all_threads_are_restricted` gives it one"]
    fn restricts_itself() {
        let scratch = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(state(), State::NotAsked);
        let lost = Reach::default().allow("/nobody/has/this", May::Read);
        assert!(restrict(&lost).is_err());
        assert!(matches!(state(), State::Not(_)));
        fs::read(elsewhere.path()).expect("a refusal changes nothing");

        let (ready, done) = (Arc::new(Barrier::new(5)), Arc::new(Barrier::new(5)));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (ready, done, path) = (ready.clone(), done.clone(), elsewhere.path().to_owned());
                thread::spawn(move || {
                    fs::read(&path).expect("nothing is restricted yet");
                    ready.wait();
                    done.wait();
                    let privileges = fs::read_to_string("/proc/thread-self/status");
                    (is_refused(fs::read(&path)), privileges)
                })
            })
            .collect();
        ready.wait();
        let reach = Reach::default().allow(scratch.path(), May::Store).allow("/proc", May::Read);
        let applied = restrict(&reach);
        done.wait();
        let threads: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        match applied {
            Err(why @ (HardenError::NoLandlock | HardenError::SwitchedOff)) => eprintln!("not tested: {why}"),
            applied => {
                let applied = applied.unwrap();
                assert_eq!(applied.missed, 0);
                assert_eq!(state(), State::Hardened(applied));
                assert!(threads.iter().all(|(refused, _)| *refused), "{threads:?}");
                let privileges = |status: &io::Result<String>| status.as_ref().unwrap().contains("NoNewPrivs:\t1");
                assert!(threads.iter().all(|(_, status)| privileges(status)), "{threads:?}");
                assert!(is_refused(fs::read(elsewhere.path())));
                assert!(thread::spawn(move || is_refused(fs::read(elsewhere.path()))).join().unwrap());
                fs::write(scratch.path().join("result"), "stored").unwrap();
                assert!(matches!(restrict(&Reach::default()), Err(HardenError::Already)));
                let limits = fs::read_to_string("/proc/self/limits").unwrap();
                let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
                assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
            }
        }
    }
}
