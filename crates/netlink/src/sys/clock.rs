//! The time of day, in the time zone that the environment or /etc/localtime says.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long ago 1970 began, UTC.
#[inline(never)]
pub fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A moment, as a clock on the wall shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LocalTime {
    /// The year.
    pub year: i32,
    /// 0 to 11.
    pub month: usize,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 6, from Sunday.
    pub weekday: usize,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 60.
    pub second: u32,
}

impl LocalTime {
    /// The moment that lies `seconds` behind the start of 1970, UTC.
    pub fn of(seconds: i64) -> Self {
        // SAFETY: all-zero bytes are a valid `tm`: integers and a null pointer.
        let mut tm: libc::tm = unsafe { std::mem::zeroed() };
        let seconds = seconds as libc::time_t;
        // SAFETY: both point to places that outlive the call. No other thread changes the environment, which it reads.
        unsafe { libc::localtime_r(&raw const seconds, &raw mut tm) };
        LocalTime {
            year: tm.tm_year.saturating_add(1900),
            month: tm.tm_mon as usize,
            day: tm.tm_mday as u32,
            weekday: tm.tm_wday as usize,
            hour: tm.tm_hour as u32,
            minute: tm.tm_min as u32,
            second: tm.tm_sec as u32,
        }
    }
}

/// As ctime(3) writes it: `Mon Nov 23 20:32:39 2026`.
impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let day = three("SunMonTueWedThuFriSat", self.weekday);
        let month = three("JanFebMarAprMayJunJulAugSepOctNovDec", self.month);
        let LocalTime { day: date, hour, minute, second, year, .. } = self;
        write!(f, "{day} {month} {date:>2} {hour:02}:{minute:02}:{second:02} {year}")
    }
}

/// The name at that place in a list of names of three letters.
fn three(names: &str, at: usize) -> &str {
    let at = at.saturating_mul(3);
    names.get(at..at.saturating_add(3)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_ctime() {
        let mut time = LocalTime { year: 1970, month: 0, day: 1, weekday: 4, hour: 0, minute: 0, second: 0 };
        assert_eq!(time.to_string(), "Thu Jan  1 00:00:00 1970");
        time = LocalTime { year: 2026, month: 10, day: 23, weekday: 1, hour: 20, minute: 32, second: 39 };
        assert_eq!(time.to_string(), "Mon Nov 23 20:32:39 2026");
    }
}
