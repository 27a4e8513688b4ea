use super::*;

fn key(n: u64) -> Key {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    Key(key)
}

fn drawn(share: Share, seed: u64, all: u64) -> Vec<u64> {
    Sample { share, seed }.draw((0..all).collect(), |n| key(*n))
}

#[test]
fn a_sample_has_its_size_and_is_the_same_for_the_same_seed() {
    assert_eq!(drawn(Share::Part(0.05), 1, 1_000).len(), 50);
    assert_eq!(drawn(Share::Part(0.0001), 1, 1_000).len(), 1, "something is looked at");
    assert_eq!(drawn(Share::Part(1.0), 1, 1_000).len(), 1_000);
    assert_eq!(drawn(Share::Count(7), 1, 1_000).len(), 7);
    assert_eq!(drawn(Share::Count(7), 1, 3), [0, 1, 2]);
    assert!(drawn(Share::Part(0.5), 1, 0).is_empty());
    assert_eq!(drawn(Share::Count(7), 1, 1_000), drawn(Share::Count(7), 1, 1_000));
    assert_ne!(drawn(Share::Count(7), 1, 1_000), drawn(Share::Count(7), 2, 1_000));
}

#[test]
fn samples_of_other_seeds_reach_everything_in_time() {
    let mut seen: Vec<u64> = (0..200).flat_map(|seed| drawn(Share::Part(0.05), seed, 100)).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 100);
}
