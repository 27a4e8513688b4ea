//! The catalogue: which files are listed, and which one a name means.

use super::*;

fn catalog_of(names: &[&str]) -> (Folder, Catalog) {
    let folder = names.iter().fold(Folder::new(), |folder, name| folder.with(name, "x"));
    let catalog = folder.catalog();
    (folder, catalog)
}

fn resolved(catalog: &Catalog, name: &str) -> String {
    catalog.resolve(name).map_or_else(|error| error.to_string(), |entry| entry.symbol.clone())
}

#[test]
fn candle_files_are_listed_by_symbol_and_others_are_ignored() {
    let names = ["ETH.csv.gz", "BTC.parquet", ".hidden.csv", "README.md", "ADA.feather", "SOL.csv.zst", "XRP.csv"];
    let (_folder, catalog) = catalog_of(&names);
    let symbols: Vec<&str> = catalog.entries().iter().map(|entry| &*entry.symbol).collect();
    assert_eq!(symbols, ["ADA", "BTC", "ETH", "SOL", "XRP"]);
    assert_eq!(catalog.entries()[1].format, Format::Parquet);
    assert_eq!(catalog.entries()[1].stamp.size, 1);
}

#[test]
fn a_missing_or_empty_folder_names_itself_what_is_there_and_the_remedy() {
    let folder = Folder::new();
    fs::create_dir(folder.root().join("4h")).unwrap();
    fs::create_dir(folder.root().join("2h")).unwrap();
    fs::write(folder.root().join("4h/BTCUSDT.csv"), "").unwrap();
    fs::create_dir(folder.root().join("notes")).unwrap();
    let error = Catalog::open(&folder.root(), daily()).unwrap_err().to_string();
    assert!(error.contains("1d: there are no candles of 1d"), "{error}");
    assert!(error.contains("There are candles of 4h: choose"), "the empty 2h is no remedy: {error}");
    let error = Catalog::open(&folder.root(), "1h".parse().unwrap()).unwrap_err().to_string();
    assert!(error.contains("--interval") && error.contains("--data-dir") && !error.contains("notes"), "{error}");
    fs::remove_dir_all(folder.root().join("4h")).unwrap();
    let error = Catalog::open(&folder.root(), daily()).unwrap_err().to_string();
    assert!(
        error.contains("data sample") && !error.contains("candles of 2h"),
        "the empty folder is no remedy: {error}"
    );
    let error = Catalog::open(&folder.root().join("none"), daily()).unwrap_err().to_string();
    assert!(error.contains("none: there is no such data folder") && error.contains("--data-dir"), "{error}");
}

#[test]
fn a_name_means_the_symbol_itself_before_the_pair_with_that_base() {
    let (_folder, catalog) =
        catalog_of(&["BTC.csv", "BTCUSDT.csv", "ETHBTCUSDT.csv", "ETHUSDT.csv", "1000SHIBUSDT.csv"]);
    assert_eq!(resolved(&catalog, "BTC"), "BTC");
    assert_eq!(resolved(&catalog, "btcusdt"), "BTCUSDT");
    assert_eq!(resolved(&catalog, "BTC-USDT"), "BTCUSDT");
    assert_eq!(resolved(&catalog, "eth"), "ETHUSDT");
    assert_eq!(resolved(&catalog, "1000shib"), "1000SHIBUSDT");
    assert_eq!(resolved(&catalog, "ETHBTC"), "ETHBTCUSDT");
}

#[test]
fn each_spelling_of_a_pair_is_found_by_its_base() {
    for file in ["BTCUSDT.csv", "BTC-USD.csv", "BTC_USDT.csv", "XBTUSD.csv", "btcusdt.csv", "BTCEUR.csv"] {
        let (_folder, catalog) = catalog_of(&[file, "ETHBTCUSDT.csv", "BTCDOMUSDT.csv"]);
        let symbol = file.strip_suffix(".csv").unwrap();
        assert_eq!(resolved(&catalog, "BTC"), symbol);
        assert_eq!(resolved(&catalog, "xbt"), symbol);
    }
}

#[test]
fn several_pairs_with_one_base_are_named() {
    let (_folder, catalog) = catalog_of(&["BTCUSDT.csv", "BTC-USD.csv", "ETHUSDT.csv"]);
    assert_eq!(resolved(&catalog, "BTC"), "'BTC' may be BTC-USD or BTCUSDT. Write the whole symbol.");
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let (_folder, catalog) = catalog_of(&["BTCUSDT.csv", "1000SHIBUSDT.csv", "SOLUSDT.csv"]);
    assert!(resolved(&catalog, "SHIB").contains("Did you mean 1000SHIBUSDT?"));
    assert!(resolved(&catalog, "BTCC").contains("Did you mean BTCUSDT"));
    assert!(resolved(&catalog, "SOLUSD").contains("Did you mean SOLUSDT"));
    assert!(resolved(&catalog, "QQQQ").contains("data list"));
}

