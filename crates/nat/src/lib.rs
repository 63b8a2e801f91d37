//! The nat command.
