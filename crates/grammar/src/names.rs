//! Names of routing tables, protocols, scopes, realms and link groups: built in, and from the files of /etc/iproute2; of
//! IP protocols from /etc/protocols.
//!
//! A file is opened only for a number or a name that is not built in. /etc/iproute2 comes before /usr/share/iproute2, and
//! inside a namespace /etc/netns/NAME/iproute2 before both. A line that is no `NUMBER NAME` ends its file, as with the reference,
//! and is told.

use crate::number;
use netmite_netlink::netns::names_in;
use netmite_netlink::sys::file;
use netmite_output::{Names, names};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A kind of number that has names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// Routing tables.
    Tables,
    /// Who made a route.
    Protocols,
    /// How far a destination is.
    Scopes,
    /// Realms.
    Realms,
    /// Link groups.
    Groups,
    /// Type of service.
    DsFields,
    /// Who made an address.
    AddressProtocols,
    /// Why a protocol is down.
    ProtodownReasons,
    /// What an IP packet holds: TCP, UDP.
    IpProtocols,
}

/// What the files of a database say.
type Read = Vec<(u32, Box<str>)>;

impl Database {
    /// File under the directory, folder of more files, what is built in.
    fn source(self) -> (&'static str, &'static str, Names) {
        match self {
            Database::Tables => ("rt_tables", "rt_tables.d", names![("default", 253), ("main", 254), ("local", 255)]),
            Database::Protocols => ("rt_protos", "rt_protos.d", PROTOCOLS),
            Database::Scopes => {
                ("rt_scopes", "", names![("global", 0), ("nowhere", 255), ("host", 254), ("link", 253), ("site", 200)])
            }
            Database::Realms => ("rt_realms", "", names![("unknown", 0)]),
            Database::Groups => ("group", "", names![("default", 0)]),
            Database::DsFields => ("rt_dsfield", "", names![("0", 0)]),
            Database::AddressProtocols => (
                "rt_addrprotos",
                "rt_addrprotos.d",
                names![("unspec", 0), ("kernel_lo", 1), ("kernel_ra", 2), ("kernel_ll", 3)],
            ),
            Database::ProtodownReasons => ("protodown_reasons", "protodown_reasons.d", names![]),
            Database::IpProtocols => (
                "",
                "",
                names![
                    ("icmp", 1),
                    ("tcp", 6),
                    ("udp", 17),
                    ("gre", 47),
                    ("esp", 50),
                    ("ah", 51),
                    ("ipv6-icmp", 58),
                    ("sctp", 132),
                ],
            ),
        }
    }
}

const PROTOCOLS: Names = names![
    ("unspec", 0),
    ("redirect", 1),
    ("kernel", 2),
    ("boot", 3),
    ("static", 4),
    ("gated", 8),
    ("ra", 9),
    ("mrt", 10),
    ("zebra", 11),
    ("bird", 12),
    ("dnrouted", 13),
    ("xorp", 14),
    ("ntk", 15),
    ("dhcp", 16),
    ("keepalived", 18),
    ("babel", 42),
    ("bgp", 186),
    ("isis", 187),
    ("ospf", 188),
    ("rip", 189),
    ("eigrp", 192),
];

/// The largest name file that is read, in bytes.
const LARGEST: usize = 1 << 20;

/// The names known so far. Small, and nothing is read before it is asked for: every command has one.
#[derive(Clone, Debug)]
pub struct Databases {
    netns: Option<Box<[u8]>>,
    /// What the files said, once they were read.
    read: Vec<(Database, Read)>,
}

impl Databases {
    /// The names that hold in namespace `netns`, or in ours.
    pub fn new(netns: Option<&[u8]>) -> Self {
        let netns = netns.filter(|name| !name.contains(&b'/'));
        Databases { netns: netns.map(Box::from), read: Vec::new() }
    }

