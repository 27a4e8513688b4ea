//! The columns of a graph, tile after tile: each distinct indicator and formula computed once.
//!
//! A column is a buffer of some history followed by the tile, so that whoever reads bars further back (`prev`, a
//! window's far end) reads a plain slice. What lies before the first bar is 0 and is never used: every rule is
//! false until all that it reads is defined, which is known before any candle is read.

mod prior_bars;
mod source_state;

pub use self::prior_bars::PriorBars;
use self::source_state::SourceState;
use super::Market;
use super::graph::{Awaited, ColumnId, Formula, Graph, Operand, Step, both_numbers, either_number, truth_number};
use super::memory::memory;
use crate::candles::{Candles, Field};
use crate::indicators::{Indicator, Input, Inputs, Setup, Ticks};
use crate::interval::{Interval, LocalClock};
use crate::rules::{Math, Unary};
use crate::simd::{Compare, Cpu, SeriesExtremes, TileSeries};
use crate::tile::bitset::TILE;
use crate::tile::resumable::{Resumable, StateBytes};

/// Bars that are fed at once, at most [`TILE`].
#[derive(Clone, Copy, Debug)]
pub struct TileBars<'a> {
    /// Where they are.
    pub candles: &'a Candles,
    /// The first of them.
    pub first: usize,
    /// Their number.
    pub bars: usize,
}

impl<'a> TileBars<'a> {
    /// All bars from `first` to the end, tile after tile.
    pub fn all(candles: &'a Candles, first: usize) -> impl Iterator<Item = Self> {
        let tile = move |first| Self { candles, first, bars: TILE.min(candles.len() - first) };
        (first..candles.len()).step_by(TILE).map(tile)
    }
}

/// One column: `history` earlier bars, then the bars of the tile.
#[derive(Debug, Default)]
struct Column {
    values: Vec<f64>,
    history: usize,
    /// Of the current tile, where many conditions read the column.
    extremes: Option<Box<SeriesExtremes>>,
}

/// The running state of all columns of a graph.
pub struct Columns {
    all: Vec<Column>,
    /// One for each indicator step, in the order of the steps.
    states: Vec<Box<dyn Indicator>>,
    /// For each column that a formula with rounding fills, the tick of its values, if they have one.
    snaps: Vec<Option<Ticks>>,
    /// For each column, ticks in 1 where its values have a tick: what the states count in.
    per_unit: Vec<Option<f64>>,
    /// One for each source of the graph.
    sources: Vec<SourceState>,
    /// Bars after which no column depends on what came before them, where that is so.
    memory: Option<usize>,
    /// Bars fed before the current tile, those that warm up included.
    fed: usize,
    /// Bars in the current tile.
    bars: usize,
    cpu: Cpu,
}

impl Columns {
    /// Columns before the first bar that warms up for these candles.
    #[must_use]
    pub fn new(graph: &Graph, market: &Market<'_>, interval: Interval, cpu: Cpu) -> Self {
        let ticks = |field: Field| {
            let ticks = PriorBars::joined(market.prior, market.candles.column(field), field, cpu)?;
            match market.warmup {
                Some(warmup) => ticks.common(Ticks::of(&warmup.candles.column(field)[warmup.first..], cpu)?),
                None => Some(ticks),
            }
        };
        Self::with_ticks(graph, market, interval, &ticks, cpu)
    }

    /// The same where the ticks of the candles' own columns are known, which may be those of a source.
    fn with_ticks(
        graph: &Graph,
        market: &Market<'_>,
        interval: Interval,
        field_ticks: &dyn Fn(Field) -> Option<Ticks>,
        cpu: Cpu,
    ) -> Self {
        let all = graph
            .columns
            .iter()
            .map(|facts| Column { values: vec![0.0; facts.history + TILE], history: facts.history, extremes: None })
            .collect();
        let mut states = Vec::new();
        let mut ticks: Vec<Option<Ticks>> = vec![None; graph.columns.len()];
        let mut snaps = ticks.clone();
        for step in &graph.steps {
            match step {
                Step::Formula { column, formula } => {
                    ticks[*column] = ticks_of(*formula, &ticks, field_ticks);
                    snaps[*column] = ticks[*column].filter(|_| formula.rounds());
                }
                Step::Indicator { family, inputs, params, first, .. } => {
                    let of_input = if family.inputs == Inputs::Any { ticks[inputs[0].0] } else { None };
                    for output in 0..family.width {
                        ticks[first + output] = of_input.and_then(|ticks| (family.ticks)(params, output, ticks));
                    }
                    states.push((family.make)(params, Setup { cpu, ticks: of_input, bars: market.bars() }));
                }
            }
        }
        let source = |source| SourceState::new(source, market, interval, field_ticks, cpu);
        let sources = graph.sources.iter().map(source).collect();
        let memory = memory(graph, &ticks);
        let per_unit = ticks.iter().map(|ticks| ticks.map(Ticks::per_unit)).collect();
        Self { all, states, snaps, per_unit, sources, memory, fed: 0, bars: 0, cpu }
    }

