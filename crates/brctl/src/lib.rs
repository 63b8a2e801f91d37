//! The brctl command.
