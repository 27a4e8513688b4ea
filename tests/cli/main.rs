//! The program as its users call it: what they type, what they get on stdout and stderr, and the exit code.

mod arguments;
mod batch;
mod cache_admin;
mod cache_clear;
mod cache_counters;
mod cache_file;
mod cache_index;
mod cache_keys;
mod cache_look;
mod cache_options;
mod cache_outage;
#[cfg(feature = "tls")]
mod cache_tls;
#[cfg(unix)]
mod cache_trust;
mod cache_truth;
mod cache_verify;
mod cache_warm;
mod canary;
mod candles;
mod charts;
mod command_help;
#[expect(dead_code, reason = "the tests of the Redis adapter need more of it")]
#[path = "../common/mod.rs"]
mod common;
mod compare;
mod data_command;
mod data_conflicts;
mod data_fetch;
mod data_forms;
mod data_import;
mod environment;
mod escapes;
mod exits;
mod exports;
mod fixture;
mod init;
mod input_files;
mod luck;
mod manners;
mod measured;
mod names;
mod newcomer;
mod next_order;
mod other_bars;
mod out_files;
mod own_strategies;
mod page_commands;
mod portfolio;
mod ran;
mod rank;
mod real;
mod resampled;
mod run;
mod saved_results;
mod secrets;
mod selection;
mod settings_file;
#[cfg(unix)]
mod sharded;
#[cfg(unix)]
mod sharded_portfolio;
mod sharded_walk;
mod signals;
mod signals_faults;
mod signals_killed;
mod slots;
mod snapshots;
mod strategies_command;
mod sweep;
mod threads;
#[path = "../common/tls_front.rs"]
mod tls_front;
mod toy;
mod trading;
mod walk;
mod walk_portfolio;
mod warmup;
#[expect(dead_code, reason = "shared with the tests of the exchanges")]
#[path = "../common/web_server.rs"]
mod web_server;
mod year;
