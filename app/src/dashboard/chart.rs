//! Charts as plain SVG, computed from the numbers alone: the same on the server and in the browser.

use super::format;
use crate::ui::grouped;
use chrono::NaiveDate;
use leptos::prelude::*;

/// One day of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// The business date.
    pub date: NaiveDate,
    /// What happened on it.
    pub value: i64,
}

/// A second line over the same days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it counts: `Points redeemed`.
    pub what: String,
    /// Its value for each of the days.
    pub values: Vec<i64>,
}

/// The frame that a chart is drawn in, in its own units.
#[derive(Debug, Clone, Copy)]
struct Frame {
    width: f64,
    height: f64,
    left: f64,
    top: f64,
}

const WIDE: Frame = Frame { width: 718.0, height: 236.0, left: 40.0, top: 8.0 };
const NARROW: Frame = Frame { width: 296.0, height: 170.0, left: 40.0, top: 8.0 };

/// The top of the scale and its step: the smallest of 1, 2, 2.5, 5 × 10ⁿ that makes four steps or fewer.
fn scale(highest: i64) -> (i64, i64) {
    let highest = highest.max(4);
    let mut unit = 1_i64;
    loop {
        for step in [unit, unit.saturating_mul(2), unit.saturating_mul(5) / 2, unit.saturating_mul(5)] {
            if step > 0
                && step.saturating_mul(4) >= highest
                && (unit >= 10 || step != unit.saturating_mul(5) / 2)
            {
                let steps = highest / step + i64::from(highest % step != 0);
                return (step.saturating_mul(steps), step);
            }
        }
        let next = unit.saturating_mul(10);
        if next == unit {
            return (i64::MAX, i64::MAX / 4);
        }
        unit = next;
    }
}

/// An axis label: `0`, `250`, `20k`, `1.5M`.
fn axis(value: i64) -> String {
    match value {
        0..10_000 => grouped(value),
        10_000..1_000_000 if value % 1_000 == 0 => format!("{}k", value / 1_000),
        10_000..1_000_000 => format!("{:.1}k", value as f64 / 1e3),
        _ if value % 1_000_000 == 0 => format!("{}M", grouped(value / 1_000_000)),
        _ => format!("{:.1}M", value as f64 / 1e6),
    }
}

fn x(index: usize, count: usize, frame: Frame) -> f64 {
    if count < 2 { frame.width / 2.0 } else { frame.width * index as f64 / (count - 1) as f64 }
}

fn y(value: i64, top: i64, frame: Frame) -> f64 {
    frame.height - frame.height * value as f64 / top.max(1) as f64
}

/// `M0.0 12.3L…` through every value.
fn path(values: &[i64], top: i64, frame: Frame) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(values.len() * 12);
    for (index, value) in values.iter().enumerate() {
        let verb = if index == 0 { 'M' } else { 'L' };
        // Writing into a String cannot fail.
        let _ = write!(out, "{verb}{:.1} {:.1}", x(index, values.len(), frame), y(*value, top, frame));
    }
    out
}

/// What the chart shows, in a sentence, for those who do not see it.
fn finding(now: &[Point], before: &[i64], what: &str) -> String {
    let (Some(first), Some(last)) = (now.first(), now.last()) else {
        return format!("{what}: no days to show.");
    };
    let total: i64 = now.iter().map(|point| point.value).sum();
    let previous: i64 = before.iter().sum();
    let best = now.iter().max_by_key(|point| point.value).unwrap_or(last);
    let compared = match format::change_permille(total, previous) {
        Some(change) if change >= 0 => format!(", {} more than before", format::percent(change)),
        Some(change) => format!(", {} less than before", format::percent(change)),
        None => String::new(),
    };
    format!(
        "{what} per day, {} to {}: {} in all{compared}; most on {} with {}.",
        format::day(first.date),
        format::day(last.date),
        grouped(total),
        format::day(best.date),
        grouped(best.value),
    )
}

/// The same of a second line.
fn second_finding(now: &[Point], burn: &Line) -> String {
    let days = now.iter().zip(&burn.values);
    match days.max_by_key(|(_, value)| **value) {
        Some((best, value)) if *value > 0 => format!(
            " {}: {} in all; most on {} with {}.",
            burn.what,
            grouped(burn.values.iter().sum()),
            format::day(best.date),
            grouped(*value),
        ),
        _ => format!(" {}: none.", burn.what),
    }
}

