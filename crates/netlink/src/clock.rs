//! The time of day, in the time zone that the environment or /etc/localtime says.
//!
//! A C library's localtime(3) keeps what it read, and the names of zones, which no tool here shows (6 KB). Bytes of files that are no
//! time zone are UTC, as there. Source: RFC 9636, tzset(3), POSIX on `TZ`.

use crate::sys::file::contents;
use std::os::unix::ffi::OsStrExt;

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
    /// 0 to 59.
    pub second: u32,
}

/// Seconds of a day.
const DAY: i64 = 86_400;

impl LocalTime {
    /// The moment that lies `seconds` behind the start of 1970, UTC.
    pub fn of(seconds: i64) -> Self {
        // Some hundred million years.
        let seconds = seconds.clamp(i64::MIN >> 12, i64::MAX >> 12);
        let zone = std::env::var_os("TZ");
        let offset = offset(zone.as_ref().map_or(b"/etc/localtime", |zone| zone.as_bytes()), seconds);
        let (days, rest) = ((seconds + offset).div_euclid(DAY), (seconds + offset).rem_euclid(DAY) as u32);
        let year = year_of(days);
        let mut month = 1;
        while month < 12 && first_day(year, month + 1) <= days {
            month += 1;
        }
        LocalTime {
            year: year as i32,
            month: month as usize - 1,
            day: (days - first_day(year, month)) as u32 + 1,
            weekday: weekday(days) as usize,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }
}

/// From Sunday on; `day` counts from the start of 1970, a Thursday.
fn weekday(day: i64) -> i64 {
    (day + 4).rem_euclid(7)
}

/// The day that a month begins with; the thirteenth is the next year's first.
fn first_day(year: i64, month: i64) -> i64 {
    // Years that begin in March end with the day that some of them have more.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (month * 153 + 2) / 5 - 719_468
}

/// The year that a day is in.
fn year_of(day: i64) -> i64 {
    // At most one too early or too late.
    let mut year = 1970 + (day * 400).div_euclid(146_097);
    while first_day(year, 1) > day {
        year -= 1;
    }
    while first_day(year + 1, 1) <= day {
        year += 1;
    }
    year
}

/// By how many seconds the clock of a zone, named as in `TZ`, is ahead of UTC at a moment.
fn offset(zone: &[u8], moment: i64) -> i64 {
    if let Some(offset) = by_rule(zone, moment) {
        return offset;
    }
    let name = zone.strip_prefix(b":").unwrap_or(zone);
    let folders: &[&[u8]] = match name {
        [b'/' | b'.', ..] => &[b""],
        // No name leads out of the folders.
        name if name.is_empty() || name.contains(&b'.') => &[],
        _ => &[b"/usr/share/zoneinfo/", b"/share/zoneinfo/", b"/etc/zoneinfo/"],
    };
    let read = |folder: &&[u8]| contents(std::ffi::OsStr::from_bytes(&[*folder, name].concat())).ok();
    folders.iter().find_map(read).and_then(|file| by_file(&file, moment)).unwrap_or(0)
}

/// The same by a file of transitions; behind the last of them a rule holds that ends the file.
fn by_file(file: &[u8], moment: i64) -> Option<i64> {
    let version = *file.strip_prefix(b"TZif")?.first()?;
    // Behind a first part, with times of four bytes, newer files have a second with eight.
    let mut part = Part::at(file, 0, 4)?;
    if version >= b'2' {
        part = Part::at(file, part.end, 8)?;
    }
    let passed = (0..part.times).take_while(|at| part.time(file, *at).is_some_and(|time| time <= moment)).count();
    let rule = file.get(part.end..).unwrap_or(&[]).trim_ascii();
    if let Some(offset) = by_rule(rule, moment).filter(|_| passed == part.times) {
        return Some(offset);
    }
    let kind = match passed.checked_sub(1) {
        Some(last) => *file.get(part.kinds + last)?,
        None => 0,
    };
    number(file, part.offsets + usize::from(kind) * 6, 4)
}

/// Where things are in a part of a file of transitions.
struct Part {
    /// The transitions, and how many bytes each time has.
    start: usize,
    times: usize,
    width: usize,
    /// A byte for each transition: which offset it brings.
    kinds: usize,
    /// Six bytes for each offset, which is the first four.
    offsets: usize,
    end: usize,
}

impl Part {
    fn at(file: &[u8], header: usize, width: usize) -> Option<Self> {
        let mut counts = [0; 6];
        for (at, count) in counts.iter_mut().enumerate() {
            // One that is more than the file has is past its end.
            *count =
                usize::try_from(number(file, header + 20 + at * 4, 4)?).ok().filter(|count| *count <= file.len())?;
        }
        let [universal, standard, leaps, times, offsets, letters] = counts;
        let start = header + 44;
        let kinds = start + times * width;
        let end = kinds + times + offsets * 6 + letters + leaps * (width + 4) + standard + universal;
        Some(Part { start, times, width, kinds, offsets: kinds + times, end })
    }

