//! When a failed delivery is tried again, and when an endpoint that is away.
//!
//! Pauses are spread by a random byte of the caller's, so that what failed together does not come back together.

use chrono::TimeDelta;

use super::OUTAGE;

/// The pauses between the attempts of a delivery, in seconds: almost three days in all.
const PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 64_800, 72_000];
/// A delivery is given up when the endpoint has been away for so long since it was made.
pub(super) const PATIENCE: TimeDelta = TimeDelta::days(3);
/// An endpoint that has failed for so long without a success is switched off.
pub(super) const SWITCH_OFF: TimeDelta = TimeDelta::days(5);
/// The shortest pause between two attempts at an endpoint that is away, in seconds.
const AWAY_MIN: i64 = 5;
/// The longest.
const AWAY_MAX: i64 = 3_600;
/// The pause is this part of the time that it has been away: what is back is found so much later at most.
const AWAY_PART: i64 = 12;
/// A receiver may ask to be left alone for so long.
pub(super) const RETRY_AFTER_MAX: TimeDelta = TimeDelta::hours(1);

/// How long a delivery waits after it was tried so often; nothing when it is to be given up.
pub(super) fn pause(tries: i32, jitter: u8) -> Option<TimeDelta> {
    let place = usize::try_from(tries.checked_sub(1)?).ok()?;
    PAUSES.get(place).map(|seconds| spread(*seconds, jitter))
}

/// How long nothing is sent to an endpoint that has failed so often in a row, for so long.
pub(super) fn away(failures: i32, lasting: TimeDelta, jitter: u8) -> Option<TimeDelta> {
    let seconds = (lasting.num_seconds() / AWAY_PART).clamp(AWAY_MIN, AWAY_MAX);
    (failures >= OUTAGE).then(|| spread(seconds, jitter))
}

/// From four fifths to six fifths.
fn spread(seconds: i64, jitter: u8) -> TimeDelta {
    TimeDelta::milliseconds(seconds * 800 + seconds * 400 * i64::from(jitter) / 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_over_almost_three_days_and_end() {
        let pauses: Vec<TimeDelta> = (1..).map_while(|tries| pause(tries, 127)).collect();
        assert_eq!(pauses.len(), 9);
        assert!(pauses.is_sorted());
        let all: TimeDelta = pauses.iter().sum();
        assert!(all > TimeDelta::hours(68) && all < PATIENCE, "{all}");
        assert_eq!([0, 10, i32::MIN, i32::MAX].map(|tries| pause(tries, 0)), [None; 4]);
    }

    #[test]
    fn pauses_are_spread_by_a_fifth_to_either_side() {
        let [least, most] = [0, 255].map(|jitter| pause(2, jitter).unwrap());
        assert_eq!([least, most], [TimeDelta::seconds(240), TimeDelta::seconds(360)]);
    }

    #[test]
    fn an_endpoint_is_left_alone_only_once_it_seems_to_be_away() {
        let day = TimeDelta::days(1);
        assert_eq!([0, 1, 2, i32::MIN].map(|failures| away(failures, day, 0)), [None; 4]);
        let pauses = [0, 60, 120, 3_600, 21_600, 86_400]
            .map(|lasting| away(3, TimeDelta::seconds(lasting), 0).unwrap().num_seconds());
        assert_eq!(pauses, [4, 4, 8, 240, 1_440, 2_880]);
    }
}
