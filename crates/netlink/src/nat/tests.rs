//! Shapes, keys, rules: to bytes and back.

use super::rule::plain;
use super::shape::Shape;
use super::*;

fn entries() -> Vec<Nat> {
    let prefix = |text: &str| text.parse::<Prefix>().unwrap();
    vec![
        Nat::masquerade_v4().source(prefix("10.0.0.0/16")).out_interface("eth0"),
        Nat::masquerade_v4().out_interface("eth0"),
        Nat::masquerade_v6().source(prefix("fd00::/8")),
        Nat::snat("203.0.113.5".parse().unwrap()).source(prefix("10.0.0.0/16")).out_interface("eth0"),
        Nat::dnat("10.0.0.2".parse().unwrap())
            .destination(prefix("203.0.113.5"))
            .protocol(6)
            .destination_port(80)
            .to_port(8080),
        Nat { to_ports: Some((3128, 3128)), ..Nat::new(Kind::Redirect, false).protocol(6).destination_port(80) },
    ]
}

#[test]
fn elements_are_read_as_written() {
    for nat in entries() {
        let shape = Shape::of(&nat).unwrap();
        assert_eq!(Shape::parse(shape.name().as_bytes()), Some(shape.clone()), "{}", shape.name());
        let (key, data) = (shape.key_of(&nat), shape.data_of(&nat));
        assert_eq!(u32::try_from(key.len()).unwrap(), shape.key().1, "{}", shape.name());
        assert_eq!(data.as_ref().map(|data| data.len() as u32), shape.data().map(|data| data.1));
        assert_eq!(shape.entry(&key, data.as_deref()), Some(nat));
        for end in 0..key.len() {
            shape.entry(&key[..end], data.as_deref());
        }
    }
}

#[test]
fn names_say_the_shape() {
    let name = |nat: &Nat| Shape::of(nat).map(|shape| shape.name());
    assert_eq!(name(&entries()[0]).as_deref(), Some("masquerade-ip-s16-o"));
    assert_eq!(name(&entries()[4]).as_deref(), Some("dnat-ip-d32-p-dport-to-toport"));
    for bad in [&b""[..], b"x", b"snat", b"snat-ip7", b"snat-ip-s33", b"snat-ip-x", b"snat-ip-\xff", b"snat-ip-"] {
        assert_eq!(Shape::parse(bad), None, "{bad:?}");
    }
}

#[test]
fn what_no_set_holds_is_a_rule() {
    let mut inverted = Nat::masquerade_v4().out_interface("br0");
    inverted.output.as_mut().unwrap().inverted = true;
    let mut wildcard = Nat::masquerade_v4().out_interface("eth");
    wildcard.output.as_mut().unwrap().value.wildcard = true;
    let mut ports = Nat::dnat("10.0.0.2".parse().unwrap()).protocol(6).destination_port(80);
    ports.destination_ports = Some((80, 90).into());
    for nat in [inverted, wildcard, ports, Nat::masquerade_v4()] {
        assert_eq!(Shape::of(&nat), None);
        assert!(!plain(&nat).is_empty());
    }
}
