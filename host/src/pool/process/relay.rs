//! Log lines from the process of a run: caught there, sent, and said again here as if they had been said here.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    io::Write,
    sync::{Mutex, OnceLock, PoisonError},
};

use serde::{Deserialize, Serialize};
use tracing::{
    Event, Level, Metadata, Subscriber, Value,
    callsite::{Callsite, Identifier},
    field::{Field, FieldSet, Visit},
    level_filters::LevelFilter,
    metadata::Kind,
    span,
    subscriber::Interest,
};

use super::frame::{Reply, write_reply};

/// One event of `tracing`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    level: u8,
    target: String,
    message: String,
    /// The field `run`, if it has one.
    run: Option<String>,
}

/// A level as a number, the finest one highest.
pub(super) fn number(level: Level) -> u8 {
    LEVELS.iter().position(|known| *known == level).unwrap_or_default() as u8
}

/// The level of a number; the finest one for those that are none.
pub(super) fn level(number: u8) -> Level {
    LEVELS.get(usize::from(number)).copied().unwrap_or(Level::TRACE)
}

const LEVELS: [Level; 5] = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];

/// Sends every event up to a level to whoever supervises this process.
pub(super) struct Sender<W> {
    to: W,
    level: LevelFilter,
}

impl<W> Sender<W> {
    pub(super) fn new(to: W, level: LevelFilter) -> Self {
        Self { to, level }
    }
}

impl<W> Subscriber for Sender<W>
where
    W: Fn(&Reply) + Send + Sync + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        !metadata.is_span() && *metadata.level() <= self.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut said = Said::default();
        event.record(&mut said);
        (self.to)(&Reply::Line(Line {
            level: number(*metadata.level()),
            target: metadata.target().to_owned(),
            message: said.message + &said.others,
            run: said.run,
        }));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// The fields of an event.
#[derive(Default)]
struct Said {
    message: String,
    run: Option<String>,
    others: String,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "run" => self.run = Some(format!("{value:?}")),
            name => {
                let _ = write!(self.others, " {name}={value:?}");
            }
        }
    }
}

/// A function that writes replies to `to`; what cannot be written has nobody to read it.
pub(super) fn writer<W: Write + Send>(to: W) -> impl Fn(&Reply) + Send + Sync {
    let to = Mutex::new(to);
    move |reply| {
        let mut to = to.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = write_reply(&mut *to, reply);
    }
}

/// Places that are remembered; only a process gone mad has more.
const MOST_PLACES: usize = 1000;

/// Says `line` in this thread, with its level and target.
pub(super) fn say(line: &Line) {
    let metadata = place(line.level, &line.target);
    tracing::dispatcher::get_default(|dispatch| {
        if !dispatch.enabled(metadata) {
            return;
        }
        let fields = metadata.fields();
        let (Some(message), Some(run)) = (fields.field("message"), fields.field("run")) else { return };
        let text = tracing::field::display(&line.message);
        let name = line.run.as_ref().map(tracing::field::display);
        let values: [(&Field, Option<&dyn Value>); 2] =
            [(&message, Some(&text)), (&run, name.as_ref().map(|name| name as &dyn Value))];
        dispatch.event(&Event::new(metadata, &fields.value_set(&values)));
    });
}

/// A place in the source from which lines come.
struct Place(OnceLock<Metadata<'static>>);

impl Callsite for Place {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.0.get().expect("it is set as soon as the place is made")
    }
}

/// The place with this level and target. `tracing` wants places to last for ever, so each is made only once.
fn place(number: u8, target: &str) -> &'static Metadata<'static> {
    static PLACES: Mutex<BTreeMap<(u8, String), &'static Metadata<'static>>> = Mutex::new(BTreeMap::new());
    let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
    let target = if places.len() < MOST_PLACES { target } else { "process" };
    if let Some(known) = places.get(&(number, target.to_owned())) {
        return known;
    }
    let place: &'static Place = Box::leak(Box::new(Place(OnceLock::new())));
    let fields = FieldSet::new(&["message", "run"], Identifier(place));
    let name: &'static str = target.to_owned().leak();
    let metadata = Metadata::new("event", name, level(number), None, None, None, fields, Kind::EVENT);
    let metadata = place.0.get_or_init(|| metadata);
    places.insert((number, target.to_owned()), metadata);
    metadata
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Arc};

    use tracing_subscriber::EnvFilter;

    use super::*;

    /// What `action` logs under `filter`, without times.
    fn logged(filter: &str, action: impl FnOnce()) -> String {
        #[derive(Clone, Default)]
        struct Sink(Arc<Mutex<Vec<u8>>>);
        impl io::Write for Sink {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let sink = Sink::default();
        let writer = sink.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .without_time()
            .with_env_filter(EnvFilter::new(filter))
            .finish();
        tracing::subscriber::with_default(subscriber, action);
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn events() {
        tracing::debug!(target: "job", run = %"run_00000007", "a {}", "line");
        tracing::info!(target: "job", run = %"run_00000007", "{}", "{not a format} ü");
        tracing::warn!("the pool is {}", "small");
        tracing::error!(target: "elsewhere", "bad");
        tracing::trace!("never sent");
    }

    #[test]
    fn lines_are_said_again_as_they_were_said() {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let collected = Arc::clone(&sent);
        let sender = Sender::new(
            move |reply: &Reply| match reply {
                Reply::Line(line) => collected.lock().unwrap().push(line.clone()),
                other => panic!("no line: {other:?}"),
            },
            LevelFilter::DEBUG,
        );
        tracing::subscriber::with_default(sender, events);
        let sent = sent.lock().unwrap().clone();
        assert_eq!(sent.len(), 4, "{sent:?}");
        for filter in ["trace", "info", "off", "job=debug", "warn,elsewhere=off", "host::pool=info"] {
            let direct = logged(filter, events).replace("TRACE host::pool::process::relay::tests: never sent\n", "");
            let again = logged(filter, || sent.iter().for_each(say));
            assert_eq!(again, direct, "{filter}");
        }
        assert!(logged("debug", || sent.iter().for_each(say)).contains("INFO job: {not a format} ü run=run_00000007"));
    }

    #[test]
    fn levels_have_numbers() {
        for known in LEVELS {
            assert_eq!(level(number(known)), known);
        }
        assert_eq!(level(200), Level::TRACE);
    }
}
