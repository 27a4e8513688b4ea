//! Line 18: another processor, and any number of threads, give the same bits: on stdout, in files, and in Redis.

use crate::common::redis_server::RedisServer;
use crate::fixture::{Call, Sandbox};
use crate::unharmed::{COMMANDS, market, printed};

/// What stands for another machine: fewer instructions that ours may use, and fewer that the C library may.
const MACHINES: [&[(&str, &str)]; 3] = [
    &[("BACKTEST_CPU", "portable")],
    &[("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-FMA")],
    &[("BACKTEST_CPU", "portable"), ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F")],
];

fn machine(call: Call, variables: &[(&str, &str)], threads: &str) -> Call {
    variables.iter().fold(call, |call, (name, value)| call.env(name, value)).env("BACKTEST_THREADS", threads)
}

/// What every command prints, writes and stores there, byte for byte.
fn everything(sandbox: &Sandbox, variables: &[(&str, &str)], threads: &str) -> Vec<String> {
    let server = RedisServer::start(&[]);
    let mut all = Vec::new();
    for (command, file) in COMMANDS {
        let call = machine(sandbox.backtest(command).arg(file).redis(&server), variables, threads);
        let ran = call.ran().done_quietly();
        all.push(format!("{:?}", printed(sandbox, &ran, file)));
    }
    let digest = "return redis.sha1hex(redis.call('GET', KEYS[1]))";
    let entries = server.keys().into_iter().filter(|key| !key.ends_with(":stats"));
    all.extend(entries.map(|key| format!("{key} {}", server.command(&["EVAL", digest, "1", &key]))));
    all
}

#[test]
fn another_processor_gives_the_same_bits() {
    let sandbox = market();
    let here = everything(&sandbox, &[], "2");
    assert!(here.len() > COMMANDS.len() + 5, "{here:#?}");
    for variables in MACHINES {
        assert!(everything(&sandbox, variables, "2") == here, "{variables:?}");
    }
}

#[test]
fn one_two_and_eight_threads_give_the_same_bits() {
    let sandbox = market();
    let one = everything(&sandbox, &[], "1");
    assert!(everything(&sandbox, &[], "2") == one && everything(&sandbox, &[], "8") == one);
    assert!(everything(&sandbox, MACHINES[2], "8") == one);
}
