//! `bridge` alone in a file.
#![cfg_attr(not(test), no_main)]
netmite_netlink::main!(|arguments: &[&std::ffi::OsStr]| netmite_output::Io::run(|io| netmite_bridge::run(
    arguments, io
)));
