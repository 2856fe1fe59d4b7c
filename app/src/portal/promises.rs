//! What policies promise, as the customer reads it.

/// The phrases of a policy's sentence that speak of customers, and what they are to the one who reads it.
const PHRASES: [(&str, &str); 11] = [
    (", the advocate gets ", ", you get "),
    (", friend and advocate each get ", ", you both get "),
    (", the friend gets ", ", your friend gets "),
    (", the customer gets ", ", you get "),
    ("When a friend makes the first ", "When a friend makes a first "),
    ("For every purchase of a friend", "For every purchase a friend makes"),
    ("When a customer makes the first ", "When you make your first "),
    ("When a customer makes ", "When you make "),
    ("When a customer buys ", "When you buy "),
    ("When a customer reaches ", "When you reach "),
    ("When the balance of a customer rises ", "When your balance rises "),
];

/// The sentence of a policy, said to the customer who can have something of it.
pub(super) fn to_you(summary: &str) -> String {
    let said = PHRASES.iter().fold(summary.to_owned(), |said, (of, to)| said.replacen(of, to, 1));
    said.replacen("On the birthday of a customer, ", "On your birthday, ", 1)
}

/// How far somebody is on the way to a number above zero, in percent.
pub(super) fn part(counted: i64, next: i64) -> u8 {
    let next = next.max(1);
    u8::try_from(i128::from(counted.clamp(0, next)) * 100 / i128::from(next)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use perennial_domain::ids::RewardId;
    use perennial_domain::policies::{NoNames, Template, sentence};

    #[test]
    fn every_sentence_is_said_to_the_one_who_reads_it() {
        let currency = "USD".parse().unwrap();
        for template in Template::ALL {
            let reward = RewardId::new(0, [1; 10]);
            let terms = template.draft(Some(reward)).check().unwrap();
            let said = to_you(&sentence(&terms, currency, &NoNames));
            for stranger in ["customer", "advocate"] {
                assert!(!said.contains(stranger), "{said}");
            }
        }
    }

    #[test]
    fn the_reader_is_meant() {
        let said = |text: &str| to_you(text);
        assert_eq!(
            said("On the birthday of a customer, the customer gets 500 points."),
            "On your birthday, you get 500 points."
        );
        assert_eq!(
            said("When a customer makes every 10th purchase, the customer gets “Free meal”."),
            "When you make every 10th purchase, you get “Free meal”."
        );
    }

    #[test]
    fn a_way_has_percents() {
        assert_eq!([part(3, 10), part(-2, 10), part(30, 10), part(0, 0)], [30, 0, 100, 0]);
    }
}
