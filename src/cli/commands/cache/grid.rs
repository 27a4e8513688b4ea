//! Whether parameters name one point or a grid, for `warm` and `verify`.

use crate::cli::fault::Fault;
use crate::cli::strategies;
use crate::engine::{Bound, Points};
use crate::sim::strategy::{Grid, ParamArg};

/// The one strategy and its grid, where a parameter has several values; nothing where each has one.
///
/// # Errors
/// A parameter that makes no sense; a grid for several strategies.
pub(super) fn grid(names: &[String], params: &[String]) -> Result<Option<(Bound, Points)>, Fault> {
    let parse = |text: &String| text.parse::<ParamArg>().map_err(Fault::wrong);
    let given = params.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let Some(several) = given.iter().find(|arg| arg.values.single().is_none()) else { return Ok(None) };
    let [name] = names else {
        return Err(Fault::wrong(format!(
            "--param {}: has several values, which is a grid, and a grid is of one strategy: name it by --strategy",
            several.name
        )));
    };
    let strategy = strategies::load(name.trim())?;
    let grid = Grid::new(&strategy, &given).map_err(|error| Fault::wrong(format!("--param: {error}")))?;
    let values = strategy.defaults();
    Ok(Some((Bound { strategy, values }, Points::All(grid))))
}
