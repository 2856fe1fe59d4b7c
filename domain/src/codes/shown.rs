//! Characters in a name that nobody sees, and what they do to those that are seen.
//!
//! Overrides of the direction of writing let a name end the line it stands in, or read as another one; what has no width makes
//! two names look like one. Whoever enters a name is told; a name that was stored before that was so is read without them.

use super::CodeError;

/// Letters that turn the direction of writing, have no width, or end a line. Joiners are not among them: see [`is_joiner`].
const fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{200B}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'
            | '\u{2066}'..='\u{2069}'
            | '\u{FEFF}'
    )
}

/// The two joiners. Persian and the scripts of India need them inside words, and pictures of several people consist of them.
const fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200C}' | '\u{200D}')
}

/// Whether a joiner between these two joins anything: both stand in a word, and not both are plain ASCII.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let in_word = |letter: &char| {
        !letter.is_whitespace() && !letter.is_control() && !is_unseen(*letter) && !is_joiner(*letter)
    };
    match (before.filter(in_word), after.filter(in_word)) {
        (Some(before), Some(after)) => !(before.is_ascii() && after.is_ascii()),
        _ => false,
    }
}

/// Whether a text holds a character that nobody sees and that means nothing where it stands.
pub(crate) fn hides_something(text: &str) -> bool {
    let mut before = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if is_unseen(letter) || (is_joiner(letter) && !joins(before, letters.peek().copied())) {
            return true;
        }
        before = Some(letter);
    }
    false
}

/// Refuses a text that [hides something](hides_something).
pub(crate) fn shown(text: &str) -> Result<&str, CodeError> {
    if hides_something(text) { Err(CodeError::Hidden) } else { Ok(text) }
}

/// A text as it is seen: what was stored before hidden characters were refused, without them. A name that has nothing else
/// is a question mark.
pub(crate) fn as_seen(text: &str) -> String {
    let seen: Vec<char> = text.chars().filter(|letter| !is_unseen(*letter)).collect();
    let at = |index: Option<usize>| index.and_then(|index| seen.get(index)).copied();
    let mut kept = String::with_capacity(text.len());
    for (index, letter) in seen.iter().enumerate() {
        if !is_joiner(*letter) || joins(at(index.checked_sub(1)), at(Some(index + 1))) {
            kept.push(*letter);
        }
    }
    if kept.trim().is_empty() && !text.trim().is_empty() { "?".to_owned() } else { kept }
}

/// [`as_seen`] in place, and at no cost for what hides nothing.
pub(crate) fn uncover(text: &mut String) {
    if hides_something(text) {
        *text = as_seen(text);
    }
}
