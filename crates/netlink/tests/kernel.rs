//! The core crate against the running kernel, in namespaces of its own. One thread, hence no harness: a process with
//! several can't enter a user namespace.

use netmite_netlink::header::IfInfo;
use netmite_netlink::uapi::*;
use netmite_netlink::*;

include!("alone.in");

type Check = fn() -> Result<()>;

/// Every check, by name.
const CHECKS: &[(&str, Check)] = &[
    ("replies larger than the buffer are read whole", large_replies),
    ("an error of the caller's ends a dump and leaves the socket usable", stopped_dumps),
    ("the refused attribute is named, inside nests too", refused_attributes),
    ("a far end born in another namespace", far_end),
    ("a namespace's file that is none is refused", no_namespaces),
];

fn main() {
    if !alone() {
        return;
    }
    for (name, check) in CHECKS {
        check().unwrap_or_else(|error| panic!("{name}: {error}"));
        println!("{name}: ok");
    }
}

/// More alternative names than fit a page, asked for through a buffer of a page.
fn large_replies() -> Result<()> {
    let mut host = RouteSocket::open()?;
    host.add(Link::new("large").kind(link::Bridge::new()))?;
    let index = host.index_of("large")?;
    for batch in 0..6 {
        let mut names =
            Message::new(RTM_NEWLINKPROP, NLM_F_CREATE, &IfInfo { index: index.get(), ..IfInfo::default() }.to_bytes());
        names.nested(IFLA_PROP_LIST, |list| {
            for at in 0..10 {
                list.put(IFLA_ALT_IFNAME, format!("{:x<120}{batch}{at}\0", "").as_bytes());
            }
        });
        host.socket().request(&mut names)?;
    }
    let count = |view: &MessageView| {
        let list = view.attributes(IfInfo::LEN).find(|attribute| attribute.kind == IFLA_PROP_LIST);
        list.map_or(0, |list| list.nested().count())
    };
    let mut small = Socket::with_buffer(Protocol::Route, 1)?;
    let one = IfInfo { index: index.get(), ..IfInfo::default() };
    assert_eq!(small.get(&mut Message::new(RTM_GETLINK, 0, &one.to_bytes()), |view| Ok(count(view)))?, 60);

    let mut all = 0;
    let end = host.socket().dump(&mut Message::new(RTM_GETLINK, 0, &IfInfo::default().to_bytes()), |view| {
        all += count(view);
        Ok(())
    })?;
    assert_eq!((end, all), (DumpEnd::Complete, 60));
    host.delete(Link::by_name("large"))
}

fn stopped_dumps() -> Result<()> {
    let mut host = RouteSocket::open()?;
    let stopped = host.for_each_link(link::Filter::new(), |_| Err(std::io::Error::other("enough").into()));
    assert_eq!(stopped.unwrap_err().to_string(), "stopped by the caller: enough");
    assert_eq!(host.link("lo")?.name.as_bytes(), b"lo");
    Ok(())
}

fn refused_attributes() -> Result<()> {
    let mut host = RouteSocket::open()?;
    let kind = link::Bridge::new().attribute(IFLA_BR_FORWARD_DELAY, 1u8);
    let refused = host.add(Link::new("short").kind(kind)).unwrap_err();
    assert_eq!(refused.errno(), Some(libc::ERANGE), "{refused}");
    assert_eq!(host.index_of("short").unwrap_err().errno(), Some(libc::ENODEV));

    host.add(Link::new("mtu").kind(link::Bridge::new()))?;
    let refused = host.set(Link::by_name("mtu").attribute(IFLA_IFNAME, [b'n'; 40].as_slice())).unwrap_err();
    assert_eq!(refused.attribute_path(), [IFLA_IFNAME], "{refused}");
    host.delete(Link::by_name("mtu"))
}

fn far_end() -> Result<()> {
    let far = Netns::create("far")?;
    let (mut host, mut inside) = (RouteSocket::open()?, RouteSocket::open_in(&far)?);
    host.add(Link::new("near0").kind(link::Veth::peer(Link::new("far0").netns(&far))))?;
    assert!(host.index_of("far0").is_err());
    assert_eq!(inside.link("far0")?.kind.as_deref(), Some(&b"veth"[..]));
    assert_eq!(Netns::list()?, ["far"]);
    far.delete()?;
    assert!(Netns::list()?.is_empty());
    Ok(())
}

fn no_namespaces() -> Result<()> {
    std::fs::create_dir_all("/run/netns")?;
    std::fs::write("/run/netns/plain", b"")?;
    let refused = Netns::open("plain").and_then(|netns| netns.run(|| ()));
    assert_eq!(refused.unwrap_err().errno(), Some(libc::EINVAL));
    assert!(matches!(Netns::create("a/b"), Err(Error::BadName(_))));
    std::fs::remove_file("/run/netns/plain")?;
    Ok(())
}
