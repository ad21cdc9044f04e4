//! Components that no Rust compiler would make, from text or byte by byte.

#[path = "../../host/src/sandbox/tests/guest.rs"]
mod guest;

use std::{fs, path::Path, time::Duration};

use guest::Guest;

use super::{
    measured::{Watch, host},
    report::Row,
    spec::{Limits, POSITION},
    stage::{Stage, stored, unescaped},
};

/// A component, and what is to become of it.
pub struct Component {
    name: &'static str,
    wasm: fn() -> Vec<u8>,
    end: End,
    limits: Limits,
    /// What it may cost beside its runs: it is read, compiled and kept.
    compiling_mib: u64,
}

/// What is to become of a component.
enum End {
    /// One run ends like this, and those beside it are good.
    OneRun(&'static [&'static str]),
    /// There are no good runs: all end like this.
    EveryRun(&'static [&'static str]),
    /// It is refused before anything is on disk, by an error with these words.
    Refused(i32, &'static str),
    /// It takes long to compile, and an interrupt ends it at once.
    Interrupted,
}

/// Text that adds what the good runs add.
const GOOD: &str = r#"(drop (call $add_real "z" (f64.const 1.5)))"#;

fn good() -> Vec<u8> {
    Guest::new(GOOD).pages(4).component()
}

/// A guest that attacks in one run by `body`, with more fields of the module.
fn beside(body: &str, fields: &str) -> Vec<u8> {
    let attack = format!("(if (i64.eq (call $v_idx) (i64.const {POSITION})) (then {body})) {GOOD}");
    Guest::new(&attack).with(fields).pages(4).component()
}

/// A guest that describes itself by `body`, with more fields of the module. The description stands at 3072.
fn describing(body: &str, fields: &str, pages: u32) -> Vec<u8> {
    let describe = format!("(func (export \"describe\") (result i32) {body} (i32.const 3072))");
    Guest::new(GOOD).described().with(&describe).with(fields).pages(pages).component()
}

