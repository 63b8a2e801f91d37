//! Which links are asked for.

/// Which links a dump is to have.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub(crate) master: Option<Box<[u8]>>,
    pub(crate) kind: Option<Box<[u8]>>,
    pub(crate) without_statistics: bool,
}

impl Filter {
    /// All links.
    pub fn new() -> Self {
        Filter::default()
    }

    /// Those whose master is called `name`.
    #[must_use]
    pub fn master(self, name: impl AsRef<[u8]>) -> Self {
        Filter { master: Some(name.as_ref().into()), ..self }
    }

    /// Those of kind `name`.
    #[must_use]
    pub fn kind(self, name: impl AsRef<[u8]>) -> Self {
        Filter { kind: Some(name.as_ref().into()), ..self }
    }

    /// All, but without their statistics, which are a third of what the kernel says of a link.
    #[must_use]
    pub fn without_statistics(self) -> Self {
        Filter { without_statistics: true, ..self }
    }
}