    /// The name of `number`, if it has one.
    pub fn name(&mut self, database: Database, number: u32) -> Option<&str> {
        let (.., built_in) = database.source();
        let own = built_in.name(number);
        // The realm 0 alone is called otherwise in files that people have.
        match own.filter(|_| database != Database::Realms) {
            Some(name) => Some(name),
            None => {
                let named = self.files(database).iter().rev().find(|(id, _)| *id == number);
                named.map(|(_, name)| &**name).or(own)
            }
        }
    }

    /// The IP protocol that `word` names or is the number of, 0 to 255.
    pub fn ip_protocol(&mut self, word: &[u8]) -> Option<u8> {
        let decimal = || number::in_base(word, 10).and_then(|number| u8::try_from(number).ok());
        let named = self.number(Database::IpProtocols, word);
        named.map_or_else(decimal, |number| u8::try_from(number).ok())
    }

    /// The number that has `name`.
    pub fn number(&mut self, database: Database, name: &[u8]) -> Option<u32> {
        let (.., built_in) = database.source();
        if let Some(number) = built_in.number(name) {
            return Some(number);
        }
        self.files(database).iter().find(|(_, known)| known.as_bytes() == name).map(|(number, _)| *number)
    }

    fn files(&mut self, database: Database) -> &[(u32, Box<str>)] {
        let at = match self.read.iter().position(|(known, _)| *known == database) {
            Some(at) => at,
            None => {
                let own = self.netns.as_deref().map(|name| [b"/etc/netns/", name, b"/iproute2"].concat());
                let directories: &[&[u8]] = match &own {
                    Some(own) => &[own, b"/etc/iproute2", b"/usr/share/iproute2"],
                    None => &[b"/etc/iproute2", b"/usr/share/iproute2"],
                };
                self.read.push((database, read_all(directories, database)));
                self.read.len() - 1
            }
        };
        self.read.get(at).map_or(&[], |(_, names)| names)
    }
}

/// The name of the user or group `number`, by a file in the format of `/etc/passwd`.
pub fn account_name(file: &str, number: u32) -> Option<Vec<u8>> {
    let text = file::contents(file).ok()?;
    let number = number.to_string();
    text.split(|byte| *byte == b'\n').find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        let name = fields.next()?;
        (fields.nth(1)? == number.as_bytes()).then(|| name.to_vec())
    })
}

/// All that the files say: the first directory's main file, and every `*.conf` of the folders, where a file of an earlier
/// directory hides those of the same name in later ones.
#[cold]
#[inline(never)]
fn read_all(directories: &[&[u8]], database: Database) -> Read {
    let (file, folder, _) = database.source();
    let mut names = Read::new();
    if database == Database::IpProtocols {
        read_protocols(&file::start_of("/etc/protocols", LARGEST).unwrap_or_default(), &mut names);
        return names;
    }
    for directory in directories {
        if read_file(&[directory, &b"/"[..], file.as_bytes()].concat(), &mut names).is_some() {
            break;
        }
    }
    let mut hidden = Vec::new();
    for directory in directories.iter().filter(|_| !folder.is_empty()) {
        let path = [directory, &b"/"[..], folder.as_bytes()].concat();
        let mut files = names_in(Path::new(OsStr::from_bytes(&path))).unwrap_or_default();
        files.retain(|name| name.as_bytes().ends_with(b".conf") && !hidden.contains(name));
        netmite_output::sort_by(&mut files, |one, other| one < other);
        for name in files {
            read_file(&[&path, &b"/"[..], name.as_bytes()].concat(), &mut names);
            hidden.push(name);
        }
    }
    names
}

/// Takes the next word off the front of a line, if there is one before its end or a comment.
#[inline(never)]
pub fn next_word<'l>(line: &mut &'l [u8]) -> Option<&'l [u8]> {
    let rest = line.trim_ascii_start();
    let len = rest.iter().position(|byte| *byte == b'#' || byte.is_ascii_whitespace()).unwrap_or(rest.len());
    let (word, rest) = rest.split_at(len);
    *line = rest;
    Some(word).filter(|word| !word.is_empty())
}