    /// The same, with the extremes of these columns at hand for those who compare.
    pub(super) fn with_extremes(mut self, ids: impl IntoIterator<Item = ColumnId>) -> Self {
        ids.into_iter().for_each(|id| self.all[id].extremes = Some(Box::default()));
        self
    }

    /// The tiles of the bars that warm up, without those on which no bit of a column depends after them.
    pub(super) fn warmup_tiles<'m>(&self, market: &'m Market<'_>) -> impl Iterator<Item = TileBars<'m>> + use<'m> {
        market.last_warmup_tiles(self.memory)
    }

    /// Computes every column for the next bars of the market.
    pub fn extend(&mut self, graph: &Graph, market: &Market<'_>, tile: TileBars<'_>) {
        let TileBars { candles, first, bars } = tile;
        self.bars = bars;
        for (state, source) in self.sources.iter_mut().zip(&graph.sources) {
            state.extend(source, market, tile, &mut self.all);
        }
        let mut states = self.states.iter_mut();
        for step in &graph.steps {
            match step {
                Step::Formula { column, formula } => {
                    match *formula {
                        Formula::Own(own) => {
                            let values = market.own_series(&graph.own[own]);
                            self.all[*column].now(bars).copy_from_slice(&values[self.fed..self.fed + bars]);
                        }
                        formula => fill(&mut self.all, *column, formula, candles, first, bars),
                    }
                    if let Some(ticks) = self.snaps[*column] {
                        self.all[*column].now(bars).iter_mut().for_each(|value| *value = ticks.snap(*value));
                    }
                }
                Step::Indicator { family, inputs, first: output, start, .. } => {
                    let Some(state) = states.next() else { unreachable!("one state for each indicator step") };
                    let skip = start.saturating_sub(self.fed).min(bars);
                    // A running sum of nothing is 0; any other value before its time is not a number.
                    let before = if family.outputs.is_empty() { 0.0 } else { f64::NAN };
                    let lookback = if family.outputs.is_empty() { 0 } else { graph.columns[*output].lookback };
                    feed(&mut self.all, state.as_mut(), inputs, *output, family.width, skip, bars);
                    let undefined = lookback.saturating_sub(self.fed).clamp(skip, bars);
                    for column in &mut self.all[*output..*output + family.width] {
                        column.values[column.history..column.history + undefined].fill(before);
                    }
                }
            }
        }
        for column in &mut self.all {
            if let Some(extremes) = &mut column.extremes {
                extremes.extend(self.cpu, &column.values[column.history..column.history + bars]);
            }
        }
    }

    /// The first bar of the current tile from which all of these were defined at once or before, when it begins at bar `first`.
    pub(super) fn defined_from(&self, list: &[Awaited], first: usize) -> Option<usize> {
        let from = |&(id, lag, lookback): &Awaited| {
            let skip = lookback.saturating_sub(first);
            let place = self.read(id, lag).iter().skip(skip).position(|value| !value.is_nan())?;
            Some(skip + place)
        };
        list.iter().map(from).try_fold(0, |most, from| Some(most.max(from?)))
    }

    /// Keeps what later tiles may look back on; to be called after the conditions of this tile were computed.
    pub fn settle(&mut self) {
        for column in &mut self.all {
            column.values.copy_within(self.bars..self.bars + column.history, 0);
        }
        self.fed += self.bars;
    }

    /// Saves or loads what later tiles depend on, between two of them: of the same graph, over candles of the same ticks.
    pub(super) fn pass_state(&mut self, state: &mut StateBytes) {
        state.same(&self.per_unit);
        for column in &mut self.all {
            column.values[..column.history].iter_mut().for_each(|value| value.pass_state(state));
        }
        self.states.iter_mut().for_each(|indicator| indicator.pass_state(state));
        self.sources.iter_mut().for_each(|source| source.pass_state(state));
        self.fed.pass_state(state);
    }

    /// Bars in the current tile.
    #[must_use]
    pub fn bars(&self) -> usize {
        self.bars
    }

    /// The bars of the current tile of one column, `lag` bars earlier.
    #[must_use]
    pub fn read(&self, id: ColumnId, lag: usize) -> &[f64] {
        self.all[id].read(lag, self.bars)
    }

    /// The same as conditions compare it.
    pub(super) fn series(&self, id: ColumnId, lag: usize) -> TileSeries<'_> {
        let extremes = self.all[id].extremes.as_deref().filter(|_| lag == 0);
        TileSeries { values: self.read(id, lag), extremes }
    }
}