fn one(name: &'static str, ends: &'static [&'static str], wasm: fn() -> Vec<u8>) -> Component {
    Component { name, wasm, end: End::OneRun(ends), limits: Limits::default(), compiling_mib: 0 }
}

fn every(name: &'static str, ends: &'static [&'static str], wasm: fn() -> Vec<u8>) -> Component {
    Component { end: End::EveryRun(ends), ..one(name, ends, wasm) }
}

fn refused(name: &'static str, code: i32, says: &'static str, wasm: fn() -> Vec<u8>) -> Component {
    Component { end: End::Refused(code, says), ..one(name, &[], wasm) }
}

fn short(component: Component) -> Component {
    Component { limits: Limits { timeout: "800ms", ..Limits::default() }, ..component }
}

/// All of them.
pub fn all() -> Vec<Component> {
    vec![
        one("name that is no UTF-8", &["trap"], || beside(r#"(drop (call $get "\ff\fe"))"#, "")),
        one("name outside of its memory", &["trap"], || {
            beside("(drop (call $get (i32.const 1000) (i32.const 2000000000)))", "")
        }),
        one("list of 4 GiB", &["trap"], || {
            let all = "(i32.const 0) (i32.const 536870911) (i64.const 536870911)";
            beside(&format!(r#"(drop (call $add_array "z" {all}))"#), "")
        }),
        one("value of a kind that does not exist", &["trap"], || {
            beside(r#"(i32.store8 (i32.const 4104) (i32.const 77)) (drop (call $add "z" (i32.const 1)))"#, "")
        }),
        one("a thousand million items", &["trap"], || beside(r#"(drop (call $add "z" (i32.const 1000000000)))"#, "")),
        short(one("table.grow for ever", &["timeout", "memory"], || {
            let grow = "(loop $l (drop (table.grow $t (ref.null func) (i32.const 1000))) (br $l))";
            beside(grow, "(table $t 1 funcref)")
        })),
        one("many memories", &["memory"], || {
            let memories: String = (1..40).map(|at| format!("(memory $m{at} 1)")).collect();
            let grow: String = (1..40).map(|at| format!("(drop (memory.grow $m{at} (i32.const 100)))")).collect();
            beside(&grow, &memories)
        }),
        one("frames of a thousand locals", &["stack"], || {
            let locals = "f64 ".repeat(1000);
            let set: String =
                (1..1000).map(|at| format!("(local.set {at} (f64.add (local.get 0) (f64.const {at})))")).collect();
            let sum: String = (1..1000).map(|at| format!("(f64.add (local.get {at})")).collect();
            let deep = format!(
                "(func $deep (param f64) (result f64) (local {locals}) {set} {sum} (call $deep (local.get 1)){})",
                ")".repeat(999)
            );
            beside("(drop (call $deep (f64.const 0)))", &deep)
        }),
        every("traps when it starts", &["trap"], || {
            Guest::new(GOOD).with("(func $s unreachable) (start $s)").component()
        }),
        short(every("loops when it starts", &["timeout"], || {
            Guest::new(GOOD).with("(func $s (loop $l (br $l))) (start $s)").component()
        })),
        every("grows when it starts", &["memory"], || {
            Guest::new(GOOD).with("(func $s (drop (memory.grow (i32.const 2000)))) (start $s)").component()
        }),
        every("begins with too much memory", &["memory"], || Guest::new(GOOD).pages(2000).component()),
        refused("traps in describe", 2, "`describe` failed", || describing("unreachable", "", 4)),
        short(refused("loops in describe", 2, "`describe` failed", || describing("(loop $l (br $l))", "", 4))),
        refused("grows in describe", 2, "`describe` failed", || {
            describing("(loop $l (drop (memory.grow (i32.const 10))) (br $l))", "", 4)
        }),
        refused("asks for its run in describe", 2, "`describe` failed", || describing("(drop (call $v_idx))", "", 4)),
        refused("describes 48 MiB", 2, "`describe` failed", || {
            describing("(i32.store (i32.const 3076) (i32.const 50331648))", "", 900)
        }),
        refused("describes 17 MiB", 2, "its description takes", || {
            describing("(i32.store (i32.const 3076) (i32.const 17825792))", "", 900)
        }),
        refused("describes a million results", 2, "`describe` failed", || {
            describing(
                "(i32.store (i32.const 3092) (i32.const 131072)) (i32.store (i32.const 3096) (i32.const 1000000))",
                "",
                900,
            )
        }),
        refused("describes 20 thousand results", 2, "it describes 20000", || {
            describing(
                "(i32.store (i32.const 3092) (i32.const 131072)) (i32.store (i32.const 3096) (i32.const 20000))",
                "",
                900,
            )
        }),
        refused("describes names that act on a terminal", 2, "its description of the result", || {
            let name = r"../\1b[2J\1b]0;owned\07\c2\9b31m\e2\80\ae\0d\0a";
            let result = format!(
                "(data (i32.const 5000) \"{name}\") (data (i32.const 5200) \"\\88\\13\\00\\00\\20\\00\\00\\00\")"
            );
            describing(
                "(i32.store (i32.const 3092) (i32.const 5200)) (i32.store (i32.const 3096) (i32.const 1))",
                &result,
                4,
            )
        }),
        refused("wants sockets", 3, "wasi:sockets", || wanting("wasi:sockets", "tcp")),
        refused("wants http", 3, "wasi:http", || wanting("wasi:http", "outgoing-handler")),
        refused("wants threads", 3, "wasi:threads", || wanting("wasi:threads", "spawn")),
        refused("wants a name that acts on a terminal", 3, "url=", || {
            wat::parse_str(r#"(component (import "url=<https://a/\1b[2J\c2\9b31m\e2\80\ae\0d\0aok>" (func)))"#)
                .expect("text of a component")
        }),
        refused("five hundred exports", 2, "and 490 more", || {
            let exports: String = (0..500).map(|at| format!("(export \"e{at}\" (instance $i))")).collect();
            wat::parse_str(format!("(component (instance $i) {exports})")).expect("text of a component")
        }),
        refused("components in components, 10,000 deep", 2, "deep in it", || nested(10_000)),
        refused("types in types, 10,000 deep", 2, "it does not compile", || deep_type(10_000)),
        refused("ten thousand instances", 2, "it does not compile", || many_instances(10_000)),
        one("nine hundred instances", &["ok"], || many_instances(900)),
        Component { compiling_mib: 400, ..one("a component of 100 MB", &["ok"], || padded(good(), 100 << 20)) },
        Component {
            compiling_mib: 300,
            ..every("40 MiB of data", &["memory"], || {
                let data = format!("(data (i32.const 131072) \"{}\")", "x".repeat(40 << 20));
                Guest::new("(drop (memory.grow (i32.const 1000)))").with(&data).pages(700).component()
            })
        },
        Component { end: End::Interrupted, compiling_mib: 1500, ..one("compiles for long", &[], slow) },
    ]
}

/// Imports an interface that has one function.
fn wanting(package: &str, interface: &str) -> Vec<u8> {
    let wit = format!("package {package}@0.2.0; interface {interface} {{ f: func(); }}");
    let import = format!("(import \"{package}/{interface}@0.2.0\" \"f\" (func $f))");
    Guest::new("(call $f)").with(&import).import(&format!("{package}/{interface}@0.2.0"), &wit).component()
}

fn leb(mut n: usize, out: &mut Vec<u8>) {
    while n > 127 {
        out.push(n as u8 | 128);
        n >>= 7;
    }
    out.push(n as u8);
}

const PREAMBLE: [u8; 8] = [0, b'a', b's', b'm', 13, 0, 1, 0];

/// Components, each the only section of the one around it.
fn nested(levels: usize) -> Vec<u8> {
    let mut inner = PREAMBLE.to_vec();
    for _ in 0..levels {
        let mut outer = PREAMBLE.to_vec();
        outer.push(4);
        leb(inner.len(), &mut outer);
        outer.extend(inner);
        inner = outer;
    }
    inner
}

/// A function that takes a list of lists of lists.
fn deep_type(levels: usize) -> Vec<u8> {
    let types: String = (1..levels).map(|at| format!("(type $t{at} (list $t{}))", at - 1)).collect();
    let last = levels - 1;
    wat::parse_str(format!("(component (type $t0 (list u8)) {types} (import \"run\" (func (param \"x\" $t{last}))))"))
        .expect("text of a component")
}

/// A job with many empty instances beside the one that works.
fn many_instances(count: usize) -> Vec<u8> {
    let mut component = good();
    let module = wat::parse_str("(module (memory 1))").expect("text of a module");
    component.push(1);
    leb(module.len(), &mut component);
    component.extend(&module);
    // The encoder gives a component three modules of its own at most; this one comes after them.
    let own = wasm_modules(&component) - 1;
    let mut section = Vec::new();
    leb(count, &mut section);
    for _ in 0..count {
        section.push(0);
        leb(own, &mut section);
        section.push(0);
    }
    component.push(2);
    leb(section.len(), &mut component);
    component.extend(section);
    component
}

/// How many core modules stand in a component: its sections with the number 1.
fn wasm_modules(component: &[u8]) -> usize {
    let (mut at, mut count) = (PREAMBLE.len(), 0);
    while at < component.len() {
        count += usize::from(component[at] == 1);
        at += 1;
        let (mut size, mut shift) = (0, 0);
        loop {
            let byte = component[at];
            at += 1;
            size |= usize::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                break;
            }
        }
        at += size;
    }
    count
}

/// A section that means nothing at the end.
fn padded(mut component: Vec<u8>, bytes: usize) -> Vec<u8> {
    component.push(0);
    leb(bytes + 2, &mut component);
    component.extend([1, b'x']);
    component.resize(component.len() + bytes, 0);
    component
}

/// Large functions of nothing but branches among thousands of blocks, with thousands of values alive.
fn slow() -> Vec<u8> {
    let blocks = 1500;
    let (open, close) = ("(block ".repeat(blocks), ")".repeat(blocks));
    let targets: String = (0..blocks).map(|at| format!("{at} ")).collect();
    let values: String = (1..400)
        .map(|at| {
            format!("(local.set {at} (i64.mul (local.get {at}) (i64.add (local.get {}) (i64.const {at}))))", at - 1)
        })
        .collect();
    let table = format!("(br_table {targets} (i32.wrap_i64 (local.get 0)))");
    let body = format!("{open} (loop $l {values} {table}) {close}");
    let functions: String = (0..60)
        .map(|at| format!("(func (export \"f{at}\") (param i64) (local {}) {})", "i64 ".repeat(400), body.repeat(4)))
        .collect();
    Guest::new(GOOD).with(&functions).component()
}

impl Component {
    /// Runs it, or tries to.
    pub fn attack(&self, stage: &Stage) -> Row {
        let slug: String = self.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let folder = stage.prepare(&slug, None, &self.limits, true, "");
        fs::write(folder.join("job.wasm"), (self.wasm)()).expect("files can be written");
        let watch = match self.end {
            End::Interrupted => Watch { interrupt: Some(Duration::from_secs(1)), ..Watch::seconds(30) },
            _ => Watch::seconds(180),
        };
        let ended = run(&folder, watch);
        let code = match self.end {
            End::OneRun(["ok"]) => Some(0),
            End::OneRun(_) | End::EveryRun(_) => Some(1),
            End::Refused(code, _) => Some(code),
            End::Interrupted => None,
        };
        let mut problems = Vec::new();
        if ended.code != code {
            let said: String = ended.said.chars().take(2000).collect();
            problems.push(format!("exit code {:?} after {:.1} s and not {code:?}:\n{said}", ended.code, ended.seconds));
        }
        let most = stage.most_mib(&self.limits) + self.compiling_mib;
        if ended.peak_mib > most {
            problems.push(format!("{} MiB of memory, where {most} are enough", ended.peak_mib));
        }
        problems.extend(unescaped(&ended.said));
        let mut caught = String::new();
        let mut files = None;
        match self.end {
            End::OneRun(_) => files = Some((stored(&folder).unwrap_or_default(), self.good(stage, &slug))),
            End::EveryRun(ends) => {
                let failed =
                    host(&folder, ["runs", "hdf5/t.hdf5", "--json"], &folder.join("cache"), Watch::seconds(180));
                let runs: Vec<serde_json::Value> = serde_json::from_str(&failed.said).unwrap_or_default();
                let statuses: Vec<&str> = runs.iter().map(|run| run["status"].as_str().expect("text")).collect();
                if statuses.len() != super::spec::RUNS || !statuses.iter().all(|status| ends.contains(status)) {
                    problems.push(format!("ended as {statuses:?} and not as {ends:?}: {}", ended.said));
                }
                caught = format!("every run: {}", statuses.first().unwrap_or(&"none"));
            }
            End::Refused(_, says) => {
                let message = ended.said.lines().find(|line| line.contains("error")).unwrap_or_default();
                if !ended.said.contains(says) || ended.said.len() > 4000 {
                    problems.push(format!("says in {} bytes: {}", ended.said.len(), ended.said));
                }
                if folder.join("hdf5").exists() {
                    problems.push("something is on disk".into());
                }
                let message = message.rsplit("job.wasm: ").next().unwrap_or_default();
                caught = format!("refused: {}", message.chars().take(90).collect::<String>());
            }
            End::Interrupted => {
                // Far less than compiling takes; a busy machine takes its time to end a process.
                if ended.seconds < 1.0 || ended.seconds > 15.0 {
                    problems.push(format!("ended after {:.1} s, and the interrupt came after 1 s", ended.seconds));
                }
                caught = "Ctrl-C while it compiles".into();
            }
        }
        let ends = match self.end {
            End::OneRun(ends) => ends,
            _ => &[],
        };
        let (peak_mib, seconds) = (ended.peak_mib, ended.seconds);
        Row { name: self.name.into(), caught, peak_mib, seconds, equal: None, files, repeatable: true, ends, problems }
    }

    /// A file of the same runs without an attack.
    fn good(&self, stage: &Stage, slug: &str) -> std::path::PathBuf {
        let folder = stage.prepare(&format!("{slug}_good"), None, &self.limits, true, "");
        fs::write(folder.join("job.wasm"), good()).expect("files can be written");
        let ended = run(&folder, Watch::seconds(180));
        assert_eq!(ended.code, Some(0), "{}", ended.said);
        stored(&folder).expect("a file")
    }
}

fn run(folder: &Path, watch: Watch) -> super::measured::Measured {
    host(folder, ["run", "job.wasm", "--spec", "exp.toml"], &folder.join("cache"), watch)
}
