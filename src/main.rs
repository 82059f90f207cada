//! The seaglass program.
fn main() {}
