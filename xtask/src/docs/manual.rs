//! Manual pages, in the macros of man(7).

use super::pages::{Place, Subject, Tool, Word};
use std::fmt::Write;

/// The pages: one a tool, and one for the kinds of links.
pub fn files(tools: &[Tool]) -> Vec<(String, String)> {
    let mut files: Vec<_> = tools.iter().map(|tool| (format!("docs/man/{}.8", tool.name), page(tool))).collect();
    let links = tools.iter().flat_map(|tool| tool.objects.iter().map(move |object| (tool, object)));
    let links = links.filter(|(tool, object)| has_page(tool, object));
    files
        .extend(links.map(|(tool, object)| (format!("docs/man/{}-{}.8", tool.name, object.name), kinds(tool, object))));
    files
}

/// Whether an object has a page of its own for what stands deeper in it.
fn has_page(tool: &Tool, object: &Subject) -> bool {
    tool.name == "ip" && object.name == "link"
}

/// Text with nothing that roff would take for a request or an escape.
fn plain(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

fn head(name: &str, about: &str) -> String {
    let title = name.to_uppercase();
    let version = env!("CARGO_PKG_VERSION");
    format!(
        ".\\\" written by cargo xtask docs\n.TH {title} 8 \"\" \"netmite {version}\"\n.SH NAME\n{} \\- {}\n",
        plain(name),
        plain(about)
    )
}

fn page(tool: &Tool) -> String {
    let mut text = head(tool.name, tool.about);
    let name = tool.name;
    let line = match tool.objects.first().is_some_and(|object| object.name.is_empty()) {
        true => format!(".B {name}\n[ \\fIOPTIONS\\fR ] \\fIVERB\\fR [ \\fIWORDS\\fR ]\n"),
        false => format!(".B {name}\n[ \\fIOPTIONS\\fR ] \\fIOBJECT\\fR [ \\fIVERB\\fR [ \\fIWORDS\\fR ] ]\n"),
    };
    text += &format!(".SH SYNOPSIS\n{line}");
    if tool.abbreviates {
        text += ".SH DESCRIPTION\nObjects and verbs may be cut short: the first in the order of this page is meant. \
                 Without a verb, an object is shown.\n";
    }
    text += ".SH OPTIONS\n";
    for (words, value, doc) in &tool.flags {
        entry(&mut text, words, value, doc);
    }
    for object in &tool.objects {
        subject(&mut text, tool, object);
    }
    let others = if name == "ip" { "bridge ip-link nat" } else { "ip" };
    let others: Vec<String> = others.split(' ').map(|other| format!(".BR {} (8)", plain(other))).collect();
    text + ".SH SEE ALSO\n" + &others.join(",\n") + "\n"
}

/// An option and what it is for.
fn entry(text: &mut String, words: &[String], value: &str, doc: &str) {
    let words: Vec<String> = words.iter().map(|word| format!("\\fB{}\\fR", plain(word))).collect();
    let value = if value.is_empty() { String::new() } else { format!(" \\fI{}\\fR", plain(value)) };
    let _ = writeln!(text, ".TP\n{}{value}\n{}", words.join(", "), plain(doc));
}

fn subject(text: &mut String, tool: &Tool, object: &Subject) {
    let title = if object.name.is_empty() { "VERBS".to_owned() } else { format!("{} {}", tool.name, object.name) };
    let _ = writeln!(text, ".SH {}\n{}.", plain(&title.to_uppercase()), plain(object.about));
    let verbs: Vec<String> = object.verbs.iter().map(|(verb, _)| format!("\\fB{}\\fR", plain(verb))).collect();
    if !object.name.is_empty() {
        let _ = writeln!(text, ".PP\nVerbs: {}.", verbs.join(", "));
    }
    for place in object.places.iter().filter(|place| place.after.is_empty() || !has_page(tool, object)) {
        words(text, object, place);
    }
    if has_page(tool, object) {
        text.push_str(".PP\nWhat stands behind\n.B type\nis told in\n.BR ip\\-link (8).\n");
    }
}

/// The words of one place.
fn words(text: &mut String, object: &Subject, place: &Place) {
    let about = object.verbs.iter().find(|(verb, _)| place.verbs.first().is_some_and(|own| own == verb));
    let about = about.map_or("", |(_, about)| about);
    let title = [place.verbs.join(", "), place.after.clone()].join(" ");
    let _ = writeln!(text, ".SS {}", plain(title.trim()));
    let _ = writeln!(text, "{}.", plain(if about.is_empty() { "Words that follow" } else { about }));
    place.options.iter().for_each(|option| option_entry(text, option));
}

fn option_entry(text: &mut String, option: &Word) {
    match option.words.is_empty() {
        true => entry(text, &[], &option.value, option.doc),
        false => entry(text, &option.words, &option.value, option.doc),
    }
}

/// The page on kinds of links.
fn kinds(tool: &Tool, object: &Subject) -> String {
    let name = format!("{}-{}", tool.name, object.name);
    let mut text = head(&name, "kinds of network interfaces and their options");
    text += ".SH SYNOPSIS\n.B ip link add\n\\fINAME\\fR [ \\fIWORDS\\fR ] \\fBtype\\fR \\fIKIND\\fR [ \\fIOPTIONS\\fR ]\n.br\n\
             .B ip link set\n\\fIDEVICE\\fR \\fBtype\\fR \\fIKIND\\fR [ \\fIOPTIONS\\fR ]\n.SH KINDS\n";
    for place in object.places.iter().filter(|place| !place.after.is_empty()) {
        let _ = writeln!(text, ".SS {}", plain(&place.after));
        match place.options.is_empty() {
            true => text += "No options.\n",
            false => place.options.iter().for_each(|option| option_entry(&mut text, option)),
        }
    }
    text + ".PP\nAny other kind that the kernel has is taken by its name, without options.\n.SH SEE ALSO\n.BR ip (8)\n"
}
