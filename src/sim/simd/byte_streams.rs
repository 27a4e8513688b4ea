//! Numbers whose bytes are kept apart: all first bytes, then all second bytes, and so on, as Parquet's encoding
//! `BYTE_STREAM_SPLIT` does.

#[cfg(target_arch = "x86_64")]
use super::x86::interleaved;

/// Sixteen bytes of one stream.
pub type Sixteen = [u8; 16];

/// Puts sixteen numbers of eight bytes together: number `j` has byte `j` of each stream, in their order.
#[inline]
#[must_use]
pub fn joined(streams: [Sixteen; 8]) -> [[u8; 8]; 16] {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = streams;
    // Every second byte, then every fourth, then each has its place.
    let halves = [interleaved(s0, s4), interleaved(s1, s5), interleaved(s2, s6), interleaved(s3, s7)];
    let quarters = |half: usize| {
        let [even_low, even_high] = interleaved(halves[0][half], halves[2][half]);
        let [odd_low, odd_high] = interleaved(halves[1][half], halves[3][half]);
        [interleaved(even_low, odd_low), interleaved(even_high, odd_high)]
    };
    bytemuck::cast([quarters(0), quarters(1)])
}

/// Byte by byte of both in turn: of their first halves, and of their second ones.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
fn interleaved(a: Sixteen, b: Sixteen) -> [Sixteen; 2] {
    [0, 8].map(|first| std::array::from_fn(|at| if at % 2 == 0 { a[first + at / 2] } else { b[first + at / 2] }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_number_has_its_byte_of_each_stream(streams: [Sixteen; 8]) {
            let plain: [[u8; 8]; 16] = std::array::from_fn(|number| std::array::from_fn(|byte| streams[byte][number]));
            prop_assert_eq!(joined(streams), plain);
        }
    }
}
