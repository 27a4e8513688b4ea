//! Walk-forward: windows that follow one another in time.

use serde_json::{Value, json};

use super::{WalkCommand, WalkMethod, number, summary_document};
use crate::cache::Results;
use crate::data::{Index, Known};
use crate::engine::{self, Cuts, Progress, WalkFailure, WalkOptions, Walked, WalkedAssets, WalkedWindow, Windows};
use crate::output::walk_tables::{self, WalkView};
use crate::output::{chart, format};
use crate::report;
use crate::report::html::{self, WalkPage};
use crate::report::table::{RecordColumn, Records, window_columns};
use crate::sim::fold::StitchedAccount;
use crate::sim::metrics;
use crate::sim::{EquityCurve, WindowRow};

/// The walk, and where its windows lie.
pub(super) struct Forward<'a> {
    pub walk: &'a WalkCommand<'a>,
    pub options: &'a WalkOptions,
}

impl WalkMethod for Forward<'_> {
    type Found = Walked;
    type Row = WindowRow;

    fn walk(&self) -> &WalkCommand<'_> {
        self.walk
    }

    fn sweeps(&self) -> u64 {
        1
    }

    fn preview(&self, asset: usize) -> Result<(Cuts, String), WalkFailure> {
        let plan = self.walk.plan;
        let found = engine::walk_windows(plan, asset, &self.options.windows).map_err(WalkFailure::Asset)?;
        let (Windows { windows, holdout }, cuts) = found;
        let of_holdout = holdout
            .map_or_else(String::new, |window| format!(", holdout of {}", format::counted(window.test.len(), "bar")));
        let first = &windows[0];
        let text = format!(
            "windows       {} of {} to choose on and {} to be tested on{of_holdout}\n",
            format::count(windows.len() as u64),
            format::counted(first.train.len(), "bar"),
            format::count(first.test.len() as u64),
        );
        Ok((cuts, text))
    }

    fn find(
        &self,
        asset: usize,
        results: &Results,
        index: &mut Index,
        progress: &dyn Progress,
    ) -> Result<Walked, WalkFailure> {
        let WalkCommand { plan, points, selection, is_portfolio, .. } = *self.walk;
        if is_portfolio {
            return engine::walk_portfolio(plan, &points[0], (self.options, selection), index, progress);
        }
        engine::walk(plan, asset, points, (self.options, selection), results, index, progress)
    }

    fn known<'f>(&self, walked: &'f Walked) -> &'f Known {
        &walked.known
    }

    fn assets<'f>(&self, walked: &'f Walked) -> Option<&'f WalkedAssets> {
        walked.assets.as_ref()
    }

    fn columns(&self) -> Vec<RecordColumn<[WindowRow]>> {
        window_columns(&self.walk.plan.param_names())
    }

    fn rows(&self, asset: usize, walked: &Walked) -> Vec<WindowRow> {
        let windows = walked.windows.iter().enumerate().map(|(at, window)| (Some(at as u64 + 1), window));
        let holdout = walked.holdout.iter().map(|(window, _)| (None, window));
        windows.chain(holdout).map(|(number, window)| self.window_row(asset, number, window, walked)).collect()
    }

    fn document(&self, asset: usize, walked: &Walked) -> Value {
        let WalkCommand { plan, selection, .. } = *self.walk;
        let (view, options) = (self.view(asset, walked), self.options);
        let columns = self.columns();
        let all = Records::new(&columns, &view.windows[..], view.windows.len()).json();
        let mut windows = all.as_array().cloned().unwrap_or_default();
        let held_out = walked.holdout.as_ref().and_then(|_| windows.pop());
        let mut rules: serde_json::Map<String, Value> = walked
            .others
            .iter()
            .map(|(rule, other)| (walk_tables::rule_name(*rule).to_owned(), account_document(other)))
            .collect();
        rules.insert(walk_tables::rule_name(options.border).to_owned(), account_document(&walked.stitched));
        let known = &walked.known;
        let holdout = view.holdout.as_ref().map(|row| {
            let mut held_out = held_out.unwrap_or_default();
            held_out["result"] = report::json::result(row);
            held_out
        });
        json!({
            "symbol": view.stitched.symbol,
            "interval": plan.interval.to_string(),
            "strategy": view.stitched.strategy,
            "start": report::time(known.start),
            "end": report::time(known.end),
            "bars": known.bars,
            "walk": {
                "sort": selection.sort(),
                "where": selection.condition(),
                "border": walk_tables::rule_name(options.border),
                "pick": walk_tables::pick_name(options.pick),
                "anchored": options.windows.anchored,
                "gap": options.windows.gap.to_string(),
                "holdout": report::number(options.windows.holdout),
                "seed": options.seed,
                "points": walked.points,
            },
            "windows": windows,
            "stitched": report::json::result(&view.stitched),
            "borders": rules,
            "holdout": holdout,
            "walk_forward_efficiency": number(walked.efficiency),
            "cash_windows": walked.windows.iter().filter(|window| window.choice.is_none()).count(),
            "thin_windows": walked.windows.iter().filter(|window| window.is_thin()).count(),
            "honesty": {
                "trials": walked.points,
                "random_picker_p": number(walked.random_picker_p),
            },
            "verdict": walk_tables::verdict(&view),
            "summary": summary_document(&walked.summary),
        })
    }

    fn table(&self, asset: usize, walked: &Walked) -> String {
        walk_tables::one(&self.view(asset, walked), self.walk.context.printer)
    }

    fn many(&self, walks: &[(&str, &Value)]) -> String {
        walk_tables::many(walks, self.walk.context.printer)
    }

    fn page(&self, asset: usize, walked: &Walked, mut notes: Vec<String>) -> String {
        let WalkCommand { plan, selection, .. } = *self.walk;
        let view = self.view(asset, walked);
        notes.extend(walk_tables::remarks(&view));
        html::walk(&WalkPage {
            row: &view.stitched,
            windows: &view.windows,
            params: &plan.param_names(),
            sort: selection.sort(),
            time: &walked.time,
            equity: &walked.stitched.equity,
            buy_hold: &buy_hold(&walked.close, plan.settings.capital),
            scatter: &walked.scatter,
            verdict: &walk_tables::verdict(&view),
            notes,
        })
    }

    fn chart(&self, asset: usize, walked: &Walked) -> String {
        let WalkCommand { plan, context, .. } = *self.walk;
        let (time, equity) = (walked.time.clone(), walked.stitched.equity.clone());
        let curve = EquityCurve::of_closes(time, equity, &walked.close, plan.settings.capital);
        let outcome = self.view(asset, walked).stitched.outcome;
        chart::curve(&curve, [outcome.start, outcome.end].map(format::time), context.printer)
    }
}

