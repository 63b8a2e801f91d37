//! A route's metrics: the members of RTA_METRICS, which may be scattered over a line and locked one by one.

use netmite_grammar::{
    Codec, Context, Error, Key, Result, Row, Scope, Shape, Spec, Table, attr, exact, key, number, row, rows,
};
use netmite_netlink::attributes::{Slots, array};
use netmite_netlink::uapi::*;
use netmite_output::{Names, Value, names};

/// The metrics, in the order in which they are shown.
pub(super) static METRICS: Table = Table::new("metrics", rows!(ROWS));

#[rustfmt::skip]
pub(super) const ROWS: &[Spec] = &[
    row(&[exact("mtu")], attr!(RTAX_MTU), &PLAIN("\"mtu\" value is invalid\n"), "largest packet on the way"),
    row(&[key("window", 1)], attr!(RTAX_WINDOW), &PLAIN("\"window\" value is invalid\n"), "largest TCP window in bytes"),
    row(&[exact("rtt")], attr!(RTAX_RTT), &Time { factor: 8, locks: false, bad: "\"rtt\" value is invalid\n" }, "initial round-trip time"),
    row(&[key("rttvar", 2)], attr!(RTAX_RTTVAR), &Time { factor: 4, locks: false, bad: "\"rttvar\" value is invalid\n" }, "its initial variance"),
    row(&[key("ssthresh", 1)], attr!(RTAX_SSTHRESH), &PLAIN("\"ssthresh\" value is invalid\n"), "slow start threshold"),
    row(&[key("cwnd", 1)], attr!(RTAX_CWND), &PLAIN("\"cwnd\" value is invalid\n"), "clamp for the congestion window"),
    row(&[exact("advmss")], attr!(RTAX_ADVMSS), &PLAIN("\"mss\" value is invalid\n"), "largest segment advertised"),
    row(&[key("reordering", 1)], attr!(RTAX_REORDERING), &PLAIN("\"reordering\" value is invalid\n"), "how far packets may be reordered"),
    row(&[exact("hoplimit")], attr!(RTAX_HOPLIMIT), &Number { most: 255, advice: "", bad: "\"hoplimit\" value is invalid\n" }, "hop limit of packets sent"),
    row(&[key("initcwnd", 1)], attr!(RTAX_INITCWND), &PLAIN("\"initcwnd\" value is invalid\n"), "initial congestion window"),
    row(&[key("features", 1)], attr!(RTAX_FEATURES), &Features, "ecn, tcp_usec_ts"),
    row(&[exact("rto_min")], attr!(RTAX_RTO_MIN), &Time { factor: 1, locks: true, bad: "\"rto_min\" value is invalid\n" }, "least retransmission timeout"),
    row(&[key("initrwnd", 5)], attr!(RTAX_INITRWND), &PLAIN("\"initrwnd\" value is invalid\n"), "initial receive window"),
    row(&[key("quickack", 1)], attr!(RTAX_QUICKACK), &Number { most: 1, advice: "\"quickack\" value should be 0 or 1\n", bad: "\"quickack\" value is invalid\n" }, "acknowledge at once"),
    row(&[key("congctl", 2)], attr!(RTAX_CC_ALGO), &Algorithm, "congestion control").json("congestion"),
    row(&[key("fastopen_no_cookie", 2)], attr!(RTAX_FASTOPEN_NO_COOKIE), &Number { most: 1, advice: "\"fastopen_no_cookie\" value should be 0 or 1\n", bad: "\"fastopen_no_cookie\" value is invalid\n" }, "TCP fast open without a cookie"),
];

#[allow(non_snake_case)]
const fn PLAIN(bad: &'static str) -> Number {
    Number { most: u32::MAX, advice: "", bad }
}

/// Reads the word `lock` in front of a value and notes it in RTAX_LOCK.
fn lock(row: &Row, scope: &mut Scope) {
    if scope.words.take_if("lock", 4) {
        set_lock(row, scope);
    }
}

fn set_lock(row: &Row, scope: &mut Scope) {
    let locks = scope.tree.get(scope.node, RTAX_LOCK).and_then(array).map_or(0, u32::from_ne_bytes);
    let bit = 1u32.checked_shl(u32::from(row.number())).unwrap_or(0);
    scope.set(RTAX_LOCK, locks | bit);
}

/// Writes the name of a metric, and whether it is locked.
fn label(row: &Row, attrs: &Slots, context: &mut Context) {
    context.out.text(row.text_label());
    context.out.text(" ");
    let locks = attrs.u32(RTAX_LOCK).unwrap_or(0);
    if locks.checked_shr(u32::from(row.number())).is_some_and(|bits| bits & 1 == 1) {
        context.out.text("lock ");
    }
}

/// The words of a metric, `lock` included.
#[cfg(feature = "laws")]
fn say(row: &Row, attrs: &Slots, value: Value, to: &mut Vec<Vec<u8>>) {
    netmite_grammar::codec::say(to, row.word(), value);
    let locks = attrs.u32(RTAX_LOCK).unwrap_or(0);
    if locks.checked_shr(u32::from(row.number())).is_some_and(|bits| bits & 1 == 1) {
        let at = to.len().saturating_sub(1);
        to.insert(at, b"lock".to_vec());
    }
}

/// A number.
struct Number {
    most: u32,
    /// What is said of one that is too large; `bad` if empty.
    advice: &'static str,
    bad: &'static str,
}

