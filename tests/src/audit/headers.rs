//! The numbers of attributes in the kernel's headers.

use std::collections::BTreeMap;
use std::path::Path;

/// The headers that links have their attributes from.
const FILES: &[&str] = &[
    "if_link.h",
    "if_tunnel.h",
    "veth.h",
    "rtnetlink.h",
    "if_bridge.h",
    "can/vxcan.h",
    "can/netlink.h",
    "amt.h",
    "batman_adv.h",
    "wwan.h",
];

/// An enumeration: names and numbers.
pub type Enumeration = Vec<(String, u16)>;

/// The enumerations of the headers in `folder`, which is `include/linux` of a kernel.
///
/// # Errors
/// With the file that can't be read.
pub fn read(folder: &Path) -> Result<Vec<Enumeration>, String> {
    let mut all = Vec::new();
    for file in FILES {
        let path = folder.join(file);
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        all.extend(enumerations(&text));
    }
    Ok(all)
}

/// What may stand before a member's name counts for nothing: comments and preprocessor lines.
fn plain(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some(open) = rest.find("/*") {
        out += &rest[..open];
        rest = rest[open..].split_once("*/").map_or("", |(_, after)| after);
    }
    out += rest;
    out.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n")
}

fn enumerations(text: &str) -> Vec<Enumeration> {
    let text = plain(text);
    let mut all = Vec::new();
    let mut known: BTreeMap<String, u16> = BTreeMap::new();
    for part in text.split("enum").skip(1) {
        let Some(body) = part.split_once('{').and_then(|(_, body)| body.split_once('}')).map(|(body, _)| body) else {
            continue;
        };
        let (mut members, mut next) = (Vec::new(), 0u16);
        for member in body.split(',').map(str::trim).filter(|member| !member.is_empty()) {
            let (name, value) =
                member.split_once('=').map_or((member, ""), |(name, value)| (name.trim(), value.trim()));
            let given = value.parse().ok().or_else(|| known.get(value).copied());
            let number = given.unwrap_or(next);
            known.insert(name.to_owned(), number);
            members.push((name.to_owned(), number));
            next = number.wrapping_add(1);
        }
        all.push(members);
    }
    all
}

#[cfg(test)]
mod tests {
    #[test]
    fn members_are_counted() {
        let text =
            "enum {\n A_X, /* one, two */\n#define A_X A_X\n A_Y = 5,\n A_Z, __A_MAX\n};\nenum b { B = A_Y, C };";
        let all = super::enumerations(text);
        let member = |name: &str, number| (name.to_owned(), number);
        assert_eq!(all[0], [member("A_X", 0), member("A_Y", 5), member("A_Z", 6), member("__A_MAX", 7)]);
        assert_eq!(all[1], [member("B", 5), member("C", 6)]);
    }
}
