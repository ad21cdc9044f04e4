//! [`ClassWorker`]: calls of one class, each in an instance of its own; what it returns is checked here.

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use wasmtime::{Engine, Store};

use super::{
    Class, ClassKind, ClassRefusal, Classes, Watch, WorkerError,
    class_error::ClassFault,
    contract::{CustomClass, CustomClassPre, class_description, convert, types},
    failure,
    limiter::GuestLimiter,
    log::{RunLog, one_line},
    run_state::{Budget, Deadline, RunState},
    ticker,
    wasi::{WasiPart, WasiState},
    worker::limited,
};
use crate::trajectory::{Contribution, NodePath, RunFailure, Value, class_items};

/// One region in use, one that waits to be reset.
const BATCH: u32 = 1;
/// The longest text of a class in a message or a table, in characters.
const LONGEST: usize = 500;
/// The most of a value in a message, in characters.
const SHOWN: usize = 60;

/// Named values, with names that were checked.
pub(super) type Items = Vec<(NodePath, Value)>;

/// A class with an engine of its own, ready to be called.
pub(super) struct ClassWorker {
    class: Class,
    engine: Engine,
    pre: CustomClassPre<RunState>,
}

/// On whose account a class is called.
#[derive(Clone)]
pub(super) struct Account {
    /// Until when; `None` gives every call the time of a run.
    pub deadline: Option<Deadline>,
    pub log: Arc<RunLog>,
    pub watch: Arc<dyn Watch>,
}

/// What a class has made of values.
pub(super) struct Kept {
    pub items: Items,
    /// The values in a few words.
    pub summary: String,
}

impl Account {
    /// That of nobody's run.
    pub fn own(class: &Class) -> Self {
        let log = Arc::new(RunLog::new(None, class.0.settings.limits.log));
        Self { deadline: None, log, watch: Arc::new(()) }
    }
}

impl ClassWorker {
    /// Makes an engine for `class`.
    pub fn new(class: &Class) -> Result<Self, WorkerError> {
        let loaded = &class.0;
        let open = |config| -> wasmtime::Result<_> {
            let engine = Engine::new(&config)?;
            let component = loaded.code.component(&engine)?;
            let pre = CustomClassPre::new(loaded.linker(&engine)?.instantiate_pre(&component)?)?;
            Ok((engine, pre))
        };
        let opened = open(loaded.settings.pooled(loaded.needs, BATCH)).or_else(|_| open(loaded.settings.config()));
        let (engine, pre) = opened.map_err(|error| WorkerError::Engine { message: format!("{error:#}") })?;
        if loaded.settings.limits.timeout.is_some() {
            ticker::register(&engine).map_err(WorkerError::Ticker)?;
        }
        Ok(Self { class: class.clone(), engine, pre })
    }

    /// Asks the class to describe itself.
    pub fn describe(&self) -> Result<class_description::ClassAbout, RunFailure> {
        self.call(&Account::own(&self.class), |class, store| class.call_describe(store))
    }

    /// Stores the values of `node`, and checks that they come back.
    pub fn keep(&self, node: &str, values: &[(NodePath, Value)], account: &Account) -> Result<Kept, ClassRefusal> {
        let class = self.class.name();
        self.kept(values, account).map_err(|why| ClassRefusal {
            class: class.to_owned(),
            node: node.to_owned(),
            why: Box::new(why),
        })
    }

    fn kept(&self, values: &[(NodePath, Value)], account: &Account) -> Result<Kept, ClassFault> {
        let function = "store-values";
        let stored = self.call(account, |class, store| class.call_store_values(store, &to_guest(values)));
        let items = checked(function, stored)?;
        let back = self.load(&items, account)?;
        if Contribution::of_items(values) != Contribution::of_items(&back) {
            return Err(difference(values, &back));
        }
        let function = "value-to-str";
        let text = self.call(account, |class, store| class.call_value_to_str(store, &to_guest(values)));
        let text = text.map_err(|failure| ClassFault::Failed { function, failure })?;
        let text = text.map_err(|text| ClassFault::Returned { function, text: one_line(&text, LONGEST) })?;
        Ok(Kept { items, summary: one_line(&text, LONGEST) })
    }

    /// The values that were stored as `items`.
    pub fn load(&self, items: &[(NodePath, Value)], account: &Account) -> Result<Items, ClassFault> {
        checked("load-values", self.call(account, |class, store| class.call_load_values(store, &to_guest(items))))
    }

