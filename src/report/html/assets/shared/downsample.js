// What of a series is drawn: the part in view and as much again on both sides, in buckets that keep every extreme.

// Indices of the points in [from, to], widened by `around` times their number.
function within(x, from, to, around) {
  const find = (value) => {
    let [low, high] = [0, x.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (x[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const first = Math.max(find(from) - 1, 0);
  const last = Math.min(find(to) + 1, x.length);
  const more = Math.ceil((last - first) * around);
  return [Math.max(first - more, 0), Math.min(last + more, x.length)];
}

// Lowest and highest of each bucket, in the order in which they come.
function downsampleLine(x, y, first, last, most) {
  const each = Math.ceil((last - first) / (most / 2));
  const xs = [], ys = [];
  if (each <= 2) {
    for (let at = first; at < last; at++) { xs.push(x[at]); ys.push(Number.isNaN(y[at]) ? null : y[at]); }
    return [xs, ys];
  }
  // Counted from the start of the series, so that panning does not make the line tremble.
  for (let start = first - (first % each); start < last; start += each) {
    let low = -1, high = -1;
    for (let at = Math.max(start, first); at < Math.min(start + each, last); at++) {
      if (Number.isNaN(y[at])) continue;
      if (low < 0 || y[at] < y[low]) low = at;
      if (high < 0 || y[at] > y[high]) high = at;
    }
    if (low < 0) { xs.push(x[Math.max(start, first)]); ys.push(null); continue; }
    for (const at of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) { xs.push(x[at]); ys.push(y[at]); }
  }
  return [xs, ys];
}

// Candles of buckets of candles.
function downsampleCandles(series, first, last, most) {
  const { x, open, high, low, close, volume } = series;
  const each = Math.max(Math.ceil((last - first) / most), 1);
  /** @type {{x: number[], open: number[], high: number[], low: number[], close: number[], volume: number[], each: number}} */
  const out = { x: [], open: [], high: [], low: [], close: [], volume: [], each };
  for (let start = first - (first % each); start < last; start += each) {
    const from = Math.max(start, first), to = Math.min(start + each, last);
    if (from >= to) continue;
    let top = -Infinity, bottom = Infinity, sum = 0;
    for (let at = from; at < to; at++) {
      if (high[at] > top) top = high[at];
      if (low[at] < bottom) bottom = low[at];
      sum += volume[at];
    }
    out.x.push(x[from]); out.open.push(open[from]); out.close.push(close[to - 1]);
    out.high.push(top); out.low.push(bottom); out.volume.push(sum);
  }
  return out;
}

// Lowest and highest value of a part of a series.
function extent(y, first, last, range) {
  for (let at = first; at < last; at++) {
    if (y[at] < range[0]) range[0] = y[at];
    if (y[at] > range[1]) range[1] = y[at];
  }
  return range;
}
