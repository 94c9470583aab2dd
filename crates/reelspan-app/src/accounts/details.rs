//! What people write of themselves: an email that can be one, a name that can be shown.

use crate::refusal::Refusal;

const LONGEST_EMAIL: usize = 254;
const LONGEST_LOCAL: usize = 64;
const LONGEST_LABEL: usize = 63;
const LONGEST_NAME: usize = 100;

/// The email without spaces around it. Whether somebody reads it, only a letter could tell.
pub(super) fn email(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let refused = || Refusal::invalid("email", "write an email address such as `ada@example.org`");
    let (local, domain) = text.rsplit_once('@').ok_or_else(refused)?;
    let local_is_fine = (1..=LONGEST_LOCAL).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|one| one.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(one));
    let label_is_fine = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|one| one.is_alphanumeric() || one == '-')
    };
    let domain_is_fine = domain.split('.').all(label_is_fine)
        && (domain.contains('.') || domain.eq_ignore_ascii_case("localhost"))
        && !domain.split('.').next_back().is_some_and(|last| last.chars().all(|one| one.is_ascii_digit()));
    if text.len() <= LONGEST_EMAIL && local_is_fine && domain_is_fine { Ok(text.to_owned()) } else { Err(refused()) }
}

/// A name as one line.
pub(super) fn name(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if !(1..=LONGEST_NAME).contains(&text.chars().count()) || text.chars().any(char::is_control) {
        return Err(Refusal::invalid("name", format!("a name has from 1 to {LONGEST_NAME} characters, in one line")));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_told_from_other_words() {
        for good in [
            "ada@example.org",
            " Ada.Lovelace+studio@mail.example.co.uk ",
            "o'neil@example.ie",
            "müller@exämple.de",
            "me@localhost",
            "1@2.org",
        ] {
            assert!(email(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("a@{}.org", "b.".repeat(130));
        for bad in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@example",
            "a da@example.org",
            "ada@exam ple.org",
            "ada@@example.org",
            "ada@example..org",
            ".ada@example.org",
            "ada@-example.org",
            "ada@127.0.0.1",
            "<b>@example.org",
            "ada@example.org\nbcc: x@y.org",
            "ada@example.org,eve@example.org",
            &long,
            &longer,
        ] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_one_line() {
        assert_eq!(name("  Ada Lovelace ").unwrap(), "Ada Lovelace");
        for bad in ["", "   ", "a\nb", "a\u{0}b", &"x".repeat(101)] {
            assert!(name(bad).is_err());
        }
    }
}