impl Column {
    fn read(&self, lag: usize, bars: usize) -> &[f64] {
        &self.values[self.history - lag..self.history - lag + bars]
    }

    fn now(&mut self, bars: usize) -> &mut [f64] {
        &mut self.values[self.history..self.history + bars]
    }
}

/// The tick of a formula's values, if what it reads has one.
fn ticks_of(formula: Formula, known: &[Option<Ticks>], field_ticks: &dyn Fn(Field) -> Option<Ticks>) -> Option<Ticks> {
    let read = |operand: Operand| match operand {
        Operand::Column { id, .. } => known[id],
        Operand::Number(bits) => Ticks::of_number(f64::from_bits(bits)),
    };
    match formula {
        Formula::Field(field) => field_ticks(field),
        // Hours and days are whole numbers, and a column of a file may be anything.
        Formula::Calendar(..) => Ticks::of_number(1.0),
        Formula::Unary(Unary::Neg | Unary::Abs, x) => read(x),
        Formula::Own(_) | Formula::Unary(..) => None,
        Formula::Number(bits) => Ticks::of_number(f64::from_bits(bits)),
        // Values with a tick are finite: so a condition on them is never undefined.
        Formula::Compare(_, a, b) | Formula::Both(a, b) | Formula::Either(a, b) => {
            read(a).and(read(b)).and(Ticks::of_number(1.0))
        }
        Formula::If(condition, a, b) => read(condition).and(read(a)?.common(read(b)?)),
        Formula::Math(math, left, right) => match (math, left, right) {
            (Math::Add | Math::Sub, ..) => read(left)?.of_sums(read(right)?),
            (Math::Min | Math::Max, ..) => read(left)?.common(read(right)?),
            (Math::Mul, column, Operand::Number(number)) | (Math::Mul, Operand::Number(number), column) => {
                read(column)?.of_products(f64::from_bits(number))
            }
            (Math::Div, column, Operand::Number(number)) => read(column)?.of_quotients(f64::from_bits(number)),
            (Math::Mul | Math::Div | Math::Pow, ..) => None,
        },
    }
}

fn feed(
    columns: &mut [Column],
    state: &mut dyn Indicator,
    inputs: &[(ColumnId, usize)],
    output: ColumnId,
    width: usize,
    skip: usize,
    bars: usize,
) {
    if skip == bars {
        return;
    }
    // Outputs always come after inputs, so one split lends both.
    let (before, outputs) = columns.split_at_mut(output);
    let mut views = [Input::new(&[], 0); 4];
    for (view, &(id, lag)) in views.iter_mut().zip(inputs) {
        let column = &before[id];
        let now = column.history - lag;
        *view = Input::new(&column.values[..now + bars], now + skip);
    }
    let mut targets = outputs[..width].iter_mut().map(|column| {
        let now = column.history;
        &mut column.values[now + skip..now + bars]
    });
    let mut slices: [&mut [f64]; 4] = std::array::from_fn(|_| targets.next().unwrap_or_default());
    state.extend(&views[..inputs.len()], &mut slices[..width]);
}

