//! `geneve_opts CLASS:TYPE:DATA[,…]`, `vxlan_opts GBP` and `erspan_opts VERSION:INDEX:DIRECTION:HARDWARE`: options of an
//! outer header. Source: linux/lwtunnel.h.
//!
//! Of numbers between colons those that are left empty are not sent. Data that are no hexadecimal bytes are refused,
//! where the reference sends none of them.

use netmite_grammar::{Codec, Context, Error, Key, Result, Row, Scope, Shape, exact, number};
use netmite_netlink::attributes::{Attributes, Slots};
use netmite_output::Value;

pub(super) const LWTUNNEL_IP_OPTS: u16 = 8;

/// The keywords; the tag is the attribute inside the nest.
pub(super) const KEYS: &[Key] = &[exact("geneve_opts").tag(1), exact("vxlan_opts").tag(2), exact("erspan_opts").tag(3)];

/// One of several fields between colons.
struct Field {
    json: &'static str,
    number: u16,
    form: Form,
}

enum Form {
    /// A number of so many bytes, in network order.
    Number(usize),
    /// Bytes in hexadecimal.
    Bytes,
    /// A number of four bytes in the host's order.
    Native,
}

const fn field(json: &'static str, number: u16, form: Form) -> Field {
    Field { json, number, form }
}

const GENEVE: &[Field] =
    &[field("class", 1, Form::Number(2)), field("type", 2, Form::Number(1)), field("data", 3, Form::Bytes)];
const VXLAN: &[Field] = &[field("gbp", 1, Form::Native)];
const ERSPAN: &[Field] = &[
    field("ver", 1, Form::Number(1)),
    field("index", 2, Form::Number(4)),
    field("dir", 3, Form::Number(1)),
    field("hwid", 4, Form::Number(1)),
];

fn fields(key: &Key) -> &'static [Field] {
    match key.tag {
        1 => GENEVE,
        2 => VXLAN,
        _ => ERSPAN,
    }
}

/// The codec of all three, which exclude each other.
pub(super) struct TunnelOptions;

impl Codec for TunnelOptions {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        if scope.tree.has(scope.node, row.number()) {
            return Err(Error::garbage("opts", key.word.as_bytes()));
        }
        let word = scope.value()?;
        let (fields, kind) = (fields(key), u16::try_from(key.tag).unwrap_or(0));
        let nest = scope.tree.nest(scope.node, row.number());
        // Only the options of geneve are a list.
        let comma = |byte: &u8| *byte == b',' && key.tag == 1;
        // The reference names the word up to where it got.
        let head = word.split(|byte| *byte == b':' || comma(byte)).next().unwrap_or(word);
        let wrong = || Error::wrong(head, &format!("\"{}\" value is invalid\n", key.word));
        for option in word.split(comma) {
            let inner = scope.tree.push_nest(nest, kind, &[]);
            // The one number of vxlan is a word of its own.
            let parts = option.split(|byte| *byte == b':' && key.tag != 2);
            for (at, part) in parts.enumerate() {
                let field = fields.get(at).ok_or_else(|| Error::new(255, "Unknown \"geneve_opts\" type\n"))?;
                if part.is_empty() && key.tag != 2 {
                    continue;
                }
                let bytes = field.form.read(part).ok_or_else(wrong)?;
                scope.tree.set(inner, field.number, bytes.as_slice(), scope.words.position());
            }
        }
        Ok(())
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        let Some(options) = attrs.get(row.number()) else { return };
        let mut shown = Attributes::new(options).filter_map(|option| {
            let key = KEYS.iter().find(|key| key.tag == u32::from(option.kind))?;
            Some((key, option.payload))
        });
        if let Some((key, body)) = shown.next() {
            print(key, body, context);
        }
    }

    #[cfg(feature = "laws")]
    fn words(&self, row: &Row, attrs: &Slots, _: &mut Context, to: &mut Vec<Vec<u8>>) {
        let options = || Attributes::new(attrs.get(row.number()).unwrap_or(&[]));
        let key = options().next().and_then(|option| KEYS.iter().find(|key| key.tag == u32::from(option.kind)));
        let Some(key) = key else { return };
        let mut word = Vec::new();
        for option in options() {
            let mut fields_of = vec![Vec::new(); fields(key).len()];
            for_each(fields(key), option.payload, &mut |field, _, value| {
                fields_of.get_mut(field).into_iter().for_each(|word| value.write(word));
            });
            word.extend_from_slice(if word.is_empty() { b"" } else { b"," });
            word.extend(fields_of.join(&b':'));
        }
        to.extend([key.word.as_bytes().to_vec(), word]);
    }

    fn shape(&self) -> Shape {
        Shape::Value("OPTIONS")
    }
}