impl Forward<'_> {
    fn view<'b>(&'b self, asset: usize, walked: &'b Walked) -> WalkView<'b> {
        let row = |account: &StitchedAccount| self.walk.row(asset, &walked.known, &account.outcome);
        WalkView {
            stitched: row(&walked.stitched),
            holdout: walked.holdout.as_ref().map(|(_, account)| row(account)),
            windows: self.rows(asset, walked),
            walked,
            options: self.options,
            selection: self.walk.selection,
            plan: self.walk.plan,
            choice: self.walk.choice(),
        }
    }

    fn window_row(&self, asset: usize, number: Option<u64>, window: &WalkedWindow, walked: &Walked) -> WindowRow {
        let plan = self.walk.plan;
        let (strategy, choice) = self.walk.choice_row(window.choice.as_ref(), walked.kept, window.passing);
        WindowRow {
            symbol: self.walk.symbol(asset).to_owned(),
            interval: plan.interval,
            strategy,
            number,
            train: window.train_time,
            train_bars: window.window.train.len() as u64,
            test: window.test_time,
            test_bars: window.window.test.len() as u64,
            is_partial: window.window.is_partial,
            choice,
        }
    }
}

fn account_document(account: &StitchedAccount) -> Value {
    let metric = |name| number(account.outcome.metrics[metrics::find(name).unwrap_or_default()]);
    json!({
        "total_return": metric("total_return"),
        "sharpe": metric("sharpe"),
        "max_drawdown": metric("max_drawdown"),
    })
}

/// What the capital is worth at each of these closes, had it bought at the first.
pub(super) fn buy_hold(close: &[f64], capital: f64) -> Vec<f64> {
    let first = close.first().copied().unwrap_or(1.0);
    close.iter().map(|close| capital * close / first).collect()
}