fn fill(columns: &mut [Column], target: ColumnId, formula: Formula, candles: &Candles, first: usize, bars: usize) {
    let (before, rest) = columns.split_at_mut(target);
    let now = rest[0].history;
    let out = &mut rest[0].values[now..now + bars];
    match formula {
        Formula::Field(field) => out.copy_from_slice(&candles.column(field)[first..first + bars]),
        Formula::Calendar(part, zone) => {
            let time = &candles.time[first..first + bars];
            let (Some(&from), Some(&to)) = (time.first(), time.last()) else { return };
            let mut clock = LocalClock::new(zone, from, to);
            for (out, &open) in out.iter_mut().zip(time) {
                *out = real(part.of(clock.show(open)));
            }
        }
        Formula::Own(_) => unreachable!("it is no column of the candles"),
        Formula::Number(bits) => out.fill(f64::from_bits(bits)),
        Formula::Compare(compare, a, b) => match compare {
            Compare::Less => each(before, a, b, out, |a, b| truth_number(Compare::Less, a, b)),
            Compare::LessEqual => each(before, a, b, out, |a, b| truth_number(Compare::LessEqual, a, b)),
            Compare::Greater => each(before, a, b, out, |a, b| truth_number(Compare::Greater, a, b)),
            Compare::GreaterEqual => each(before, a, b, out, |a, b| truth_number(Compare::GreaterEqual, a, b)),
            Compare::Equal => each(before, a, b, out, |a, b| truth_number(Compare::Equal, a, b)),
            Compare::NotEqual => each(before, a, b, out, |a, b| truth_number(Compare::NotEqual, a, b)),
        },
        Formula::Both(a, b) => each(before, a, b, out, both_numbers),
        Formula::Either(a, b) => each(before, a, b, out, either_number),
        Formula::If(condition, a, b) => {
            each(before, condition, b, out, |truth, b| if truth == 0.0 { b } else { f64::NAN });
            each_over(before, condition, a, out, |other, truth, a| if truth > 0.0 { a } else { other });
        }
        // Each operation is its own loop, so that the compiler sees one plain operation.
        Formula::Unary(function, x) => match function {
            Unary::Neg => each(before, x, ONE_SIDED, out, |x, _| Unary::Neg.apply(x)),
            Unary::Abs => each(before, x, ONE_SIDED, out, |x, _| Unary::Abs.apply(x)),
            Unary::Sqrt => each(before, x, ONE_SIDED, out, |x, _| Unary::Sqrt.apply(x)),
            Unary::Log => each(before, x, ONE_SIDED, out, |x, _| Unary::Log.apply(x)),
            Unary::Exp => each(before, x, ONE_SIDED, out, |x, _| Unary::Exp.apply(x)),
            Unary::Floor => each(before, x, ONE_SIDED, out, |x, _| Unary::Floor.apply(x)),
            Unary::Round => each(before, x, ONE_SIDED, out, |x, _| Unary::Round.apply(x)),
        },
        Formula::Math(math, left, right) => match math {
            Math::Add => each(before, left, right, out, |a, b| Math::Add.apply(a, b)),
            Math::Sub => each(before, left, right, out, |a, b| Math::Sub.apply(a, b)),
            Math::Mul => each(before, left, right, out, |a, b| Math::Mul.apply(a, b)),
            Math::Div => each(before, left, right, out, |a, b| Math::Div.apply(a, b)),
            Math::Min => each(before, left, right, out, |a, b| Math::Min.apply(a, b)),
            Math::Max => each(before, left, right, out, |a, b| Math::Max.apply(a, b)),
            Math::Pow => each(before, left, right, out, |a, b| Math::Pow.apply(a, b)),
        },
    }
}

#[expect(clippy::cast_precision_loss, reason = "parts of dates and times of day")]
fn real(part: i64) -> f64 {
    part as f64
}

/// In place of the second operand of a function of one value.
const ONE_SIDED: Operand = Operand::Number(0);

fn each(columns: &[Column], left: Operand, right: Operand, out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    each_over(columns, left, right, out, |_, a, b| f(a, b));
}

/// As [`each`], of what stands at the place of the result as well.
fn each_over(columns: &[Column], left: Operand, right: Operand, out: &mut [f64], f: impl Fn(f64, f64, f64) -> f64) {
    let bars = out.len();
    let series = |id: ColumnId, lag| columns[id].read(lag, bars);
    match (left, right) {
        (Operand::Column { id: a, lag: la }, Operand::Column { id: b, lag: lb }) => {
            for ((out, &a), &b) in out.iter_mut().zip(series(a, la)).zip(series(b, lb)) {
                *out = f(*out, a, b);
            }
        }
        (Operand::Column { id, lag }, Operand::Number(bits)) => {
            let b = f64::from_bits(bits);
            for (out, &a) in out.iter_mut().zip(series(id, lag)) {
                *out = f(*out, a, b);
            }
        }
        (Operand::Number(bits), Operand::Column { id, lag }) => {
            let a = f64::from_bits(bits);
            for (out, &b) in out.iter_mut().zip(series(id, lag)) {
                *out = f(*out, a, b);
            }
        }
        (Operand::Number(a), Operand::Number(b)) => {
            let (a, b) = (f64::from_bits(a), f64::from_bits(b));
            for out in out {
                *out = f(*out, a, b);
            }
        }
    }
}
