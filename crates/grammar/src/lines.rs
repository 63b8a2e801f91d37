//! The lines of a dump's objects, most of which differ from an earlier one in a value or two: templates of those, by what their
//! attributes are.

use crate::session::Context;
use netmite_netlink::MessageView;
use netmite_netlink::attributes::{Attributes, HEADER_LEN, align};
use netmite_output::{Form, Hole, Templates};

/// The lines of one dump.
pub struct Lines {
    /// The type of the messages that are lines.
    kind: u16,
    /// The length of their fixed header.
    header: usize,
    values: &'static [(u16, Form)],
    templates: Option<Templates>,
}

impl Lines {
    /// Lines of messages of type `kind` with a fixed header of `header` bytes. Each of `values` is an attribute that decides
    /// nothing but its own text, or with [`Form::Unseen`] nothing at all: not whether the object is shown, how its other
    /// words look, or how wide a column is. `plain` tells that this is so; otherwise every line is written anew.
    pub fn new(kind: u16, header: usize, values: &'static [(u16, Form)], plain: bool) -> Self {
        Lines { kind, header, values, templates: plain.then(Templates::default) }
    }

    /// Prints an object: by a template, or as `render` does.
    pub fn print(&mut self, view: &MessageView, context: &mut Context, render: &mut dyn FnMut(&mut Context)) {
        let templates = self.templates.as_mut().filter(|_| view.kind == self.kind && !context.options.resolve);
        let Some(templates) = templates else { return render(context) };
        let io = context.out.io();
        if templates.write(view.body, io.buffer()) {
            return io.drain();
        }
        let start = io.buffer().len();
        render(context);
        if templates.wants() {
            self.keep(view, start, context);
        }
    }

    /// Keeps the text that stands in the buffer behind `start`, unless it was written out. In JSON a comma comes first: it does
    /// with all objects but one.
    #[cold]
    #[inline(never)]
    fn keep(&mut self, view: &MessageView, start: usize, context: &mut Context) {
        let json = context.out.is_json();
        let text = context.out.io().buffer().get(start..).unwrap_or(&[]);
        let holes = self.holes(view.body).filter(|_| !json || text.starts_with(b","));
        if let Some((templates, holes)) = self.templates.as_mut().zip(holes) {
            templates.keep(view.body, &holes, text);
        }
    }

    /// Where the values are; nothing where one comes twice, is of no length that it may have, or none is shown.
    fn holes(&self, body: &[u8]) -> Option<Vec<Hole>> {
        let (mut holes, mut seen, mut at) = (Vec::new(), 0u64, align(self.header));
        for attribute in Attributes::new(body.get(at..)?) {
            let len = attribute.payload.len();
            if let Some((number, (_, form))) =
                self.values.iter().enumerate().find(|(_, (kind, _))| *kind == attribute.kind)
            {
                let right = match form {
                    Form::Ip => matches!(len, 4 | 16),
                    Form::Number => len == 4,
                    Form::Link => len > 0,
                    Form::Unseen => true,
                };
                let bit = 1u64.checked_shl(number as u32)?;
                if !right || seen & bit != 0 {
                    return None;
                }
                seen |= bit;
                holes.push(Hole { at: at + HEADER_LEN, len, form: *form });
            }
            at += align(HEADER_LEN + len);
        }
        holes.iter().any(|hole| hole.form != Form::Unseen).then_some(holes)
    }
}
