//! The one file that is every tool, built along with the tests that call it by links.
#![cfg_attr(not(test), no_main)]
netmite_netlink::main!(|arguments: &[&std::ffi::OsStr]| netmite_output::Io::run(|io| netmite::run(arguments, io)));
