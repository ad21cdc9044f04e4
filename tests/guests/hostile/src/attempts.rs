//! What was tried, and what became of it.

use std::fmt::Debug;

use host_guest::{JobError, List, SingleRun};

/// No refusal needs more, however long the name was that it is about.
const LONGEST_REFUSAL: usize = 4096;
/// Refusals that are stored.
const KEPT: usize = 50;

/// What was tried, and what became of it.
#[derive(Default)]
pub struct Attempts {
    pub count: usize,
    accepted: Vec<String>,
    refusals: Vec<String>,
}

impl Attempts {
    /// Takes down the answer to one attempt.
    pub fn note<T, E: Debug>(&mut self, what: &str, answer: Result<T, E>) {
        self.count += 1;
        match answer {
            Ok(_) => self.accepted.push(what.to_owned()),
            Err(error) => {
                let refusal = format!("{error:?}");
                if refusal.len() > LONGEST_REFUSAL {
                    self.accepted.push(format!("{what} (a refusal of {} bytes)", refusal.len()));
                }
                self.refusals.push(format!("{what}: {}", refusal.chars().take(300).collect::<String>()));
            }
        }
    }

    /// Stores the refusals, or fails with what should have been refused.
    pub fn settle(self, traj: &mut SingleRun) -> Result<(), JobError> {
        if !self.accepted.is_empty() {
            return Err(format!("wrongly accepted: {}", self.accepted.join(", ")).into());
        }
        traj.f_add_result("refusals", List::new(self.refusals.into_iter().take(KEPT)))?;
        Ok(())
    }
}
