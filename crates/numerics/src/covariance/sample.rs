//! Sample covariance (ddof 1) and correlation.

use nalgebra::DMatrix;

use super::checks;
use crate::linalg::{FIXED_ORDER_SIZE, gram};
use crate::{NumericsError, Result};

/// Columns per block of [`cross_product`]: wide enough for the packed kernel, narrow enough to skip the lower half.
const BLOCK: usize = 96;

/// Sample covariance of the columns of `x` (rows = time): `S = (X - m)'(X - m) / (T - 1)`.
///
/// Units: product of the units of the two columns. A constant column gives zeros. Missing data: refused, see
/// [`complete_cases`]. Errors: fewer than 2 rows, no columns, NaN or infinity.
///
/// ```
/// use nalgebra::DMatrix;
/// let x = DMatrix::from_row_slice(3, 2, &[1.0, 2.0, 2.0, 4.0, 3.0, 6.0]);
/// let s = numerics::covariance::sample_covariance(&x)?;
/// assert_eq!((s[(0, 0)], s[(0, 1)], s[(1, 1)]), (1.0, 2.0, 4.0));
/// # Ok::<(), numerics::NumericsError>(())
/// ```
pub fn sample_covariance(x: &DMatrix<f64>) -> Result<DMatrix<f64>> {
    checks::sample("sample", x, 2)?;
    let divisor = (x.nrows() - 1) as f64;
    Ok(cross_product(&centred(x)) / divisor)
}

/// Sample correlation of the columns of `x`; a constant column is refused (`zero_variance`).
pub fn sample_correlation(x: &DMatrix<f64>) -> Result<DMatrix<f64>> {
    correlation_from_covariance(&sample_covariance(x)?)
}

/// Correlation matrix of a covariance matrix: `r_ij = s_ij / sqrt(s_ii s_jj)`, unit diagonal exactly, entries clipped to
/// [-1, 1] against rounding.
///
/// Errors: a zero on the diagonal (`zero_variance`), a negative one (`not_psd`), asymmetry.
pub fn correlation_from_covariance(covariance: &DMatrix<f64>) -> Result<DMatrix<f64>> {
    let sd = standard_deviations(covariance)?;
    let n = sd.len();
    Ok(DMatrix::from_fn(
        n,
        n,
        |i, j| {
            if i == j { 1.0 } else { (covariance[(i, j)] / (sd[i] * sd[j])).clamp(-1.0, 1.0) }
        },
    ))
}

/// Rows of `x` without NaN, in order. Infinities are kept: they are errors, not absences.
pub fn complete_cases(x: &DMatrix<f64>) -> DMatrix<f64> {
    let rows: Vec<usize> = (0..x.nrows()).filter(|&t| (0..x.ncols()).all(|j| !x[(t, j)].is_nan())).collect();
    x.select_rows(&rows)
}

/// Square roots of the diagonal, all strictly positive.
pub(crate) fn standard_deviations(covariance: &DMatrix<f64>) -> Result<Vec<f64>> {
    checks::covariance("covariance", covariance)?;
    let sd: Vec<f64> = (0..covariance.nrows()).map(|i| covariance[(i, i)].sqrt()).collect();
    if sd.iter().any(|&s| s <= 0.0) {
        return Err(NumericsError::ZeroVariance { what: "covariance diagonal" });
    }
    Ok(sd)
}

/// Columns minus their means. A column whose deviations are pure rounding noise becomes exactly zero.
pub(crate) fn centred(x: &DMatrix<f64>) -> DMatrix<f64> {
    let mut z = x.clone();
    let rows = x.nrows() as f64;
    for mut column in z.column_iter_mut() {
        let mean = column.iter().sum::<f64>() / rows;
        // A second pass over the residuals removes the rounding of the first mean.
        let correction = column.iter().map(|v| v - mean).sum::<f64>() / rows;
        let mean = mean + correction;
        let first = column[0];
        let constant = column.iter().all(|&v| v == first);
        column.iter_mut().for_each(|v| *v = if constant { 0.0 } else { *v - mean });
    }
    z
}

/// `Z'Z`, exactly symmetric, computed by blocks of columns so that only the upper half costs anything.
///
/// The result does not depend on threads, and up to 64 columns not on the type of processor either.
pub(crate) fn cross_product(z: &DMatrix<f64>) -> DMatrix<f64> {
    let (rows, n) = z.shape();
    if n <= FIXED_ORDER_SIZE {
        return gram(z);
    }
    let transposed = z.transpose();
    let mut out = DMatrix::zeros(n, n);
    for start in (0..n).step_by(BLOCK) {
        let width = BLOCK.min(n - start);
        let height = start + width;
        out.view_mut((0, start), (height, width)).gemm(
            1.0,
            &transposed.view((0, 0), (height, rows)),
            &z.view((0, start), (rows, width)),
            0.0,
        );
    }
    out.fill_lower_triangle_with_upper_triangle();
    out
}
