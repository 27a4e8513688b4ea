//! Help, completions and the manual page: each command explains itself.

use crate::fixture::Sandbox;

#[test]
fn every_command_explains_itself() {
    let sandbox = Sandbox::empty();
    for (command, words) in [
        ("", &["run", "batch", "strategies", "data", "cache", "completions"][..]),
        ("run", &["--crypto", "--strategy", "--param", "--trades", "--fee", "--out", "Example"]),
        ("batch", &["--all", "--sort", "--top", "--where", "--ttl", "--no-cache", "Example"]),
        ("walk", &["--train", "--test", "--windows", "--border", "--pick", "--holdout", "Example"]),
        ("strategies", &["list", "show", "check", "indicators"]),
        ("strategies list", &["--format"]),
        ("strategies show", &["NAME"]),
        ("strategies check", &["FILE"]),
        ("strategies indicators", &["indicators"]),
        ("data", &["list", "import", "check", "convert", "export", "sample"]),
        ("data list", &["--interval", "--format"]),
        ("data import", &["FILES", "--symbol", "--interval", "--on-conflict", "--keep-last", "--dry-run", "Example"]),
        ("data check", &["--crypto", "--interval", "--strict", "--format"]),
        ("data convert", &["--to", "parquet", "csv", "Example"]),
        ("data export", &["--format", "binance", "freqtrade", "--out", "--from", "Example"]),
        ("data sample", &["--seed", "--data-dir"]),
        ("cache", &["stats", "clear"]),
        ("cache stats", &["--cache-url"]),
        ("cache clear", &["--crypto", "--strategy", "--yes"]),
        ("completions", &["bash", "zsh", "fish", "man"]),
    ] {
        let long = sandbox.backtest(command).arg("--help").ran().done_quietly();
        for word in words.iter().chain(&["Usage: backtest", "--quiet", "--config"]) {
            assert!(long.stdout.contains(word), "`{command} --help` does not say {word}");
        }
        assert!(long.stdout.lines().all(|line| line.chars().count() <= 120), "`{command} --help` is too wide");
        sandbox.backtest(command).arg("-h").ran().done_quietly();
    }
}

#[test]
fn help_names_the_variable_and_the_default_of_an_option() {
    let help = Sandbox::empty().backtest("run --help").ran().done_quietly().stdout;
    let variables = Sandbox::empty().backtest("--help").ran().done_quietly().stdout;
    for name in ["BACKTEST_FEE", "BACKTEST_CACHE_URL", "BACKTEST_THREADS"] {
        assert!(variables.contains(name), "{name}");
    }
    for words in ["[default: 0.001]", "[default: 24h]", "[default: 1d]"] {
        assert!(help.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{words}");
    }
}

#[test]
fn the_version_is_the_package_s() {
    let ran = Sandbox::empty().backtest("--version").ran().done_quietly();
    assert_eq!(ran.stdout, format!("backtest {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn no_command_at_all_shows_the_help_and_is_a_wrong_request() {
    let ran = Sandbox::empty().backtest("").ran();
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    ran.says(&["Usage: backtest", "batch"]);
}

#[test]
fn each_shell_gets_a_script_that_knows_the_commands() {
    let sandbox = Sandbox::empty();
    for (shell, sign) in [
        ("bash", "complete -F _backtest"),
        ("zsh", "#compdef backtest"),
        ("fish", "complete -c backtest"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[backtest]"),
    ] {
        let script = sandbox.backtest("completions").arg(shell).ran().done_quietly().stdout;
        for word in [sign, "batch", "strategies", "no-cache"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    sandbox.backtest("completions tcsh").ran().refused(&["tcsh", "bash"]);
}

#[test]
fn bash_accepts_its_script() {
    let sandbox = Sandbox::empty();
    let check = format!("'{}' completions bash | bash -n", crate::fixture::program().display());
    let ran = sandbox.shell(&check).ran();
    assert!(ran.code == Some(127) || (ran.code, ran.stderr.as_str()) == (Some(0), ""), "{ran:#?}");
}

#[test]
fn the_manual_page_covers_every_command() {
    let page = Sandbox::empty().backtest("completions man").ran().done_quietly().stdout;
    assert!(page.starts_with(".ie") || page.starts_with(".TH"), "{}", &page[..80]);
    for word in [".TH backtest 1", ".SH NAME", ".SH SYNOPSIS", "batch", "strategies", "cache"] {
        assert!(page.contains(word), "{word}");
    }
}

#[test]
fn completions_work_where_the_settings_file_is_broken() {
    let sandbox = Sandbox::empty();
    sandbox.write("backtest.toml", "nonsense");
    sandbox.backtest("completions bash").ran().done_quietly();
}
