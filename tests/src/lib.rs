//! Tests of the whole suite against the real reference and the real kernel.
