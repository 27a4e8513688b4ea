//! Single points of a sweep once more: those that a picture wants beside the ones that it holds.

use super::asset::open_asset;
use super::block::Block;
use super::plan::Plan;
use super::slices::Slice;
use crate::sim::metrics::Outcome;

/// Outcomes of these points of the plan's first strategy on one asset, by its number in the plan; those that break
/// `require` are left out. The same bits as in the sweep.
///
/// # Errors
/// When the asset's candles cannot be used.
pub fn near(plan: &Plan, asset: usize, points: Vec<Vec<f64>>) -> Result<Vec<(Vec<f64>, Outcome)>, String> {
    let block = Block::new(plan, points);
    let open: Vec<&Vec<f64>> = block.open().collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let (_, candles, _) = open_asset(plan, &plan.assets[asset])?;
    let outcomes = Slice::of(open.clone()).outcomes(plan, &candles);
    Ok(open.into_iter().cloned().zip(outcomes).collect())
}
