// Values as the program's tables show them.
const DASH = "–";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function grouped(value, digits) {
  if (Math.abs(value) >= 1e15) return value.toExponential(3);
  const text = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return /[1-9]/.test(text) ? text : text.replace("-", "");
}

function gain(value) {
  if (value >= 1000) return "x" + (value < 1e9 ? grouped(value + 1, 0) : (value + 1).toExponential(1));
  const text = (value * 100).toFixed(1);
  if (text === "0.0" || text === "-0.0") return "0.0%";
  return (value > 0 ? "+" : "") + text + "%";
}

function ratio(value) {
  const size = Math.abs(value);
  if (size >= 1e6) return value.toExponential(1);
  if (size < 0.00005) return "0.00";
  return value.toFixed(size < 0.0005 ? 4 : size < 0.005 ? 3 : 2);
}

// A metric's value in its unit.
function figure(value, unit) {
  if (value === null || value === undefined || Number.isNaN(value)) return DASH;
  switch (unit) {
    case "gain": return gain(value);
    case "share": return (value * 100).toFixed(1) + "%";
    case "currency": return grouped(value, 2);
    case "count": return grouped(value, 0);
    case "bars": return grouped(value, Number.isInteger(value) ? 0 : 1);
    default: return ratio(value);
  }
}

// The class that colours a value of a metric by its sign.
function tone(value, metric) {
  if (!value || !(metric.unit === "gain" || metric.name === "expectancy")) return "";
  return value > 0 ? "up" : "down";
}

// At most eight digits that mean something.
function price(value) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const digits = Math.min(Math.max(7 - Math.floor(Math.log10(Math.abs(value))), 0), 20);
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}

// The open time of a bar, in UTC; the day alone for bars of a day and more.
function time(ms, step) {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  const text = date.toISOString();
  return step % 86400000 === 0 && ms % 86400000 === 0 ? text.slice(0, 10) : text.slice(0, 16).replace("T", " ");
}

function percent(value) {
  return Number((value * 100).toFixed(8)) + "%";
}

// How long it lasts: 45d 12h, 3h 15m.
function lasting(millis) {
  const all = Math.round(millis / 60000);
  const [days, hours, minutes] = [Math.floor(all / 1440), Math.floor(all / 60) % 24, all % 60];
  const [first, second] = days ? [`${grouped(days, 0)}d`, hours && `${hours}h`] : hours ? [`${hours}h`, minutes && `${minutes}m`] : [`${minutes}m`, 0];
  return second ? `${first} ${second}` : first;
}

function bars(count) {
  return grouped(count, 0) + (count === 1 ? " bar" : " bars");
}
