//! Reads `attributes.txt`.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

/// How an attribute's bytes or a header's field are printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// A native-endian number of so many bytes.
    Unsigned(usize),
    /// The same in hex.
    Hex(usize),
    /// A native-endian number of four bytes with a sign.
    Signed,
    /// A number in network order.
    Network(usize),
    /// Text.
    Text,
    /// A link-layer address.
    Mac,
    /// An IPv4 or IPv6 address, by its length.
    Address,
    /// Nothing: being there says it all.
    Flag,
    /// An interface's index.
    Device,
    /// A descriptor.
    Descriptor,
    /// `struct ifla_vf_guid`, which has four bytes of padding that hold anything.
    PortGuid,
    /// Just bytes.
    Bytes,
    /// Not printed: padding.
    Padding,
    /// Attributes of this section.
    Nest(String),
    /// Attributes whose numbers are positions.
    List(Box<Format>),
    /// Attributes of the section that this prefix and the kind beside it name.
    Kind(String),
    /// Attributes of the section `encap-N`, N being the type beside it.
    Encap,
    /// An array of `struct rtnexthop`, each with attributes.
    Hops,
}

/// The fixed header and the attributes of a message or nest.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// Name and format of each field.
    pub header: Vec<(String, Format)>,
    /// By number.
    pub attributes: BTreeMap<u16, (String, Format)>,
    /// Whether all of several attributes of one number count.
    pub every: bool,
}

impl Section {
    /// The length of the header in bytes.
    pub fn header_len(&self) -> usize {
        self.header.iter().map(|(_, format)| format.size()).sum()
    }
}

impl Format {
    /// The size of a header's field.
    pub fn size(&self) -> usize {
        match self {
            Format::Unsigned(size) | Format::Hex(size) | Format::Network(size) => *size,
            _ => 4,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "u8" => Format::Unsigned(1),
            "u16" => Format::Unsigned(2),
            "u32" => Format::Unsigned(4),
            "u64" => Format::Unsigned(8),
            "x8" => Format::Hex(1),
            "x16" => Format::Hex(2),
            "x32" => Format::Hex(4),
            "s32" => Format::Signed,
            "be16" => Format::Network(2),
            "be32" => Format::Network(4),
            "be64" => Format::Network(8),
            "str" => Format::Text,
            "mac" => Format::Mac,
            "ip" => Format::Address,
            "flag" => Format::Flag,
            "dev" => Format::Device,
            "fd" => Format::Descriptor,
            "hex" => Format::Bytes,
            "guid" => Format::PortGuid,
            "encap" => Format::Encap,
            "hops" => Format::Hops,
            _ => match text.split_once(':')? {
                ("nest", section) => Format::Nest(section.to_owned()),
                ("list", format) => Format::List(Box::new(Format::parse(format)?)),
                ("kind", prefix) => Format::Kind(prefix.to_owned()),
                _ => return None,
            },
        })
    }
}

/// The section called `name`; an empty one where there is none.
pub fn section(name: &str) -> &'static Section {
    static SECTIONS: OnceLock<HashMap<String, Section>> = OnceLock::new();
    static NONE: OnceLock<Section> = OnceLock::new();
    let sections =
        SECTIONS.get_or_init(|| parse(include_str!("attributes.txt")).expect("attributes.txt is read in a test"));
    sections.get(name).unwrap_or_else(|| NONE.get_or_init(Section::default))
}

fn parse(text: &str) -> Result<HashMap<String, Section>, String> {
    let mut sections: HashMap<String, Section> = HashMap::new();
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let wrong = || format!("{line:?} is not understood");
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            current = name.to_owned();
            sections.insert(current.clone(), Section::default());
            continue;
        }
        let section = sections.get_mut(&current).ok_or_else(wrong)?;
        if let Some(fields) = line.strip_prefix("header ") {
            for field in fields.split(' ') {
                let (name, format) = field.split_once(':').ok_or_else(wrong)?;
                section.header.push((name.to_owned(), Format::parse(format).ok_or_else(wrong)?));
            }
            continue;
        }
        if line == "every" {
            section.every = true;
            continue;
        }
        let words: Vec<&str> = line.split(' ').collect();
        let (number, name, format) = match words.as_slice() {
            [number, name] => (number, name, Format::Bytes),
            [number, name, format] => (number, name, Format::parse(format).ok_or_else(wrong)?),
            _ => return Err(wrong()),
        };
        section.attributes.insert(number.parse().map_err(|_| wrong())?, ((*name).to_owned(), format));
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_understood_and_whole() {
        let sections = parse(include_str!("attributes.txt")).unwrap();
        for section in sections.values() {
            for (_, format) in section.attributes.values() {
                if let Format::Nest(name) = format {
                    assert!(sections.contains_key(name), "no section {name}");
                }
            }
        }
        assert_eq!(section("link").header_len(), 16);
        assert_eq!(section("route").header_len(), 12);
        assert_eq!(section("address").header_len(), 8);
    }
}
