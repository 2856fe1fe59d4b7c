//! Sites: scheme, host and port at the beginning of an address.

use super::{CodeError, code, plain};

/// Characters of the longest origin: scheme, a host of 253, a port.
const MAX_LENGTH: usize = 267;

const EXPECTED: CodeError = CodeError::Shape {
    expected: "scheme and host such as https://app.shop.example, without a path; http is only for localhost and 127.0.0.1",
};

code!(
    /// A site whose pages may call the API in a browser, written as browsers write it: lower case, without a slash, and
    /// without the port that goes without saying. Encrypted, unless it is the developer's own machine.
    AppOrigin,
    app_origin
);

fn app_origin(text: &str) -> Result<String, CodeError> {
    let text = plain(text, MAX_LENGTH)?.to_ascii_lowercase();
    let Some((origin, "" | "/")) = split_address(&text) else { return Err(EXPECTED) };
    let (scheme, host) = origin.split_once("://").ok_or(EXPECTED)?;
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, port.parse::<u16>().ok()),
        None => (host, None),
    };
    let unsaid = match (scheme, name) {
        ("https", _) => 443,
        ("http", "localhost" | "127.0.0.1") => 80,
        _ => return Err(EXPECTED),
    };
    Ok(match port.filter(|port| *port != unsaid) {
        Some(port) => format!("{scheme}://{name}:{port}"),
        None => format!("{scheme}://{name}"),
    })
}

/// Origin and rest of an address; nothing where it has another scheme, no host, or a user.
pub(crate) fn split_address(text: &str) -> Option<(&str, &str)> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))?;
    let behind = text.get(scheme.len()..)?;
    let end = behind.find(['/', '?', '#']).unwrap_or(behind.len());
    let host = behind.get(..end)?;
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_name = name.len() <= 253 && name.split('.').all(is_label);
    let is_port = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    (is_name && is_port).then(|| text.split_at(scheme.len() + end))
}
