//! One file that is every tool.
