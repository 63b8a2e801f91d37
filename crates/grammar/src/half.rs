//! Codecs that only parse or only print, without the faces that they have not.

use crate::codec::report_only;
use crate::error::Result;
use crate::rows::Row;
use crate::session::Context;
use crate::spec::Key;
use crate::table::{Codec, Shape};
use crate::walk::Scope;
use netmite_netlink::attributes::Slots;

/// What [`parse_only!`](crate::parse_only!) makes of a codec without a field.
#[doc(hidden)]
pub struct ParseOnly {
    pub parse: fn(&Row, &Key, &mut Scope) -> Result<()>,
    pub shape: Shape,
}

impl Codec for ParseOnly {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        (self.parse)(row, key, scope)
    }

    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    #[cfg(feature = "laws")]
    fn shows(&self) -> bool {
        false
    }

    fn shape(&self) -> Shape {
        self.shape
    }
}

/// What [`parse_only!`](crate::parse_only!) makes of a codec without a field that begins with the option's value.
#[doc(hidden)]
pub struct ParseValue {
    pub parse: fn(&Row, &Key, &mut Scope, &[u8]) -> Result<()>,
    pub shape: Shape,
}

impl Codec for ParseValue {
    fn parse(&self, row: &Row, key: &Key, scope: &mut Scope) -> Result<()> {
        let word = scope.value()?;
        (self.parse)(row, key, scope, word)
    }

    fn print(&self, _: &Row, _: &Slots, _: &mut Context) {}

    #[cfg(feature = "laws")]
    fn shows(&self) -> bool {
        false
    }

    fn shape(&self) -> Shape {
        self.shape
    }
}

/// What [`print_only!`](crate::print_only!) makes of a codec without a field.
#[doc(hidden)]
pub struct PrintOnly(pub fn(&Row, &Slots, &mut Context));

impl Codec for PrintOnly {
    fn parse(&self, row: &Row, _: &Key, _: &mut Scope) -> Result<()> {
        Err(report_only(row))
    }

    fn print(&self, row: &Row, attrs: &Slots, context: &mut Context) {
        (self.0)(row, attrs, context);
    }

    fn shape(&self) -> Shape {
        Shape::Nothing
    }
}

/// A codec that only parses, for rows whose values are printed by hand in the line's head:
/// `parse_only!(Name(FIELD), SHAPE, |self, row, key, scope| BODY);`. One without a field is no type of its own, which would take a table
/// of its methods, but a function and its shape; `|self, row, key, scope, word|` gets the value that the option insists on.
#[macro_export]
macro_rules! parse_only {
    ($(#[$doc:meta])* $name:ident, $shape:expr, |$self:ident, $row:ident, $key:ident, $scope:ident| $body:expr) => {
        $(#[$doc])*
        #[allow(non_upper_case_globals)]
        pub(crate) static $name: $crate::half::ParseOnly =
            $crate::half::ParseOnly { parse: |$row, $key, $scope| $body, shape: $shape };
    };
    ($(#[$doc:meta])* $name:ident, $shape:expr, |$self:ident, $row:ident, $key:ident, $scope:ident, $word:ident| $body:expr) => {
        $(#[$doc])*
        #[allow(non_upper_case_globals)]
        pub(crate) static $name: $crate::half::ParseValue =
            $crate::half::ParseValue { parse: |$row, $key, $scope, $word| $body, shape: $shape };
    };
    ($(#[$doc:meta])* $name:ident($field:ty), $shape:expr, |$self:ident, $row:ident, $key:ident, $scope:ident| $body:expr) => {
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) $field);

        impl $crate::Codec for $name {
            fn parse(&$self, $row: &$crate::Row, $key: &$crate::Key, $scope: &mut $crate::Scope) -> $crate::Result<()> {
                $body
            }

            fn print(&self, _: &$crate::Row, _: &$crate::Slots, _: &mut $crate::Context) {}

            #[cfg(feature = "laws")]
            fn shows(&self) -> bool {
                false
            }

            fn shape(&self) -> $crate::Shape {
                $shape
            }
        }
    };
}

/// A codec that only prints, for rows that no word selects: `print_only!(Name(FIELD), |self, row, attrs, context| BODY);`. As
/// [`parse_only!`](crate::parse_only!), a function where there is no field.
#[macro_export]
macro_rules! print_only {
    ($(#[$doc:meta])* $name:ident, |$self:ident, $row:ident, $attrs:ident, $context:ident| $body:expr) => {
        $(#[$doc])*
        #[allow(non_upper_case_globals)]
        pub(crate) static $name: $crate::half::PrintOnly = $crate::half::PrintOnly(|$row, $attrs, $context| $body);
    };
    ($(#[$doc:meta])* $name:ident($field:ty), |$self:ident, $row:ident, $attrs:ident, $context:ident| $body:expr) => {
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) $field);

        impl $crate::Codec for $name {
            fn parse(&self, row: &$crate::Row, _: &$crate::Key, _: &mut $crate::Scope) -> $crate::Result<()> {
                Err($crate::codec::report_only(row))
            }

            fn print(&$self, $row: &$crate::Row, $attrs: &$crate::Slots, $context: &mut $crate::Context) {
                $body
            }

            fn shape(&self) -> $crate::Shape {
                $crate::Shape::Nothing
            }
        }
    };
}
