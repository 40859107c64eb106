//! The monotone map from one Student t to another, tabulated: what makes a t copula simulation cheap.

use super::distributions::StudentT;

/// Nodes on the positive half line.
const NODES: usize = 384;
/// Largest `asinh(t)` in the table; beyond it the exact formula is used (a t of about 1e6).
const REACH: f64 = 14.5;

/// `g(t) = T_to^-1(T_from(t))` by quintic Hermite interpolation of `asinh g` in `asinh t`.
///
/// Both tails are power laws, so in these coordinates the map is smooth and almost straight. Value and two derivatives
/// at each node are exact (the derivatives follow from the densities); the interpolation error is below 1e-11 relative.
pub(crate) struct MarginalMap {
    from: StudentT,
    to: StudentT,
    identity: bool,
    /// Polynomial coefficients in the local coordinate of each cell.
    cells: Vec<[f64; 6]>,
}

impl MarginalMap {
    pub(crate) fn new(nu_from: f64, nu_to: f64) -> Self {
        let (from, to) = (StudentT::new(nu_from), StudentT::new(nu_to));
        let identity = nu_from == nu_to;
        let step = REACH / NODES as f64;
        let nodes: Vec<[f64; 3]> =
            if identity { Vec::new() } else { (0..=NODES).map(|k| jet(&from, &to, k as f64 * step)).collect() };
        let cells = nodes.windows(2).map(|w| quintic(w[0], w[1], step)).collect();
        Self { from, to, identity, cells }
    }

    /// `g(t)`, odd in `t`.
    pub(crate) fn apply(&self, t: f64) -> f64 {
        if self.identity {
            return t;
        }
        let magnitude = t.abs();
        let s = asinh(magnitude) * (NODES as f64 / REACH);
        let cell = s as usize;
        let value = match self.cells.get(cell) {
            Some(c) => {
                let x = s - cell as f64;
                let image = c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * (c[4] + x * c[5]))));
                let e = image.exp();
                0.5 * (e - 1.0 / e)
            }
            None => -self.to.quantile(self.from.cdf(-magnitude)),
        };
        value.copysign(t)
    }
}

/// `asinh` for a non-negative argument; absolute accuracy is what the table needs.
fn asinh(x: f64) -> f64 {
    (x + (x * x + 1.0).sqrt()).ln()
}

/// `G = asinh g(sinh s)` with `G'` and `G''`.
fn jet(from: &StudentT, to: &StudentT, s: f64) -> [f64; 3] {
    let t = s.sinh();
    let g = if t == 0.0 { 0.0 } else { -to.quantile(from.cdf(-t)) };
    let first = (from.log_density(t) - to.log_density(g)).exp();
    let score = |nu: f64, x: f64| -(nu + 1.0) * x / (nu + x * x);
    let second = first * (score(from.nu(), t) - score(to.nu(), g) * first);
    // Chain rule through t = sinh s and G = asinh g.
    let (c, r2) = (s.cosh(), 1.0 + g * g);
    let g1 = first * c;
    let g2 = second * c * c + first * t;
    let r = r2.sqrt();
    [g.asinh(), g1 / r, g2 / r - g * g1 * g1 / (r2 * r)]
}

fn quintic(a: [f64; 3], b: [f64; 3], step: f64) -> [f64; 6] {
    let (a1, a2, b1, b2) = (a[1] * step, a[2] * step * step, b[1] * step, b[2] * step * step);
    let rise = b[0] - a[0];
    [
        a[0],
        a1,
        0.5 * a2,
        10.0 * rise - 6.0 * a1 - 4.0 * b1 - 1.5 * a2 + 0.5 * b2,
        -15.0 * rise + 8.0 * a1 + 7.0 * b1 + 1.5 * a2 - b2,
        6.0 * rise - 3.0 * (a1 + b1) - 0.5 * (a2 - b2),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_the_exact_map() {
        for (from, to) in [(4.0, 3.5), (4.0, 8.0), (2.5, 30.0), (10.0, 3.0)] {
            let map = MarginalMap::new(from, to);
            let (f, t) = (StudentT::new(from), StudentT::new(to));
            for x in [-3000.0, -57.3, -4.0, -1.3, -0.011, 0.2, 2.2, 19.0, 4e6] {
                let exact = t.quantile(f.cdf(-f64::abs(x))).abs().copysign(x);
                assert!((map.apply(x) - exact).abs() <= 1e-10 * exact.abs().max(1e-2), "{from} {to} {x}");
            }
        }
    }
}
