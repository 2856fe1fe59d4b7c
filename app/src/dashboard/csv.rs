//! CSV of what a list shows: the same query, every page of it, streamed.

use super::session::Staff;
use crate::error::PageError;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use futures::future::BoxFuture;
use http::header;
use perennial_engine::{Error, LIMIT_MAX, Page, PageRequest};
use std::sync::Arc;

/// One cell. Text came from outside and may be somebody's formula; a number is ours.
#[derive(Debug, Clone)]
pub enum Cell {
    /// Anything that a person, a till or a file gave us.
    Text(String),
    /// A whole number, written plainly so that a spreadsheet can sum it.
    Number(i64),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Option<String>> for Cell {
    fn from(text: Option<String>) -> Self {
        Self::Text(text.unwrap_or_default())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// One line with CRLF, as RFC 4180 wants it.
fn line(cells: &[Cell]) -> String {
    let mut out = String::new();
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        match cell {
            Cell::Number(number) => out.push_str(&number.to_string()),
            Cell::Text(text) => write_text(&mut out, text),
        }
    }
    out.push_str("\r\n");
    out
}

/// Quotes what needs quotes, and puts an apostrophe before what a spreadsheet would run as a formula.
fn write_text(out: &mut String, text: &str) {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let quoted = formula || text.contains([',', '"', '\n', '\r']);
    if quoted {
        out.push('"');
    }
    if formula {
        out.push('\'');
    }
    for character in text.chars() {
        if character == '"' {
            out.push('"');
        }
        out.push(character);
    }
    if quoted {
        out.push('"');
    }
}

/// What a download is called and what its columns are.
#[derive(Debug, Clone, Copy)]
pub struct Csv {
    /// The name of the file, without its ending.
    pub name: &'static str,
    /// The names of the columns.
    pub columns: &'static [&'static str],
}

impl Csv {
    /// Every row of a list: `read` reads a page of it, `cells` makes a line of a row.
    ///
    /// # Errors
    /// As [`download`](Self::download).
    pub async fn of<Q, T, R, C>(
        self,
        staff: Staff,
        filter: Q,
        read: R,
        cells: C,
    ) -> Result<Response, PageError>
    where
        Q: Send + Sync + 'static,
        T: Send,
        R: for<'a> Fn(&'a Staff, &'a Q, &'a PageRequest) -> BoxFuture<'a, Result<Page<T>, Error>>
            + Send
            + Sync
            + 'static,
        C: Fn(T) -> Vec<Cell> + Send + Sync + 'static,
    {
        let list = Arc::new((staff, filter, read, cells));
        self.download(move |after| {
            let list = Arc::clone(&list);
            async move {
                let (staff, filter, read, cells) = &*list;
                let request = PageRequest::new(Some(LIMIT_MAX.into()), after)?;
                let page = read(staff, filter, &request).await?;
                Ok(page.map(cells))
            }
        })
        .await
    }

    /// A download that reads page after page while the browser takes it. The first page is read before the
    /// answer begins, so that a refusal is still an ordinary answer.
    ///
    /// # Errors
    /// What the first page fails with. A later failure cuts the transfer, so that half a file is not taken for a whole one.
    async fn download<F, Fut>(self, mut page: F) -> Result<Response, PageError>
    where
        F: FnMut(Option<String>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Page<Vec<Cell>>, PageError>> + Send,
    {
        let first = page(None).await?;
        // A byte order mark: without it spreadsheets read UTF-8 as something else.
        let mut head = String::from('\u{feff}');
        head.push_str(&line(&self.columns.iter().map(|name| Cell::from(*name)).collect::<Vec<_>>()));
        let stream = futures::stream::try_unfold(
            (Some(head), Some(first), None, page),
            |(head, ready, after, mut page)| async move {
                let rows = match (ready, after) {
                    (Some(rows), _) => rows,
                    (None, Some(cursor)) => page(Some(cursor))
                        .await
                        .map_err(|failure| std::io::Error::other(failure.to_string()))?,
                    (None, None) => return Ok::<_, std::io::Error>(None),
                };
                let mut text = head.unwrap_or_default();
                for row in &rows.data {
                    text.push_str(&line(row));
                }
                Ok(Some((text, (None, None, rows.next, page))))
            },
        );
        let disposition = format!("attachment; filename=\"{}.csv\"", self.name);
        Ok((
            [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, disposition),
            ],
            Body::from_stream(stream),
        )
            .into_response())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"] {
            assert_eq!(line(&[Cell::from(formula)]), format!("\"'{formula}\"\r\n"));
        }
    }

    #[test]
    fn quotes_and_commas_survive() {
        assert_eq!(
            line(&[Cell::from("a \"b\", c"), Cell::from(-5), Cell::from("plain")]),
            "\"a \"\"b\"\", c\",-5,plain\r\n"
        );
    }

    #[tokio::test]
    async fn every_page_is_in_the_file() {
        use http_body_util::BodyExt as _;
        let list = Csv { name: "list", columns: &["n"] };
        let answer = list
            .download(|after: Option<String>| async move {
                let n: i64 = after.as_deref().unwrap_or("0").parse().unwrap_or(0);
                Ok(Page { data: vec![vec![Cell::from(n)]], next: (n < 2).then(|| (n + 1).to_string()) })
            })
            .await
            .map_err(|failure| failure.to_string());
        let body = answer
            .expect("the first page works")
            .into_body()
            .collect()
            .await
            .expect("all pages work")
            .to_bytes();
        assert_eq!(body.as_ref(), "\u{feff}n\r\n0\r\n1\r\n2\r\n".as_bytes());
    }
}
