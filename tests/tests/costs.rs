//! What short commands of the release file cost, in numbers that do not depend on the machine: system calls, instructions,
//! bytes. Only for the file that the errand `test` hands over (`NETMITE_BINARY`), and where it is linked with musl: glibc's own
//! start costs more than these commands.

use netmite_tests::bench::count::{Count, count};
use netmite_tests::tools;
use std::path::{Path, PathBuf};

/// The release file and the folder of its links, if that is what is tested.
fn release() -> Option<(PathBuf, &'static Path)> {
    let file = std::env::var_os("NETMITE_BINARY").map(PathBuf::from).filter(|file| file.is_file())?;
    let bytes = std::fs::read(&file).ok()?;
    // glibc's static start has a table of its tunables.
    let glibc = bytes.windows(17).any(|window| window == b"glibc.malloc.mxfa");
    (!glibc).then(|| Some((file, tools::under_test()?))).flatten()
}

fn counted(what: Count, folder: &Path, line: &str) -> u64 {
    let mut words = line.split(' ').map(str::to_owned);
    let program = folder.join(words.next().unwrap_or_default());
    let words: Vec<String> = words.collect();
    count(what, &program, &words, "/bin").expect("a traced program").unwrap_or_else(|| panic!("{line} failed"))
}

#[test]
fn a_short_command_is_cheap() {
    let Some((file, folder)) = release() else {
        return println!("skipped: no release file linked with musl is tested");
    };
    let size = file.metadata().expect("the file").len();
    assert!(size <= SIZE, "{}: {size} bytes", file.display());
    for (line, calls, instructions) in LINES {
        let found = (counted(Count::Calls, folder, line), counted(Count::Instructions, folder, line));
        println!("{line}: {} system calls, {} instructions", found.0, found.1);
        assert!(found.0 <= *calls, "{line}: {} system calls, at most {calls} are allowed", found.0);
        assert!(found.1 <= *instructions, "{line}: {} instructions, at most {instructions} are allowed", found.1);
    }
}

/// The most bytes that the file may have.
const SIZE: u64 = 999_999;

/// A command, the most system calls it may make and the most instructions it may take. What a count depends on besides
/// (the environment, what the kernel says of a link) changes it by some hundred instructions.
const LINES: &[(&str, u64, u64)] = &[("ip -V", 8, 5_500), ("ip link show lo", 10, 12_500)];

/// The counts see a program's calls: `/bin/true` makes some, and more instructions than calls.
#[test]
fn counts_count() {
    let own = |what| count(what, Path::new("/bin/true"), &[], "/bin").expect("a traced program").expect("success");
    let (calls, instructions, memory) = (own(Count::Calls), own(Count::Instructions), own(Count::Memory));
    assert!(calls >= 2 && instructions > calls && memory > 0, "{calls} {instructions} {memory}");
}
