//! Users, groups and processes as `ip tuntap` needs them: from /etc/passwd, /etc/group and /proc, without the C library's
//! own look-ups, which a static program can't have.

use crate::proc;
use netmite_netlink::attributes::until_nul;
use netmite_netlink::sys::file;

/// The largest file of users or groups that is read, in bytes.
const LARGEST: usize = 16 << 20;

/// The number of a user or group: a number, -1 for none, or a name that `file` (/etc/passwd, /etc/group) holds.
pub(super) fn id_of(word: &[u8], file: &str) -> Option<u32> {
    let digits = word.strip_prefix(b"+").unwrap_or(word);
    match netmite_grammar::number::in_base(digits, 10) {
        _ if word == b"-1" => Some(u32::MAX),
        Some(number) => u32::try_from(number).ok(),
        None => named(word, file),
    }
}

fn named(name: &[u8], file: &str) -> Option<u32> {
    let text = file::start_of(file, LARGEST).ok()?;
    text.split(|byte| *byte == b'\n').find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        let own = fields.next().filter(|own| *own == name && !name.is_empty());
        own.and(fields.nth(1)).and_then(|number| netmite_grammar::number::in_base(number, 10)?.try_into().ok())
    })
}

/// The processes that are attached to the interface called `name`, each by name and number, once for every descriptor.
pub(super) fn attached(name: &[u8], each: &mut dyn FnMut(&[u8], u32)) {
    for (pid, folder) in proc::processes().unwrap_or_default() {
        for (descriptor, _) in proc::entries(&folder.join("fd")).unwrap_or_default() {
            let is_tun = std::fs::read_link(&descriptor).is_ok_and(|to| to.as_os_str() == "/dev/net/tun");
            if is_tun && is_attached(&folder.join("fdinfo").join(descriptor.file_name().unwrap_or_default()), name) {
                each(until_nul(&proc::command(pid)), pid);
            }
        }
    }
}

/// Whether a descriptor of /dev/net/tun is attached to the interface called `name`.
fn is_attached(information: &std::path::Path, name: &[u8]) -> bool {
    let mut attached = false;
    proc::each_line(&file::contents(information).unwrap_or_default(), &mut |words| {
        attached |= matches!(words, [label, own] if *label == b"iff:" && *own == name);
    });
    attached
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_by_number_and_name() {
        assert_eq!(id_of(b"5", "/nonexistent"), Some(5));
        assert_eq!(id_of(b"+010", "/nonexistent"), Some(10));
        assert_eq!(id_of(b"-1", "/nonexistent"), Some(u32::MAX));
        for bad in [&b"1x"[..], b"", b"0x10", b"4294967296", b"-2", b"nosuch"] {
            assert_eq!(id_of(bad, "/nonexistent"), None, "{bad:?}");
        }
        let file = std::env::temp_dir().join(format!("netmite-passwd-{}", std::process::id()));
        std::fs::write(&file, "root:x:0:0::/:\nbad\nann:x:1000:1000::/:/bin/sh\n").unwrap();
        let ids = ["root", "ann", "bad", "an"].map(|name| id_of(name.as_bytes(), file.to_str().unwrap()));
        assert_eq!(ids, [Some(0), Some(1000), None, None]);
        std::fs::remove_file(file).unwrap();
    }
}
