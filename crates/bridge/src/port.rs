//! Ports of tunnels, by number or by a service's name.

use netmite_grammar::names::next_word;
use netmite_grammar::number;
use netmite_netlink::sys::file;

/// A port: a number, or the name of a service over UDP in /etc/services.
pub(crate) fn port(word: &[u8]) -> Option<u16> {
    match word.first()?.is_ascii_digit() {
        true => number::u16(word),
        false => service(&file::contents("/etc/services").ok()?, word),
    }
}

/// The port of the service called `name`, of a file's lines `NAME PORT/PROTOCOL [ ALIAS ]...`.
fn service(file: &[u8], name: &[u8]) -> Option<u16> {
    file.split(|byte| *byte == b'\n').find_map(|mut line| {
        let mut own = next_word(&mut line)?;
        let port = next_word(&mut line)?.strip_suffix(b"/udp")?;
        while own != name {
            own = next_word(&mut line)?;
        }
        number::u16(port)
    })
}

#[cfg(test)]
mod tests {
    use super::service;

    #[test]
    fn services() {
        let file = b"# Network services\ndomain 53/tcp\ndomain\t\t53/udp # names\nsnmp-trap 162/udp snmptrap\n";
        assert_eq!(service(file, b"domain"), Some(53));
        assert_eq!(service(file, b"snmptrap"), Some(162));
        assert_eq!(service(file, b"#"), None);
        assert_eq!(service(b"x 1/tcp", b"x"), None);
    }
}
