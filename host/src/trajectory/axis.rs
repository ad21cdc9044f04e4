//! [`Axis`]: the values that one parameter takes, computed when asked for.
//!
//! A million points need no memory for their values: ranges and spacings are kept as formulas.
//! They give the very numbers that NumPy gives for the same arguments.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::value::Value;

/// The values of one explored parameter: at least one, all of the same type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Values")]
pub struct Axis(Values);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Values {
    List(Vec<Value>),
    /// A list of integers, without the room that a [`Value`] takes.
    Ints(Vec<i64>),
    /// A list of reals, likewise.
    Floats(Vec<f64>),
    Integers {
        start: i64,
        step: i64,
        len: u64,
    },
    Reals {
        start: f64,
        step: f64,
        len: u64,
        last: Option<f64>,
    },
    Powers {
        start: f64,
        step: f64,
        len: u64,
        last: f64,
    },
    /// `exponent + index * step` are the decimal logarithms; both ends are kept as they were given.
    Geometric {
        first: f64,
        last: f64,
        exponent: f64,
        step: f64,
        len: u64,
    },
}

/// Why there is no such axis.
#[derive(Clone, Debug, PartialEq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum AxisError {
    #[error("the axis has no values; give at least one")]
    Empty,
    #[error("value {index} is {got} but value 0 is {first}; all values of an axis need one type")]
    MixedTypes { index: usize, got: String, first: String },
    #[error("`{what}` is {value}; axes need finite numbers")]
    NotFinite { what: &'static str, value: f64 },
    #[error("the step is 0, so the range would never end")]
    ZeroStep,
    #[error("the axis would have {length:e} values; at most 100 million runs have names")]
    TooLong { length: f64 },
    #[error("`{what}` is {value}; a logarithm needs numbers above 0")]
    NotPositive { what: &'static str, value: f64 },
    #[error("{kind} values cannot be explored; use numbers, text, truth values, lists or arrays")]
    Unexplorable { kind: &'static str },
}

/// More values than there can be runs.
const MAX_LENGTH: u64 = super::points::MAX_RUNS;
/// Of axes with more values than these, not every value is looked at before the first run.
const SCANNED: u64 = 4096;

impl Axis {
    /// Values that were read back: at least one, of one type, finite where they are computed.
    pub(super) fn checked(values: Values) -> Result<Self, AxisError> {
        match &values {
            Values::List(list) => return Self::list(list.clone()),
            Values::Ints(_) | Values::Floats(_) => {}
            Values::Integers { start, step, len } => {
                let last = i128::from(*start) + i128::from(*step) * i128::from(len.saturating_sub(1));
                if i64::try_from(last).is_err() {
                    return Err(AxisError::TooLong { length: *len as f64 });
                }
            }
            Values::Reals { start, step, .. } | Values::Powers { start, step, .. } => {
                finite(&[("start", *start), ("step", *step)])?;
            }
            Values::Geometric { exponent, step, .. } => finite(&[("exponent", *exponent), ("step", *step)])?,
        }
        let axis = Self(values);
        check_length(axis.len() as f64)?;
        Ok(axis)
    }

    /// The values as they stand.
    pub fn list(values: Vec<Value>) -> Result<Self, AxisError> {
        let first = values.first().ok_or(AxisError::Empty)?;
        if let Value::None | Value::Table(_) | Value::Dict(_) = first {
            return Err(AxisError::Unexplorable { kind: first.type_name() });
        }
        if let Some((index, odd)) = values.iter().enumerate().find(|(_, value)| !first.same_type(value)) {
            let describe = |value: &Value| format!("{} ({})", value.repr(24), value.type_name());
            return Err(AxisError::MixedTypes { index, got: describe(odd), first: describe(first) });
        }
        check_length(values.len() as f64)?;
        Ok(Self(compact(values)))
    }

    /// Integers from `start` to before `stop`, like Python's `range`.
    pub fn integers(start: i64, stop: i64, step: i64) -> Result<Self, AxisError> {
        if step == 0 {
            return Err(AxisError::ZeroStep);
        }
        let distance = i128::from(stop) - i128::from(start);
        let step_wide = i128::from(step);
        let len =
            if (distance > 0) == (step > 0) { (distance.abs() + step_wide.abs() - 1) / step_wide.abs() } else { 0 };
        check_length(len as f64)?;
        Ok(Self(Values::Integers { start, step, len: len as u64 }))
    }

    /// Reals from `start` to before `stop`, like NumPy's `arange`.
    pub fn reals(start: f64, stop: f64, step: f64) -> Result<Self, AxisError> {
        finite(&[("start", start), ("stop", stop), ("step", step)])?;
        if step == 0.0 {
            return Err(AxisError::ZeroStep);
        }
        let len = ((stop - start) / step).ceil().max(0.0);
        check_length(len)?;
        Ok(Self(Values::Reals { start, step, len: len as u64, last: None }))
    }

    /// `count` reals from `start` to `stop`, both included, like NumPy's `linspace`.
    pub fn linspace(start: f64, stop: f64, count: u64) -> Result<Self, AxisError> {
        finite(&[("start", start), ("stop", stop)])?;
        check_length(count as f64)?;
        let step = spacing(start, stop, count);
        finite(&[("stop - start", step)])?;
        Ok(Self(Values::Reals { start, step, len: count, last: (count > 1).then_some(stop) }))
    }

    /// `count` reals from 10^`start` to 10^`stop`, evenly spaced in their logarithm, like NumPy's `logspace`.
    ///
    /// The powers are computed in portable software arithmetic, so that they are the same on every machine.
    pub fn logspace(start: f64, stop: f64, count: u64) -> Result<Self, AxisError> {
        finite(&[("start", start), ("stop", stop)])?;
        check_length(count as f64)?;
        finite(&[("10^start", libm::pow(10.0, start)), ("10^stop", libm::pow(10.0, stop))])?;
        Ok(Self(Values::Powers { start, step: spacing(start, stop, count), len: count, last: stop }))
    }

    /// `count` reals from `start` to `stop`, both included, evenly spaced in their logarithm, like
    /// NumPy's `geomspace` for positive ends.
    pub fn geomspace(start: f64, stop: f64, count: u64) -> Result<Self, AxisError> {
        finite(&[("start", start), ("stop", stop)])?;
        check_length(count as f64)?;
        for (what, value) in [("start", start), ("stop", stop)] {
            if value <= 0.0 {
                return Err(AxisError::NotPositive { what, value });
            }
        }
        let (exponent, end) = (decimal_logarithm(start), decimal_logarithm(stop));
        Ok(Self(Values::Geometric {
            first: start,
            last: stop,
            exponent,
            step: spacing(exponent, end, count),
            len: count,
        }))
    }

    /// The number of values, at least 1.
    pub fn len(&self) -> u64 {
        match &self.0 {
            Values::List(values) => values.len() as u64,
            Values::Ints(values) => values.len() as u64,
            Values::Floats(values) => values.len() as u64,
            Values::Integers { len, .. }
            | Values::Reals { len, .. }
            | Values::Powers { len, .. }
            | Values::Geometric { len, .. } => *len,
        }
    }

    /// Always false: an axis has at least one value.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The value at `index`, which is below [`Axis::len`].
    pub fn at(&self, index: u64) -> Value {
        match &self.0 {
            Values::List(values) => values[index as usize].clone(),
            Values::Ints(values) => Value::Int(values[index as usize]),
            Values::Floats(values) => Value::Float(values[index as usize]),
            Values::Integers { start, step, .. } => Value::Int(start + step * index as i64),
            Values::Reals { start, step, len, last } => Value::Float(match last {
                Some(last) if index + 1 == *len => *last,
                _ => index as f64 * step + start,
            }),
            Values::Powers { start, step, len, last } => {
                let exponent = if index + 1 == *len && *len > 1 { *last } else { index as f64 * step + start };
                Value::Float(power_of_ten(exponent))
            }
            Values::Geometric { first, last, exponent, step, len } => Value::Float(match index {
                0 => *first,
                index if index + 1 == *len => *last,
                index => power_of_ten(index as f64 * step + exponent),
            }),
        }
    }

    /// The values in their order.
    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        (0..self.len()).map(|index| self.at(index))
    }

    /// The same axis with its integers as reals; `None` if they are something else, or an integer
    /// has no exact double.
    pub fn widened(&self) -> Option<Self> {
        match &self.0 {
            Values::List(_) => None,
            Values::Ints(values) => {
                Some(Self(Values::Floats(values.iter().map(|&i| exact_double(i)).collect::<Option<_>>()?)))
            }
            Values::Integers { start, step, len } => {
                let last = start + step * (*len as i64 - 1);
                exact_double(last)?;
                Some(Self(Values::Reals {
                    start: exact_double(*start)?,
                    step: exact_double(*step)?,
                    len: *len,
                    last: None,
                }))
            }
            Values::Floats(_) | Values::Reals { .. } | Values::Powers { .. } | Values::Geometric { .. } => {
                Some(self.clone())
            }
        }
    }

    /// At least the bytes of the longest [`Value::repr`] of its values, cut at `max` characters; exact for short axes.
    pub(super) fn widest_repr(&self, max: usize) -> usize {
        if self.len() <= SCANNED {
            return self.values().map(|value| value.repr(max).len()).max().unwrap_or(0);
        }
        match self.at(0) {
            Value::Bool(_) => "False".len(),
            Value::Int(_) => "-9223372036854775808".len(),
            Value::Float(_) => "-2.2250738585072014e-308".len(),
            _ => max * char::MAX.len_utf8(),
        }
    }

    /// A few words for people: `0.0 … 1.0 (21 values)`, or the values themselves when they are few.
    pub fn summary(&self) -> String {
        let n = self.len();
        if n <= 6 {
            return self.values().map(|value| value.repr(24)).collect::<Vec<_>>().join(", ");
        }
        format!("{}, {} … {}", self.at(0).repr(24), self.at(1).repr(24), self.at(n - 1).repr(24))
    }
}

/// Values of one type, with integers and reals in the least room.
fn compact(values: Vec<Value>) -> Values {
    let int = |value: &Value| if let Value::Int(i) = value { Some(*i) } else { None };
    let float = |value: &Value| if let Value::Float(x) = value { Some(*x) } else { None };
    match values.first() {
        Some(Value::Int(_)) => Values::Ints(values.iter().filter_map(int).collect()),
        Some(Value::Float(_)) => Values::Floats(values.iter().filter_map(float).collect()),
        _ => Values::List(values),
    }
}

/// The double that equals `i`, if there is one.
pub fn exact_double(i: i64) -> Option<f64> {
    let x = i as f64;
    // 2^63 is no i64, and casting back would saturate.
    (x < 9_223_372_036_854_775_808.0 && x as i64 == i).then_some(x)
}

fn spacing(start: f64, stop: f64, count: u64) -> f64 {
    if count > 1 { (stop - start) / (count - 1) as f64 } else { 0.0 }
}

/// The logarithm, whole where `x` is a power of ten.
fn decimal_logarithm(x: f64) -> f64 {
    let logarithm = libm::log10(x);
    let whole = logarithm.round();
    if power_of_ten(whole) == x { whole } else { logarithm }
}

/// 10^`exponent`. Whole powers come from the reader of decimal numbers, which is right to the last
/// bit; the software power is off by one bit at 1e-11, for example.
fn power_of_ten(exponent: f64) -> f64 {
    if exponent.fract() == 0.0 && exponent.abs() <= 308.0 {
        return format!("1e{exponent}").parse().expect("a decimal number");
    }
    libm::pow(10.0, exponent)
}

fn finite(numbers: &[(&'static str, f64)]) -> Result<(), AxisError> {
    match numbers.iter().find(|(_, value)| !value.is_finite()) {
        Some(&(what, value)) => Err(AxisError::NotFinite { what, value }),
        None => Ok(()),
    }
}

fn check_length(length: f64) -> Result<(), AxisError> {
    if length < 1.0 {
        Err(AxisError::Empty)
    } else if length > MAX_LENGTH as f64 {
        Err(AxisError::TooLong { length })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn floats(axis: &Axis) -> Vec<f64> {
        axis.values()
            .map(|value| match value {
                Value::Float(x) => x,
                other => panic!("{other:?} is not a real"),
            })
            .collect()
    }

    #[test]
    fn numpys_numbers() {
        // The expected digits were printed by NumPy 2.4.
        assert_eq!(
            floats(&Axis::linspace(0.0, 1.0, 4).unwrap()),
            [0.0, 0.333_333_333_333_333_3, 0.666_666_666_666_666_6, 1.0]
        );
        assert_eq!(floats(&Axis::logspace(0.0, 2.0, 3).unwrap()), [1.0, 10.0, 100.0]);
        assert_eq!(floats(&Axis::logspace(-12.0, -10.0, 3).unwrap()), [1e-12, 1e-11, 1e-10]);
        assert_eq!(floats(&Axis::geomspace(1e-12, 1e-9, 4).unwrap()), [1e-12, 1e-11, 1e-10, 1e-9]);
        assert_eq!(floats(&Axis::geomspace(3.0, 3.0, 1).unwrap()), [3.0]);
        assert_eq!(floats(&Axis::reals(0.0, 0.3, 0.1).unwrap()), [0.0, 0.1, 0.2]);
        assert_eq!(floats(&Axis::linspace(2.0, 5.0, 1).unwrap()), [2.0]);
    }

    #[test]
    fn refusals() {
        let messages = [
            Axis::list(vec![]).unwrap_err(),
            Axis::list(vec![Value::Int(1), Value::Float(2.0)]).unwrap_err(),
            Axis::list(vec![Value::None]).unwrap_err(),
            Axis::integers(0, 10, 0).unwrap_err(),
            Axis::integers(0, 10, -1).unwrap_err(),
            Axis::integers(i64::MIN, i64::MAX, 1).unwrap_err(),
            Axis::reals(0.0, f64::INFINITY, 1.0).unwrap_err(),
            Axis::linspace(f64::NAN, 1.0, 3).unwrap_err(),
            Axis::linspace(-1e308, 1.7e308, 3).unwrap_err(),
            Axis::linspace(0.0, 1.0, 1_000_000_000_000).unwrap_err(),
            Axis::logspace(0.0, 400.0, 3).unwrap_err(),
            Axis::geomspace(0.0, 1.0, 3).unwrap_err(),
        ];
        insta::assert_snapshot!(messages.map(|error| error.to_string()).join("\n"));
    }

    proptest! {
        #[test]
        fn integers_are_pythons_range(start in -1000i64..1000, stop in -1000i64..1000, step in -20i64..20) {
            let mut expected = vec![];
            let mut i = start;
            while step != 0 && (if step > 0 { i < stop } else { i > stop }) {
                expected.push(Value::Int(i));
                i += step;
            }
            match Axis::integers(start, stop, step) {
                Ok(axis) => prop_assert_eq!(axis.values().collect::<Vec<_>>(), expected),
                Err(AxisError::ZeroStep) => prop_assert_eq!(step, 0),
                Err(_) => prop_assert!(expected.is_empty()),
            }
        }

        #[test]
        fn spacings_keep_their_ends(a in -1e6f64..1e6, b in -1e6f64..1e6, n in 2u64..50) {
            let axis = Axis::linspace(a, b, n).unwrap();
            prop_assert_eq!(axis.len(), n);
            prop_assert_eq!(axis.at(0), Value::Float(a));
            prop_assert_eq!(axis.at(n - 1), Value::Float(b));
        }

        #[test]
        fn widening_keeps_every_value(start in any::<i64>(), step in 1i64..1000, n in 1i64..50) {
            let axis = Axis::list((0..n).filter_map(|i| start.checked_add(step * i)).map(Value::Int).collect()).unwrap();
            if let Some(wide) = axis.widened() {
                for (narrow, wide) in axis.values().zip(wide.values()) {
                    let (Value::Int(i), Value::Float(x)) = (narrow, wide) else { panic!("types") };
                    prop_assert_eq!(x as i128, i128::from(i));
                }
            }
        }
    }
}
