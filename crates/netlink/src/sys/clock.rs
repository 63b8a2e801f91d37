//! The time of day, in the time zone that the environment or /etc/localtime says.

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
