use proptest::prelude::*;

use super::*;

/// Gives at most `step` bytes a read.
struct Drip<'a> {
    bytes: &'a [u8],
    step: usize,
}

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.step.min(buffer.len());
        self.bytes.by_ref().take(count as u64).read(buffer)
    }
}

fn through(bytes: &[u8], step: usize) -> io::Result<Vec<u8>> {
    let mut passed = Vec::new();
    ReplyLimit::new(Drip { bytes, step }).read_to_end(&mut passed)?;
    Ok(passed)
}

fn bulk(length: usize) -> Vec<u8> {
    [format!("${length}\r\n").as_bytes(), &vec![b'x'; length], b"\r\n"].concat()
}

const USUAL: &[u8] = b"+OK\r\n:12\r\n*3\r\n$3\r\na\r\n\r\n$-1\r\n$0\r\n\r\n-ERR no\r\n*-1\r\n";

#[test]
fn usual_replies_pass_unchanged_in_any_pieces() {
    for step in 1..=USUAL.len() {
        assert_eq!(through(USUAL, step).expect("plain RESP"), USUAL);
    }
}

#[test]
fn a_value_over_the_cap_becomes_empty_and_the_next_reply_is_whole() {
    let reply = [b"*2\r\n".to_vec(), bulk(MAX_VALUE + 1), bulk(5)].concat();
    for step in [7, 4096, usize::MAX] {
        assert_eq!(through(&reply, step).expect("plain RESP"), b"*2\r\n$0\r\n\r\n$5\r\nxxxxx\r\n");
    }
}

#[test]
fn values_that_are_too_large_together_become_misses() {
    let reply = [bulk(MAX_VALUE - 100), bulk(200), bulk(50)].concat();
    let passed = through(&reply, usize::MAX).expect("plain RESP");
    assert_eq!(&passed[passed.len() - 5 - 57..], [b"$-1\r\n".to_vec(), bulk(50)].concat().as_slice());
}

#[test]
fn a_new_round_has_room_again() {
    // Chained, as a server's second reply comes only after the second request.
    let reply = bulk(MAX_VALUE);
    let mut guard = ReplyLimit::new(reply.as_slice().chain(reply.as_slice()));
    let mut first = vec![0; reply.len()];
    guard.read_exact(&mut first).expect("the first value");
    guard.begin();
    let mut rest = Vec::new();
    guard.read_to_end(&mut rest).expect("the second value");
    assert_eq!(rest.len(), first.len());
}

#[test]
fn an_endless_value_takes_no_memory() {
    let endless = b"$500000000000\r\n".chain(io::repeat(b'x').take(64 << 20));
    let mut guard = ReplyLimit::new(endless);
    let mut passed = Vec::new();
    guard.read_to_end(&mut passed).expect("dropped while it streams");
    assert_eq!(passed, b"$0\r\n\r\n");
    assert!(guard.raw.capacity() + guard.ready.capacity() + guard.line.capacity() < 64 << 10);
}

#[test]
fn what_is_not_redis_is_refused() {
    let long = [b"+".to_vec(), vec![b'x'; MAX_LINE]].concat();
    for bytes in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\0\0\0",
        b"\r\n",
        b"$x\r\n",
        b"$\r\n",
        b"$-2\r\n",
        b"$99999999999999999999\r\n",
        b"*999999999999999999\r\n",
        b"*1000000\r\n",
        b"%1\r\n",
        &long,
    ] {
        let mut guard = ReplyLimit::new(bytes);
        let error = guard.read_to_end(&mut Vec::new()).expect_err("not RESP 2");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{}", String::from_utf8_lossy(bytes));
        assert_eq!(guard.fault(), Some(io::ErrorKind::InvalidData));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_passed_or_refused_the_same_in_any_pieces(
        bytes in proptest::collection::vec(prop_oneof![Just(b'$'), Just(b'*'), Just(b'\r'), Just(b'\n'), b'0'..=b'9', any::<u8>()], 0..200),
        step in 1_usize..50,
    ) {
        let whole = through(&bytes, usize::MAX).ok();
        prop_assert_eq!(through(&bytes, step).ok(), whole);
    }
}
