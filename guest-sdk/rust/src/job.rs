//! The way into a job and out of it: errors become one readable text.

use alloc::{
    boxed::Box,
    string::{String, ToString},
    vec::Vec,
};
use core::error::Error;

use crate::SingleRun;
use crate::value::{NamedValue, Value};

/// Why a run failed.
///
/// `?` turns every [`std::error::Error`] into it, the errors of this crate and those of any other, as well as
/// `String` and `&str`: `Err("the integration diverged")?` and `return Err(format!("…").into())` both work.
pub type JobError = Box<dyn Error>;

/// Runs `job` with a [`SingleRun`] made of `args` and `kwargs`; [`job!`](crate::job) calls it.
#[doc(hidden)]
pub fn enter<E: Into<JobError>>(
    job: fn(&mut SingleRun) -> Result<(), E>,
    args: Vec<Value>,
    kwargs: Vec<NamedValue>,
) -> Result<(), String> {
    #[cfg(feature = "std")]
    crate::panicking::tell_before_the_trap();
    job(&mut SingleRun::new(args, kwargs)).map_err(|error| readable(&*error.into()))
}

/// The error and its causes in one line, without the causes that the message already tells.
pub(crate) fn readable(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use core::fmt;

    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    #[test]
    fn causes_are_told_once() {
        let error = Layer("no table", Some(Box::new(Layer("no file", Some(Box::new(Layer("no table", None)))))));
        assert_eq!(readable(&error), "no table: no file");
    }

    #[test]
    fn texts_and_foreign_errors_are_job_errors() {
        fn fails(how: u8) -> Result<(), JobError> {
            match how {
                0 => Err("a text")?,
                1 => Err(String::from("a string"))?,
                _ => drop("x".parse::<f64>()?),
            }
            Ok(())
        }
        let said = |how| readable(&*fails(how).expect_err("every case fails"));
        assert_eq!([said(0), said(1), said(2)], ["a text", "a string", "invalid float literal"]);
    }
}
