//! The few colours that the reference uses, for terminals with a dark and with a light background.

/// What a piece of text is; the palette says how that looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// An interface's name.
    IfName,
    /// A link-layer address.
    Mac,
    /// An IPv4 address.
    Inet,
    /// An IPv6 address.
    Inet6,
    /// The state UP.
    Up,
    /// The state DOWN.
    Down,
    /// Whatever has no colour.
    None,
}

impl Colour {
    /// The colour of an address.
    pub fn of(address: std::net::IpAddr) -> Self {
        if address.is_ipv4() { Colour::Inet } else { Colour::Inet6 }
    }

    /// UP is green and DOWN is red; other states are plain.
    pub fn of_state(state: &str) -> Self {
        match state {
            "UP" => Colour::Up,
            "DOWN" => Colour::Down,
            _ => Colour::None,
        }
    }
}

/// When to use colour: `-color=WHEN`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// Not at all.
    #[default]
    Never,
    /// On a terminal.
    Auto,
    /// Even into a pipe.
    Always,
}

/// The escape sequences for a background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// For a dark background: bold.
    Dark,
    /// For a light one.
    Light,
}

impl Palette {
    /// The palette for a background, which is told as the variable `COLORFGBG` tells it: its last field is the background's
    /// number; 0 to 6 and 8 are dark, and so is a terminal that does not say.
    pub fn for_background(told: Option<&[u8]>) -> Self {
        let Some(value) = told else { return Palette::Dark };
        match value.iter().rposition(|byte| *byte == b';').map(|at| value.get(at + 1..).unwrap_or(&[])) {
            Some([b'0'..=b'6' | b'8']) | None => Palette::Dark,
            Some(_) => Palette::Light,
        }
    }

    pub(crate) fn start(self, colour: Colour) -> &'static str {
        match (self, colour) {
            (_, Colour::None) => "",
            (Palette::Dark, Colour::IfName) => "\x1b[1;36m",
            (Palette::Dark, Colour::Mac) => "\x1b[1;33m",
            (Palette::Dark, Colour::Inet) => "\x1b[1;35m",
            (Palette::Dark, Colour::Inet6) => "\x1b[1;94m",
            (Palette::Dark, Colour::Up) => "\x1b[1;32m",
            (Palette::Dark, Colour::Down) => "\x1b[1;31m",
            (Palette::Light, Colour::IfName) => "\x1b[36m",
            (Palette::Light, Colour::Mac) => "\x1b[33m",
            (Palette::Light, Colour::Inet) => "\x1b[35m",
            (Palette::Light, Colour::Inet6) => "\x1b[34m",
            (Palette::Light, Colour::Up) => "\x1b[32m",
            (Palette::Light, Colour::Down) => "\x1b[31m",
        }
    }

    pub(crate) fn end(colour: Colour) -> &'static str {
        if colour == Colour::None { "" } else { "\x1b[0m" }
    }
}
