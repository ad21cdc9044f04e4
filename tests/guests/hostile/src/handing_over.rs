//! More data than anybody wants: at once, in small pieces, and as few bytes that need many.

use host_guest::bindings::host::exploration::single_run;
use host_guest::bindings::host::exploration::types::Entry;
use host_guest::{ArrayData, Column, JobError, NamedValue, Ndarray, Plain, Sequence, SingleRun, Table, Value};

use crate::{Mode, attempts::Attempts, lending};

pub const MODES: &[(&str, Mode)] = &[
    ("4-GiB-in-one-result", gigabytes_in_one_result),
    ("4-GiB-in-many-results", gigabytes_in_many_results),
    ("same-text-a-million-times", same_text_a_million_times),
    ("same-bytes-a-million-times", same_bytes_a_million_times),
    ("same-column-many-times", same_column_many_times),
    ("same-entry-many-times", same_entry_many_times),
    ("million-shapes", million_shapes),
    ("results-without-end", results_without_end),
    ("100-thousand-items", hundred_thousand_items),
    ("100-thousand-entries", hundred_thousand_entries),
    ("100-thousand-columns", hundred_thousand_columns),
    ("100-thousand-annotations", hundred_thousand_annotations),
    ("derived-parameters-without-end", derived_parameters_without_end),
    ("default-of-many-MiB", default_of_many_mib),
    ("comment-of-many-MiB", comment_of_many_mib),
    ("annotation-of-many-MiB", annotation_of_many_mib),
    ("error-of-many-MiB", error_of_many_mib),
    ("panic-of-many-MiB", panic_of_many_mib),
    ("one-long-text-among-short-ones", one_long_text_among_short_ones),
    ("one-long-text-in-a-table", one_long_text_in_a_table),
    ("one-long-text-in-a-list", one_long_text_in_a_list),
    ("one-long-entry-of-bytes", one_long_entry_of_bytes),
];

/// Room for the guest itself.
const BLOCK: usize = 48 << 20;

fn gigabytes_in_one_result(traj: &mut SingleRun) -> Result<(), JobError> {
    let block = vec![1.0; BLOCK / 8];
    let items = lending::shown(&block, 90).into_iter();
    let items = items.enumerate().map(|(at, block)| NamedValue {
        name: format!("i{at}"),
        value: lending::plain(Plain::Array(lending::array(block))),
    });
    let mut attempts = Attempts::default();
    attempts.note("4 GiB", lending::add_items("huge", items.collect()));
    attempts.settle(traj)
}

fn gigabytes_in_many_results(traj: &mut SingleRun) -> Result<(), JobError> {
    let block = vec![1.0; (12 << 20) / 8];
    let mut attempts = Attempts::default();
    let add = |index: usize| {
        let array = lending::array(lending::shown(&block, 1).remove(0));
        lending::add(&format!("huge_{index}"), lending::plain(Plain::Array(array)))
    };
    attempts.note("4 GiB", (0..350).try_for_each(add));
    drop(attempts);
    traj.f_add_result("after", 1)?;
    Ok(())
}

fn same_text_a_million_times(traj: &mut SingleRun) -> Result<(), JobError> {
    let text = "x".repeat(4000);
    let texts = lending::shown_texts(&text, 1_000_000);
    let mut attempts = Attempts::default();
    attempts.note("4 GB of texts", lending::add("texts", lending::plain(Plain::List(Sequence::Texts(texts)))));
    attempts.settle(traj)
}

fn same_bytes_a_million_times(traj: &mut SingleRun) -> Result<(), JobError> {
    let bytes = vec![7; 4000];
    let all = lending::shown(&bytes, 1_000_000);
    let mut attempts = Attempts::default();
    attempts.note("4 GB of bytes", lending::add("bytes", lending::plain(Plain::Tuple(Sequence::ByteStrings(all)))));
    attempts.settle(traj)
}

fn same_column_many_times(traj: &mut SingleRun) -> Result<(), JobError> {
    let block = vec![1.0; 1 << 20];
    let blocks = lending::shown(&block, 500).into_iter().enumerate();
    let columns = blocks.map(|(at, block)| Column { name: format!("c{at}"), cells: lending::array(block) }).collect();
    let mut attempts = Attempts::default();
    let table = host_guest::bindings::host::exploration::types::Table { columns };
    attempts.note("4 GiB of columns", lending::add("table", Value::Table(table)));
    attempts.settle(traj)
}

fn same_entry_many_times(traj: &mut SingleRun) -> Result<(), JobError> {
    let block = vec![1.0; 1 << 20];
    let blocks = lending::shown(&block, 500).into_iter().enumerate();
    let entry = |(at, block)| Entry { key: format!("deep.k{at}"), value: Plain::Array(lending::array(block)) };
    let mut attempts = Attempts::default();
    attempts.note("4 GiB of entries", lending::add("dictionary", Value::Dictionary(blocks.map(entry).collect())));
    attempts.settle(traj)
}

