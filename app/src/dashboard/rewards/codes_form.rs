//! Uploading codes into a pool.

use super::super::posted::{Posted, one};
use crate::form::FormState;
use crate::state::AppState;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use perennial_domain::access::Action;
use perennial_domain::error::FieldError;
use perennial_domain::ids::RewardId;
use perennial_engine::Error;

/// The largest body of an upload: a hundred thousand of the longest codes. It is less than the 8 MiB at which the server cuts
/// off every request, so that whoever sends more is told so, and not that the file was broken.
pub const BODY_MAX: usize = 7 * 1024 * 1024;

/// The longest list that comes back for another look when something was wrong with it, in bytes.
const KEPT_MAX: usize = 64 * 1024;

/// Wrong lines that are named; who sent a wrong file sees its kind from a few.
const LINES_NAMED: usize = 5;

/// Adds the codes of a file, or of a list, and tells how many were new. Sent again, nothing is new.
pub async fn add(
    State(state): State<AppState>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let (mut posted, mut files) = Posted::with_files(state, request, Action::RewardsWrite, "file").await?;
    let Ok(id) = id.parse::<RewardId>() else { return Err(posted.missing()) };
    // What an answer says is said by the engine, not by whoever sends the form.
    posted.values.retain(|name, _| !name.starts_with("answer."));
    let pasted = posted.given("codes").map(str::to_owned);
    let (field, codes) = match (files.remove("file"), pasted) {
        (Some(_), Some(_)) => {
            return Ok(posted.again(one("codes", "Send the file or the list, not both at once")).await);
        }
        (None, None) => {
            return Ok(posted.again(one("file", "Choose a file, or paste the codes below")).await);
        }
        (Some(file), None) => ("file", file),
        // Browsers end lines with two letters, of which the second would be taken for the beginning of the next line.
        (None, Some(list)) => ("codes", list.replace("\r\n", "\n").into_bytes()),
    };
    match posted.engine().reward_codes_add(&posted.cx, id, &codes).await {
        Ok(done) => {
            let added = [("answer.added", done.added), ("answer.repeated", done.repeated)];
            let form = FormState::sent(added.map(|(name, count)| (name, count.to_string())));
            Ok(posted.show(form).await)
        }
        Err(Error::Invalid(errors)) => {
            posted.values.retain(|_, value| value.len() <= KEPT_MAX);
            Ok(posted.again(one(field, &lines(&errors))).await)
        }
        Err(error) => {
            posted.values.retain(|_, value| value.len() <= KEPT_MAX);
            Ok(posted.refuse(error, |_| field.to_owned()).await)
        }
    }
}

/// The first wrong lines in a sentence: `Line 3: The code is too long. And 2 more lines.`
fn lines(errors: &[FieldError]) -> String {
    let named = errors.iter().take(LINES_NAMED).map(|error| match error.pointer.strip_prefix("/lines/") {
        Some(line) => format!("Line {line}: {}.", error.detail),
        None => format!("{}.", error.detail),
    });
    let mut text = named.collect::<Vec<_>>().join(" ");
    match errors.len().saturating_sub(LINES_NAMED) {
        0 => {}
        1 => text.push_str(" And 1 more line."),
        more => text.push_str(&format!(" And {more} more lines.")),
    }
    text.push_str(" Nothing was added.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_wrong_lines_are_named() {
        let wrong =
            |line: usize| FieldError::new(format!("/lines/{line}"), "too_long", "The code is too long");
        assert_eq!(lines(&[wrong(2)]), "Line 2: The code is too long. Nothing was added.");
        let many: Vec<FieldError> = (1..=7).map(wrong).collect();
        assert!(lines(&many).ends_with("Line 5: The code is too long. And 2 more lines. Nothing was added."));
    }
}
