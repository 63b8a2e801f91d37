//! `ip route get`: which way a packet would go.

use super::filter::Filter;
use super::print;
use netmite_grammar::address::{self, GivenPrefix};
use netmite_grammar::{Context, Error, Result, Session, Words, by_word, exact, key, refused};
use netmite_links::select::vrf;
use netmite_netlink::header::RouteHeader;
use netmite_netlink::tree::{Origins, ROOT, Tree};
use netmite_netlink::uapi::*;
use netmite_output::brief;

/// The request under construction.
struct Question<'w> {
    tree: Tree,
    /// Interfaces, which are looked up when all words are read, so that a wrong word is told first.
    incoming: Option<&'w [u8]>,
    outgoing: Option<&'w [u8]>,
    connected: bool,
    fibmatch: bool,
    addressed: bool,
    from: bool,
}

pub(super) fn run(words: &mut Words, session: &mut Session) -> Result<()> {
    let header = RouteHeader { family: session.context.options.family, ..RouteHeader::default() };
    let tree = Tree::new(&header.to_bytes());
    let (connected, fibmatch, addressed, from) = (false, false, false, false);
    let mut question = Question { tree, incoming: None, outgoing: None, connected, fibmatch, addressed, from };
    while let Some(word) = words.take() {
        question.word(word, words, &mut session.context)?;
    }
    if !question.addressed {
        return Err(Error::new(1, brief!("need at least a destination address")));
    }
    for (kind, name) in [(RTA_IIF, question.incoming), (RTA_OIF, question.outgoing)] {
        if let Some(name) = name {
            let index = session.context.index_of(name)?;
            question.tree.set(ROOT, kind, index, words.position());
        }
    }
    if question.family() == AF_UNSPEC {
        question.tree.set_header(ROOT, 0, AF_INET);
    }
    if question.family() == AF_INET {
        question.tree.set_header_bits(ROOT, 8, RTM_F_LOOKUP_TABLE, true);
    }
    if question.fibmatch {
        question.tree.set_header_bits(ROOT, 8, RTM_F_FIB_MATCH, true);
    }
    let outcome = ask(&question.tree, true, words, session);
    let outcome = match outcome {
        // The reference asks again, from the address that the first answer chose; the answer is the same.
        Ok(()) if question.connected && !question.from => ask(&question.tree, false, words, session),
        other => other,
    };
    outcome?;
    session.context.out.close_list();
    Ok(())
}

/// Sends the question and prints the answer; `first` opens JSON with it.
fn ask(tree: &Tree, first: bool, words: &Words, session: &mut Session) -> Result<()> {
    let mut message = tree.message(RTM_GETROUTE, 0);
    let answer = session.ask(&mut message, &mut |view, context| {
        if let Some(header) = RouteHeader::of(view) {
            if first {
                context.out.open_array("");
            }
            print::route(&header, &view.slots(RouteHeader::LEN), &Filter::open(header.family), context);
        }
    });
    answer.map_err(|error| refused(&error, &Origins::of(tree), words))
}

impl<'w> Question<'w> {
    fn family(&self) -> u8 {
        self.tree.header(ROOT).first().copied().unwrap_or(AF_UNSPEC)
    }

    #[inline(never)]
    fn word(&mut self, word: &[u8], words: &mut Words<'w>, context: &mut Context) -> Result<()> {
        by_word!(word, {
            [key("iif", 1)] => self.incoming = Some(words.value()?),
            [key("oif", 1), exact("dev")] => self.outgoing = Some(words.value()?),
            [key("from", 1)] => {
                let given = self.host(words)?;
                self.from = true;
                if self.says(&given) {
                    self.tree.set(ROOT, RTA_SRC, given.prefix.address(), words.position());
                }
                self.tree.set_header(ROOT, 2, given.prefix.len());
            },
            [key("mark", 1)] => self.number(words, RTA_MARK, "invalid mark value\n")?,
            [exact("uid")] => self.number(words, RTA_UID, "invalid UID\n")?,
            [exact("vrf")] => {
                let index = vrf(words, context, "Invalid VRF\n")?;
                self.tree.set(ROOT, RTA_OIF, index, words.position());
            },
            [key("fibmatch", 1)] => self.fibmatch = true,
            [key("ipproto", 1)] => {
                let protocol = context.ip_protocol(words)?;
                self.tree.set(ROOT, RTA_IP_PROTO, protocol, words.position());
            },
            [exact("sport")] => self.port(words, RTA_SPORT, "invalid sport\n")?,
            [exact("dport")] => self.port(words, RTA_DPORT, "invalid dport\n")?,
            [key("flowlabel", 1)] => {
                let label = words.number(0xf_ffff, "invalid flowlabel\n")? as u32;
                self.tree.set(ROOT, RTA_FLOWLABEL, label.to_be_bytes(), words.position());
            },
            [exact("as")] => {
                let word = words.value()?;
                let word = if word == b"to" { words.value()? } else { word };
                match self.family() {
                    AF_MPLS => {
                        self.tree.set(ROOT, RTA_NEWDST, address::labels(word)?.as_slice(), words.position());
                    }
                    family => {
                        let address = address::address(word, family)?;
                        self.tree.set(ROOT, RTA_NEWDST, address, words.position());
                    }
                }
            },
            [exact("tos"), key("dsfield", 1)] => self.tree.set_header_byte(3, context.named_tos(words)?),
            [key("notify", 1)] => self.tree.set_header_bits(ROOT, 8, RTM_F_NOTIFY, true),
            [key("connected", 1)] => self.connected = true,
            [exact("help")] => return Err(super::usage()),
            [exact("to")] => self.destination(words, context)?,
            _ => {
                words.back();
                self.destination(words, context)?;
            },
        });
        Ok(())
    }

    fn destination(&mut self, words: &mut Words, context: &mut Context) -> Result<()> {
        let given = self.host(words)?;
        self.addressed = true;
        if self.says(&given) {
            self.tree.set(ROOT, RTA_DST, given.prefix.address(), words.position());
        }
        self.tree.set_header(ROOT, 1, given.prefix.len());
        self.warn_of_length(&given, context);
        Ok(())
    }

    /// An address; a prefix is taken as one.
    fn host(&mut self, words: &mut Words) -> Result<GivenPrefix> {
        let given = address::prefix(words.value()?, self.family())?;
        if self.family() == AF_UNSPEC && !given.everything {
            self.tree.set_header(ROOT, 0, address::family_of(given.prefix.address()));
        }
        Ok(given)
    }

    /// Whether a prefix is one of addresses: `default` of no family is not.
    fn says(&self, given: &GivenPrefix) -> bool {
        !given.everything || self.family() != AF_UNSPEC
    }

    fn warn_of_length(&mut self, given: &GivenPrefix, context: &mut Context) {
        let whole = print::whole(self.family());
        if self.says(given) && given.prefix.len() != whole {
            let line =
                format!("Warning: /{} as prefix is invalid, only /{whole} (or none) is supported.", given.prefix.len());
            context.out.io().error(line);
            self.tree.set_header(ROOT, 1, whole);
        }
    }

    fn number(&mut self, words: &mut Words, kind: u16, bad: &str) -> Result<()> {
        let number = words.u32(bad)?;
        self.tree.set(ROOT, kind, number, words.position());
        Ok(())
    }

    fn port(&mut self, words: &mut Words, kind: u16, bad: &str) -> Result<()> {
        let port = words.u16(bad)?;
        self.tree.set(ROOT, kind, port.to_be_bytes(), words.position());
        Ok(())
    }
}
