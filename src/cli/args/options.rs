//! The settings: everything that can be said by a flag, by a variable of the environment, and in the settings file. Help,
//! the variables, the keys of the file and docs/settings.md all come from this one table. Long because it is one table.

use self::Heading::{Account, Assets, Cache, Entries, Exits, Output, Range, Ranking, Size, Strategy};
use self::KeyForm::{CacheSwitch, Count, List, Path, PerKind, Switch};

/// Under which heading `--help` shows an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heading {
    Assets,
    Strategy,
    Range,
    Account,
    Entries,
    Exits,
    Size,
    Windows,
    Ranking,
    Output,
    Cache,
    Pictures,
    Shards,
    General,
}

impl Heading {
    /// The heading.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Assets => "Assets",
            Self::Strategy => "Strategy",
            Self::Range => "Range",
            Self::Account => "Account",
            Self::Entries => "Entries",
            Self::Exits => "Exits",
            Self::Size => "Size",
            Self::Windows => "Windows",
            Self::Ranking => "Ranking",
            Self::Output => "Output",
            Self::Cache => "Cache",
            Self::Pictures => "Pictures",
            Self::Shards => "Shards",
            Self::General => "General",
        }
    }
}

/// How a setting is written in the settings file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyForm {
    /// A text, a number or a date.
    One,
    /// A whole number.
    Count,
    /// `true`, `false` or `"file"`.
    CacheSwitch,
    /// A path, relative to where the file is.
    Path,
    /// One text, or a list of them.
    List,
    /// `true` or `false`.
    Switch,
    /// One text, or a table with one for each kind of stored value.
    PerKind,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// The flag without its dashes. With `_` for `-` it is the key of the settings file.
    pub name: &'static str,
    /// What stands for its value in help.
    pub value: &'static str,
    /// What it is where nobody says anything; empty where there is no such value.
    pub default: &'static str,
    /// Its heading in help.
    pub group: Heading,
    /// How it is written in the settings file; none where it has no place there.
    pub form: Option<KeyForm>,
    /// The variable of the environment; none where there is none.
    pub variable: Option<&'static str>,
    /// Whether there is a flag.
    pub has_flag: bool,
    /// Whether it is taken only from the user's own settings file, never from a `backtest.toml` in the current folder:
    /// whoever wrote that must not decide where results and passwords are sent.
    pub is_private: bool,
    /// What it decides, in one line.
    pub about: &'static str,
}

impl Setting {
    const fn new(name: &'static str, variable: &'static str, value: &'static str, about: &'static str) -> Self {
        Self {
            name,
            value,
            default: "",
            group: Heading::General,
            form: Some(KeyForm::One),
            variable: Some(variable),
            has_flag: true,
            is_private: false,
            about,
        }
    }

    const fn default(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }

    const fn group(mut self, group: Heading) -> Self {
        self.group = group;
        self
    }

    const fn form(mut self, form: KeyForm) -> Self {
        self.form = Some(form);
        self
    }

    const fn without_key(mut self) -> Self {
        self.form = None;
        self
    }

    const fn without_flag(mut self) -> Self {
        self.has_flag = false;
        self
    }

    const fn private(mut self) -> Self {
        self.is_private = true;
        self
    }

    const fn without_variable(mut self) -> Self {
        self.variable = None;
        self
    }

    /// The key of the settings file.
    pub(crate) fn key(&self) -> String {
        self.name.replace('-', "_")
    }

    /// What `--help` says: the meaning, and the default.
    pub(crate) fn help(&self) -> String {
        let default = if self.default.is_empty() { String::new() } else { format!(" [default: {}]", self.default) };
        format!("{}{default}", self.about)
    }
}

pub(crate) const CRYPTO: Setting =
    Setting::new("crypto", "BACKTEST_CRYPTO", "SYMBOLS", "Assets: BTC, BTCUSDT, BTC/USDT, a list, '*USDT' or @FILE")
        .group(Assets)
        .without_key();
