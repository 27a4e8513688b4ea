//! The language as its users meet it: what rules mean, and how wrong ones are answered.

mod errors;
mod meaning;
mod named;
mod properties;
