//! The bridge command.
