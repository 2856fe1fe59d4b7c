//! Whole numbers as text, the same on the server and in the browser.

/// A number with its thousands grouped: `12,480`, `−36` with a true minus sign.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 3);
    if number < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A change: like [`grouped`], with a plus sign in front of what is gained.
pub fn signed(number: i64) -> String {
    if number > 0 { format!("+{}", grouped(number)) } else { grouped(number) }
}

#[cfg(test)]
mod tests {
    use super::{grouped, signed};

    #[test]
    fn groups_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_240), "1,240");
        assert_eq!(grouped(-1_234_567), "−1,234,567");
        assert_eq!(grouped(i64::MIN), "−9,223,372,036,854,775,808");
        assert_eq!(signed(228), "+228");
        assert_eq!(signed(0), "0");
        assert_eq!(signed(-36), "−36");
    }
}
