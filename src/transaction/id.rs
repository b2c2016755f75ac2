//! Ids of changes: the time, so that they sort, and a few characters that make them unique.

use jiff::{Timestamp, tz::TimeZone};

/// The name of a change that begins now. It is greater than `last`.
pub fn new_id(last: Option<&str>) -> String {
    let mut now = Timestamp::now().as_millisecond();
    loop {
        let time = Timestamp::from_millisecond(now).unwrap_or_default();
        let time = time
            .to_zoned(TimeZone::UTC)
            .strftime("%Y%m%dT%H%M%S%3f")
            .to_string();
        let seed = format!("{time} {} {:?}", std::process::id(), std::time::Instant::now());
        let id = format!("{time}-{}", &blake3::hash(seed.as_bytes()).to_hex()[..4]);
        // A clock that was set back, or the same millisecond again.
        match last {
            Some(last) if id.as_str() <= last => now = after(last).max(now) + 1,
            _ => return id,
        }
    }
}

/// The time in a name, in milliseconds.
fn after(id: &str) -> i64 {
    let digits: String = id.split('-').next().unwrap_or_default().replace('T', "");
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|text| text.parse::<i16>().ok());
    let stamp = || {
        let day = jiff::civil::date(part(0..4)?, part(4..6)? as i8, part(6..8)? as i8);
        let time = day.at(part(8..10)? as i8, part(10..12)? as i8, part(12..14)? as i8, 0);
        let zoned = time.to_zoned(TimeZone::UTC).ok()?;
        Some(zoned.timestamp().as_millisecond() + i64::from(part(14..17)?))
    };
    stamp().unwrap_or_default()
}

/// Whether a text has the form of a name.
pub fn is_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    let form = |at: usize, byte: u8| match at {
        8 => byte == b'T',
        18 => byte == b'-',
        0..18 => byte.is_ascii_digit(),
        _ => byte.is_ascii_hexdigit(),
    };
    bytes.len() == 23 && bytes.iter().enumerate().all(|(at, &byte)| form(at, byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_grow() {
        let mut last = new_id(None);
        for _ in 0..50 {
            let next = new_id(Some(&last));
            assert!(next > last && is_id(&next), "{last} {next}");
            last = next;
        }
        // Of a clock that was ahead.
        let ahead = "29990101T000000000-0000";
        let next = new_id(Some(ahead));
        assert!(next.as_str() > ahead && is_id(&next), "{next}");
        assert!(!is_id("../../etc/passwd") && !is_id(""));
    }
}
