// Draws the page; what goes wrong is said on it.
try {
  ({ run: runPage, compare: comparePage, batch: batchPage, sweep: sweepPage, walk: walkPage, cpcv: cpcvPage, portfolio: portfolioPage })[doc.kind]();
  document.documentElement.dataset.drawn = String(Math.round(performance.now()));
} catch (error) {
  main.append(el("p", { class: "note bad" }, `This page could not be drawn: ${error.message}`));
  throw error;
}
