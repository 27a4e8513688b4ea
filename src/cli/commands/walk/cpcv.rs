//! Combinatorial purged cross-validation, `--cpcv`.

use serde_json::{Value, json};

use super::forward::buy_hold;
use super::{WalkCommand, WalkMethod, number, summary_document};
use crate::cache::Results;
use crate::data::{Index, Known};
use crate::engine::{self, CpcvOptions, CrossValidated, Cuts, Progress, ValidatedSplit, WalkFailure};
use crate::output::cpcv_tables::{self, CpcvView};
use crate::output::{format, walk_tables};
use crate::report;
use crate::report::html::{self, CpcvPage};
use crate::report::table::{RecordColumn, Records, split_columns};
use crate::sim::metrics::TABLE;
use crate::sim::{Row, SplitRow};

/// The walk, and how time is cut.
pub(super) struct Combinatorial<'a> {
    pub walk: &'a WalkCommand<'a>,
    pub options: &'a CpcvOptions,
}

impl WalkMethod for Combinatorial<'_> {
    type Found = CrossValidated;
    type Row = SplitRow;

    fn walk(&self) -> &WalkCommand<'_> {
        self.walk
    }

    fn sweeps(&self) -> u64 {
        1 + u64::from(self.options.guard.is_none())
    }

    fn preview(&self, asset: usize) -> Result<(Cuts, String), WalkFailure> {
        let WalkCommand { plan, selection, .. } = *self.walk;
        let cuts = engine::cpcv_cuts(plan, asset, self.options, selection)?;
        let splits = &self.options.splits;
        let text = format!(
            "splits        {} of {} groups, which make {}\n",
            format::count(splits.splits().len() as u64),
            format::count(splits.groups() as u64),
            format::counted(splits.paths().len(), "path"),
        );
        Ok((cuts, text))
    }

    fn find(
        &self,
        asset: usize,
        results: &Results,
        index: &mut Index,
        progress: &dyn Progress,
    ) -> Result<CrossValidated, WalkFailure> {
        let WalkCommand { plan, points, selection, .. } = *self.walk;
        engine::cross_validate(plan, asset, points, (self.options, selection), results, index, progress)
    }

    fn known<'f>(&self, found: &'f CrossValidated) -> &'f Known {
        &found.known
    }

    fn columns(&self) -> Vec<RecordColumn<[SplitRow]>> {
        split_columns(&self.walk.plan.param_names())
    }

    fn rows(&self, asset: usize, found: &CrossValidated) -> Vec<SplitRow> {
        let numbered = found.splits.iter().zip(1_u64..);
        numbered.map(|(split, number)| self.split_row(asset, number, split, found.kept)).collect()
    }

    fn document(&self, asset: usize, found: &CrossValidated) -> Value {
        let WalkCommand { plan, selection, .. } = *self.walk;
        let view = self.view(asset, found);
        let known = &found.known;
        let columns = self.columns();
        let group = |((from, to), bars): &((i64, i64), usize)| json!({ "start": report::time(*from), "end": report::time(*to), "bars": bars });
        let path = |(path, row): (&engine::CpcvPath, &Row)| {
            let metrics: serde_json::Map<String, Value> = TABLE
                .iter()
                .zip(row.outcome.metrics)
                .map(|(metric, value)| (metric.name.to_owned(), number(value)))
                .collect();
            json!({ "splits": path.splits.iter().map(|split| split + 1).collect::<Vec<_>>(), "metrics": metrics })
        };
        let spread = found.sharpe.map(|spread| {
            json!({
                "mean": report::number(spread.mean),
                "standard_deviation": number(spread.deviation),
                "least": report::number(spread.least),
                "median": report::number(spread.median),
                "most": report::number(spread.most),
                "below_zero": report::number(spread.below_zero),
            })
        });
        json!({
            "symbol": plan.assets[asset].symbol,
            "interval": plan.interval.to_string(),
            "strategy": self.walk.name(),
            "start": report::time(known.start),
            "end": report::time(known.end),
            "bars": known.bars,
            "cpcv": {
                "groups": found.groups.iter().map(group).collect::<Value>(),
                "tested": found.splits.first().map_or(0, |split| split.is_test.iter().filter(|is_test| **is_test).count()),
                "gap_bars": found.guard,
                "sort": selection.sort(),
                "where": selection.condition(),
                "border": walk_tables::rule_name(self.options.border),
                "pick": walk_tables::pick_name(self.options.pick),
                "points": found.points,
            },
            "splits": Records::new(&columns, &view.splits[..], view.splits.len()).json(),
            "paths": found.paths.iter().zip(&view.paths).map(path).collect::<Value>(),
            "sharpe": spread,
            "honesty": { "trials": found.points, "pbo": number(found.pbo) },
            "verdict": cpcv_tables::verdict(&view),
            "summary": summary_document(&found.summary),
        })
    }

    fn table(&self, asset: usize, found: &CrossValidated) -> String {
        cpcv_tables::one(&self.view(asset, found), self.walk.context.printer)
    }

    fn many(&self, walks: &[(&str, &Value)]) -> String {
        cpcv_tables::many(walks, self.walk.context.printer)
    }

    fn page(&self, asset: usize, found: &CrossValidated, mut notes: Vec<String>) -> String {
        let WalkCommand { plan, selection, .. } = *self.walk;
        let view = self.view(asset, found);
        notes.extend(cpcv_tables::remarks(&view));
        html::cpcv(&CpcvPage {
            paths: &view.paths,
            equity: &found.paths.iter().map(|path| path.equity.as_slice()).collect::<Vec<_>>(),
            splits: &view.splits,
            groups: &found.groups.iter().map(|(times, _)| *times).collect::<Vec<_>>(),
            params: &plan.param_names(),
            sort: selection.sort(),
            time: &found.time,
            buy_hold: &buy_hold(&found.close, plan.settings.capital),
            scatter: &found.scatter,
            verdict: &cpcv_tables::verdict(&view),
            notes,
        })
    }
}

impl Combinatorial<'_> {
    fn view<'b>(&'b self, asset: usize, found: &'b CrossValidated) -> CpcvView<'b> {
        CpcvView {
            paths: found.paths.iter().map(|path| self.walk.row(asset, &found.known, &path.outcome)).collect(),
            splits: self.rows(asset, found),
            found,
            options: self.options,
            selection: self.walk.selection,
            plan: self.walk.plan,
            choice: self.walk.choice(),
        }
    }

    fn split_row(&self, asset: usize, number: u64, split: &ValidatedSplit, kept: usize) -> SplitRow {
        let plan = self.walk.plan;
        let (strategy, choice) = self.walk.choice_row(split.choice.as_ref(), kept, split.passing);
        let tested = split.is_test.iter().zip(1..).filter(|(is_test, _)| **is_test).map(|(_, group)| group);
        SplitRow {
            symbol: plan.assets[asset].symbol.clone(),
            interval: plan.interval,
            strategy,
            number,
            tested: tested.collect(),
            train_bars: split.train_bars as u64,
            test_bars: split.test_bars as u64,
            choice,
        }
    }
}
