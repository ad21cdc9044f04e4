//! How values are written as text: as Python's `repr` writes them, so that tables read like pypet's.

use std::fmt::{self, Write};

use super::{
    harmless::deceives,
    sparse::{Sparse, Structure},
    value::{Array, ArrayData, Complex, Sequence, Value},
};

impl Value {
    /// The value as Python would write it, cut at `max` characters with `...` (pypet's overview columns).
    pub fn repr(&self, max: usize) -> String {
        let mut out = Cut { text: String::new(), max };
        // An error means that the cut was reached, and there is nothing left to write.
        let _ = self.write_repr(&mut out);
        out.finish()
    }

    fn write_repr(&self, out: &mut Cut) -> fmt::Result {
        match self {
            Self::None => out.write_str("None"),
            Self::Bool(b) => out.write_str(python_bool(*b)),
            Self::Int(i) => write!(out, "{i}"),
            Self::Float(x) => out.write_str(&python_float(*x)),
            Self::Complex(c) => out.write_str(&python_complex(*c)),
            Self::Text(s) => out.write_str(&python_text(s)),
            Self::Bytes(b) => write!(out, "b'{}'", b.escape_ascii()),
            Self::Array(a) => {
                out.write_str("array(")?;
                a.write_elements(out)?;
                write!(out, ", shape={:?}, dtype={})", a.shape(), a.data().dtype())
            }
            Self::List(s) => {
                out.write_char('[')?;
                s.write_elements(out)?;
                out.write_char(']')
            }
            Self::Tuple(s) => {
                out.write_char('(')?;
                s.write_elements(out)?;
                out.write_str(if s.len() == 1 { ",)" } else { ")" })
            }
            Self::Sparse(s) => s.write_summary(out),
            Self::Table(t) => {
                write!(out, "table({} rows: ", t.rows())?;
                write_joined(out, t.columns().iter(), |out, (name, _)| out.write_str(name))?;
                out.write_char(')')
            }
            Self::Dict(d) => {
                out.write_char('{')?;
                write_joined(out, d.entries().iter(), |out, (key, value)| {
                    write!(out, "'{key}': ")?;
                    value.write_repr(out)
                })?;
                out.write_char('}')
            }
        }
    }
}

impl Array {
    fn write_elements(&self, out: &mut Cut) -> fmt::Result {
        out.write_char('[')?;
        match self.data() {
            ArrayData::Bool(v) => write_joined(out, v.iter(), |out, b| out.write_str(python_bool(*b)))?,
            ArrayData::Float32(v) => write_joined(out, v.iter(), |out, x| write!(out, "{x:?}"))?,
            ArrayData::Float64(v) => write_joined(out, v.iter(), |out, x| out.write_str(&python_float(*x)))?,
            ArrayData::Complex64(v) => write_joined(out, v.chunks_exact(2), |out, c| {
                out.write_str(&python_complex(Complex { re: c[0].into(), im: c[1].into() }))
            })?,
            ArrayData::Complex128(v) => write_joined(out, v.chunks_exact(2), |out, c| {
                out.write_str(&python_complex(Complex { re: c[0], im: c[1] }))
            })?,
            ArrayData::Text(v) => write_joined(out, v.iter(), |out, s| out.write_str(&python_text(s)))?,
            ArrayData::Int8(v) => write_joined(out, v.iter(), |out, i| write!(out, "{i}"))?,
            ArrayData::Int16(v) => write_joined(out, v.iter(), |out, i| write!(out, "{i}"))?,
            ArrayData::Int32(v) => write_joined(out, v.iter(), |out, i| write!(out, "{i}"))?,
            ArrayData::Int64(v) => write_joined(out, v.iter(), |out, i| write!(out, "{i}"))?,
            ArrayData::UInt8(v) => write_joined(out, v.iter(), |out, i| write!(out, "{i}"))?,
            ArrayData::UInt16(v) => write_joined(out, v.iter(), |out, i| write!(out, "{i}"))?,
            ArrayData::UInt32(v) => write_joined(out, v.iter(), |out, i| write!(out, "{i}"))?,
            ArrayData::UInt64(v) => write_joined(out, v.iter(), |out, i| write!(out, "{i}"))?,
        }
        out.write_char(']')
    }
}

impl Sparse {
    /// SciPy's `repr`, on one line.
    fn write_summary(&self, out: &mut Cut) -> fmt::Result {
        let format = match self.structure() {
            Structure::Csr(_) => "Compressed Sparse Row",
            Structure::Csc(_) => "Compressed Sparse Column",
            Structure::Bsr(_) => "Block Sparse Row",
            Structure::Coo(_) => "COOrdinate",
            Structure::Dia(_) => "DIAgonal",
        };
        let parts = match (self.structure(), self.data().shape()) {
            (Structure::Bsr(_), [_, high, wide]) => format!(" (blocksize={high}x{wide})"),
            (Structure::Dia(_), [diagonals, _]) => format!(" ({diagonals} diagonals)"),
            _ => String::new(),
        };
        let ([rows, columns], dtype) = (self.shape(), self.data().data().dtype());
        write!(out, "<{format} sparse matrix of dtype '{dtype}' with {}", self.stored())?;
        write!(out, " stored elements{parts} and shape ({rows}, {columns})>")
    }
}

