//! Forms as a browser sends them, and what tests read off the page that has one.

use super::Page;

/// A form's body; names and values are encoded.
pub fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// What stands between `before` and `after`, the first time.
pub fn between<'p>(page: &'p Page, before: &str, after: &str) -> &'p str {
    let (_, rest) = page.text.split_once(before).unwrap_or_else(|| panic!("no {before} in {}", page.text));
    rest.split_once(after).unwrap_or_else(|| panic!("no {after} behind {before}")).0
}

/// The value of a hidden field; nothing when it is empty.
pub fn hidden<'p>(page: &'p Page, name: &str) -> &'p str {
    let field = between(page, &format!("name=\"{name}\""), ">");
    field.split_once("value=\"").and_then(|(_, value)| value.split('"').next()).unwrap_or_default()
}

/// The hidden field that makes a form work once.
pub fn once(page: &Page) -> String {
    let value = hidden(page, "once");
    assert!(!value.is_empty(), "the form has no mark: {}", page.text);
    value.to_owned()
}