pub(crate) const STRATEGY: Setting =
    Setting::new("strategy", "BACKTEST_STRATEGY", "NAMES", "Strategies by name, or by the path of their TOML files")
        .group(Strategy)
        .form(List);
pub(crate) const INTERVAL: Setting =
    Setting::new("interval", "BACKTEST_INTERVAL", "INTERVAL", "Length of a bar: 1m, 15m, 1h, 4h, 1d, 1w, 1mo")
        .default("1d")
        .group(Range);
pub(crate) const DETAIL: Setting = Setting::new(
    "detail",
    "BACKTEST_DETAIL",
    "INTERVAL",
    "Finer bars, such as 1m, that tell which stop, target or waiting entry a bar reached first",
)
.group(Range);
pub(crate) const FROM: Setting = Setting::new(
    "from",
    "BACKTEST_FROM",
    "TIME",
    "Start, inclusive: 2024-01-31, 2024-01, 2024, 2024-01-31T12:00, -90d, now (UTC)",
)
.group(Range);
pub(crate) const TO: Setting =
    Setting::new("to", "BACKTEST_TO", "TIME", "End, exclusive: written like --from").group(Range);
pub(crate) const WARMUP: Setting = Setting::new(
    "warmup",
    "BACKTEST_WARMUP",
    "BARS",
    "Bars before --from that indicators know of: all, auto (as many as the rules need) or a number; no trade is made in them",
)
.default("all")
.group(Range);
pub(crate) const SETTLE: Setting = Setting::new(
    "settle",
    "BACKTEST_SETTLE",
    "TIME",
    "How long a last bar must be over to count, as 2s, 500ms or 1m: exchanges add up its trades for a moment longer",
)
.default("2s")
.group(Range);
pub(crate) const CAPITAL: Setting =
    Setting::new("capital", "BACKTEST_CAPITAL", "CASH", "Cash at the start").default("10000").group(Account);
pub(crate) const FEE: Setting =
    Setting::new("fee", "BACKTEST_FEE", "FRACTION", "Fee of each fill as a fraction of its value: 0.001 or 0.1%")
        .default("0.001")
        .group(Account);
pub(crate) const MAKER_FEE: Setting = Setting::new(
    "maker-fee",
    "BACKTEST_MAKER_FEE",
    "FRACTION",
    "Fee of entries that are filled as limit orders; below 0 for a rebate [default: that of --fee]",
)
.group(Account);
pub(crate) const SLIPPAGE: Setting = Setting::new(
    "slippage",
    "BACKTEST_SLIPPAGE",
    "FRACTION",
    "How much worse than the price each fill is: 0.0005 or 0.05%",
)
.default("0")
.group(Account);
pub(crate) const FILL: Setting =
    Setting::new("fill", "BACKTEST_FILL", "WHEN", "When orders fill").default("next-open").group(Account);
pub(crate) const DIRECTION: Setting =
    Setting::new("direction", "BACKTEST_DIRECTION", "SIDE", "Which positions may be held")
        .default("long")
        .group(Account);