/// A line for the period over a dashed one for the period before, and if given a second line, with every value in a table below
/// for those who cannot see it.
#[component]
pub fn LineChart(
    /// The days of the period, in order, without gaps.
    now: Vec<Point>,
    /// The same number of days before it; none where there is nothing to compare with.
    before: Vec<i64>,
    /// What is counted, for the description: `Points issued`.
    what: String,
    /// The second line.
    #[prop(optional)]
    burn: Option<Line>,
) -> impl IntoView {
    let mut label = finding(&now, &before, &what);
    if let Some(burn) = &burn {
        label.push_str(&second_finding(&now, burn));
    }
    let has_before = !before.is_empty();
    let second: &[i64] = match &burn {
        Some(burn) => &burn.values,
        None => &[],
    };
    let rows = now
        .iter()
        .enumerate()
        .map(|(index, point)| {
            let previous = has_before.then(|| {
                let previous = before.get(index).copied().map_or_else(String::new, grouped);
                view! { <td>{previous}</td> }
            });
            let second = second.get(index).map(|value| view! { <td>{grouped(*value)}</td> });
            view! {
                <tr>
                    <th scope="row">{format::day(point.date)}</th>
                    <td>{grouped(point.value)}</td>
                    {second}
                    {previous}
                </tr>
            }
        })
        .collect_view();
    let drawings = (
        drawing(WIDE, "chart chart--wide", 5, &now, &before, second, &label),
        drawing(NARROW, "chart chart--narrow", 3, &now, &before, second, &label),
    );
    let caption = match &burn {
        Some(burn) => format!("{what} per day, and {} beside it", burn.what),
        None => format!("{what} per day"),
    };
    let second = burn.map(|burn| view! { <th scope="col">{burn.what}</th> });
    view! {
        {drawings}
        <div class="visually-hidden">
            <table>
                <caption>{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Day"</th>
                        <th scope="col">"This period"</th>
                        {second}
                        {has_before.then(|| view! { <th scope="col">"The period before"</th> })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn drawing(
    frame: Frame,
    class: &'static str,
    labels: usize,
    now: &[Point],
    before: &[i64],
    second: &[i64],
    label: &str,
) -> impl IntoView + use<> {
    let values: Vec<i64> = now.iter().map(|point| point.value).collect();
    let highest = values.iter().chain(before).chain(second).copied().max().unwrap_or(0);
    let (top, step) = scale(highest);
    let lines = (0..=4_i64)
        .map(|index| index.saturating_mul(step))
        .take_while(|value| *value <= top)
        .map(|value| {
            let at = frame.top + y(value, top, frame);
            view! {
                <line class="grid" x1=frame.left x2=frame.left + frame.width y1=format!("{at:.1}") y2=format!("{at:.1}") />
                <text class="axis" x=frame.left - 8.0 y=format!("{:.1}", at + 4.0) text-anchor="end">
                    {axis(value)}
                </text>
            }
        })
        .collect_view();
    let last = now.len().saturating_sub(1);
    let mut marks: Vec<usize> = (0..labels).map(|part| last * part / (labels - 1).max(1)).collect();
    marks.dedup();
    let days = marks
        .into_iter()
        .filter_map(|index| now.get(index).map(|point| (index, point.date)))
        .map(|(index, date)| {
            let anchor = match index {
                0 if last > 0 => "start",
                _ if index == last && last > 0 => "end",
                _ => "middle",
            };
            view! {
                <text
                    class="axis"
                    x=format!("{:.1}", frame.left + x(index, now.len(), frame))
                    y=frame.top + frame.height + 20.0
                    text-anchor=anchor
                >
                    {format::day(date)}
                </text>
            }
        })
        .collect_view();
    let area = |line: &str, count: usize| match count {
        0 | 1 => String::new(),
        _ => format!("{line}L{} {}L0 {}Z", frame.width, frame.height, frame.height),
    };
    let end = |values: &[i64], class: &'static str| {
        let (x, y) = (x(last, values.len(), frame), values.last().map(|value| y(*value, top, frame)));
        y.map(|y| view! { <circle class=class cx=format!("{x:.1}") cy=format!("{y:.1}") r="4" /> })
    };
    let (earn, burn) = (path(&values, top, frame), path(second, top, frame));
    let (area_earn, area_burn) = (area(&earn, values.len()), area(&burn, second.len()));
    let (end_earn, end_burn) = (end(&values, "pt pt-earn"), end(second, "pt pt-burn"));
    let view_box = format!("0 0 {} {}", frame.left + frame.width + 6.0, frame.top + frame.height + 26.0);
    view! {
        <svg class=class viewBox=view_box role="img" aria-label=label.to_owned()>
            {lines}
            {days}
            <g transform=format!("translate({} {})", frame.left, frame.top)>
                <path class="area-earn" d=area_earn />
                <path class="area-burn" d=area_burn />
                <path class="prev" d=path(before, top, frame) />
                <path class="line burn" d=burn />
                <path class="line earn" d=earn />
                {end_burn}
                {end_earn}
            </g>
        </svg>
    }
}

/// The course of a tile: the period, and the one before dashed. Decoration: the tile says it in words.
#[component]
pub fn Spark(now: Vec<i64>, before: Vec<i64>) -> impl IntoView {
    const FRAME: Frame = Frame { width: 72.0, height: 22.0, left: 0.0, top: 2.0 };
    let thin = |values: &[i64]| -> Vec<i64> {
        // Twelve points are as much as 76 px can show.
        let size = values.len().div_ceil(12).max(1);
        values
            .chunks(size)
            .map(|chunk| chunk.iter().sum::<i64>() / i64::try_from(chunk.len()).unwrap_or(1).max(1))
            .collect()
    };
    let (now, before) = (thin(&now), thin(&before));
    // Only the course matters here, so it fills the height; the figure beside it has the scale.
    let lowest = now.iter().chain(&before).copied().min().unwrap_or(0);
    let lift = |values: Vec<i64>| -> Vec<i64> { values.into_iter().map(|value| value - lowest).collect() };
    let (now, before) = (lift(now), lift(before));
    let top = now.iter().chain(&before).copied().max().unwrap_or(0).max(1);
    let end = now.last().map(|value| format!("{:.1}", y(*value, top, FRAME) + 2.0));
    (now.len() > 1).then(|| {
        view! {
            <svg class="spark" viewBox="0 0 76 26" aria-hidden="true">
                <g transform="translate(0 2)">
                    <path class="prev" d=path(&before, top, FRAME) />
                    <path class="line" d=path(&now, top, FRAME) />
                </g>
                <circle class="end" cx="72" cy=end r="2.4" />
            </svg>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_round_and_holds_the_highest_value() {
        for highest in [0, 1, 3, 4, 5, 9, 10, 41, 99, 100, 60_640, 1_280_000, i64::MAX] {
            let (top, step) = scale(highest);
            assert!(top >= highest, "{highest}: {top}");
            assert!(step > 0 && top / step <= 4, "{highest}: {top} in steps of {step}");
        }
        assert_eq!(scale(60_640), (80_000, 20_000));
        assert_eq!(scale(9), (10, 5));
    }

    #[test]
    fn a_second_line_is_told_too() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 5, day).unwrap();
        let now = [Point { date: day(7), value: 5 }, Point { date: day(8), value: 9 }];
        let burn = |values: &[i64]| Line { what: "Points redeemed".to_owned(), values: values.to_vec() };
        let told = second_finding(&now, &burn(&[1, 7]));
        assert_eq!(told, " Points redeemed: 8 in all; most on May 8 with 7.");
        assert_eq!(second_finding(&now, &burn(&[0, 0])), " Points redeemed: none.");
    }

    #[test]
    fn axis_labels_are_short() {
        assert_eq!(axis(0), "0");
        assert_eq!(axis(7_500), "7,500");
        assert_eq!(axis(20_000), "20k");
        assert_eq!(axis(12_500), "12.5k");
        assert_eq!(axis(2_500_000), "2.5M");
    }

    #[test]
    fn a_path_spans_the_frame() {
        let frame = Frame { width: 10.0, height: 10.0, left: 0.0, top: 0.0 };
        assert_eq!(path(&[0, 5, 10], 10, frame), "M0.0 10.0L5.0 5.0L10.0 0.0");
        assert_eq!(path(&[], 10, frame), "");
    }
}