    fn time(&self, file: &[u8], at: usize) -> Option<i64> {
        number(file, self.start + at * self.width, self.width)
    }
}

/// A number of `width` bytes, in network order.
fn number(file: &[u8], at: usize, width: usize) -> Option<i64> {
    let bytes = file.get(at..at + width)?;
    let sign = if *bytes.first()? < 128 { 0 } else { -1 };
    Some(bytes.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte)))
}

/// The same by a rule: `CET-1CEST,M3.5.0,M10.5.0/3`. Without days the summer is that of the United States, as in Debian's C library.
fn by_rule(rule: &[u8], moment: i64) -> Option<i64> {
    let mut rest = Rest(rule);
    rest.name()?;
    let standard = -rest.time()?;
    if rest.0.is_empty() {
        return Some(standard);
    }
    rest.name()?;
    let summer = match rest.0 {
        [] | [b',', ..] => standard + 3600,
        _ => -rest.time()?,
    };
    if rest.0.is_empty() {
        rest = Rest(b",M3.2.0,M11.1.0");
    }
    let year = year_of((moment + standard).div_euclid(DAY));
    let (begins, ends) = (rest.moment(year)? - standard, rest.moment(year)? - summer);
    let is_summer = match begins < ends {
        true => (begins..ends).contains(&moment),
        false => !(ends..begins).contains(&moment),
    };
    Some(if is_summer { summer } else { standard })
}

