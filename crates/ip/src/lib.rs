//! The ip command.
