//! Distribution of Dickey-Fuller statistics: p-values and critical values from response surfaces.
//!
//! The p-value is the normal distribution of a quadratic (lower tail) or cubic (elsewhere) of the statistic; critical values
//! are `b0 + b1/n + b2/n^2 + b3/n^3`. Tables for one to six variables (one for the test of a single series, more for
//! residuals of a cointegrating regression); without deterministic terms critical values exist for one variable only.
//!
//! Source: MacKinnon (1994) Journal of Business & Economic Statistics 12, tables 3 and 4; MacKinnon (2010) Queen's Economics
//! Department Working Paper 1227.

use super::adf::Deterministic;
use super::inference::normal_cdf;
use crate::{NumericsError, Result};

/// Most variables of a cointegrating regression that the tables cover.
const MAX_VARIABLES: usize = 6;

struct Surface {
    /// At or below: the lower-tail polynomial.
    split: f64,
    /// Below: p-value zero.
    lowest: f64,
    /// Above: p-value one.
    highest: f64,
    lower_tail: [f64; 3],
    rest: [f64; 4],
}

/// Asymptotic p-value of a Dickey-Fuller statistic for this many variables.
///
/// # Errors
/// `out_of_range` unless 1 to 6 variables.
pub fn mackinnon_p_value(statistic: f64, deterministic: Deterministic, variables: usize) -> Result<f64> {
    let surface = variables
        .checked_sub(1)
        .and_then(|row| surfaces(deterministic).get(row))
        .ok_or_else(|| out_of_tables(variables, MAX_VARIABLES))?;
    if statistic > surface.highest {
        return Ok(1.0);
    }
    if statistic < surface.lowest {
        return Ok(0.0);
    }
    let polynomial = |terms: &[f64]| terms.iter().rev().fold(0.0, |total, term| total * statistic + term);
    let score = if statistic <= surface.split {
        let [a, b, c] = surface.lower_tail;
        polynomial(&[a, b, c * 1e-2])
    } else {
        let [a, b, c, d] = surface.rest;
        polynomial(&[a, b * 1e-1, c * 1e-1, d * 1e-2])
    };
    Ok(normal_cdf(score))
}

/// Critical values at 1, 5 and 10 percent for a sample of this size.
///
/// # Errors
/// `out_of_range` when the tables do not cover the number of variables.
pub fn critical_values(deterministic: Deterministic, variables: usize, observations: usize) -> Result<[f64; 3]> {
    let table = critical_surfaces(deterministic);
    let surface =
        variables.checked_sub(1).and_then(|row| table.get(row)).ok_or_else(|| out_of_tables(variables, table.len()))?;
    let inverse = 1.0 / observations as f64;
    Ok(surface.map(|terms| terms.iter().rev().fold(0.0, |total, term| total * inverse + term)))
}

fn out_of_tables(variables: usize, most: usize) -> NumericsError {
    NumericsError::OutOfRange { what: "variables", why: format!("{variables} given, the tables cover 1 to {most}") }
}

fn surfaces(deterministic: Deterministic) -> &'static [Surface; MAX_VARIABLES] {
    match deterministic {
        Deterministic::None => &NONE,
        Deterministic::Constant => &CONSTANT,
        Deterministic::ConstantTrend => &TREND,
        Deterministic::ConstantQuadraticTrend => &QUADRATIC,
    }
}

fn critical_surfaces(deterministic: Deterministic) -> &'static [[[f64; 4]; 3]] {
    match deterministic {
        Deterministic::None => &CRITICAL_NONE,
        Deterministic::Constant => &CRITICAL_CONSTANT,
        Deterministic::ConstantTrend => &CRITICAL_TREND,
        Deterministic::ConstantQuadraticTrend => &CRITICAL_QUADRATIC,
    }
}

const fn surface(range: [f64; 3], lower_tail: [f64; 3], rest: [f64; 4]) -> Surface {
    Surface { split: range[0], lowest: range[1], highest: range[2], lower_tail, rest }
}