pub(crate) const YEAR: Setting = Setting::new(
    "year",
    "BACKTEST_YEAR",
    "YEAR",
    "Bars in a year, for rates per year: calendar (as many as the candles have in 365 days), 365 or 252 days of bars, or a number of bars",
)
.default("calendar")
.group(Account);
pub(crate) const RISK_FREE: Setting = Setting::new(
    "risk-free",
    "BACKTEST_RISK_FREE",
    "RATE",
    "What cash earns in a year without risk, as 0.04 or 4%: Sharpe, Sortino, omega and alpha count returns above it",
)
.default("0")
.group(Account);
pub(crate) const BENCHMARK: Setting = Setting::new(
    "benchmark",
    "BACKTEST_BENCHMARK",
    "SYMBOL",
    "Asset that alpha, beta, information ratio and tracking error are measured against; none = each against itself",
)
.default("none")
.group(Account);
pub(crate) const ENTRY_LIMIT: Setting = Setting::new(
    "entry-limit",
    "BACKTEST_ENTRY_LIMIT",
    "FRACTION",
    "Enter by a limit order this fraction below the signal's close, such as 0.01 or 1% (above it, for a short)",
)
.group(Entries);
pub(crate) const ENTRY_STOP: Setting = Setting::new(
    "entry-stop",
    "BACKTEST_ENTRY_STOP",
    "FRACTION",
    "Enter by a stop order this fraction above the signal's close (below it, for a short)",
)
.group(Entries);
pub(crate) const ENTRY_VALID: Setting =
    Setting::new("entry-valid", "BACKTEST_ENTRY_VALID", "BARS", "Bars that such an order waits before it is cancelled")
        .default("1")
        .group(Entries);
pub(crate) const STOP_LOSS: Setting = Setting::new(
    "stop-loss",
    "BACKTEST_STOP_LOSS",
    "FRACTION",
    "Stop loss: close a position this fraction below its entry price, as 0.05 or 5% (above it, for a short)",
)
.group(Exits);
pub(crate) const TAKE_PROFIT: Setting = Setting::new(
    "take-profit",
    "BACKTEST_TAKE_PROFIT",
    "FRACTION",
    "Take profit: close it this fraction above its entry price",
)
.group(Exits);
pub(crate) const TRAILING_STOP: Setting = Setting::new(
    "trailing-stop",
    "BACKTEST_TRAILING_STOP",
    "FRACTION",
    "Trailing stop: close it this fraction below the highest price since its entry",
)
.group(Exits);
pub(crate) const TRAILING_AFTER: Setting = Setting::new(
    "trailing-after",
    "BACKTEST_TRAILING_AFTER",
    "FRACTION",
    "Trail only after a bar has reached this profit",
)
.group(Exits);
pub(crate) const BREAK_EVEN_AFTER: Setting = Setting::new(
    "break-even-after",
    "BACKTEST_BREAK_EVEN_AFTER",
    "FRACTION",
    "Raise the stop to the entry price after a bar has reached this profit",
)
.group(Exits);
pub(crate) const MAX_BARS: Setting =
    Setting::new("max-bars", "BACKTEST_MAX_BARS", "BARS", "Close a position so many bars after its entry").group(Exits);
pub(crate) const COOLDOWN: Setting =
    Setting::new("cooldown", "BACKTEST_COOLDOWN", "BARS", "Ignore entries for so many bars after a stop or a target")
        .group(Exits);
pub(crate) const SIZE: Setting = Setting::new(
    "size",
    "BACKTEST_SIZE",
    "SIZE",
    "What an entry is worth: a fraction of the equity (50%, 0.5), cash (1000), or units (0.1BTC)",
)
.default("all")
.group(Size);
pub(crate) const RISK: Setting = Setting::new(
    "risk",
    "BACKTEST_RISK",
    "FRACTION",
    "Size an entry so that its stop loses this fraction of the equity: 1%",
)
.group(Size);
pub(crate) const LOT: Setting =
    Setting::new("lot", "BACKTEST_LOT", "UNITS", "Round units down to whole multiples of this").group(Size);
pub(crate) const MIN_NOTIONAL: Setting =
    Setting::new("min-notional", "BACKTEST_MIN_NOTIONAL", "CASH", "Reject an entry of less value than this")
        .group(Size);
