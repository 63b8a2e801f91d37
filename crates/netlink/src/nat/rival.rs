//! Rivals: entries that match just what another does, and rewrite otherwise. The later one would never be reached.
//!
//! They may be elements of other sets, for a set has values of one form, or rules. Masquerading has none: it has no target.

use super::change::{CHAINS, chain_of};
use super::read::{listed, plain, set_of};
use super::shape::{Field, Shape};
use super::{Kind, Nat, TABLE};
use crate::error::Result;
use crate::nftables::NetfilterSocket;

/// What our chains hold: the shapes that are looked up, and the entries that are rules; for each chain.
#[derive(Debug)]
pub(super) struct Holders([(Vec<Shape>, Vec<Nat>); 2]);

impl Holders {
    pub(super) fn read(socket: &mut NetfilterSocket) -> Result<Self> {
        let mut all = Holders(Default::default());
        for (chain, (shapes, rules)) in CHAINS.iter().zip(&mut all.0) {
            for rule in socket.rules(TABLE, Some(chain.name.as_bytes()))? {
                match set_of(&rule) {
                    Some((shape, _)) => shapes.push(shape),
                    None => rules.extend(plain(&rule).entry),
                }
            }
        }
        Ok(all)
    }

    /// The rivals of an entry: there is one at most, unless somebody else wrote them.
    pub(super) fn rivals(&self, socket: &mut NetfilterSocket, nat: &Nat) -> Result<Vec<Nat>> {
        let mut found = Vec::new();
        let of_chain = CHAINS.iter().zip(&self.0).find(|(chain, _)| chain.name == chain_of(nat).name);
        let Some((_, (shapes, rules))) = of_chain else { return Ok(found) };
        for entry in rules {
            if entry.matches_same(nat) && !entry.rewrites_same(nat) {
                found.push(entry.clone());
            }
        }
        let fields: Option<Vec<Field>> = if shapes.is_empty() { None } else { Shape::fields(nat) };
        let Some(fields) = fields else { return Ok(found) };
        let fits = |shape: &&Shape| {
            (shape.kind, shape.v6, shape.local) == (nat.kind, nat.v6, nat.local) && shape.fields == fields
        };
        for shape in shapes.iter().filter(fits) {
            let element = socket.element(TABLE, shape.name().as_bytes(), &shape.key_of(nat))?;
            let entry = element.and_then(|element| listed(shape, element, 0).entry);
            found.extend(entry.filter(|entry| !entry.rewrites_same(nat)));
        }
        Ok(found)
    }
}

/// The entry that matches what `nat` does and rewrites it otherwise, if there is one.
pub fn rival(socket: &mut NetfilterSocket, nat: &Nat) -> Result<Option<Nat>> {
    if nat.kind == Kind::Masquerade {
        return Ok(None);
    }
    Ok(Holders::read(socket)?.rivals(socket, nat)?.pop())
}
