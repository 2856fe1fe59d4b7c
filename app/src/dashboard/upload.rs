//! A form with files on its way in.

use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use std::collections::BTreeMap;

/// The files of a form by the names of their fields.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Why the parts of a body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum NoForm {
    /// It is no form with files.
    #[error(transparent)]
    Kind(#[from] MultipartRejection),
    /// It breaks off, is too large, or is not what it says.
    #[error(transparent)]
    Body(#[from] MultipartError),
}

impl NoForm {
    /// The status to answer with: 413 for a body that is too large.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Kind(rejection) => rejection.status(),
            Self::Body(error) => error.status(),
        }
    }
}

impl IntoResponse for NoForm {
    fn into_response(self) -> Response {
        match self {
            Self::Kind(rejection) => rejection.into_response(),
            Self::Body(error) => error.into_response(),
        }
    }
}

/// Reads the fields and the files. Of a name that is there twice, the last counts, as of every form; a field that is no
/// text is kept as far as it is.
///
/// # Errors
/// What is wrong with the body.
pub async fn read(request: Request) -> Result<(BTreeMap<String, String>, Files), NoForm> {
    let mut multipart = Multipart::from_request(request, &()).await?;
    let (mut values, mut files) = (BTreeMap::new(), Files::new());
    while let Some(field) = multipart.next_field().await? {
        let Some(name) = field.name().map(str::to_owned) else { continue };
        let is_file = field.file_name().is_some();
        // A browser sends an empty file without a name where none was chosen.
        let is_chosen = field.file_name().is_some_and(|name| !name.is_empty());
        let bytes = field.bytes().await?;
        if is_chosen {
            files.insert(name, bytes.into());
        } else if !is_file {
            values.insert(name, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok((values, files))
}
