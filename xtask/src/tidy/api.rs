//! The core crate's public interface, as docs/api.txt records it: what other programs may rely on.
//!
//! A change of it is a diff to review; `cargo xtask tidy --write` records one. Types of other crates than std must not
//! stand in it. Left out: what is hidden from the documentation, tests, and the kernel's numbers in `uapi`.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::{Attribute, File, ImplItem, Item, UseTree, Visibility};

/// Crates whose types are ours to use and not to hand out.
const PRIVATE: [&str; 4] = ["neli", "nix", "linux_raw_sys", "libc"];

/// Where the interface is recorded.
pub const RECORD: &str = "docs/api.txt";

/// The interface as text, and a complaint for each foreign type in it. `files` are the crate's, by path below `src`.
pub fn describe(files: &BTreeMap<String, File>) -> (String, Vec<String>) {
    let (mut text, mut found) = (String::new(), Vec::new());
    let shown = exported(files);
    for (path, file) in files {
        let foreign = imported(file);
        let mut kept = File { shebang: None, attrs: Vec::new(), items: Vec::new() };
        for item in &file.items {
            let Some(item) = signature(item, &shown) else { continue };
            if let Item::Enum(item) = &item {
                if !item.attrs.iter().any(|one| one.path().is_ident("non_exhaustive")) {
                    found.push(format!("crates/netlink/src/{path}: {} may not grow: not non_exhaustive", item.ident));
                }
            }
            for name in names(item.to_token_stream()) {
                if PRIVATE.contains(&&*name) || foreign.contains(&name) {
                    found.push(format!("crates/netlink/src/{path}: {name} of another crate in the public interface"));
                }
            }
            kept.items.push(item);
        }
        if !kept.items.is_empty() {
            let body = prettyplease::unparse(&kept).replace(" {}\n", ";\n");
            text += &format!("// {path}\n{body}\n");
        }
    }
    (text, found)
}

/// The crate's files, parsed. Those of tests and of the kernel's numbers are left out.
pub fn parse<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<BTreeMap<String, File>, String> {
    let own = files.filter_map(|(path, text)| Some((path.strip_prefix("crates/netlink/src/")?, text)));
    own.filter(|(path, _)| !matches!(stem(path), "uapi" | "tests") && !path.ends_with("_tests.rs"))
        .map(|(path, text)| Ok((path.to_owned(), syn::parse_file(text).map_err(|error| format!("{path}: {error}"))?)))
        .collect()
}

fn stem(path: &str) -> &str {
    Path::new(path).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default()
}

/// Names of types and traits that are public somewhere: a method of any other is nobody's business.
fn exported(files: &BTreeMap<String, File>) -> BTreeSet<String> {
    let items = files.values().flat_map(|file| &file.items);
    let public = items.filter_map(|item| match item {
        Item::Struct(item) if is_public(&item.vis, &item.attrs) => Some(item.ident.to_string()),
        Item::Enum(item) if is_public(&item.vis, &item.attrs) => Some(item.ident.to_string()),
        Item::Trait(item) if is_public(&item.vis, &item.attrs) => Some(item.ident.to_string()),
        Item::Type(item) if is_public(&item.vis, &item.attrs) => Some(item.ident.to_string()),
        _ => None,
    });
    public.collect()
}

/// Types that the file imports from the crates in [`PRIVATE`]; functions and modules begin with a small letter.
fn imported(file: &File) -> BTreeSet<String> {
    fn leaves(tree: &UseTree, to: &mut BTreeSet<String>) {
        match tree {
            UseTree::Path(path) => leaves(&path.tree, to),
            UseTree::Name(name) => drop(to.insert(name.ident.to_string())),
            UseTree::Rename(name) => drop(to.insert(name.rename.to_string())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, to)),
            UseTree::Glob(_) => (),
        }
    }
    let mut names = BTreeSet::new();
    for item in &file.items {
        let Item::Use(item) = item else { continue };
        let UseTree::Path(path) = &item.tree else { continue };
        if PRIVATE.contains(&&*path.ident.to_string()) {
            leaves(&path.tree, &mut names);
        }
    }
    names.retain(|name| name.starts_with(|first: char| first.is_ascii_uppercase()));
    names
}

