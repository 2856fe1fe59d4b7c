//! Attributes in headers, as the bindings for HTTP and NATS write them.

/// A header cannot be read as the value of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedHeader {
    /// A percent sign without two hexadecimal digits behind it.
    #[error("must have two hexadecimal digits behind each percent sign")]
    Percent,
    /// A quotation mark that is not closed, or something behind the closing one.
    #[error("must end with the quotation mark that closes it")]
    Quotes,
    /// What comes out is no UTF-8.
    #[error("must be UTF-8 after it is decoded")]
    Utf8,
}

/// Decodes the value of a header: quotation marks first, which older senders put around a text, then one round of
/// percent signs.
///
/// # Errors
/// When it was not encoded by the rules.
pub fn header_value(raw: &[u8]) -> Result<String, MalformedHeader> {
    let raw = raw.trim_ascii();
    let unquoted = match raw {
        [b'"', inner @ ..] => unquote(inner)?,
        plain => plain.to_vec(),
    };
    let mut decoded = Vec::with_capacity(unquoted.len());
    let mut rest = unquoted.as_slice();
    loop {
        match rest {
            [] => break,
            [b'%', high, low, behind @ ..] => {
                let digit =
                    |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let (high, low) = digit(high).zip(digit(low)).ok_or(MalformedHeader::Percent)?;
                decoded.push(high * 16 + low);
                rest = behind;
            }
            [b'%', ..] => return Err(MalformedHeader::Percent),
            [byte, behind @ ..] => {
                decoded.push(*byte);
                rest = behind;
            }
        }
    }
    String::from_utf8(decoded).map_err(|_| MalformedHeader::Utf8)
}

/// What stands between quotation marks; a backslash takes the meaning from the letter behind it.
fn unquote(inner: &[u8]) -> Result<Vec<u8>, MalformedHeader> {
    let mut text = Vec::with_capacity(inner.len());
    let mut rest = inner;
    loop {
        match rest {
            [b'"'] => return Ok(text),
            [] | [b'"', ..] | [b'\\'] => return Err(MalformedHeader::Quotes),
            [b'\\', letter, behind @ ..] | [letter, behind @ ..] => {
                text.push(*letter);
                rest = behind;
            }
        }
    }
}