impl Sequence {
    fn write_elements(&self, out: &mut Cut) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Bools(v) => write_joined(out, v.iter(), |out, b| out.write_str(python_bool(*b))),
            Self::Ints(v) => write_joined(out, v.iter(), |out, i| write!(out, "{i}")),
            Self::Floats(v) => write_joined(out, v.iter(), |out, x| out.write_str(&python_float(*x))),
            Self::Complexes(v) => write_joined(out, v.iter(), |out, c| out.write_str(&python_complex(*c))),
            Self::Texts(v) => write_joined(out, v.iter(), |out, s| out.write_str(&python_text(s))),
            Self::Bytes(v) => write_joined(out, v.iter(), |out, b| write!(out, "b'{}'", b.escape_ascii())),
        }
    }
}

fn write_joined<T>(
    out: &mut Cut,
    items: impl Iterator<Item = T>,
    mut one: impl FnMut(&mut Cut, T) -> fmt::Result,
) -> fmt::Result {
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.write_str(", ")?;
        }
        one(out, item)?;
    }
    Ok(())
}

/// Text that stops growing: writing fails once more than `max` characters have come, so that the
/// repr of a large array costs no more than what is kept of it.
struct Cut {
    text: String,
    max: usize,
}

impl Cut {
    fn finish(mut self) -> String {
        if let Some((end, _)) = self.text.char_indices().nth(self.max) {
            let keep = self.text[..end].char_indices().nth(self.max.saturating_sub(3)).map_or(end, |(i, _)| i);
            self.text.truncate(keep);
            self.text.push_str("...");
        }
        self.text
    }
}

impl Write for Cut {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.text.push_str(s);
        // Bytes are at least as many as characters; count exactly only near the end.
        if self.text.len() > self.max && self.text.chars().count() > self.max { Err(fmt::Error) } else { Ok(()) }
    }
}

fn python_bool(b: bool) -> &'static str {
    if b { "True" } else { "False" }
}

/// `repr` of a Python float: the shortest digits that read back, an exponent below 1e-4 and from 1e16 on.
pub fn python_float(x: f64) -> String {
    if x.is_nan() {
        return "nan".into();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let magnitude = x.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{x:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
        return format!("{mantissa}e{sign}{digits:0>2}");
    }
    format!("{x:?}")
}

fn python_complex(c: Complex) -> String {
    let part = |x: f64| {
        let text = python_float(x);
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    };
    if c.re == 0.0 && c.re.is_sign_positive() {
        return format!("{}j", part(c.im));
    }
    let sign = if c.im.is_sign_negative() && !c.im.is_nan() { "" } else { "+" };
    format!("({}{sign}{}j)", part(c.re), part(c.im))
}

fn python_text(s: &str) -> String {
    let quote = if s.contains('\'') && !s.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(s.len() + 2);
    out.push(quote);
    for c in s.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if deceives(c) => {
                // Writing to a string cannot fail.
                let _ = if (c as u32) < 0x100 {
                    write!(out, "\\x{:02x}", c as u32)
                } else {
                    write!(out, "\\u{:04x}", c as u32)
                };
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn repr_is_pythons() {
        let check = |value: Value, expected: &str| assert_eq!(value.repr(64), expected);
        check(Value::Float(1e-5), "1e-05");
        check(Value::Float(1e16), "1e+16");
        check(Value::Float(123456789.0), "123456789.0");
        check(Value::Float(1.5e-10), "1.5e-10");
        check(Value::Float(-0.0), "-0.0");
        check(Value::Bool(true), "True");
        check(Value::Text("it's".into()), "\"it's\"");
        check(Value::Text("grüße\n".into()), "'grüße\\n'");
        check(Value::Text("\x1b\u{9b}\u{202e}".into()), "'\\x1b\\x9b\\u202e'");
        check(Value::Complex(Complex { re: 1.0, im: -2.5 }), "(1-2.5j)");
        check(Value::Complex(Complex { re: 0.0, im: 2.0 }), "2j");
        check(Value::Tuple(Sequence::Ints(vec![1])), "(1,)");
        check(Value::List(Sequence::Texts(vec!["a".into()])), "['a']");
        check(
            Value::Array(Array::new(vec![2], ArrayData::Float64(vec![1.0, f64::NAN])).unwrap()),
            "array([1.0, nan], shape=[2], dtype=float64)",
        );
    }

    #[test]
    fn a_long_repr_is_cut_with_dots() {
        let long = Value::Array(Array::flat(ArrayData::Int64((0..1_000_000).collect())).unwrap());
        assert_eq!(long.repr(12), "array([0,...");
        assert_eq!(Value::Text("ü".repeat(50)).repr(10), "'üüüüüü...");
        assert_eq!(Value::Text("abcd".into()).repr(6), "'abcd'");
    }

    proptest! {
        #[test]
        fn python_floats_read_back(x in any::<f64>()) {
            let text = python_float(x);
            let back: f64 = text.parse().unwrap();
            prop_assert!(back.to_bits() == x.to_bits() || (x.is_nan() && back.is_nan()));
        }

        #[test]
        fn a_repr_never_exceeds_its_width(s in ".{0,80}", max in 4usize..70) {
            prop_assert!(Value::Text(s).repr(max).chars().count() <= max);
        }
    }
}
