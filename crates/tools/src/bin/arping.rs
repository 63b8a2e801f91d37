//! `arping` alone in a file.
#![cfg_attr(not(test), no_main)]
netmite_netlink::main!(|arguments: &[&std::ffi::OsStr], output| netmite_output::Io::run(
    output,
    netmite_netlink::errno::why,
    |io| netmite_tools::arping::run(arguments, io)
));
