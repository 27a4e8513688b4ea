use super::*;
use crate::{Catalog, load};

const NOW: Millis = 1_800_000_000_000;

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data")
}

/// After a change of the generator: `backtest data sample`, from the project's folder, rewrites the committed ones.
#[test]
fn the_committed_candles_are_what_the_generator_makes_and_are_marked_as_synthetic() {
    let interval = INTERVAL.parse().unwrap();
    let catalog = Catalog::open(&committed(), interval).unwrap();
    let mut made = generate(SEED);
    made.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(catalog.entries().len(), made.len());
    for (entry, (symbol, candles)) in catalog.entries().iter().zip(made) {
        let loaded = load(entry, crate::sim::TimeRange::default(), NOW).unwrap();
        assert_eq!(entry.symbol, symbol);
        assert!(loaded.candles == candles, "{symbol} differs from what the generator makes");
        assert!(loaded.synthetic && is_synthetic(&entry.path), "{symbol} is not marked");
        assert_eq!(loaded.warnings, [], "{symbol}");
    }
}

#[test]
fn another_seed_makes_another_market() {
    assert_ne!(generate(1)[0].1, generate(2)[0].1);
    assert_ne!(generate(1)[0].1.close, generate(1)[1].1.close);
}

#[test]
fn assets_move_with_bitcoin_but_not_in_step_with_it() {
    let all = generate(SEED);
    let returns = |candles: &Candles| -> Vec<f64> {
        let tail = &candles.close[candles.len() - 600..];
        tail.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect()
    };
    let bitcoin = returns(&all[0].1);
    for (symbol, candles) in &all[1..] {
        let r = correlation(&bitcoin, &returns(candles));
        assert!((0.3..0.95).contains(&r), "{symbol}: {r}");
    }
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let sum = |f: &dyn Fn(usize) -> f64| (0..a.len()).map(f).sum::<f64>();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let n = a.len() as f64;
    let (mean_a, mean_b) = (sum(&|i| a[i]) / n, sum(&|i| b[i]) / n);
    let product = |x: &[f64], mx: f64, y: &[f64], my: f64| (0..x.len()).map(|i| (x[i] - mx) * (y[i] - my)).sum::<f64>();
    product(a, mean_a, b, mean_b) / (product(a, mean_a, a, mean_a) * product(b, mean_b, b, mean_b)).sqrt()
}

#[test]
fn real_candles_are_never_overwritten_nor_doubled_by_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("1d")).unwrap();
    let real = folder.path().join("1d/SOLUSDT.csv");
    fs::write(&real, "real").unwrap();
    let error = write(folder.path(), SEED).unwrap_err();
    assert_eq!(error.path, real);
    assert_eq!(fs::read_dir(folder.path().join("1d")).unwrap().count(), 1);
}

#[test]
fn writing_the_sample_twice_gives_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let first: Vec<_> = write(folder.path(), 7).unwrap().iter().map(|path| fs::read(path).unwrap()).collect();
    let second: Vec<_> = write(folder.path(), 7).unwrap().iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(first == second);
}
