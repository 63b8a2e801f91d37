//! The one function that may change outputs before they are compared: it replaces what no two runs share.
//!
//! Random link-layer addresses, what is made of them (bridge ids, link-local addresses), running timers and process
//! numbers. The first such address is replaced by `mac#1` wherever it stands, the second by `mac#2` and so on, so two
//! that are swapped still show. What the script itself names is left as it is.

use std::collections::HashMap;

/// Words after which a number is a timer, as after all that end in `_timer`.
const TIMERS: &[&str] = &["valid_lft", "preferred_lft", "valid_life_time", "preferred_life_time", "expires", "age"];

/// Words after which a number is the time since something, none among them; there may be several, `used 1/0/7`.
const AGES: &[&str] = &["used", "confirmed", "updated"];

/// Numbers that are no running timer: forever, and none.
const STANDING: &[&str] = &["4294967295", "0", "0.00"];

/// Replaces in all the texts of one run what differs from run to run.
pub struct Normal<'a> {
    script: &'a str,
    seen: HashMap<String, String>,
}

impl<'a> Normal<'a> {
    /// For the outputs of `script`, whose own words stay.
    pub fn new(script: &'a str) -> Self {
        Normal { script, seen: HashMap::new() }
    }

    /// `text` with what is random replaced.
    pub fn text(&mut self, text: &str) -> String {
        let (mut result, mut last) = (String::with_capacity(text.len()), String::new());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first == '\x1b' {
                // A colour: it ends where the next word begins.
                let end = rest.find('m').map_or(rest.len(), |at| at + 1);
                result += &rest[..end];
                rest = &rest[end..];
                continue;
            }
            let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '_');
            // In JSON a colon stands before the value; in an address another colon follows it.
            if !part(first) || (first == ':' && !rest.starts_with("::")) {
                result.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
            let (token, after) = rest.split_at(end);
            rest = after;
            let trimmed = token.trim_end_matches(':');
            let mut shown = self.token(trimmed, &last);
            if matches!(trimmed, "DOWN" | "LOWERLAYERDOWN") {
                // Which of the two it is changes a moment after the command that made it so.
                shown = "DOWN".to_owned();
                rest = rest.get(rest.len() - rest.trim_start_matches(' ').len()..).unwrap_or(rest);
                shown.extend(after.starts_with(' ').then_some(' '));
            } else if shown == "#" && result.ends_with(' ') {
                result.truncate(result.trim_end_matches(' ').len());
                result.push(' ');
            }
            result += &shown;
            result += &token[trimmed.len()..];
            if !(AGES.contains(&last.as_str()) && rest.starts_with('/')) {
                last = trimmed.to_owned();
            }
        }
        result
    }

    fn token(&mut self, token: &str, last: &str) -> String {
        if token.len() < 3 && !token.starts_with(|c: char| c.is_ascii_digit())
            || self.script.contains(token) && token.contains(':')
        {
            return token.to_owned();
        }
        let timer = TIMERS.contains(&last) && !STANDING.contains(&token);
        if last.ends_with("_timer") || AGES.contains(&last) || timer {
            let digits = token.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            if digits.len() < token.len() && matches!(digits, "" | "sec") {
                return format!("#{digits}");
            }
        }
        if let Some(mac) = mac(token) {
            return self.name("mac", &mac, token);
        }
        if let Some((priority, rest)) = token.split_once('.') {
            let plain =
                (rest.len() == 12 && rest.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| rest.to_owned());
            if let (4, Some(mac)) = (priority.len(), plain.or_else(|| loose_mac(rest))) {
                return format!("{priority}.{}", self.name("mac", &mac, rest));
            }
        }
        if last == "permaddr" && token.contains(':') {
            // Of a tunnel: an IPv6 address whose first six bytes are made up.
            return self.name("permaddr", token, token);
        }
        if token.starts_with("fe80::") && token.len() > 12 {
            return self.name("fe80", token, token);
        }
        token.to_owned()
    }

    fn name(&mut self, what: &str, key: &str, token: &str) -> String {
        // What the kernel makes up is a locally administered unicast address.
        let made_up = what != "mac" || matches!(key.as_bytes().get(1), Some(b'2' | b'6' | b'a' | b'e'));
        if !made_up || self.spelled(key) {
            return token.to_owned();
        }
        let number = self.seen.len() + 1;
        self.seen.entry(key.to_owned()).or_insert_with(|| format!("{what}#{number}")).clone()
    }

    /// Whether the script names this link-layer address.
    fn spelled(&self, mac: &str) -> bool {
        self.script
            .split(|c: char| !c.is_ascii_hexdigit() && c != ':')
            .any(|word| loose_mac(word).as_deref() == Some(mac))
    }
}