impl Codec for Number {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        lock(row, scope);
        let word = scope.value()?;
        let number = number::u32(word).ok_or_else(|| Error::wrong(word, self.bad))?;
        if number > self.most {
            return Err(Error::wrong(word, if self.advice.is_empty() { self.bad } else { self.advice }));
        }
        scope.set(row.number(), number);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(number) = attrs.u32(row.number()) else { return };
        label(row, attrs, context);
        context.out.put(row.json_key(), "", number, " ");
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(number) = attrs.u32(row.number()) {
            say(row, attrs, number.into(), to);
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("[ lock ] NUMBER")
    }
}

/// A time. With a unit it is kept as the kernel counts it, in fractions of a millisecond; a bare number is taken as that count.
struct Time {
    /// How many of the kernel's counts are a millisecond.
    factor: u32,
    /// Whether setting it locks it.
    locks: bool,
    bad: &'static str,
}

impl Time {
    fn read(&self, word: &[u8]) -> Option<u32> {
        let word = word.strip_prefix(b"+").unwrap_or(word);
        let (number, unit) = if word.contains(&b'.') {
            let exponent = |at: usize, byte: &u8| match byte {
                b'e' | b'E' => true,
                b'+' | b'-' => {
                    at.checked_sub(1).and_then(|at| word.get(at)).is_some_and(|e| e.eq_ignore_ascii_case(&b'e'))
                }
                byte => byte.is_ascii_digit() || *byte == b'.',
            };
            let len = word.iter().enumerate().take_while(|(at, byte)| exponent(*at, byte)).count();
            let (number, unit) = word.split_at_checked(len)?;
            (netmite_output::fraction(number)?, unit)
        } else {
            let hexadecimal = word.starts_with(b"0x") || word.starts_with(b"0X");
            let digit = |byte: &u8| if hexadecimal { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
            let skipped = if hexadecimal { 2 } else { 0 };
            let len = skipped + word.iter().skip(skipped).take_while(|byte| digit(byte)).count();
            let (digits, unit) = word.split_at_checked(len)?;
            (number::unsigned(digits)? as f64, unit)
        };
        let is = |units: [&str; 3]| units.iter().any(|name| unit.eq_ignore_ascii_case(name.as_bytes()));
        let (millis, factor) = match unit {
            b"" => (1.0, 1),
            _ if is(["s", "sec", "secs"]) => (1000.0, self.factor),
            _ if is(["ms", "msec", "msecs"]) => (1.0, self.factor),
            _ => return None,
        };
        // Whole milliseconds: what is less than one counts as one.
        let counts = (number * millis).ceil() * f64::from(factor);
        (0.0..=f64::from(u32::MAX)).contains(&counts).then_some(counts as u32)
    }
}

impl Codec for Time {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        if !self.locks {
            lock(row, scope);
        }
        let word = scope.value()?;
        scope.set(row.number(), self.read(word).ok_or_else(|| Error::wrong(word, self.bad))?);
        if self.locks {
            set_lock(row, scope);
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(millis) = attrs.u32(row.number()).map(|count| count / self.factor) else { return };
        label(row, attrs, context);
        context.out.json(row.json_key(), millis);
        let (time, unit) = match millis {
            1000.. => (Value::Short(millis.into(), 3), "s "),
            _ => (Value::Unsigned(millis.into()), "ms "),
        };
        context.out.text_value(time);
        context.out.text(unit);
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(count) = attrs.u32(row.number()) {
            match self.locks {
                true => netmite_grammar::codec::say(to, row.word(), count.into()),
                false => say(row, attrs, count.into(), to),
            }
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("[ lock ] TIME")
    }
}

/// Names of bits.
struct Features;
const FEATURES: Names = names![("ecn", 1), ("tcp_usec_ts", 1 << 4)];

impl Codec for Features {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        lock(row, scope);
        // A missing word is a wrong one to the reference, which calls it so.
        let word = if scope.words.is_empty() { b"(null)" } else { scope.value()? };
        let mut bits = FEATURES.number(word).ok_or_else(|| Error::wrong(word, "\"features\" value not valid\n"))?;
        while let Some(more) = scope.words.peek().and_then(|word| FEATURES.number(word)) {
            bits |= more;
            scope.words.take();
        }
        scope.set(row.number(), bits);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(bits) = attrs.u32(row.number()) else { return };
        label(row, attrs, context);
        let mut rest = bits;
        for (bit, name) in FEATURES.iter().filter(|(bit, _)| bits & bit != 0) {
            context.out.json(name, Value::Null);
            context.out.text(name);
            context.out.text(" ");
            rest &= !bit;
        }
        if rest != 0 {
            context.out.put("features", "", Value::Hex(rest.into()), " ");
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let bits = attrs.u32(row.number()).unwrap_or(0);
        let names = FEATURES.of_bits(bits).map(|name| name.as_bytes().to_vec());
        to.push(row.word().as_bytes().to_vec());
        to.extend(names);
    }

    fn shape(&self) -> Shape {
        Shape::Choice(FEATURES)
    }
}

/// The name of a congestion control algorithm.
struct Algorithm;

impl Codec for Algorithm {
    fn parse(&self, row: &Row, _: &Key, scope: &mut Scope) -> Result<()> {
        lock(row, scope);
        let word = scope.value()?;
        scope.set(row.number(), word);
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(name) = attrs.bytes(row.number()) else { return };
        label(row, attrs, context);
        context.out.put(row.json_key(), "", name, " ");
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        if let Some(name) = attrs.bytes(row.number()) {
            say(row, attrs, name.into(), to);
        }
    }

    fn shape(&self) -> Shape {
        Shape::Value("[ lock ] NAME")
    }
}
