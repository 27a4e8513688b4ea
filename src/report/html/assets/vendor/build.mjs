// Bundles plotly.js with the traces that the pages use: scatter (always part of it), bar, candlestick, heatmap.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import css from "esbuild-plugin-inline-css";

const version = JSON.parse(readFileSync("node_modules/plotly.js/package.json", "utf8")).version;
const { metafile } = await build({
  stdin: {
    contents: `const Plotly = require("plotly.js/lib/core");
      Plotly.register([require("plotly.js/lib/bar"), require("plotly.js/lib/candlestick"), require("plotly.js/lib/heatmap")]);
      module.exports = Plotly;`,
    resolveDir: ".",
  },
  banner: { js: `/* plotly.js v${version} (scatter, bar, candlestick, heatmap), licences in LICENSES.txt of its folder */` },
  outfile: "plotly.min.js",
  bundle: true,
  minify: true,
  metafile: true,
  charset: "utf8",
  format: "iife",
  globalName: "Plotly",
  legalComments: "none",
  target: "es2020",
  // Maps are no part of it; their style sheet would be.
  plugins: [{ name: "no-maps", setup: (b) => b.onLoad({ filter: /maplibre-gl\.css$/ }, () => ({ contents: "", loader: "js" })) }, css()],
  alias: { stream: "stream-browserify" },
  define: { global: "window", "define.amd": "false", "process.env.NODE_DEBUG": "false" },
});

// The licences of all packages of which something is in the bundle.
const packages = new Set(
  Object.entries(Object.values(metafile.outputs)[0].inputs)
    .filter(([, input]) => input.bytesInOutput > 0)
    .map(([path]) => path.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1])
    .filter(Boolean),
);
const texts = [...packages].sort().map((folder) => {
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : `Licence: ${about.license}`;
  return `${about.name} ${about.version}\n\n${text}\n`;
});
writeFileSync("LICENSES.txt", texts.join(`\n${"-".repeat(80)}\n\n`));
if (readFileSync("plotly.min.js", "utf8").includes("</script")) throw new Error("the bundle would end its script");
