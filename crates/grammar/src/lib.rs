//! Rows of options and the walks over them.