/// The item as others see it: no bodies, no private fields, no attributes but those that are promises.
fn signature(item: &Item, shown: &BTreeSet<String>) -> Option<Item> {
    let mut item = item.clone();
    match &mut item {
        Item::Fn(function) if is_public(&function.vis, &function.attrs) => function.block.stmts.clear(),
        Item::Impl(block) => {
            let of_trait = block.trait_.is_some();
            block.items.retain_mut(|item| member(item, of_trait));
            let known = names(block.self_ty.to_token_stream()).iter().any(|name| shown.contains(name));
            let hidden =
                block.attrs.iter().any(is_test) || !(known || of_trait) || (block.items.is_empty() && !of_trait);
            if hidden || block.trait_.as_ref().is_some_and(|(_, path, _)| !trait_counts(path, shown)) {
                return None;
            }
        }
        Item::Struct(structure) if is_public(&structure.vis, &structure.attrs) => {
            let private = structure.fields.iter().any(|field| !matches!(field.vis, Visibility::Public(_)));
            if private {
                structure.fields = syn::Fields::Unit;
                structure.semi_token = Some(Default::default());
            }
            structure.fields.iter_mut().for_each(|field| keep(&mut field.attrs));
        }
        Item::Enum(choice) if is_public(&choice.vis, &choice.attrs) => {
            for variant in &mut choice.variants {
                keep(&mut variant.attrs);
                variant.fields.iter_mut().for_each(|field| keep(&mut field.attrs));
            }
        }
        Item::Trait(definition) if is_public(&definition.vis, &definition.attrs) => {
            for item in &mut definition.items {
                if let syn::TraitItem::Fn(function) = item {
                    keep(&mut function.attrs);
                    function.default = None;
                }
            }
        }
        Item::Const(constant) if is_public(&constant.vis, &constant.attrs) => (),
        Item::Type(alias) if is_public(&alias.vis, &alias.attrs) => (),
        Item::Mod(module) if is_public(&module.vis, &module.attrs) && module.content.is_none() => (),
        Item::Use(import) if is_public(&import.vis, &import.attrs) => (),
        _ => return None,
    }
    attributes(&mut item).map(keep);
    Some(item)
}

/// Whether a method belongs to the interface; it loses its body.
fn member(item: &mut ImplItem, of_trait: bool) -> bool {
    match item {
        ImplItem::Fn(function) => {
            let public = !of_trait && is_public(&function.vis, &function.attrs);
            function.block.stmts.clear();
            keep(&mut function.attrs);
            public
        }
        ImplItem::Const(constant) => {
            let public = !of_trait && is_public(&constant.vis, &constant.attrs);
            keep(&mut constant.attrs);
            public
        }
        ImplItem::Type(_) => true,
        _ => false,
    }
}

/// Whether an implementation of this trait is part of the interface: std's are, and our own public ones.
fn trait_counts(path: &syn::Path, shown: &BTreeSet<String>) -> bool {
    let name = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
    const STD: [&str; 12] =
        ["From", "Into", "FromStr", "Display", "Debug", "Default", "Iterator", "AsFd", "AsRef", "Drop", "Ord", "Error"];
    shown.contains(&name) || STD.contains(&&*name)
}

fn is_public(visibility: &Visibility, attributes: &[Attribute]) -> bool {
    matches!(visibility, Visibility::Public(_)) && !attributes.iter().any(|one| is_test(one) || is_hidden(one))
}

fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.to_token_stream().to_string().contains("test")
}

fn is_hidden(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc") && attribute.to_token_stream().to_string().contains("hidden")
}

/// Attributes that are promises to the reader of the interface.
fn keep(attributes: &mut Vec<Attribute>) {
    attributes.retain(|one| ["non_exhaustive", "must_use", "derive"].iter().any(|name| one.path().is_ident(name)));
}

fn attributes(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    Some(match item {
        Item::Fn(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Trait(item) => &mut item.attrs,
        Item::Const(item) => &mut item.attrs,
        Item::Type(item) => &mut item.attrs,
        Item::Mod(item) => &mut item.attrs,
        Item::Use(item) => &mut item.attrs,
        _ => return None,
    })
}

/// Every name in the tokens.
fn names(tokens: TokenStream) -> Vec<String> {
    let mut all = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(name) => all.push(name.to_string()),
            TokenTree::Group(group) => all.extend(names(group.stream())),
            _ => (),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_go_and_foreign_types_are_found() {
        let text =
            "use nix::errno::Errno;\npub struct A { x: u8 }\nimpl A { pub fn f(&self) -> Errno { g() } fn g() {} }\n";
        let files = parse([("crates/netlink/src/a.rs", text)].into_iter()).unwrap();
        let (text, found) = describe(&files);
        assert_eq!(text, "// a.rs\npub struct A;\nimpl A {\n    pub fn f(&self) -> Errno;\n}\n\n");
        assert_eq!(found, ["crates/netlink/src/a.rs: Errno of another crate in the public interface"]);
    }
}
