//! A form on its way in: who sent it, its fields, and how its page is shown again when it is refused.

use super::edit::{MEANWHILE, SEEN};
use super::entrance::sign_in;
use super::fields::{Problems, Values};
use super::flash::done;
use super::upload::{self, Files};
use crate::address::asked;
use crate::error::PageError;
use crate::form::FormState;
use crate::shell::{App, render_form};
use crate::state::AppState;
use axum::Form;
use axum::extract::{FromRequest as _, Request};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use perennial_domain::access::Action;
use perennial_domain::error::FieldError;
use perennial_engine::{Cx, Edit, Editable, Engine, Error, Remember};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// A form that somebody of the staff has sent.
pub struct Posted {
    /// Who, and for which merchant.
    pub cx: Cx,
    /// Its fields; of a name that is there twice, the last.
    pub values: BTreeMap<String, String>,
    state: AppState,
    parts: Parts,
}

impl Posted {
    /// Reads it. Whoever is not signed in is sent to the sign-in page, which is an answer of its own.
    ///
    /// # Errors
    /// The answer to give instead.
    pub async fn read(state: AppState, request: Request) -> Result<Self, Response> {
        let (mut posted, request) = Self::begin(state, request).await?;
        posted.values = fields(request).await?;
        Ok(posted)
    }

    /// Finds out who sends a form, before anything of its body is read.
    async fn begin(state: AppState, request: Request) -> Result<(Self, Request), Response> {
        let (parts, body) = request.into_parts();
        let cx = match state.staff_cx(&parts.headers).await {
            Ok(cx) => cx,
            Err(PageError::SignedOut) => return Err(to_sign_in(&parts)),
            Err(error) => return Err(error.into_response()),
        };
        let request = Request::from_parts(parts.clone(), body);
        Ok((Self { cx, values: BTreeMap::new(), state, parts }, request))
    }

    /// Like [`allowed`](Self::allowed), for a form with files: they come with its fields, by their names, and are not
    /// among [`values`](Self::values). A file that was not chosen is not there.
    ///
    /// The body is as large as the limit of its route; a form that is larger is shown again with that at the field
    /// `largest`.
    ///
    /// # Errors
    /// The answer to give instead.
    pub async fn with_files(
        state: AppState,
        request: Request,
        action: Action,
        largest: &str,
    ) -> Result<(Self, Files), Response> {
        let (mut posted, request) = Self::begin(state, request).await?;
        if let Err(error) = posted.cx.require(action) {
            return Err(PageError::from(error).into_response());
        }
        match upload::read(request).await {
            Ok((values, files)) => {
                posted.values = values;
                Ok((posted, files))
            }
            Err(refusal) if refusal.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(posted
                .again(one(largest, "This is larger than we take at once. Send it in parts."))
                .await),
            Err(refusal) => Err(refusal.into_response()),
        }
    }

    /// Reads a form that needs a permission. The engine asks for it again; asking here keeps whoever lacks it from
    /// being told first what is wrong with a form that would be refused anyway.
    ///
    /// # Errors
    /// The answer to give instead.
    pub async fn allowed(state: AppState, request: Request, action: Action) -> Result<Self, Response> {
        let posted = Self::read(state, request).await?;
        match posted.cx.require(action) {
            Ok(()) => Ok(posted),
            Err(error) => Err(PageError::from(error).into_response()),
        }
    }

    /// The answer to an address that names nothing.
    #[must_use]
    pub fn missing(&self) -> Response {
        PageError::NotFound.into_response()
    }