impl Form {
    fn read(&self, word: &[u8]) -> Option<Vec<u8>> {
        match self {
            Form::Native => Some(number::u32(word)?.to_ne_bytes().to_vec()),
            Form::Number(width) => {
                let bytes = number::unsigned(word)?.to_be_bytes();
                let (head, tail) = bytes.split_at_checked(bytes.len().checked_sub(*width)?)?;
                head.iter().all(|byte| *byte == 0).then(|| tail.to_vec())
            }
            Form::Bytes => {
                let pair = |pair: &[u8]| number::in_base(pair, 16).and_then(|byte| u8::try_from(byte).ok());
                word.chunks(2).map(|two| pair(two).filter(|_| two.len() == 2)).collect()
            }
        }
    }
}

/// A field's value as it is shown.
enum Shown<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl Shown<'_> {
    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Shown::Number(number) => netmite_output::decimal(to, *number),
            Shown::Bytes(bytes) => bytes.iter().for_each(|byte| to.extend_from_slice(format!("{byte:02x}").as_bytes())),
        }
    }
}

/// Hands each known attribute of a nest to `each`, with the position of its field and whether it is of the first option.
/// Geneve's options stand one behind the other in one nest; each begins with its class.
fn for_each(fields: &[Field], body: &[u8], each: &mut dyn FnMut(usize, bool, Shown)) {
    let mut count = 0;
    for attribute in Attributes::new(body) {
        let Some((at, field)) = fields.iter().enumerate().find(|(_, field)| field.number == attribute.kind) else {
            continue;
        };
        count += usize::from(at == 0);
        let shown = match field.form {
            Form::Bytes => Shown::Bytes(attribute.payload),
            Form::Native => Shown::Number(netmite_netlink::attributes::unsigned(attribute.payload).unwrap_or(0)),
            Form::Number(_) => {
                let tail = attribute.payload.iter().take(8);
                Shown::Number(tail.fold(0, |number, byte| number << 8 | u64::from(*byte)))
            }
        };
        each(at, count <= 1, shown);
    }
}

fn print(key: &Key, body: &[u8], context: &mut Context) {
    let fields = fields(key);
    context.out.newline();
    context.out.text("\t");
    context.out.text(key.word);
    context.out.text(" ");
    context.out.open_array(key.word);
    if key.tag == 3 {
        // The kernel leaves out what its version has not.
        let mut values = [0; ERSPAN.len()];
        for_each(fields, body, &mut |at, _, value| match value {
            Shown::Number(number) => values.iter_mut().skip(at).take(1).for_each(|to| *to = number),
            Shown::Bytes(_) => (),
        });
        context.out.open_object("");
        for (at, (field, value)) in fields.iter().zip(values).enumerate() {
            context.out.put(field.json, if at > 0 { ":" } else { "" }, value, "");
        }
        context.out.close_object();
        context.out.text(" ");
        return context.out.close_array();
    }
    let mut open = false;
    for_each(fields, body, &mut |at, first, value| {
        if at == 0 && open {
            context.out.close_object();
        }
        if at == 0 || !open {
            context.out.open_object("");
            open = true;
        }
        context.out.text(if at > 0 {
            ":"
        } else if first {
            ""
        } else {
            ","
        });
        let json = fields.get(at).map_or("", |field| field.json);
        match value {
            Shown::Number(number) => context.out.put(json, "", number, ""),
            Shown::Bytes(_) => {
                let mut text = Vec::new();
                value.write(&mut text);
                context.out.put(json, "", Value::Bytes(&text), "");
            }
        }
    });
    if open {
        context.out.close_object();
    }
    context.out.text(" ");
    context.out.close_array();
}
