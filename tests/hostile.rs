//! Jobs that try to do harm, with the real binary: each beside good runs that must not notice.
//!
//! Every attack is one run among good ones, in a file of its own. Checked are the exit code, how the run ended, that the
//! good runs are bit for bit those of a file without the attack, the time it took, the host's largest memory, that
//! nothing outside of the granted folder has changed, and that nothing of what the guest says acts on a terminal.
//! `target/hostile.md` tells what became of each.

mod attacks;
mod components;
mod measured;
mod report;
mod spec;
mod stage;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use attacks::{ATTACKS, IN_PROCESSES};
use report::{Report, Row};
use stage::Stage;

/// What is done at a time: as many as the smallest machine has cores.
const AT_A_TIME: usize = 2;

#[test]
fn no_attack_harms_its_neighbours() {
    let stage = Stage::new();
    let attacks: Vec<_> = ATTACKS
        .iter()
        .map(|attack| (attack, true))
        .chain(
            IN_PROCESSES
                .iter()
                .map(|mode| (ATTACKS.iter().find(|attack| attack.mode == *mode).expect("one of the attacks"), false)),
        )
        .collect();
    let jobs: Vec<Box<dyn Fn() -> Row + Sync>> = attacks
        .iter()
        .enumerate()
        .map(|(at, (attack, use_pool))| -> Box<dyn Fn() -> Row + Sync> {
            let stage = &stage;
            Box::new(move || stage.attack(&format!("attack_{at}"), attack, *use_pool))
        })
        .collect();
    let mut report = Report::new(in_turn(&jobs));
    stage.compare(&mut report);
    report.finish("Jobs");
}

#[test]
fn no_component_harms_the_host() {
    let stage = Stage::new();
    let components = components::all();
    let jobs: Vec<_> = components
        .iter()
        .map(|component| -> Box<dyn Fn() -> Row + Sync> {
            let stage = &stage;
            Box::new(move || component.attack(stage))
        })
        .collect();
    let mut report = Report::new(in_turn(&jobs));
    stage.compare(&mut report);
    report.finish("Components");
}

/// Does all of them, a few at a time, and keeps their order.
fn in_turn(jobs: &[Box<dyn Fn() -> Row + Sync + '_>]) -> Vec<Row> {
    let next = AtomicUsize::new(0);
    let rows: Mutex<Vec<(usize, Row)>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some((at, job)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    jobs.get(at).map(|job| (at, job))
                } {
                    let row = job();
                    rows.lock().expect("nobody panics with it").push((at, row));
                }
            });
        }
    });
    let mut rows = rows.into_inner().expect("nobody panics with it");
    rows.sort_by_key(|(at, _)| *at);
    rows.into_iter().map(|(_, row)| row).collect()
}
