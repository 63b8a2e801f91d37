//! The LINK table and the link kinds.
