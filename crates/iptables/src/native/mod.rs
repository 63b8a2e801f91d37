//! Rules for a kernel without NFT_COMPAT: what is an xtables match or target otherwise, in nf_tables' own expressions, both
//! ways.
//!
//! What those can't say is refused, never approximated. A rule read back may have its words in another order (a comment is
//! kept beside the rule) or under another name (`-m state`): [`same`] compares what is written for it.

mod read;
pub mod targets;
pub mod write;

use crate::encode;
use crate::extensions::Wanted;
use crate::rule::{Extension, Family, Rule, Target};
use netmite_netlink::nftables::uapi::NFT_REG_1;
use netmite_netlink::nftables::{self, Bytes, Expression, userdata};
pub use read::{compared, expression, ranged};

/// A rule as the kernel's own expressions.
#[derive(Debug)]
pub struct Native {
    /// The expressions.
    pub expressions: Vec<Expression>,
    /// The comment beside them, as nft keeps it.
    pub userdata: Bytes,
}

/// The first register for the constants of a target: those of matches are free by then.
const REGISTER: u32 = NFT_REG_1;
/// The kernel holds 256 bytes beside a rule: two in front of the text, one behind it.
const LONGEST_COMMENT: usize = 253;

/// The expressions of `rule` in `chain`, or what of it can't be said so.
pub fn expressions(family: Family, chain: &[u8], rule: &Rule) -> Result<Native, String> {
    let (mut all, mut beside) = (encode::head(family, rule), Vec::new());
    if let Some((name, protocol)) = rule.without_protocol() {
        return Err(format!("-m {name} without -p {protocol}"));
    }
    for found in &rule.matches {
        match found {
            Extension::Known { definition, info } if definition.name == "comment" => {
                let text = netmite_netlink::attributes::until_nul(info);
                if !beside.is_empty() || text.len() > LONGEST_COMMENT {
                    return Err(format!("more than one comment, or one of more than {LONGEST_COMMENT} bytes,"));
                }
                userdata::put(&mut beside, userdata::RULE_COMMENT, &[text, b"\0"].concat());
            }
            found => extension(family, chain, found, "-m", &mut all)?,
        }
    }
    all.push(encode::counter(rule));
    match &rule.target {
        Target::Extension(found) => extension(family, chain, found, "-j", &mut all)?,
        other => all.extend(encode::verdict(other)),
    }
    Ok(Native { expressions: all, userdata: beside.into() })
}

/// Appends those of a match or target.
fn extension(
    family: Family,
    chain: &[u8],
    found: &Extension,
    option: &str,
    all: &mut Vec<Expression>,
) -> Result<(), String> {
    let (row, info) = match found {
        Extension::Known { definition, info } => (*definition, info),
        Extension::Unknown { name, .. } => return Err(format!("{option} {}", name.escape_ascii())),
    };
    match (row.native)(&Wanted { family, chain, row, info }, all) {
        Ok(true) => (),
        // A match without options holds of all that has ports.
        Ok(false) => write::any_port(all),
        Err(what) => return Err(format!("{option} {}{what}", row.name)),
    }
    Ok(())
}

/// Whether both rules are the same expressions; counters don't count.
pub fn same(family: Family, one: &Rule, other: &Rule) -> bool {
    // Both are in one chain, whichever that is.
    let of = |rule: &Rule| expressions(family, b"POSTROUTING", rule);
    match (of(one), of(other)) {
        (Ok(one), Ok(other)) => one.userdata == other.userdata && nftables::same(&one.expressions, &other.expressions),
        _ => false,
    }
}
