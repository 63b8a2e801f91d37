//! `encap rpl segs SEGMENTS`: a source routing header of RPL. Source: linux/rpl_iptunnel.h, linux/rpl.h.

use super::{Type, seg6};
use netmite_grammar::{
    Context, Error, Repeat, Result, Scope, Shape, Spec, Table, attr, exact, parse_only, row, rows, unambiguous,
};
use netmite_netlink::attributes::Slots;
use netmite_output::brief;

pub(super) const RPL: Type =
    Type { word: "rpl", number: 8, table: Some(&TABLE), parse: |scope| TABLE.parse_known(scope), print };

const RPL_IPTUNNEL_SRH: u16 = 1;
/// The length of `struct ipv6_rpl_sr_hdr` without its segments.
const HEADER_LEN: usize = 8;
const RPL_TYPE: u8 = 3;

static TABLE: Table = Table { rules, ..Table::new("rpl", rows!(ROWS)) };
const ROWS: &[Spec] =
    &[row(&[exact("segs")], attr!(RPL_IPTUNNEL_SRH), &Segments, "the addresses on the way").repeat(Repeat::Garbage)];
const _: () = unambiguous(ROWS);

parse_only!(Segments, Shape::Value("ADDRESS,…"), |self, row, _key, scope| {
    let segments = seg6::segments(scope.value()?)?;
    let header = header(&segments)?;
    scope.set(row.number(), header.as_slice());
    Ok(())
});

fn header(segments: &[[u8; 16]]) -> Result<Vec<u8>> {
    let units = u8::try_from(segments.len() * 2);
    let (Ok(units), Ok(left)) = (units, u8::try_from(segments.len())) else {
        return Err(Error::new(255, brief!("Error: too many segments for one header")));
    };
    let mut bytes = vec![0, units, RPL_TYPE, left, 0, 0, 0, 0];
    bytes.extend_from_slice(segments.as_flattened());
    Ok(bytes)
}

/// Without `segs` there is one segment, `::`.
fn rules(scope: &mut Scope) -> Result<()> {
    if !scope.tree.has(scope.node, RPL_IPTUNNEL_SRH) {
        let header = header(&[[0; 16]])?;
        scope.set(RPL_IPTUNNEL_SRH, header.as_slice());
    }
    Ok(())
}

fn print(attrs: &Slots, context: &mut Context) {
    let Some(header) = attrs.get(RPL_IPTUNNEL_SRH) else { return };
    let count = header.get(3).map_or(0, |left| usize::from(*left));
    let segments = header.get(HEADER_LEN..).unwrap_or(&[]);
    seg6::print_segments(count, segments.chunks_exact(16).take(count), context);
}
