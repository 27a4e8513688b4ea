use proptest::prelude::*;

use super::*;
use crate::key::EntryKind;

const RESULT: u8 = EntryKind::Result.tag();
const TRADES: u8 = EntryKind::Trades.tag();

const KEY: Key = Key([9; 32]);

fn sealed(secret: Option<&Secret>) -> Vec<u8> {
    seal(&KEY, RESULT, "BTC:rsi", b"twelve trades", secret).expect("small enough")
}

#[test]
fn what_was_sealed_opens_again() {
    for secret in [None, Some(Secret::derive("canary"))] {
        let bytes = sealed(secret.as_ref());
        assert_eq!(open(&bytes, &KEY, RESULT, secret.as_ref()), Ok(&b"twelve trades"[..]));
    }
}

#[test]
fn the_label_is_read_from_the_head_of_a_value_and_of_nothing_else() {
    let bytes = sealed(None);
    assert_eq!(label(&bytes[..HEAD.min(bytes.len())]), Some("BTC:rsi"));
    for length in 0..HEADER + 7 {
        assert_eq!(label(&bytes[..length]), None);
    }
    let old = forged(|bytes| bytes[4] = 1);
    assert_eq!(label(&old), None);
    assert_eq!(label(&[0; 200]), None);
}

#[test]
fn every_truncation_is_refused() {
    let bytes = sealed(None);
    for length in 0..bytes.len() {
        assert!(open(&bytes[..length], &KEY, RESULT, None).is_err(), "a prefix of {length} bytes was accepted");
    }
}

#[test]
fn every_appended_byte_is_refused() {
    for extra in 0..=255 {
        let mut bytes = sealed(None);
        bytes.push(extra);
        assert!(open(&bytes, &KEY, RESULT, None).is_err());
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    for secret in [None, Some(Secret::derive("canary"))] {
        let good = sealed(secret.as_ref());
        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&bytes, &KEY, RESULT, secret.as_ref()).is_err(), "bit {bit} may be flipped");
        }
    }
}

#[test]
fn a_value_copied_under_another_key_is_refused() {
    assert_eq!(open(&sealed(None), &Key([8; 32]), RESULT, None), Err(EnvelopeError::OtherKey));
}

#[test]
fn a_value_of_another_kind_is_refused() {
    assert_eq!(open(&sealed(None), &KEY, TRADES, None), Err(EnvelopeError::OtherKey));
}

/// What a forger without the secret can make: any header, and a digest that fits it.
fn forged(change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = sealed(None);
    bytes.truncate(bytes.len() - DIGEST);
    change(&mut bytes);
    let digest = blake3::hash(&bytes);
    bytes.extend_from_slice(digest.as_bytes());
    bytes
}

#[test]
fn another_format_is_refused_even_with_a_good_digest() {
    for format in [0_u16, FORMAT + 1, u16::MAX] {
        let bytes = forged(|bytes| bytes[4..6].copy_from_slice(&format.to_le_bytes()));
        assert_eq!(open(&bytes, &KEY, RESULT, None), Err(EnvelopeError::Format));
    }
}

#[test]
fn a_wrong_length_is_refused_even_with_a_good_digest() {
    let bytes = forged(|bytes| bytes[40] += 1);
    assert_eq!(open(&bytes, &KEY, RESULT, None), Err(EnvelopeError::Length));
}

#[test]
fn a_forged_value_is_refused_where_a_secret_is_set() {
    let secret = Secret::derive("canary");
    assert_eq!(open(&sealed(None), &KEY, RESULT, Some(&secret)), Err(EnvelopeError::OtherSecret));
    let claims_a_secret = forged(|bytes| bytes[7] = KEYED);
    assert_eq!(open(&claims_a_secret, &KEY, RESULT, Some(&secret)), Err(EnvelopeError::Digest));
    let other = sealed(Some(&Secret::derive("another")));
    assert_eq!(open(&other, &KEY, RESULT, Some(&secret)), Err(EnvelopeError::Digest));
    assert_eq!(open(&other, &KEY, RESULT, None), Err(EnvelopeError::OtherSecret));
}

#[test]
fn a_value_over_the_cap_is_neither_stored_nor_read() {
    let label = "x".repeat(MAX_LABEL);
    assert_eq!(seal(&KEY, TRADES, "", &vec![0; MAX_VALUE], None), None);
    assert_eq!(seal(&KEY, TRADES, &"x".repeat(MAX_LABEL + 1), &[], None), None);
    let largest = vec![0; MAX_VALUE - HEADER - MAX_LABEL - DIGEST];
    let bytes = seal(&KEY, TRADES, &label, &largest, None).expect("exactly at the cap");
    assert!(open(&bytes, &KEY, TRADES, None).is_ok());
    assert_eq!(open(&vec![0; MAX_VALUE + 1], &KEY, TRADES, None), Err(EnvelopeError::TooLarge));
}

#[test]
fn a_secret_is_never_shown() {
    let secret = Secret::derive("canary");
    assert_eq!(format!("{secret:?}"), "Secret(..)");
}

proptest! {
    #[test]
    fn foreign_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(open(&bytes, &KEY, RESULT, None).is_err());
    }

    #[test]
    fn foreign_bytes_with_our_magic_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let bytes = [&MAGIC[..], &bytes].concat();
        prop_assert!(open(&bytes, &KEY, RESULT, None).is_err());
    }
}