pub(crate) const LEVERAGE: Setting = Setting::new(
    "leverage",
    "BACKTEST_LEVERAGE",
    "TIMES",
    "Most that a position may be worth, as a multiple of the equity; it is liquidated when its margin is used up",
)
.group(Size);
pub(crate) const MAINTENANCE: Setting = Setting::new(
    "maintenance",
    "BACKTEST_MAINTENANCE",
    "FRACTION",
    "Fraction of a leveraged position's value at which it is liquidated",
)
.default("0.005")
.group(Size);
pub(crate) const FUNDING: Setting = Setting::new(
    "funding",
    "BACKTEST_FUNDING",
    "FRACTION",
    "Rate that a long position pays (and a short one receives) every 8 hours, as 0.01%; file = the rates in DATA_DIR/funding",
)
.group(Size);
pub(crate) const BORROW: Setting = Setting::new(
    "borrow",
    "BACKTEST_BORROW",
    "FRACTION",
    "Interest per year on what is borrowed: the value of a short position, the debt of a leveraged long one",
)
.group(Size);
pub(crate) const SORT: Setting =
    Setting::new("sort", "BACKTEST_SORT", "METRIC", "Metric to rank by, best first").default("sharpe").group(Ranking);
pub(crate) const TOP: Setting =
    Setting::new("top", "BACKTEST_TOP", "N", "Show only the best N").group(Ranking).form(Count);
pub(crate) const MIN_TRADES: Setting = Setting::new(
    "min-trades",
    "BACKTEST_MIN_TRADES",
    "N",
    "Rank results with fewer closed trades after the others; 0 = rank by the metric alone",
)
.default("5")
.group(Ranking)
.form(Count);
pub(crate) const FORMAT: Setting =
    Setting::new("format", "BACKTEST_FORMAT", "FORMAT", "Format of the output").default("table").group(Output);
pub(crate) const THREADS: Setting =
    Setting::new("threads", "BACKTEST_THREADS", "N", "Number of threads").default("one per processor").form(Count);
pub(crate) const DATA_DIR: Setting = Setting::new(
    "data-dir",
    "BACKTEST_DATA_DIR",
    "DIR",
    "Folder with candles: INTERVAL/SYMBOL.{csv,csv.gz,csv.zst,parquet,feather}",
)
.default("data")
.form(Path);
pub(crate) const CONFIG: Setting = Setting::new(
    "config",
    "BACKTEST_CONFIG",
    "FILE",
    "Settings file [default: ./backtest.toml, else backtest/backtest.toml in your config folder]",
)
.without_key();
pub(crate) const QUIET: Setting =
    Setting::new("quiet", "BACKTEST_QUIET", "", "Print nothing on stderr but errors").form(Switch);
pub(crate) const CACHE: Setting = Setting::new(
    "cache",
    "",
    "true|false|\"file\"",
    "Whether results are cached; \"file\" keeps them in a file in your cache folder",
)
.default("true")
.group(Cache)
.form(CacheSwitch)
.without_flag()
.without_variable();
pub(crate) const CACHE_URL: Setting = Setting::new(
    "cache-url",
    "BACKTEST_CACHE_URL",
    "URL",
    "Where results are cached: redis://[USER:PASSWORD@]HOST[:PORT][/DB], rediss://.., or file:PATH",
)
.default("redis://127.0.0.1:6379/0")
.group(Cache)
.private();
pub(crate) const CACHE_TIMEOUT: Setting = Setting::new(
    "cache-timeout",
    "BACKTEST_CACHE_TIMEOUT",
    "TIME",
    "How long a cache that does not answer may delay a command in all: 250ms, 2s",
)
.default("250ms")
.group(Cache);
pub(crate) const PREFIX: Setting = Setting::new(
    "prefix",
    "BACKTEST_CACHE_PREFIX",
    "NAME",
    "Prefix of all cache keys; keeps teams apart that share a Redis",
)
.default("backtest")
.group(Cache);
pub(crate) const TTL: Setting = Setting::new(
    "ttl",
    "BACKTEST_TTL",
    "TIME",
    "How long a result stays cached: 90s, 30m, 24h, 7d; 0 = until Redis evicts it",
)
.default("24h")
.group(Cache)
.form(PerKind);
pub(crate) const REFRESH: Setting =
    Setting::new("refresh", "BACKTEST_REFRESH", "", "Compute again what is cached, and store it again")
        .group(Cache)
        .without_key();
