//! States as bytes and back: how a fold is saved at the border of a tile and goes on from there.
//!
//! One method both saves and loads, so that the two cannot disagree: it goes over the fields that change as bars come in.
//! What follows from parameters (periods, factors, tables) is not among them: a state is loaded into one that was made anew
//! with the same parameters. The bytes say nothing of their meaning; who keeps them says which state they are of.

use std::collections::VecDeque;

/// Bytes that a state is written to, or read from.
#[derive(Debug)]
pub struct StateBytes {
    bytes: Vec<u8>,
    /// Where reading stands; nothing while writing.
    at: Option<usize>,
    is_whole: bool,
}

impl StateBytes {
    /// To be written.
    #[must_use]
    pub fn writer() -> Self {
        Self { bytes: Vec::new(), at: None, is_whole: true }
    }

    /// To be read.
    #[must_use]
    pub fn reader(bytes: Vec<u8>) -> Self {
        Self { bytes, at: Some(0), is_whole: true }
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Whether all bytes were read, none was missing, and each had a meaning.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.is_whole && self.at == Some(self.bytes.len())
    }

    /// Whether it is read.
    #[must_use]
    pub fn is_reader(&self) -> bool {
        self.at.is_some()
    }

    /// Says that what was read cannot be.
    pub fn reject(&mut self) {
        self.is_whole = false;
    }

    /// A value that must be the same again: written, or compared with what was written.
    pub fn same<T: Resumable + Clone + PartialEq>(&mut self, value: &T) {
        let mut found = value.clone();
        found.pass_state(self);
        if found != *value {
            self.reject();
        }
    }

    /// Bytes of a fixed number.
    pub fn pass<const N: usize>(&mut self, value: &mut [u8; N]) {
        let Some(at) = &mut self.at else {
            self.bytes.extend_from_slice(value);
            return;
        };
        match self.bytes.get(*at..*at + N).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) if self.is_whole => {
                *value = bytes;
                *at += N;
            }
            _ => self.is_whole = false,
        }
    }

    /// A number of items that follow, each of a byte at least; 0 where there cannot be so many.
    fn length(&mut self, length: usize) -> usize {
        let mut length = length as u64;
        length.pass_state(self);
        let left = self.at.map_or(usize::MAX, |at| self.bytes.len() - at);
        match usize::try_from(length) {
            Ok(length) if length <= left => length,
            _ => {
                self.is_whole = false;
                0
            }
        }
    }
}

/// A state that can be saved and loaded.
pub trait Resumable {
    /// Writes what changes from bar to bar, or reads it: the same fields in the same order.
    fn pass_state(&mut self, state: &mut StateBytes);
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Resumable for $number {
            fn pass_state(&mut self, state: &mut StateBytes) {
                let mut bytes = self.to_le_bytes();
                state.pass(&mut bytes);
                *self = Self::from_le_bytes(bytes);
            }
        }
    )*};
}

numbers!(u8, u32, u64, i64, f64);

impl Resumable for usize {
    fn pass_state(&mut self, state: &mut StateBytes) {
        let mut number = *self as u64;
        number.pass_state(state);
        match Self::try_from(number) {
            Ok(number) => *self = number,
            Err(_) => state.reject(),
        }
    }
}

impl Resumable for bool {
    fn pass_state(&mut self, state: &mut StateBytes) {
        let mut byte = u8::from(*self);
        byte.pass_state(state);
        match byte {
            0 | 1 => *self = byte == 1,
            _ => state.reject(),
        }
    }
}

impl<T: Resumable + Default> Resumable for Option<T> {
    fn pass_state(&mut self, state: &mut StateBytes) {
        let mut is_some = self.is_some();
        is_some.pass_state(state);
        if is_some {
            self.get_or_insert_default().pass_state(state);
        } else {
            *self = None;
        }
    }
}

impl<T: Resumable + Default> Resumable for Vec<T> {
    fn pass_state(&mut self, state: &mut StateBytes) {
        let length = state.length(self.len());
        self.resize_with(length, T::default);
        for item in self {
            item.pass_state(state);
        }
    }
}

impl<T: Resumable + Default> Resumable for VecDeque<T> {
    fn pass_state(&mut self, state: &mut StateBytes) {
        let length = state.length(self.len());
        self.resize_with(length, T::default);
        for item in self {
            item.pass_state(state);
        }
    }
}

impl Resumable for String {
    fn pass_state(&mut self, state: &mut StateBytes) {
        let mut bytes = std::mem::take(self).into_bytes();
        bytes.pass_state(state);
        match Self::from_utf8(bytes) {
            Ok(text) => *self = text,
            Err(_) => state.reject(),
        }
    }
}

impl<T: Resumable, const N: usize> Resumable for [T; N] {
    fn pass_state(&mut self, state: &mut StateBytes) {
        for item in self {
            item.pass_state(state);
        }
    }
}

impl<A: Resumable, B: Resumable> Resumable for (A, B) {
    fn pass_state(&mut self, state: &mut StateBytes) {
        self.0.pass_state(state);
        self.1.pass_state(state);
    }
}

/// Makes a type [`Resumable`] by the fields that change, which are all that is saved of it.
#[macro_export]
macro_rules! resumable {
    ($name:ident $(<const $flag:ident>)?: $($field:tt),*) => {
        impl $(<const $flag: bool>)? $crate::Resumable for $name $(<$flag>)? {
            fn pass_state(&mut self, state: &mut $crate::StateBytes) {
                $($crate::Resumable::pass_state(&mut self.$field, state);)*
                // Of a state that remembers nothing there is nothing to save.
                let _ = state;
            }
        }
    };
}

/// Makes an enum without fields [`Resumable`] by the place of its variant in this list.
macro_rules! resumable_enum {
    ($name:ident: $($variant:ident),*) => {
        impl $crate::Resumable for $name {
            fn pass_state(&mut self, state: &mut $crate::StateBytes) {
                let all = [$(Self::$variant),*];
                let mut place = all.iter().position(|one| one == self).unwrap_or(all.len());
                $crate::Resumable::pass_state(&mut place, state);
                match all.get(place) {
                    Some(variant) => *self = *variant,
                    None => state.reject(),
                }
            }
        }
    };
}

pub(crate) use resumable;
pub(crate) use resumable_enum;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Sample {
        number: f64,
        list: Vec<(usize, f64)>,
        maybe: Option<i64>,
        queue: VecDeque<bool>,
    }

    resumable!(Sample: number, list, maybe, queue);

    fn sample() -> Sample {
        Sample { number: -0.5, list: vec![(1, 2.0), (3, 4.0)], maybe: Some(-7), queue: [true, false].into() }
    }

    fn bytes() -> Vec<u8> {
        let mut state = StateBytes::writer();
        sample().pass_state(&mut state);
        state.into_bytes()
    }

    #[test]
    fn what_was_written_is_read() {
        let (mut read, mut state) = (Sample::default(), StateBytes::reader(bytes()));
        read.pass_state(&mut state);
        assert!(state.is_read());
        assert_eq!(read, sample());
    }

    #[test]
    fn bytes_that_are_missing_left_over_or_impossible_are_noticed() {
        let is_read = |bytes: Vec<u8>| {
            let mut state = StateBytes::reader(bytes);
            Sample::default().pass_state(&mut state);
            state.is_read()
        };
        let whole = bytes();
        assert!((0..whole.len()).all(|length| !is_read(whole[..length].to_vec())));
        assert!(!is_read([&whole[..], &[0]].concat()));
        // A length beyond all bytes takes no memory.
        assert!(!is_read([&whole[..8], &[0xff; 8]].concat()));
    }
}
