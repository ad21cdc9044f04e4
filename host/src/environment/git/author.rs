//! [`Author`]: who commits and when, by git's variables and settings.

use chrono::{DateTime, Local, NaiveDateTime, TimeZone};
use git2::{Signature, Time};

use super::{World, error::GitError, work_tree::WorkTree};

/// Somebody at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Author {
    pub(super) name: String,
    pub(super) email: String,
    /// Seconds since 1970.
    pub(super) seconds: i64,
    /// Minutes east of Greenwich.
    pub(super) offset: i32,
}

/// As whom.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    Author,
    Committer,
}

impl Author {
    /// Looks for name and address as git does: variables, the settings `author.…` or `committer.…`, then `user.…`,
    /// for the address also the variable `EMAIL`. Nothing is guessed from the machine's name.
    pub(super) fn find(tree: &WorkTree, world: &World<'_>, role: Role, now: DateTime<Local>) -> Result<Self, GitError> {
        let (prefix, section) = match role {
            Role::Author => ("GIT_AUTHOR", "author"),
            Role::Committer => ("GIT_COMMITTER", "committer"),
        };
        let variable = |name: &str| (world.variable)(name).map(|value| value.to_string_lossy().into_owned());
        let find = |what: &str| {
            variable(&format!("{prefix}_{}", what.to_uppercase()))
                .or_else(|| tree.setting(&format!("{section}.{what}")))
                .or_else(|| tree.setting(&format!("user.{what}")))
        };
        let missing = || GitError::NoIdentity { path: tree.root().to_owned() };
        let name = find("name").map(|name| without_crud(&name)).filter(|name| !name.is_empty());
        let email = find("email").or_else(|| variable("EMAIL")).map(|email| without_crud(&email));
        let (name, email) = (name.ok_or_else(missing)?, email.filter(|email| !email.is_empty()).ok_or_else(missing)?);
        let date = match role {
            Role::Author => "GIT_AUTHOR_DATE",
            Role::Committer => "GIT_COMMITTER_DATE",
        };
        let (seconds, offset) = match variable(date).filter(|text| !text.is_empty()) {
            Some(value) => parse_date(&value).ok_or(GitError::Date { variable: date, value })?,
            None => moment(now),
        };
        Ok(Self { name, email, seconds, offset })
    }

    pub(super) fn signature(&self, tree: &WorkTree) -> Result<Signature<'static>, GitError> {
        Signature::new(&self.name, &self.email, &Time::new(self.seconds, self.offset))
            .map_err(|error| tree.failed_to("use the name of the committer", &error))
    }

    /// `@1767225600 +0100`, as hooks find it in `GIT_AUTHOR_DATE`.
    pub(super) fn date(&self) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs();
        format!("@{} {sign}{:02}{:02}", self.seconds, minutes / 60, minutes % 60)
    }
}

/// git's own rule, as libgit2 has it: no `<`, `>` or line breaks, and no punctuation at the ends.
fn without_crud(text: &str) -> String {
    let is_crud = |c: char| c <= ' ' || matches!(c, '.' | ',' | ':' | ';' | '<' | '>' | '"' | '\\' | '\'');
    text.trim_matches(is_crud).chars().filter(|c| !matches!(c, '<' | '>' | '\n' | '\0')).collect()
}

fn moment<Z: TimeZone>(time: DateTime<Z>) -> (i64, i32) {
    use chrono::Offset;
    (time.timestamp(), time.offset().fix().local_minus_utc() / 60)
}

/// The formats that git's manual names: its own (`@seconds +0100`), RFC 2822 and ISO 8601.
fn parse_date(text: &str) -> Option<(i64, i32)> {
    let text = text.trim();
    let own = text.strip_prefix('@').unwrap_or(text);
    let (seconds, zone) = own.split_once(' ').unwrap_or((own, "+0000"));
    if let (Ok(seconds), Some(offset)) = (seconds.parse::<u32>(), parse_zone(zone)) {
        return Some((i64::from(seconds), offset));
    }
    if let Ok(time) = DateTime::parse_from_rfc2822(text).or_else(|_| DateTime::parse_from_rfc3339(text)) {
        return Some(moment(time));
    }
    let zoned = ["%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z"];
    if let Some(time) = zoned.iter().find_map(|format| DateTime::parse_from_str(text, format).ok()) {
        return Some(moment(time));
    }
    let local = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"];
    let time = local.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    Local.from_local_datetime(&time).earliest().map(moment)
}

/// `+0130` in minutes.
fn parse_zone(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    if digits.len() != 4 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    Some(sign * (number / 100 * 60 + number % 100))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_are_read_in_the_formats_of_gits_manual() {
        let noon = Some((1_767_225_600, 60));
        for text in [
            "@1767225600 +0100",
            "1767225600 +0100",
            "Thu, 01 Jan 2026 01:00:00 +0100",
            "2026-01-01T01:00:00+01:00",
            "2026-01-01 01:00:00 +0100",
            "2026-01-01T01:00:00+0100",
        ] {
            assert_eq!(parse_date(text), noon, "{text}");
        }
        assert_eq!(parse_date("@0"), Some((0, 0)));
        assert!(parse_date("2026-01-01 01:00:00").is_some());
        for text in ["", "yesterday", "@", "1767225600 0100", "1767225600 +1", "-5 +0000"] {
            assert!(parse_date(text).is_none(), "{text}");
        }
    }

    #[test]
    fn names_lose_what_git_takes_from_them() {
        assert_eq!(without_crud(" \"A. <B>\n C.\" "), "A. B C");
        assert_eq!(without_crud("<>, "), "");
        assert_eq!(without_crud("Ünal Ø"), "Ünal Ø");
    }

    proptest! {
        #[test]
        fn any_date_is_read_or_refused(text in ".{0,40}") {
            let _ = parse_date(&text);
        }

        #[test]
        fn dates_for_hooks_are_read_back(seconds in 0..4_000_000_000_i64, offset in -720..720_i32) {
            let author = Author { name: "a".into(), email: "b".into(), seconds, offset };
            prop_assert_eq!(parse_date(&author.date()), Some((seconds, offset)));
        }
    }
}