pub(crate) const NO_CACHE: Setting =
    Setting::new("no-cache", "BACKTEST_NO_CACHE", "", "Neither read nor store cached results")
        .group(Cache)
        .without_key();
pub(crate) const CACHE_USER: Setting =
    Setting::new("cache-user", "BACKTEST_CACHE_USER", "NAME", "Redis user, where the URL names none")
        .group(Cache)
        .without_flag()
        .private();
pub(crate) const CACHE_PASSWORD: Setting =
    Setting::new("cache-password", "BACKTEST_CACHE_PASSWORD", "TEXT", "Redis password, where the URL has none")
        .group(Cache)
        .without_flag()
        .without_key();
pub(crate) const CACHE_PASSWORD_FILE: Setting = Setting::new(
    "cache-password-file",
    "BACKTEST_CACHE_PASSWORD_FILE",
    "FILE",
    "File whose first line is the Redis password",
)
.group(Cache)
.form(Path)
.without_flag()
.private();
pub(crate) const CACHE_SECRET: Setting = Setting::new(
    "cache-secret",
    "BACKTEST_CACHE_SECRET",
    "TEXT",
    "Secret that signs cached values, so that values of strangers are not accepted",
)
.group(Cache)
.without_flag()
.without_key();
pub(crate) const CACHE_SECRET_FILE: Setting =
    Setting::new("cache-secret-file", "BACKTEST_CACHE_SECRET_FILE", "FILE", "File whose first line is that secret")
        .group(Cache)
        .form(Path)
        .without_flag()
        .private();
pub(crate) const CACHE_CA: Setting = Setting::new(
    "cache-ca",
    "BACKTEST_CACHE_CA",
    "FILE",
    "PEM file of the certificate authorities to trust for rediss:// (default: the system's)",
)
.group(Cache)
.form(Path)
.without_flag()
.private();
pub(crate) const CACHE_CERT: Setting =
    Setting::new("cache-cert", "BACKTEST_CACHE_CERT", "FILE", "PEM file of the client certificate for rediss://")
        .group(Cache)
        .form(Path)
        .without_flag()
        .private();
pub(crate) const CACHE_KEY: Setting =
    Setting::new("cache-key", "BACKTEST_CACHE_KEY", "FILE", "PEM file of the client certificate's key")
        .group(Cache)
        .form(Path)
        .without_flag()
        .private();

/// All settings, in the order of help and docs.
pub(crate) const ALL: [&Setting; 58] = [
    &CRYPTO,
    &STRATEGY,
    &INTERVAL,
    &DETAIL,
    &FROM,
    &TO,
    &WARMUP,
    &SETTLE,
    &CAPITAL,
    &FEE,
    &MAKER_FEE,
    &SLIPPAGE,
    &FILL,
    &DIRECTION,
    &YEAR,
    &RISK_FREE,
    &BENCHMARK,
    &ENTRY_LIMIT,
    &ENTRY_STOP,
    &ENTRY_VALID,
    &STOP_LOSS,
    &TAKE_PROFIT,
    &TRAILING_STOP,
    &TRAILING_AFTER,
    &BREAK_EVEN_AFTER,
    &MAX_BARS,
    &COOLDOWN,
    &SIZE,
    &RISK,
    &LOT,
    &MIN_NOTIONAL,
    &LEVERAGE,
    &MAINTENANCE,
    &FUNDING,
    &BORROW,
    &SORT,
    &TOP,
    &MIN_TRADES,
    &FORMAT,
    &CACHE,
    &CACHE_URL,
    &CACHE_TIMEOUT,
    &PREFIX,
    &TTL,
    &REFRESH,
    &NO_CACHE,
    &CACHE_USER,
    &CACHE_PASSWORD,
    &CACHE_PASSWORD_FILE,
    &CACHE_SECRET,
    &CACHE_SECRET_FILE,
    &CACHE_CA,
    &CACHE_CERT,
    &CACHE_KEY,
    &DATA_DIR,
    &CONFIG,
    &THREADS,
    &QUIET,
];

