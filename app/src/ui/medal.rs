//! A medal with growth rings: one more ring per tier, so that rank reads without colour.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// Which step of a ladder something is, as it is drawn. The lowest is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// Its place from below.
    pub place: u8,
    /// How many steps there are.
    pub of: u8,
}

impl Rank {
    /// The step at `place` of so many.
    #[must_use]
    pub fn new(place: usize, of: usize) -> Self {
        let small = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
        Self { place: small(place), of: small(of) }
    }

    /// The class that gives the colour. A ladder of up to four begins at bronze; a longer one has neighbours in one colour.
    #[must_use]
    pub fn metal(self) -> &'static str {
        let step =
            if self.of <= 4 { u16::from(self.place) } else { u16::from(self.place) * 4 / u16::from(self.of) };
        match step {
            0 => "is-bronze",
            1 => "is-silver",
            2 => "is-gold",
            _ => "is-platinum",
        }
    }

    /// The radii of its rings in a circle of 11.
    fn rings(self) -> &'static [&'static str] {
        match self.place {
            0 => &["4.2"],
            1 => &["3", "6.6"],
            2 => &["2.2", "5", "7.8"],
            3 => &["1.7", "4", "6.3", "8.5"],
            _ => &["1.4", "3.3", "5.2", "7.1", "9"],
        }
    }
}

/// How large a [`Medal`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MedalSize {
    /// Beside a line of small text.
    Small,
    /// Beside a name.
    #[default]
    Plain,
    /// On a card of its own.
    Large,
}

/// The medal of a tier. Always beside the tier's name, so it says nothing to a screen reader.
#[component]
pub fn Medal(
    /// Which step.
    rank: Rank,
    /// How large.
    #[prop(optional)]
    size: MedalSize,
) -> impl IntoView {
    let size = match size {
        MedalSize::Small => " medal--sm",
        MedalSize::Plain => "",
        MedalSize::Large => " medal--lg",
    };
    let ring = |radius: &&'static str| view! { <circle cx="12" cy="12" r=*radius fill="none"/> };
    view! {
        <svg class=format!("medal {}{size}", rank.metal()) viewBox="0 0 24 24" aria-hidden="true">
            <circle cx="12" cy="12" r="11"/>
            {rank.rings().iter().map(ring).collect_view()}
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_a_short_ladder_differ_and_a_long_one_rises() {
        let metals = |of| (0..of).map(|place| Rank { place, of }.metal()).collect::<Vec<_>>();
        assert_eq!(metals(1), ["is-bronze"]);
        assert_eq!(metals(4), ["is-bronze", "is-silver", "is-gold", "is-platinum"]);
        assert_eq!(metals(8)[0], "is-bronze");
        assert_eq!(metals(8)[7], "is-platinum");
        assert_eq!(Rank { place: 49, of: 50 }.metal(), "is-platinum");
    }
}