#[rustfmt::skip]
const NONE: [Surface; MAX_VARIABLES] = [
    surface([-1.04, -19.04, f64::INFINITY], [0.6344, 1.2378, 3.2496], [0.4797, 9.3557, -0.6999, 3.3066]),
    surface([-1.53, -19.62, 1.51], [1.9129, 1.3857, 3.5322], [1.5578, 8.558, -2.083, -3.3549]),
    surface([-2.68, -21.21, 0.86], [2.7648, 1.4502, 3.4186], [2.2268, 6.8093, -3.2362, -5.4448]),
    surface([-3.09, -23.25, 0.88], [3.4336, 1.4835, 3.19], [2.7654, 6.4502, -3.0811, -4.4946]),
    surface([-3.07, -21.63, 1.05], [4.0999, 1.5533, 3.59], [3.2684, 6.8051, -2.6778, -3.4972]),
    surface([-3.77, -25.74, 1.24], [4.5388, 1.5344, 2.9807], [3.7268, 7.167, -2.3648, -2.8288]),
];

#[rustfmt::skip]
const CONSTANT: [Surface; MAX_VARIABLES] = [
    surface([-1.61, -18.83, 2.74], [2.1659, 1.4412, 3.8269], [1.7339, 9.3202, -1.2745, -1.0368]),
    surface([-2.62, -18.86, 0.92], [2.92, 1.5012, 3.9796], [2.1945, 6.4695, -2.9198, -4.2377]),
    surface([-3.13, -23.48, 0.55], [3.4699, 1.4856, 3.164], [2.5893, 4.5168, -3.6529, -5.0074]),
    surface([-3.47, -28.07, 0.61], [3.9673, 1.4777, 2.6315], [3.0387, 4.5452, -3.3666, -4.1921]),
    surface([-3.78, -25.96, 0.79], [4.5509, 1.5338, 2.9545], [3.5049, 5.2098, -2.9158, -3.3468]),
    surface([-3.93, -23.27, 1.0], [5.1399, 1.6036, 3.4445], [3.9489, 5.8933, -2.5359, -2.721]),
];

#[rustfmt::skip]
const TREND: [Surface; MAX_VARIABLES] = [
    surface([-2.89, -16.18, 0.7], [3.2512, 1.6047, 4.9588], [2.5261, 6.1654, -3.7956, -6.0285]),
    surface([-3.19, -21.15, 0.63], [3.6646, 1.5419, 3.6448], [2.85, 5.272, -3.6622, -5.1695]),
    surface([-3.5, -25.37, 0.71], [4.0983, 1.5173, 2.9898], [3.221, 5.255, -3.2685, -4.1501]),
    surface([-3.65, -26.63, 0.93], [4.5844, 1.5338, 2.8796], [3.652, 5.9758, -2.7483, -3.2081]),
    surface([-3.8, -26.53, 1.19], [5.0722, 1.5634, 2.9472], [4.0712, 6.6428, -2.3464, -2.546]),
    surface([-4.36, -26.18, 1.42], [5.53, 1.5914, 3.0392], [4.4735, 7.1757, -2.0681, -2.1196]),
];

#[rustfmt::skip]
const QUADRATIC: [Surface; MAX_VARIABLES] = [
    surface([-3.21, -17.17, 0.54], [4.0003, 1.658, 4.8288], [3.0778, 4.9529, -4.1477, -5.9359]),
    surface([-3.51, -21.1, 0.79], [4.3534, 1.6016, 3.7947], [3.4713, 5.967, -3.2507, -4.2286]),
    surface([-3.81, -24.33, 1.08], [4.7343, 1.5768, 3.2396], [3.8637, 6.7852, -2.6286, -3.1381]),
    surface([-3.83, -24.03, 1.43], [5.214, 1.6077, 3.3449], [4.2736, 7.6199, -2.1534, -2.4026]),
    surface([-4.12, -24.33, 3.49], [5.6481, 1.6274, 3.3455], [4.6679, 8.2618, -1.822, -1.9147]),
    surface([-4.63, -28.22, 1.92], [5.9296, 1.5929, 2.8223], [5.0009, 8.3735, -1.6994, -1.6928]),
];

#[rustfmt::skip]
const CRITICAL_NONE: [[[f64; 4]; 3]; 1] = [
    [[-2.56574, -2.2358, -3.627, 0.0], [-1.941, -0.2686, -3.365, 31.223], [-1.61682, 0.2656, -2.714, 25.364]],
];

