//! Series of numbers on a page: made short enough for it, and written as short texts.

pub(super) mod downsample;
pub(super) mod encode;
