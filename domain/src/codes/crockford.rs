//! Random codes that people type, in the alphabet of Douglas Crockford; 80 bits unless said otherwise.

/// No I, L, O or U, so that nothing is misread and no word appears by accident.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 16 characters of 5 bits: 80 bits, out of reach of guessing.
const LENGTH: usize = 16;

/// Drops what people put between characters, and reads what they mistake for another.
///
/// Case, spaces and hyphens do not matter, `O` is 0, `I` and `L` are 1.
pub(super) fn read(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect()
}

/// Whether a text that was read is a whole code.
pub(super) fn is_code(text: &str) -> bool {
    is_code_of(text, LENGTH)
}

/// Whether a text that was read is a whole code of another length.
pub(super) fn is_code_of(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// The code of 80 bits, most significant first.
pub(super) fn encode(random: [u8; 10]) -> String {
    let bits = random.iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    digits(bits, LENGTH)
}

/// The lowest bits as so many characters, the most significant first.
pub(super) fn digits(bits: u128, length: usize) -> String {
    (0..length)
        .rev()
        .map(|place| {
            let digit = (bits >> (5 * place)) & 31;
            // Five bits are always below 32.
            char::from(ALPHABET[digit as usize])
        })
        .collect()
}

/// In groups of four, for people: `7F3A-9C02-XK41-P0QZ`.
pub(super) fn grouped(code: &str) -> String {
    let mut text = String::with_capacity(code.len() + code.len() / 4);
    for (position, character) in code.chars().enumerate() {
        if position > 0 && position.is_multiple_of(4) {
            text.push('-');
        }
        text.push(character);
    }
    text
}
