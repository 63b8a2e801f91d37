//! Facts as text or JSON, written once into one buffer.