/// The shape alone: a million dimensions for each of many arrays.
fn million_shapes(traj: &mut SingleRun) -> Result<(), JobError> {
    let ones = vec![1_u64; 1_000_000];
    let shapes = lending::shown(&ones, 400).into_iter().enumerate();
    let item = |(at, shape)| NamedValue {
        name: format!("i{at}"),
        value: lending::plain(Plain::Array(Ndarray { shape, data: ArrayData::Boolean(vec![true]) })),
    };
    let mut attempts = Attempts::default();
    attempts.note("400 million dimensions", lending::add_items("shapes", shapes.map(item).collect()));
    attempts.settle(traj)
}

/// Does not listen when it is refused.
fn results_without_end(traj: &mut SingleRun) -> Result<(), JobError> {
    for index in 0_u64.. {
        let _ = traj.f_add_result(&format!("tiny.r{index}"), 1);
    }
    unreachable!("there are always more")
}

fn derived_parameters_without_end(traj: &mut SingleRun) -> Result<(), JobError> {
    for index in 0_u64.. {
        let _ = traj.f_add_derived_parameter(&format!("tiny.d{index}"), 1, "");
    }
    unreachable!("there are always more")
}

fn hundred_thousand_items(_: &mut SingleRun) -> Result<(), JobError> {
    let item = |at| NamedValue { name: format!("i{at}"), value: lending::plain(Plain::Boolean(true)) };
    Ok(single_run::f_add_result("tiny", &(0..100_000).map(item).collect::<Vec<_>>(), "")
        .map_err(|error| format!("{error:?}"))?)
}

fn hundred_thousand_entries(traj: &mut SingleRun) -> Result<(), JobError> {
    let entry = |at| Entry { key: format!("a.b{at}.c"), value: Plain::Boolean(true) };
    Ok(traj.f_add_result("tiny", Value::Dictionary((0..100_000).map(entry).collect()))?)
}

fn hundred_thousand_columns(traj: &mut SingleRun) -> Result<(), JobError> {
    let table = (0..100_000).fold(Table::new(), |table, at| table.column(format!("c{at}"), [1_i8]));
    Ok(traj.f_add_result("wide", table)?)
}

fn hundred_thousand_annotations(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("z", 1)?;
    for at in 0..100_000 {
        traj.f_set_annotation("z", &format!("k{at}"), true)?;
    }
    Ok(())
}

/// The host hands a default back: it is in its memory twice, and in that of the guest.
fn default_of_many_mib(traj: &mut SingleRun) -> Result<(), JobError> {
    let block = vec![1.0; (12 << 20) / 8];
    loop {
        traj.f_get_default("nowhere", block.clone())?;
    }
}

fn comment_of_many_mib(_: &mut SingleRun) -> Result<(), JobError> {
    let comment = "\u{1b}[31mred\r\n".repeat(800_000);
    let item = NamedValue { name: String::new(), value: lending::plain(Plain::Integer(1)) };
    Ok(single_run::f_add_result("z", &[item], &comment).map_err(|error| format!("{error:?}"))?)
}

fn annotation_of_many_mib(traj: &mut SingleRun) -> Result<(), JobError> {
    traj.f_add_result("z", 1)?;
    traj.f_set_annotation("z", "text", "x".repeat(4 << 20))?;
    traj.f_set_annotation("z", "array", vec![1.0; 1 << 18])?;
    Ok(())
}

fn error_of_many_mib(_: &mut SingleRun) -> Result<(), JobError> {
    Err("\u{1b}[2J\u{1b}]0;owned\u{7}ok\r\n2026-01-01 forged \u{202e}".repeat(200_000).into())
}

fn panic_of_many_mib(_: &mut SingleRun) -> Result<(), JobError> {
    panic!("{}", "\u{1b}[2J\u{1b}]0;owned\u{7}ok\r\nforged \u{202e}".repeat(200_000));
}

/// Stored side by side, each as wide as the longest, they would need 400 GB.
fn long_and_short() -> Vec<String> {
    let mut texts = vec![String::new(); 100_000];
    texts[0] = "x".repeat(4 << 20);
    texts
}

fn one_long_text_among_short_ones(traj: &mut SingleRun) -> Result<(), JobError> {
    let data = ArrayData::Text(long_and_short());
    Ok(traj.f_add_result("texts", Plain::Array(Ndarray { shape: vec![1000, 100], data }))?)
}

fn one_long_text_in_a_table(traj: &mut SingleRun) -> Result<(), JobError> {
    let cells = Ndarray { shape: vec![100_000], data: ArrayData::Text(long_and_short()) };
    let columns = vec![Column { name: "t".into(), cells }];
    Ok(traj.f_add_result("table", host_guest::bindings::host::exploration::types::Table { columns })?)
}

fn one_long_text_in_a_list(traj: &mut SingleRun) -> Result<(), JobError> {
    Ok(traj.f_add_result("list", Plain::List(Sequence::Texts(long_and_short())))?)
}

fn one_long_entry_of_bytes(traj: &mut SingleRun) -> Result<(), JobError> {
    let all = long_and_short().into_iter().map(String::into_bytes).collect();
    let value = Plain::Tuple(Sequence::ByteStrings(all));
    Ok(traj.f_add_result("dictionary", Value::Dictionary(vec![Entry { key: "k".into(), value }]))?)
}