/// The twelve digits of a link-layer address in its usual form.
fn mac(token: &str) -> Option<String> {
    let whole = token.len() == 17 && token.split(':').all(|part| part.len() == 2);
    if whole { loose_mac(token) } else { None }
}

/// The same where leading zeros may be missing.
fn loose_mac(token: &str) -> Option<String> {
    let parts: Vec<&str> = token.split(':').collect();
    let good = |part: &&str| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let six = parts.len() == 6 && parts.iter().all(good);
    six.then(|| parts.iter().map(|part| format!("{part:0>2}").to_ascii_lowercase()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "2: v0@v1: <UP> mtu 1500 qdisc noqueue\n link/ether 3a:11:22:33:44:55 brd ff:ff:ff:ff:ff:ff";

    #[test]
    fn a_changed_mtu_survives() {
        let normal = |text: &str| Normal::new("ip link add v0").text(text);
        assert_ne!(normal(LINE), normal(&LINE.replace("1500", "1501")));
        assert_ne!(normal(LINE), normal(&LINE.replace("2:", "3:")));
        assert_ne!(normal("\"mtu\":1500"), normal("\"mtu\":1400"));
    }

    #[test]
    fn random_addresses_go_and_given_ones_stay() {
        let normal = |script: &str, text: &str| Normal::new(script).text(text);
        assert_eq!(normal("", LINE), normal("", &LINE.replace("3a:11", "3a:99")));
        let script = "ip link set v0 address 3a:11:22:33:44:55";
        assert_ne!(normal(script, LINE), normal(script, &LINE.replace("3a:11", "3a:99")));
        assert_eq!(normal("", "a 3a:11:22:33:44:55 8000.3a1122334455"), "a mac#1 8000.mac#1");
        assert_eq!(
            normal("", "group 01:80:c2:00:00:00 00:00:00:00:00:00"),
            "group 01:80:c2:00:00:00 00:00:00:00:00:00"
        );
        assert_eq!(normal("", "id 8000.3a:1:22:33:44:5 "), "id 8000.mac#1 ");
        assert_eq!(normal("", "\x1b[1;33m3a:11:22:33:44:55\x1b[0m"), "\x1b[1;33mmac#1\x1b[0m");
        assert_eq!(normal("", "inet6 fe80::3811:22ff:fe33:4455/64"), "inet6 fe80#1/64");
    }

    #[test]
    fn a_state_that_is_down_is_down() {
        let normal = |text| Normal::new("").text(text);
        assert_eq!(normal("eth9 LOWERLAYERDOWN <UP>"), normal("eth9 DOWN           <UP>"));
        assert_ne!(normal("eth9 LOWERLAYERDOWN <UP>"), normal("eth9 UP             <UP>"));
    }

    #[test]
    fn ages_go_all_of_them() {
        let mut normal = Normal::new("");
        assert_eq!(normal.text("ref 1 used 0/12/7 probes 3"), "ref 1 used #/#/# probes 3");
        assert_eq!(normal.text("\"used\":0,\"updated\":1}"), "\"used\":#,\"updated\":#}");
    }

    #[test]
    fn timers_go_and_forever_stays() {
        let normal = |text: &str| Normal::new("").text(text);
        assert_eq!(normal("valid_lft 98sec preferred_lft forever"), "valid_lft #sec preferred_lft forever");
        assert_eq!(normal("\"valid_life_time\":98,\"x\":4294967295"), "\"valid_life_time\":#,\"x\":4294967295");
        assert_eq!(normal("\"gc_timer\":0.37,\"hello_time\":5"), "\"gc_timer\":#,\"hello_time\":5");
        assert_eq!(normal("gc_timer  123.45 hello_time 200"), "gc_timer # hello_time 200");
    }
}
