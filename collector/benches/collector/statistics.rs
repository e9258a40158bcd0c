//! Quantiles, and how figures are written.
//!
//! Knows numbers. Must never know what they count.

/// The value that so large a part of the values does not exceed.
pub fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values[(part * last as f64).round() as usize]
}

/// Seconds as milliseconds.
pub fn millis(seconds: f64) -> String {
    let millis = seconds * 1000.0;
    if millis < 10.0 {
        format!("{millis:.3}")
    } else {
        format!("{millis:.1}")
    }
}

/// A number with spaces between its thousands.
pub fn whole(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut spaced = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            spaced.push(' ');
        }
        spaced.push(digit);
    }
    spaced
}
