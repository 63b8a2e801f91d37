//! Codecs that only parse or only print, without the faces that they have not.

/// A codec that only parses, for rows whose values are printed by hand in the line's head:
/// `parse_only!(Name(FIELD), SHAPE, |self, row, key, scope| BODY);`.
#[macro_export]
macro_rules! parse_only {
    ($(#[$doc:meta])* $name:ident $(($field:ty))?, $shape:expr, |$self:ident, $row:ident, $key:ident, $scope:ident| $body:expr) => {
        $(#[$doc])*
        pub(crate) struct $name $((pub(crate) $field))?;

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

/// A codec that only prints, for rows that no word selects: `print_only!(Name(FIELD), |self, row, attrs, context| BODY);`.
#[macro_export]
macro_rules! print_only {
    ($(#[$doc:meta])* $name:ident $(($field:ty))?, |$self:ident, $row:ident, $attrs:ident, $context:ident| $body:expr) => {
        $(#[$doc])*
        pub(crate) struct $name $((pub(crate) $field))?;

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
