//! What `git name-rev` calls a commit: how it is reached from the closest tag or branch.
//!
//! libgit2's own `describe` is another thing. These are the rules of git's `builtin/name-rev.c`: tags before
//! branches, the nearer one, then the older one, and a way through a second parent counts as very long.

use std::collections::HashMap;

use git2::{Commit, Error, Object, Oid, Repository};

/// What the step to a second parent costs; git's `MERGE_TRAVERSAL_WEIGHT`.
const MERGE_WEIGHT: u64 = 65535;
/// How wrong clocks may go before a commit counts as older than its parents; git's `CUTOFF_DATE_SLOP`.
const CLOCK_SLOP: i64 = 86_400;

/// The tip of a tag, branch or other reference.
struct Tip<'r> {
    name: String,
    commit: Commit<'r>,
    date: i64,
    is_tag: bool,
}

/// How a commit is reached.
#[derive(Clone)]
struct Way {
    tip: String,
    date: i64,
    generation: u64,
    distance: u64,
    is_tag: bool,
}

/// `main`, `main~2`, `tags/v1^0`; none if no reference reaches `commit`.
pub(super) fn name_rev(repository: &Repository, commit: &Commit<'_>) -> Result<Option<String>, Error> {
    let cutoff = commit.time().seconds().saturating_sub(CLOCK_SLOP);
    let mut ways: HashMap<Oid, Way> = HashMap::new();
    for tip in tips(repository)? {
        let way = Way { tip: tip.name, date: tip.date, generation: 0, distance: 0, is_tag: tip.is_tag };
        follow(tip.commit, way, cutoff, &mut ways);
    }
    Ok(ways.get(&commit.id()).map(Way::name))
}

/// All tips that are commits, in the order in which git asks them: tags first, then the older ones, then by name.
fn tips(repository: &Repository) -> Result<Vec<Tip<'_>>, Error> {
    let mut names: Vec<Vec<u8>> = Vec::new();
    for reference in repository.references()? {
        // One that is broken names nothing.
        names.extend(reference.ok().map(|reference| reference.name_bytes().to_vec()));
    }
    names.sort();
    let mut tips = Vec::new();
    for bytes in names {
        let Ok(name) = String::from_utf8(bytes) else { continue };
        let resolved = repository.find_reference(&name).and_then(|reference| reference.resolve());
        let Some(id) = resolved.ok().and_then(|reference| reference.target()) else { continue };
        tips.extend(repository.find_object(id, None).ok().and_then(|object| tip(&name, object)));
    }
    // A stable sort: names stay in order.
    tips.sort_by_key(|tip| (!tip.is_tag, tip.date));
    Ok(tips)
}

fn tip<'r>(reference: &str, mut object: Object<'r>) -> Option<Tip<'r>> {
    let short = reference.strip_prefix("refs/heads/").or_else(|| reference.strip_prefix("refs/")).unwrap_or(reference);
    let mut name = short.to_owned();
    let mut date = None;
    while let Some(tag) = object.as_tag() {
        if date.is_none() {
            name.push_str("^0");
        }
        date = Some(tag.tagger().map_or(0, |tagger| tagger.when().seconds()));
        let target = tag.target().ok()?;
        object = target;
    }
    let commit = object.into_commit().ok()?;
    let date = date.unwrap_or_else(|| commit.time().seconds());
    Some(Tip { name, commit, date, is_tag: reference.starts_with("refs/tags/") })
}

/// Notes the ways from `start` to all commits before it for which they are the best so far.
fn follow(start: Commit<'_>, way: Way, cutoff: i64, ways: &mut HashMap<Oid, Way>) {
    if start.time().seconds() < cutoff || !note(start.id(), way, ways) {
        return;
    }
    let mut stack = vec![start];
    while let Some(commit) = stack.pop() {
        let way = ways[&commit.id()].clone();
        let mut better = Vec::new();
        for (number, id) in commit.parent_ids().enumerate() {
            // The parents of a shallow clone's last commits are not there.
            let Ok(parent) = commit.parent(number) else { continue };
            if parent.time().seconds() < cutoff {
                continue;
            }
            let next = if number == 0 {
                Way { generation: way.generation + 1, distance: way.distance + 1, ..way.clone() }
            } else {
                let distance = way.distance + MERGE_WEIGHT;
                Way { tip: way.parent(number + 1), generation: 0, distance, ..way.clone() }
            };
            if note(id, next, ways) {
                better.push(parent);
            }
        }
        // The first parent is looked at first.
        stack.extend(better.into_iter().rev());
    }
}

/// Takes `way` to the commit `id` if it is better than the known one, and says whether it is.
fn note(id: Oid, way: Way, ways: &mut HashMap<Oid, Way>) -> bool {
    if ways.get(&id).is_some_and(|known| !way.is_better_than(known)) {
        return false;
    }
    ways.insert(id, way);
    true
}

impl Way {
    fn is_better_than(&self, known: &Way) -> bool {
        let (new, old) = (self.length(), known.length());
        match (self.is_tag, known.is_tag) {
            (true, true) => new < old,
            (true, false) => true,
            (false, true) => false,
            (false, false) => (new, self.date) < (old, known.date),
        }
    }

    fn length(&self) -> u64 {
        self.distance + if self.generation > 0 { MERGE_WEIGHT } else { 0 }
    }

    fn bare_tip(&self) -> &str {
        self.tip.strip_suffix("^0").unwrap_or(&self.tip)
    }

    fn name(&self) -> String {
        if self.generation == 0 { self.tip.clone() } else { format!("{}~{}", self.bare_tip(), self.generation) }
    }

    fn parent(&self, number: usize) -> String {
        if self.generation == 0 {
            format!("{}^{number}", self.bare_tip())
        } else {
            format!("{}~{}^{number}", self.bare_tip(), self.generation)
        }
    }
}