    /// The loyalty engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.state.engine
    }

    /// The state of the application.
    #[must_use]
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// The headers of the request.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// A field without the spaces around it; empty when it is not there.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |value| value.trim())
    }

    /// A field, unless it was left empty.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// What makes a form work once, however often it is sent: the hidden field `once`, which its page made. `what` keeps
    /// forms of different kinds apart.
    #[must_use]
    pub fn once(&self, what: &str) -> Option<Remember> {
        let once = self.given("once")?;
        let mut hash = Sha256::new();
        for (name, value) in &self.values {
            // The lengths keep one field from passing for the end of another.
            hash.update(name.len().to_be_bytes());
            hash.update(name);
            hash.update(value.len().to_be_bytes());
            hash.update(value);
        }
        let (key, request_hash) = (format!("dashboard:{what}:{once}"), hash.finalize().into());
        // Such forms are read with `allowed`.
        Some(Remember { key, request_hash, needs: None })
    }

    /// These terms in place of those that the form has shown.
    #[must_use]
    pub fn edit<T: Editable>(&self, terms: T) -> Edit<T> {
        Edit::<T>::from(terms).of_seen(self.given(SEEN))
    }

    /// Shows the page again with what was typed and these errors by field: 422.
    pub async fn again(self, errors: BTreeMap<String, String>) -> Response {
        let values = self.values.clone();
        self.show(FormState { values, errors }).await
    }

    /// Shows the page again with this state.
    pub async fn show(self, form: FormState) -> Response {
        let clean = form.is_clean();
        let mut answer = render_form(&self.state, App::Dashboard, self.parts, form).await;
        if clean && answer.status() == StatusCode::UNPROCESSABLE_ENTITY {
            // Nothing was refused: the page answers the form, such as with a new key.
            *answer.status_mut() = StatusCode::OK;
        }
        answer
    }

    /// Ends a form whose fields have the names of the engine's: goes to `path` with a word of [`done`], or shows the
    /// page again with what the engine refused.
    pub async fn finish<T>(self, outcome: Result<T, Error>, path: &str, word: &'static str) -> Response {
        match outcome {
            Ok(_) => done(path, word).into_response(),
            Err(error) => self.refuse(error, same_name).await,
        }
    }

    /// Like [`finish`](Self::finish), for fields with other names than the engine's: `field` names the one that an error is
    /// about.
    pub async fn finish_by<T>(
        self,
        outcome: Result<T, impl Into<Refusal>>,
        path: &str,
        word: &'static str,
        field: impl Fn(&FieldError, &Values) -> String,
    ) -> Response {
        match outcome.map_err(Into::into) {
            Ok(_) => done(path, word).into_response(),
            Err(Refusal::Fields(problems)) => self.again(problems).await,
            Err(Refusal::Engine(error)) => {
                let values = self.values.clone();
                self.refuse(error, |error| field(error, &values)).await
            }
        }
    }

    /// Turns what the engine refused into the page with its errors; `field` names the field of a JSON pointer.
    pub async fn refuse(self, error: Error, field: impl Fn(&FieldError) -> String) -> Response {
        let values = self.values.clone();
        self.refuse_with(error, values, field).await
    }

    /// Like [`refuse`](Self::refuse), with other values than those that were sent.
    pub async fn refuse_with(
        mut self,
        error: Error,
        values: BTreeMap<String, String>,
        field: impl Fn(&FieldError) -> String,
    ) -> Response {
        self.values = values;
        match error {
            Error::Invalid(errors) => {
                let errors = errors.iter().map(|error| (field(error), error.detail.clone())).collect();
                self.again(errors).await
            }
            Error::Conflict { code: "changed_meanwhile", detail } => {
                // The form comes back with the fingerprint of what there is now: whoever sends it again means it.
                self.values.remove(SEEN);
                self.values.insert(MEANWHILE.to_owned(), "on".to_owned());
                let advice = "Look at what it says now; what you typed is still here, and saving it again puts it in place of that";
                self.again(one("", &format!("{detail}. {advice}."))).await
            }
            Error::Conflict { code, detail } => {
                let known = CONFLICTS.iter().find(|(conflict, ..)| *conflict == code);
                let errors = known.map_or_else(|| one("", &detail), |(_, field, text)| one(field, text));
                self.again(errors).await
            }
            error => match PageError::from(error) {
                PageError::Invalid(detail) => self.again(one("", &detail)).await,
                error @ (PageError::Busy | PageError::Unavailable) => {
                    self.again(one("", &error.to_string())).await
                }
                PageError::SignedOut => to_sign_in(&self.parts),
                error @ (PageError::Forbidden | PageError::NotFound) => error.into_response(),
            },
        }
    }
}

/// Why a form was not saved.
pub enum Refusal {
    /// It could not be read; by field.
    Fields(Problems),
    /// The engine has refused it, or could not be asked.
    Engine(Error),
}

impl From<Problems> for Refusal {
    fn from(problems: Problems) -> Self {
        Self::Fields(problems)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

/// To the sign-in, which comes back to the page of the form.
fn to_sign_in(parts: &Parts) -> Response {
    Redirect::to(&sign_in(asked(parts))).into_response()
}

/// Conflicts that one field can repair: the engine's code, the field, and what to say there.
const CONFLICTS: [(&str, &str, &str); 2] = [
    ("code_taken", "code", "Another retailer has this code"),
    ("sku_taken", "sku", "Another product has this SKU"),
];

/// One error.
#[must_use]
pub fn one(field: &str, text: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(field.to_owned(), text.to_owned())])
}

/// The field of the same name: `/name` is `name`, `/point_value/points` is `point_value`.
#[must_use]
pub fn same_name(error: &FieldError) -> String {
    error.pointer.trim_start_matches('/').split('/').next().unwrap_or_default().to_owned()
}

/// The fields of a form.
///
/// # Errors
/// The answer to a body that is no form.
pub async fn fields(request: Request) -> Result<BTreeMap<String, String>, Response> {
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, &())
        .await
        .map_err(|refusal| refusal.into_response())?;
    Ok(pairs.into_iter().collect())
}