/// The setting of this flag.
pub(crate) fn of_flag(name: &str) -> Option<&'static Setting> {
    ALL.into_iter().find(|setting| setting.has_flag && setting.name == name)
}

/// The setting of this key of the settings file.
pub(crate) fn of_key(key: &str) -> Option<&'static Setting> {
    ALL.into_iter().find(|setting| setting.form.is_some() && setting.key() == key)
}

/// The keys of the settings file.
pub(crate) fn keys() -> impl Iterator<Item = String> {
    ALL.into_iter().filter(|setting| setting.form.is_some()).map(Setting::key)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// docs/settings.md, as the table says it.
    fn document() -> String {
        let mut text = String::from(
            "# Settings\n\nEvery setting can be given in several places. A flag wins over an environment variable, that over the settings\n\
             file, and that over the default. An empty variable counts as not set.\n\n\
             The settings file is the one that `--config` or `BACKTEST_CONFIG` names, else `./backtest.toml`, else `backtest/backtest.toml`\n\
             in your config folder (`~/.config`). These files are not merged. [backtest.example.toml](../backtest.example.toml) is one to copy.\n\n\
             | flag | environment variable | settings file | default | meaning |\n|---|---|---|---|---|\n",
        );
        let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
        for setting in ALL {
            let flag = if setting.has_flag { format!("--{}", setting.name) } else { String::new() };
            let key = if setting.form.is_some() { setting.key() } else { String::new() };
            let about = setting.about.replace('|', "\\|");
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {about} |",
                code(&flag),
                code(setting.variable.unwrap_or_default()),
                code(&key),
                setting.default
            );
        }
        text + "\n`REDIS_URL`, and `REDIS_HOST` with `REDIS_PORT`, `REDIS_DB`, `REDIS_USERNAME`, `REDIS_PASSWORD`, say where Redis is unless `--cache-url` or\n\
                `BACKTEST_CACHE_URL` does. `NO_COLOR` switches colours off. `BACKTEST_CPU` (`portable`, `avx2`, `avx512`) chooses the instructions that compute;\n\
                the figures are the same bits with each.\n\n\
                Fractions are written `0.001`, `0.1%` or `10bps`; times `2024-01-31`, `2024-01`, `2024`, `2024-01-31T12:00`, `now` or `-90d` (90 days ago), in UTC;\n\
                intervals `15m`, `4h`, `1d`, and as other tools write them: `4H`, `1D`, `60` (minutes), `1hour`.\n"
    }

    #[test]
    fn the_page_of_settings_says_what_the_table_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/settings.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, document()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            page == document(),
            "docs/settings.md is out of date: UPDATE_DOCS=1 cargo test --lib options writes it"
        );
    }

    #[test]
    fn the_example_of_a_settings_file_has_every_key_and_no_other() {
        let example =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../backtest.example.toml")).unwrap();
        let example: Vec<&str> =
            example.lines().filter_map(|line| line.split(['#', '=']).nth(1)).map(str::trim).collect();
        for key in keys() {
            assert!(example.contains(&key.as_str()) || ["cache_cert", "cache_key"].contains(&key.as_str()), "{key}");
        }
    }

    #[test]
    fn every_setting_has_a_name_variable_and_key_of_its_own() {
        for (at, setting) in ALL.into_iter().enumerate() {
            for other in &ALL[..at] {
                assert_ne!(setting.name, other.name);
                assert!(setting.variable.is_none() || setting.variable != other.variable, "{}", setting.name);
            }
        }
    }
}
