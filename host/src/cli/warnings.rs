//! [`shown`]: warnings from before and after an exploration, when there is no log yet or any more.

use std::{
    collections::BTreeSet,
    fmt::{self, Write as _},
    io::Write as _,
    sync::{Mutex, PoisonError},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt},
};

use crate::sandbox::one_line;

/// The longest warning, in characters: what files say is in some of them.
const LONGEST: usize = 2000;

/// Does `action`; each warning of this thread is written to standard error once, unless `quiet`.
pub(super) fn shown<T>(quiet: bool, action: impl FnOnce() -> T) -> T {
    if quiet {
        return action();
    }
    tracing::subscriber::with_default(Registry::default().with(Warnings::default()), action)
}

/// What has been said.
#[derive(Default)]
struct Warnings(Mutex<BTreeSet<String>>);

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() > Level::WARN {
            return;
        }
        let mut message = Message::default();
        event.record(&mut message);
        let Message(message) = message;
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(message.clone()) {
            // There is nobody left to tell if that fails.
            let _ = writeln!(anstream::stderr(), "warning: {}", one_line(&message, LONGEST));
        }
    }
}

/// The text of an event.
#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}