/// What is left of a rule.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn skip(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    /// Letters, or anything in angle brackets.
    fn name(&mut self) -> Option<()> {
        let quoted = self.skip(b'<').is_some();
        let ends = |byte: &u8| if quoted { *byte == b'>' } else { !byte.is_ascii_alphabetic() };
        let len = self.0.iter().position(ends).unwrap_or(self.0.len());
        self.0 = self.0.get(len..)?;
        if quoted { self.skip(b'>') } else { (len > 0).then_some(()) }
    }

    fn number(&mut self) -> Option<i64> {
        let len = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(len).filter(|_| (1..=4).contains(&len))?;
        self.0 = rest;
        Some(digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }

    /// Hours, and minutes and seconds if there are any.
    fn time(&mut self) -> Option<i64> {
        let minus = self.skip(b'-').is_some();
        if !minus {
            let _ = self.skip(b'+');
        }
        let (mut time, mut unit) = (self.number()? * 3600, 60);
        while unit > 0 && self.skip(b':').is_some() {
            time += self.number()? * unit;
            unit /= 60;
        }
        Some(if minus { -time } else { time })
    }

    /// A moment of a year, by the clock of the zone: `,M3.5.0/3` is 3 o'clock of March's last Sunday.
    fn moment(&mut self, year: i64) -> Option<i64> {
        self.skip(b',')?;
        let first = first_day(year, 1);
        let day = if self.skip(b'M').is_some() {
            let month = self.number().filter(|month| (1..=12).contains(month))?;
            self.skip(b'.')?;
            let week = self.number()?;
            self.skip(b'.')?;
            let first = first_day(year, month);
            let day = first + (self.number()? - weekday(first)).rem_euclid(7) + (week - 1) * 7;
            // The fifth is the last, whichever that is.
            if day < first_day(year, month + 1) { day } else { day - 7 }
        } else if self.skip(b'J').is_some() {
            // The 29th of February has no number.
            let day = self.number()?;
            first + day - i64::from(day < 60 || first_day(year, 3) - first == 59)
        } else {
            first + self.number()?
        };
        let time = if self.skip(b'/').is_some() { self.time()? } else { 7200 };
        Some(day * DAY + time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        assert_eq!((first_day(1970, 1), first_day(2000, 3), first_day(2026, 13)), (0, 11017, first_day(2027, 1)));
        for year in -1000..3000 {
            let (first, next) = (first_day(year, 1), first_day(year + 1, 1));
            assert_eq!((year_of(first), year_of(next - 1)), (year, year));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            assert_eq!(next - first, 365 + i64::from(leap), "{year}");
        }
        assert_eq!((weekday(0), weekday(-5)), (4, 6));
        for seconds in [i64::MIN, i64::MAX] {
            LocalTime::of(seconds);
        }
    }

    /// The moments at which each rule changes to summer and back in 2026, and the offsets of winter and summer.
    #[test]
    fn rules() {
        let known: [(&str, i64, i64, i64, i64); 7] = [
            ("CET-1CEST,M3.5.0,M10.5.0/3", 1_774_746_000, 1_792_890_000, 3600, 7200),
            ("CET-1CEST-2,86,J298/3", 1_774_659_600, 1_792_890_000, 3600, 7200),
            ("EST5EDT", 1_772_953_200, 1_793_512_800, -18000, -14400),
            ("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", 1_774_746_000, 1_792_890_000, -10800, -7200),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_791_043_200, 1_775_318_400, 36000, 39600),
            ("IST-5:30", 0, 0, 19800, 19800),
            ("<+0545>-05:45:10", 0, 0, 20710, 20710),
        ];
        for (rule, begins, ends, winter, summer) in known {
            let at = |moment| offset(rule.as_bytes(), moment);
            assert_eq!((at(begins), at(ends)), (summer, winter), "{rule}");
            if begins > 0 {
                assert_eq!((at(begins - 1), at(ends - 1)), (winter, summer), "{rule}");
            }
        }
    }

    #[test]
    fn what_is_no_zone_is_utc() {
        for zone in [
            "",
            ":",
            "UTC",
            "nosuch/zone",
            "../../etc/passwd",
            "/dev/null",
            "/etc/passwd",
            "X",
            "<",
            "<>",
            "A1B,",
            "A1B,M0.1.1,J1",
            "A99999",
        ] {
            assert_eq!(offset(zone.as_bytes(), 1_790_000_000), 0, "{zone}");
        }
    }

    /// A file: two transitions, to offset 1 and to offset 0, and a rule.
    fn file(rule: &str) -> Vec<u8> {
        let part = |width: usize| {
            let mut part = b"TZif2".to_vec();
            part.resize(20, 0);
            [0u32, 0, 0, 2, 2, 4].iter().for_each(|count| part.extend(count.to_be_bytes()));
            [-1000i64, 5000].iter().for_each(|time| part.extend(&time.to_be_bytes()[8 - width..]));
            part.extend([1, 0]);
            [(3600i32, 0u8), (-7200, 1)].iter().for_each(|(offset, summer)| {
                part.extend(offset.to_be_bytes());
                part.extend([*summer, 0]);
            });
            part.extend(b"ABC\0");
            part
        };
        [part(4), part(8), format!("\n{rule}\n").into_bytes()].concat()
    }

    #[test]
    fn files() {
        let (with_rule, without) = (file("ABC-3"), file(""));
        for (moment, ruled, plain) in
            [(-1001, 3600, 3600), (-1000, -7200, -7200), (4999, -7200, -7200), (5000, 10800, 3600)]
        {
            assert_eq!(by_file(&with_rule, moment), Some(ruled), "{moment}");
            assert_eq!(by_file(&without, moment), Some(plain), "{moment}");
            // An older file ends with its first part.
            let mut older = without.clone();
            older[4] = 0;
            assert_eq!(by_file(&older, moment), Some(plain), "{moment}");
        }
        for len in 0..without.len() {
            by_file(&with_rule[..len], 6000);
        }
        for at in 0..without.len() {
            let mut wrong = with_rule.clone();
            wrong[at] = 255;
            by_file(&wrong, 0);
        }
    }
}
