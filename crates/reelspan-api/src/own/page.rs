//! Pages of lists: a cursor says where the page before ended, and means nothing else to a client.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reelspan_app::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const MOST: i64 = 100;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// How many at most, 1 to 100; 20 if not said.
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of a list, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    pub items: Vec<T>,
    /// The cursor of the next page; none when this is the last.
    pub next: Option<String>,
}

impl Wanted {
    pub(super) fn limit(&self) -> Result<i64, Refusal> {
        match self.limit.unwrap_or(20) {
            limit @ 1..=MOST => Ok(limit),
            _ => Err(Refusal::invalid("limit", format!("limit may be from 1 to {MOST}"))),
        }
    }

    /// Time and id of the last one on the page before.
    pub(super) fn after(&self) -> Result<Option<(i64, String)>, Refusal> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let read = || {
            let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
            let (at, id) = text.split_once(' ')?;
            Some((at.parse::<i64>().ok()?, id.to_owned()))
        };
        read()
            .map(Some)
            .ok_or_else(|| Refusal::invalid("cursor", "this is no cursor; take `next` of the page before as it is"))
    }

    /// One more than asked for tells whether there is a next page.
    pub(super) fn page<R, T>(
        &self,
        mut rows: Vec<R>,
        place: impl Fn(&R) -> (i64, &str),
        show: impl Fn(R) -> T,
    ) -> Page<T> {
        let limit = usize::try_from(self.limit().unwrap_or(MOST)).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more).map(|row| {
            let (at, id) = place(row);
            URL_SAFE_NO_PAD.encode(format!("{at} {id}"))
        });
        Page { items: rows.into_iter().map(show).collect(), next: last }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_to_where_the_page_ended() {
        let wanted = Wanted { limit: Some(2), cursor: None };
        let rows = vec![(9, "c".to_owned()), (8, "b b".to_owned()), (7, "a".to_owned())];
        let page = wanted.page(rows, |row| (row.0, &row.1), |row| row.1);
        assert_eq!(page.items, ["c", "b b"]);
        let next = Wanted { limit: None, cursor: page.next };
        assert_eq!(next.after().unwrap(), Some((8, "b b".to_owned())));
        let last = next.page(vec![(7, "a".to_owned())], |row| (row.0, &row.1), |row| row.1);
        assert_eq!(last.next, None);
    }

    #[test]
    fn wrong_ones_are_refused_by_name() {
        for limit in [0, -1, 101] {
            let refused = Wanted { limit: Some(limit), cursor: None }.limit().unwrap_err();
            assert_eq!(refused.field.as_deref(), Some("limit"));
        }
        for cursor in ["", "?", "YQ", "MTIz"] {
            let refused = Wanted { limit: None, cursor: Some(cursor.into()) }.after().unwrap_err();
            assert_eq!(refused.field.as_deref(), Some("cursor"), "{cursor}");
        }
    }
}