#[rustfmt::skip]
const CRITICAL_CONSTANT: [[[f64; 4]; 3]; 6] = [
    [[-3.43035, -6.5393, -16.786, -79.433], [-2.86154, -2.8903, -4.234, -40.04], [-2.56677, -1.5384, -2.809, 0.0]],
    [[-3.89644, -10.9519, -33.527, 0.0], [-3.33613, -6.1101, -6.823, 0.0], [-3.04445, -4.2412, -2.72, 0.0]],
    [[-4.29374, -14.4354, -33.195, 47.433], [-3.74066, -8.5632, -10.852, 27.982], [-3.45218, -6.2143, -3.718, 0.0]],
    [[-4.64332, -18.1031, -37.972, 0.0], [-4.096, -11.2349, -11.175, 0.0], [-3.8102, -8.3931, -4.137, 0.0]],
    [[-4.95756, -21.8883, -45.142, 0.0], [-4.41519, -14.0405, -12.575, 0.0], [-4.13157, -10.7417, -3.784, 0.0]],
    [[-5.24568, -25.6688, -57.737, 88.639], [-4.70693, -16.9178, -17.492, 60.007], [-4.42501, -13.1875, -5.104, 27.877]],
];

#[rustfmt::skip]
const CRITICAL_TREND: [[[f64; 4]; 3]; 6] = [
    [[-3.95877, -9.0531, -28.428, -134.155], [-3.41049, -4.3904, -9.036, -45.374], [-3.12705, -2.5856, -3.925, -22.38]],
    [[-4.32762, -15.4387, -35.679, 0.0], [-3.78057, -9.5106, -12.074, 0.0], [-3.49631, -7.0815, -7.538, 21.892]],
    [[-4.66305, -18.7688, -49.793, 104.244], [-4.1189, -11.8922, -19.031, 77.332], [-3.83511, -9.0723, -8.504, 35.403]],
    [[-4.9694, -22.4694, -52.599, 51.314], [-4.42871, -14.5876, -18.228, 39.647], [-4.14633, -11.25, -9.873, 54.109]],
    [[-5.25276, -26.2183, -59.631, 50.646], [-4.71537, -17.3569, -22.66, 91.359], [-4.43422, -13.6078, -10.238, 76.781]],
    [[-5.51727, -29.976, -75.222, 202.253], [-4.98228, -20.305, -25.224, 132.03], [-4.70233, -16.1253, -9.836, 94.272]],
];

#[rustfmt::skip]
const CRITICAL_QUADRATIC: [[[f64; 4]; 3]; 6] = [
    [[-4.37113, -11.5882, -35.819, -334.047], [-3.83239, -5.9057, -12.49, -118.284], [-3.55326, -3.6596, -5.293, -63.559]],
    [[-4.69276, -20.2284, -64.919, 88.884], [-4.15387, -13.3114, -28.402, 72.741], [-3.87346, -10.4637, -17.408, 66.313]],
    [[-4.99071, -23.5873, -76.924, 184.782], [-4.45311, -15.7732, -32.316, 122.705], [-4.1728, -12.4909, -17.912, 83.285]],
    [[-5.2678, -27.2836, -78.971, 137.871], [-4.73244, -18.4833, -31.875, 111.817], [-4.45268, -14.7199, -17.969, 101.92]],
    [[-5.52826, -30.9051, -92.49, 248.096], [-4.99491, -21.236, -37.685, 194.208], [-4.71587, -17.082, -18.631, 136.672]],
    [[-5.77379, -34.701, -105.937, 393.991], [-5.24217, -24.2177, -39.153, 232.528], [-4.96397, -19.6064, -18.858, 174.919]],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surfaces_agree_with_each_other_at_five_percent() {
        for deterministic in [Deterministic::Constant, Deterministic::ConstantTrend] {
            for variables in 1..=6 {
                let critical = critical_values(deterministic, variables, 1_000_000).unwrap()[1];
                let p = mackinnon_p_value(critical, deterministic, variables).unwrap();
                assert!((p - 0.05).abs() < 2e-3, "{deterministic:?} {variables} {p}");
            }
        }
    }

    #[test]
    fn what_the_tables_do_not_cover_is_refused() {
        assert!(mackinnon_p_value(-3.0, Deterministic::Constant, 0).is_err());
        assert!(mackinnon_p_value(-3.0, Deterministic::Constant, 7).is_err());
        assert!(critical_values(Deterministic::None, 2, 100).is_err());
    }
}