    /// Calls a function in a fresh instance.
    fn call<T>(
        &self,
        account: &Account,
        function: impl FnOnce(&CustomClass, &mut Store<RunState>) -> wasmtime::Result<T>,
    ) -> Result<T, RunFailure> {
        let loaded = &self.class.0;
        let limits = &loaded.settings.limits;
        let mut state = RunState {
            limiter: GuestLimiter::new(limits.memory, loaded.needs.table_elements()),
            deadline: account.deadline.unwrap_or_else(|| Deadline::new(Instant::now(), limits.timeout)),
            budget: Budget::new(limits),
            log: Arc::clone(&account.log),
            panic: None,
            watch: Arc::clone(&account.watch),
            progress: None,
            ticks: ticker::ticks(),
            called: None,
            wasi: WasiPart::None,
            classes: ClassWorkers::default(),
            attachment: Arc::default(),
            run: None,
        };
        if loaded.uses_wasi {
            // The same for every call: what a class makes depends on nothing but its values.
            let wasi = WasiState::new(&loaded.grants, limits, None, Arc::clone(&account.log), None);
            state.wasi = WasiPart::Ready(Box::new(wasi.map_err(|why| RunFailure::Host(why.to_string()))?));
        }
        let mut store = limited(&self.engine, state, limits);
        let called = self.pre.instantiate(&mut store).and_then(|class| function(&class, &mut store));
        let called = called.map_err(|error| failure::ended(&error, store.data(), limits));
        store.data().log.finish();
        called
    }
}

fn to_guest(items: &[(NodePath, Value)]) -> Vec<types::NamedValue> {
    let named = |(name, value): &(NodePath, Value)| types::NamedValue {
        name: name.to_string(),
        value: convert::to_guest(value.clone()),
    };
    items.iter().map(named).collect()
}

/// The items that `function` returned, if they can be stored.
fn checked(
    function: &'static str,
    called: Result<Result<Vec<types::NamedValue>, String>, RunFailure>,
) -> Result<Items, ClassFault> {
    let returned = called.map_err(|failure| ClassFault::Failed { function, failure })?;
    let items = returned.map_err(|text| ClassFault::Returned { function, text: one_line(&text, LONGEST) })?;
    let value = |item: types::NamedValue| Ok((item.name, convert::from_guest(item.value)?));
    let items = items.into_iter().map(value).collect::<Result<Vec<_>, _>>();
    let items = items.map_err(|source| ClassFault::Value { function, source })?;
    class_items(items).map_err(|source| ClassFault::Items { function, source })
}

/// The first item that did not come back as it was.
fn difference(values: &[(NodePath, Value)], back: &[(NodePath, Value)]) -> ClassFault {
    let same =
        |a: &(NodePath, Value), b: &(NodePath, Value)| Contribution::of(&a.0, &a.1) == Contribution::of(&b.0, &b.1);
    let missing = values.iter().find(|given| !back.iter().any(|got| same(given, got)));
    let added = back.iter().find(|got| !values.iter().any(|given| given.0 == got.0));
    let item = missing.or(added).map_or_else(|| "data".to_owned(), |(name, _)| name.to_string());
    let word = |items: &[(NodePath, Value)]| match items.iter().find(|(name, _)| name.as_str() == item) {
        Some((_, value)) => format!("{} ({})", value.repr(SHOWN), value.type_name()),
        None => "nothing".to_owned(),
    };
    ClassFault::Differs { given: word(values), got: word(back), item }
}

/// The classes that results of runs on one thread can be stored as; each is opened when it is first used.
#[derive(Clone, Default)]
pub(super) struct ClassWorkers(Option<Arc<Vec<Opened>>>);

struct Opened {
    class: Class,
    worker: OnceLock<Result<ClassWorker, String>>,
}

/// Why a run cannot store something as a class.
pub(super) enum NotKept {
    /// There is no such class.
    Unknown(String),
    /// The class does not keep it.
    Refused(String),
    /// The run ends by this.
    Ended(RunFailure),
}

impl ClassWorkers {
    pub fn new(classes: &Classes) -> Self {
        let opened = |class: &Class| Opened { class: class.clone(), worker: OnceLock::new() };
        let all: Vec<Opened> = classes.iter().map(opened).collect();
        Self(if all.is_empty() { None } else { Some(Arc::new(all)) })
    }

    /// Stores the values of `node` of a run as `name`.
    pub fn keep(
        &self,
        name: &str,
        kind: ClassKind,
        node: &str,
        values: &[(NodePath, Value)],
        account: &Account,
    ) -> Result<Kept, NotKept> {
        let all = || self.0.iter().flat_map(|all| all.iter());
        let known = || -> Vec<String> {
            all().filter(|other| other.class.kind() == kind).map(|other| other.class.name().to_owned()).collect()
        };
        let Some(opened) = all().find(|opened| opened.class.name() == name) else {
            let name = one_line(name, SHOWN);
            return Err(NotKept::Unknown(format!(
                "there is no class `{name}`; {}",
                super::class_error::known_classes(&known())
            )));
        };
        if opened.class.kind() != kind {
            return Err(NotKept::Refused(format!(
                "the class `{name}` keeps {}, and `{node}` is none of them",
                opened.class.kind().name()
            )));
        }
        let worker = opened.worker.get_or_init(|| ClassWorker::new(&opened.class).map_err(|error| error.to_string()));
        let worker = worker.as_ref().map_err(|why| NotKept::Ended(RunFailure::Host(why.clone())))?;
        worker.keep(node, values, account).map_err(|refusal| match *refusal.why {
            ClassFault::Failed { failure: RunFailure::Abandoned, .. } => NotKept::Ended(RunFailure::Abandoned),
            _ => NotKept::Refused(refusal.to_string()),
        })
    }
}
