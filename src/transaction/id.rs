//! Ids of changes: the time, so that they sort, and a few characters that make them unique.

use jiff::civil::{Date, Time};
use jiff::{Timestamp, tz::TimeZone};

use crate::store::random_id;

/// The name of a change that begins now. It is greater than `last`; `None` where no name is, because of a clock that was
/// wrong.
pub fn new_id(last: Option<&str>) -> Option<String> {
    let name = |milliseconds: i64| {
        let time = Timestamp::from_millisecond(milliseconds).ok()?;
        let time = time.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%S%3f");
        let id = format!("{time}-{}", &random_id()[..4]);
        is_id(&id).then_some(id)
    };
    let id = name(Timestamp::now().as_millisecond())?;
    match last {
        // A clock that was set back, or the same millisecond again.
        Some(last) if id.as_str() <= last => name(after(last) + 1).filter(|id| id.as_str() > last),
        _ => Some(id),
    }
}

/// The time in a name, in milliseconds.
fn after(id: &str) -> i64 {
    let digits: String = id.split('-').next().unwrap_or_default().replace('T', "");
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|text| text.parse::<i16>().ok());
    let stamp = || {
        let day = Date::new(part(0..4)?, part(4..6)? as i8, part(6..8)? as i8).ok()?;
        let (hour, minute, second) = (part(8..10)? as i8, part(10..12)? as i8, part(12..14)? as i8);
        let time = day.to_datetime(Time::new(hour, minute, second, 0).ok()?);
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
        let mut last = new_id(None).unwrap();
        for _ in 0..50 {
            let next = new_id(Some(&last)).unwrap();
            assert!(next > last && is_id(&next), "{last} {next}");
            last = next;
        }
        // Of a clock that was ahead.
        let ahead = "29990101T000000000-0000";
        let next = new_id(Some(ahead)).unwrap();
        assert!(next.as_str() > ahead && is_id(&next), "{next}");
        // There are no later names than these, and no wait for them.
        for end in [
            "99991231T235959999-ffff",
            "99991231T235959999-0000",
            "99999999T999999999-ffff",
        ] {
            assert_eq!(new_id(Some(end)), None);
        }
        assert!(!is_id("../../etc/passwd") && !is_id(""));
    }
}
