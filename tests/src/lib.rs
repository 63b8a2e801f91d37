//! Tests of the whole suite against the real reference and the real kernel.
pub mod capture;
pub mod cases;
pub mod kernel;
pub mod live;
pub mod normal;
pub mod pool;
pub mod render;
pub mod schema;
pub mod text;
pub mod tools;
pub mod tracer;
pub mod wire;
