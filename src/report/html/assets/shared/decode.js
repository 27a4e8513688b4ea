// Series as they are packed in the document.
function bytes(text) {
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at++) out[at] = raw.charCodeAt(at);
  return out.buffer;
}

const floats32 = (text) => new Float32Array(bytes(text));
const floats64 = (text) => new Float64Array(bytes(text));
const uints32 = (text) => new Uint32Array(bytes(text));

function times(stretches) {
  const length = stretches.reduce((sum, [, count]) => sum + count, 0);
  const out = new Float64Array(length);
  let at = 0;
  for (const [first, count, step] of stretches) {
    for (let n = 0; n < count; n++) out[at++] = first + n * step;
  }
  return out;
}

// Two points for each bucket of bars: at its start and half-way to the next.
function halves(x) {
  const out = new Float64Array(2 * x.length);
  for (let at = 0; at < x.length; at++) {
    const next = at + 1 < x.length ? x[at + 1] : x[at] + (at > 0 ? x[at] - x[at - 1] : 0);
    out[2 * at] = x[at];
    out[2 * at + 1] = (x[at] + next) / 2;
  }
  return out;
}
