//! Measures the stages of an import.
fn main() {}
