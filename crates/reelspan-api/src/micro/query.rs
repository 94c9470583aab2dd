//! The query of a list: what narrows it, its order, its page. What it does not know it passes over.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use reelspan_app::refusal::Refusal;
use reelspan_app::tasks::{Sorted, Status, TRANSCODE, TRANSCRIBE, Wanted};
use reelspan_app::times;

use super::refused::Answer;
use crate::App;

const PAGE: i64 = 20;
const MOST: i64 = 100;

/// Names and values, decoded; of a name that stands there twice the last counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl FromRequestParts<App> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Infallible> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        Ok(Self(pairs.map(|pairs| pairs.0).unwrap_or_default()))
    }
}

/// What a list is asked for; none narrows it to nothing.
pub(crate) struct Listing {
    pub(crate) wanted: Wanted,
    /// A status that no job can have: the answer is an empty list, not an error.
    pub(crate) empty: bool,
}

impl Query {
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.trim());
        found.filter(|value| !value.is_empty())
    }

    /// `kinds` are those of this list; `job_type` narrows them where the list has it.
    pub(crate) fn listing(&self, kinds: &[&'static str]) -> Answer<Listing> {
        let status = self.get("status").map(|name| Status::parse(name).filter(|one| *one != Status::AwaitingReview));
        let wanted = Wanted {
            kinds: self.kinds(kinds)?,
            status: status.flatten(),
            since: self.time("since")?,
            until: self.time("until")?,
            sorted: self.sorted()?,
            page: self.number("page", 1, i64::MAX, 1)?,
            limit: self.number("limit", 1, MOST, PAGE)?,
        };
        Ok(Listing { wanted, empty: status.is_some_and(|status| status.is_none()) })
    }

    fn kinds(&self, kinds: &[&'static str]) -> Answer<Vec<&'static str>> {
        match self.get("job_type").filter(|_| kinds.len() > 1) {
            None => Ok(kinds.to_vec()),
            Some("transcode") => Ok(vec![TRANSCODE]),
            Some("transcribe") => Ok(vec![TRANSCRIBE]),
            Some(_) => Err(Refusal::invalid("job_type", "job_type must be transcode or transcribe").into()),
        }
    }

    fn sorted(&self) -> Answer<Sorted> {
        match self.get("order").unwrap_or("created_at.desc") {
            "created_at.desc" => Ok(Sorted::NewestFirst),
            "updated_at.desc" => Ok(Sorted::ChangedFirst),
            "updated_at.asc" => Ok(Sorted::ChangedLast),
            _ => {
                let message = "order must be created_at.desc, updated_at.asc or updated_at.desc";
                Err(Refusal::invalid("order", message).into())
            }
        }
    }

    fn time(&self, name: &'static str) -> Answer<Option<i64>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let wrong = || Refusal::invalid(name, format!("{name} must be an ISO 8601 time such as 2026-11-21T15:04:05Z"));
        // In a query a plus that was not escaped arrives as a space.
        let escaped = match text.rsplit_once(' ') {
            Some((time, offset)) if time.contains('T') => format!("{time}+{offset}"),
            _ => text.to_owned(),
        };
        Ok(Some(times::parse(&escaped).ok_or_else(wrong)?))
    }

    /// A number out of range is the nearest within; what is no number is refused.
    fn number(&self, name: &'static str, least: i64, most: i64, usual: i64) -> Answer<i64> {
        let Some(text) = self.get(name) else { return Ok(usual) };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::invalid(name, format!("{name} must be a whole number")).into());
        }
        let beyond = if text.starts_with('-') { least } else { most };
        Ok(text.parse::<i64>().unwrap_or(beyond).clamp(least, most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Query {
        Query(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn listing(pairs: &[(&str, &str)]) -> Answer<Listing> {
        query(pairs).listing(&[TRANSCODE, TRANSCRIBE])
    }

    #[test]
    fn pages_are_clamped_and_what_is_no_number_is_refused() {
        for (text, limit) in [("1", 1), ("0", 1), ("-5", 1), ("100", 100), ("101", 100), ("99999999999999999999", 100)]
        {
            assert_eq!(listing(&[("limit", text)]).ok().map(|list| list.wanted.limit), Some(limit), "{text}");
        }
        for text in ["ten", "1.5", "1e3", "0x10", "-"] {
            assert!(listing(&[("limit", text)]).is_err(), "{text}");
            assert!(listing(&[("page", text)]).is_err(), "{text}");
        }
        let usual = listing(&[("unknown", "x"), ("limit", ""), ("page", "0")]).ok().map(|list| list.wanted);
        assert_eq!(usual.map(|wanted| (wanted.page, wanted.limit, wanted.kinds.len())), Some((1, 20, 2)));
    }

    #[test]
    fn clients_write_times_in_many_ways() {
        let since = |text: &str| listing(&[("since", text)]).ok().and_then(|list| list.wanted.since);
        let moment = since("2026-11-21T15:04:05Z");
        assert!(moment.is_some());
        for same in [
            "2026-11-21T15:04:05.000000+0000",
            "2026-11-21T15:04:05.000000",
            "2026-11-21T15:04:05 00:00",
            "2026-11-21T16:04:05+01:00",
            "2026-11-21 15:04:05",
        ] {
            assert_eq!(since(same), moment, "{same}");
        }
    }

    #[test]
    fn an_unknown_status_empties_and_an_unknown_order_is_refused() {
        for unknown in ["queued", "awaiting_review", "COMPLETED", "%"] {
            assert!(listing(&[("status", unknown)]).is_ok_and(|list| list.empty), "{unknown}");
        }
        let known = listing(&[("status", "canceled"), ("job_type", "transcribe"), ("order", "updated_at.asc")]);
        assert!(known.is_ok_and(|list| !list.empty
            && list.wanted.status == Some(Status::Canceled)
            && list.wanted.kinds == [TRANSCRIBE]
            && list.wanted.sorted == Sorted::ChangedLast));
        for (name, value) in [
            ("order", "created_at.asc"),
            ("order", "id"),
            ("job_type", "other"),
            ("since", "x"),
            ("until", "2026-99-99"),
        ] {
            assert!(listing(&[(name, value)]).is_err(), "{name}={value}");
        }
    }
}
