//! The code on a receipt with which an unclaimed purchase is claimed.

use super::{CodeError, code};

/// Crockford's alphabet: no I, L, O or U, so that nothing is misread and no word appears by accident.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// 16 characters of 5 bits: 80 bits, out of reach of guessing.
const LENGTH: usize = 16;

code!(
    /// A claim code: 80 random bits, kept as 16 characters, shown in groups of four.
    ///
    /// Reading is forgiving: case, spaces and hyphens do not matter, `O` is 0, `I` and `L` are 1.
    ClaimCode,
    |text| {
        const EXPECTED: CodeError = CodeError::Shape { expected: "a claim code of 16 letters and digits" };
        let code: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                c => c,
            })
            .collect();
        if code.is_empty() {
            return Err(CodeError::Empty);
        }
        if code.len() == LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte)) {
            Ok(code)
        } else {
            Err(EXPECTED)
        }
    }
);

impl ClaimCode {
    /// Makes a code from fresh random bytes, which must come from a cryptographic generator.
    #[must_use]
    pub fn from_random(random: [u8; 10]) -> Self {
        let bits = random.iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
        let code = (0..LENGTH)
            .rev()
            .map(|place| {
                let digit = (bits >> (5 * place)) & 31;
                // Five bits are always below 32.
                char::from(ALPHABET[digit as usize])
            })
            .collect();
        Self(code)
    }

    /// In groups of four, for people: `7F3A-9C02-XK41-P0QZ`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let mut text = String::with_capacity(LENGTH + 3);
        for (position, character) in self.0.chars().enumerate() {
            if position > 0 && position.is_multiple_of(4) {
                text.push('-');
            }
            text.push(character);
        }
        text
    }
}