/// Reads one file; `None` where there is none.
fn read_file(path: &[u8], names: &mut Read) -> Option<()> {
    let text = file::start_of(OsStr::from_bytes(path), LARGEST).ok()?;
    for whole in text.split(|byte| *byte == b'\n') {
        let mut line = whole;
        let Some(number) = next_word(&mut line) else { continue };
        let entry = identifier(number).zip(next_word(&mut line).and_then(|name| std::str::from_utf8(name).ok()));
        match entry {
            Some((number, name)) => names.push((number, name.into())),
            None => {
                corrupted(path, whole);
                break;
            }
        }
    }
    Some(())
}

/// A number as C's `%d` and `0x%x` read one: what is too great wraps.
fn identifier(word: &[u8]) -> Option<u32> {
    if let Some(digits) = word.strip_prefix(b"0x") {
        return number::in_base(digits, 16).map(|number| number as u32);
    }
    let digits = word.strip_prefix(b"-").or(word.strip_prefix(b"+")).unwrap_or(word);
    let number = number::in_base(digits, 10)? as u32;
    Some(if word.starts_with(b"-") { number.wrapping_neg() } else { number })
}

/// Says which line ends a file. Names are looked up in the midst of everything, so this goes past a tool's streams.
#[cold]
fn corrupted(path: &[u8], line: &[u8]) {
    let parts = [b"Database ", path, b" is corrupted at ", line.trim_ascii_start(), b"\n"];
    netmite_output::complain(&parts.concat());
}

/// The lines of /etc/protocols: a name, the number, other names. The last entry of a number is its name.
fn read_protocols(text: &[u8], names: &mut Read) {
    for mut line in text.split(|byte| *byte == b'\n') {
        let mut next = next_word(&mut line);
        let Some(number) = next_word(&mut line).and_then(number::u32) else { continue };
        while let Some(name) = next {
            if let Ok(name) = std::str::from_utf8(name) {
                names.push((number, name.into()));
            }
            next = next_word(&mut line);
        }
    }
    names.reverse();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_names_need_no_file() {
        let mut databases = Databases::new(None);
        assert_eq!(databases.name(Database::Tables, 254), Some("main"));
        assert_eq!(databases.number(Database::Scopes, b"link"), Some(253));
        assert!(databases.read.is_empty());
    }

    #[test]
    fn protocols_have_other_names_too() {
        let mut names = Read::new();
        read_protocols(b"# x\nip 0 IP # pseudo\n\nigmp\t2\tIGMP\nbad\nother 2\n", &mut names);
        assert_eq!(names.iter().rev().find(|(id, _)| *id == 2).map(|(_, name)| &**name), Some("igmp"));
        assert_eq!(names.iter().find(|(_, name)| &**name == "IGMP").map(|(id, _)| *id), Some(2));
        assert_eq!(names.len(), 5);
    }

    #[test]
    fn files_are_read_until_a_line_is_wrong() {
        let directory = std::env::temp_dir().join(format!("netmite-names-{}", std::process::id()));
        std::fs::create_dir_all(directory.join("rt_tables.d")).unwrap();
        std::fs::write(directory.join("rt_tables"), "# comment\n 0x64 red # tail\n\n101 blue\nbad\n102 lost\n")
            .unwrap();
        std::fs::write(directory.join("rt_tables.d/a.conf"), "103\tgreen\n").unwrap();
        std::fs::write(directory.join("rt_tables.d/a.txt"), "104 no\n").unwrap();
        let mut databases = Databases::new(None);
        let directories = [directory.to_str().unwrap().as_bytes()];
        databases.read.push((Database::Tables, read_all(&directories, Database::Tables)));
        assert_eq!(databases.name(Database::Tables, 100), Some("red"));
        assert_eq!(databases.number(Database::Tables, b"green"), Some(103));
        assert_eq!(databases.name(Database::Tables, 102), None);
        assert_eq!(databases.name(Database::Tables, 104), None);
        std::fs::remove_dir_all(directory).unwrap();
    }
}