#[test]
fn paths_and_unprintable_names_are_no_symbols() {
    let (_folder, catalog) = catalog_of(&["BTCUSDT.csv"]);
    let long = "B".repeat(1000);
    for name in [
        "../../etc/passwd",
        "/etc/passwd",
        "1d/BTCUSDT",
        "..",
        ".",
        "",
        " ",
        "a\\b",
        "BTC\u{1b}[0m",
        "BTC\u{202e}",
        "BTC\0",
        "BTC\n",
        ".BTCUSDT",
        &*long,
    ] {
        let error = catalog.resolve(name).unwrap_err();
        assert!(matches!(error, ResolveError::BadName { .. }), "{name}: {error}");
        let text = error.to_string();
        assert!(text.chars().all(|c| !c.is_control() && c != '\u{202e}') && text.len() < 300, "{text:?}");
    }
}

#[test]
fn two_files_for_one_symbol_fail_that_symbol_and_name_both() {
    let text = format!("{HEADER}{ROWS}");
    let folder = Folder::new().with("BTC.csv", &text).with("BTC.parquet", "x").with("ETH.csv", &text);
    let catalog = folder.catalog();
    assert_eq!(catalog.entries().len(), 2);
    let error = load(&catalog.entries()[0], ALL, NOW).unwrap_err().to_string();
    assert!(error.contains("BTC.csv: ") && error.contains("BTC.parquet holds candles of BTC too"), "{error}");
    assert!(load(&catalog.entries()[1], ALL, NOW).is_ok());
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_data_folder_is_refused_and_one_within_is_followed() {
    use std::os::unix::fs::symlink;
    let outside = Folder::new().with("BTC.csv", format!("{HEADER}{ROWS}"));
    let folder = Folder::new().with("ETH.csv", format!("{HEADER}{ROWS}"));
    symlink(outside.path("BTC.csv"), folder.path("BTC.csv")).unwrap();
    symlink("ETH.csv", folder.path("WETH.csv")).unwrap();
    symlink("nowhere", folder.path("NONE.csv")).unwrap();
    let catalog = folder.catalog();
    let error = catalog.resolve("BTC").unwrap_err();
    assert!(matches!(error, ResolveError::LeadsOut { .. }) && error.to_string().contains("BTC.csv"), "{error}");
    assert_fault(load(&catalog.entries()[0], ALL, NOW), None, "leads out of the data folder");
    assert_three_days(&load(catalog.resolve("WETH").unwrap(), ALL, NOW));
    assert_fault(load(catalog.resolve("NONE").unwrap(), ALL, NOW), None, "not a regular file");
    symlink(outside.root().join("1d"), folder.root().join("1h")).unwrap();
    let error = Catalog::open(&folder.root(), "1h".parse().unwrap()).unwrap_err();
    assert!(matches!(error, CatalogError::LeadsOut(_)), "{error}");
}

#[cfg(unix)]
#[test]
fn a_file_that_is_chosen_by_its_name_is_what_the_whole_catalogue_says_of_it() {
    use std::os::unix::fs::symlink;
    let outside = Folder::new().with("BTC.csv", "x");
    let folder = Folder::new().with("ETHUSDT.csv", "xyz").with("SOL.csv", "x").with("SOL.parquet", "x");
    symlink(outside.path("BTC.csv"), folder.path("BTC.csv")).unwrap();
    symlink("ETHUSDT.csv", folder.path("WETH.csv")).unwrap();
    fs::create_dir(folder.path("XRP.csv")).unwrap();
    // Shorter bars: of an asset that has daily ones too, of one that has not, and of two that one name may mean.
    fs::create_dir(folder.root().join("1h")).unwrap();
    for name in ["eth-usdt.csv", "ADAUSDT.csv", "DOTUSDT.csv", "DOTEUR.csv", "ETHEUR.csv"] {
        fs::write(folder.root().join("1h").join(name), "x").unwrap();
    }
    let all = Catalog::with_shorter(&folder.root(), daily()).unwrap();
    let names = CatalogNames::with_shorter(&folder.root(), daily()).unwrap();
    let wanted = [
        "eth", "WETH", "SOL", "XRP", "*", "W*", "BTC", "NONE", "Z*", "../x", "ADA", "eth,ada", "ETHEUR", "dot", "dot,*",
    ];
    for wanted in wanted {
        let wanted: Vec<String> = wanted.split(',').map(str::to_owned).collect();
        // Of a file that must not be opened nobody asks how large it is.
        let of = |file: &CandleFile| {
            let stamp = file.problem.is_none().then_some(file.stamp);
            format!("{} {:?} {:?} {:?} {stamp:?}", file.symbol, file.path, file.canonical, file.problem)
        };
        let owned = |files: Vec<&CandleFile>| files.into_iter().map(of).collect::<Vec<_>>();
        let expected = all.select(&wanted).map(owned).map_err(|error| error.to_string());
        let chosen = names.select(&wanted);
        let chosen = chosen.as_ref().map(|files| owned(files.iter().collect())).map_err(ToString::to_string);
        assert_eq!(chosen, expected, "{wanted:?}");
    }
}

#[cfg(unix)]
#[test]
fn the_data_folder_itself_may_be_a_link() {
    let folder = Folder::new().with("BTC.csv", format!("{HEADER}{ROWS}"));
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("data");
    std::os::unix::fs::symlink(folder.root(), &link).unwrap();
    let catalog = Catalog::open(&link, daily()).unwrap();
    assert_three_days(&load(&catalog.entries()[0], ALL, NOW));
    assert_eq!(catalog.entries()[0].canonical, folder.catalog().entries()[0].canonical);
}
