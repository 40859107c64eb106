//! Sums and products in a fixed order.
//!
//! [`dot`] keeps eight partial sums, which lets the compiler vectorise without changing the result between builds.

use nalgebra::DMatrix;

const LANES: usize = 8;

/// Sum of products of two slices, over the shorter length, with eight interleaved partial sums.
#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    let mut lanes = [0.0; LANES];
    let (chunks_a, chunks_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = chunks_a.remainder().iter().zip(chunks_b.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in chunks_a.zip(chunks_b) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    fold(lanes) + rest
}

/// Sum with eight interleaved partial sums.
#[inline]
pub fn sum(values: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f64 = chunks.remainder().iter().sum();
    for x in chunks {
        for lane in 0..LANES {
            lanes[lane] += x[lane];
        }
    }
    fold(lanes) + rest
}

#[inline]
fn fold(l: [f64; LANES]) -> f64 {
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}

/// `y += a x`.
#[inline]
pub fn axpy(a: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

/// The slice of a column of a column-major matrix.
#[inline]
pub(crate) fn column(matrix: &DMatrix<f64>, j: usize) -> &[f64] {
    let rows = matrix.nrows();
    &matrix.as_slice()[j * rows..(j + 1) * rows]
}

/// `A B`; the inner dimensions must agree (an empty matrix is returned otherwise).
pub fn matrix_product(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    if a.ncols() != b.nrows() {
        return DMatrix::zeros(0, 0);
    }
    let mut product = DMatrix::zeros(a.nrows(), b.ncols());
    let rows = a.nrows();
    for j in 0..b.ncols() {
        let target = &mut product.as_mut_slice()[j * rows..(j + 1) * rows];
        for (l, &weight) in column(b, j).iter().enumerate() {
            axpy(weight, column(a, l), target);
        }
    }
    product
}

/// Rows and columns of a result up to which every product keeps to the loops of this module.
pub(crate) const FIXED_ORDER_SIZE: usize = 64;

/// `A B` by [`matrix_product`] while the result has at most 64 rows and columns, by packed kernels beyond.
///
/// The packed kernels are picked for the processor at run time (with or without fused multiply-add), so the last bits of a
/// larger result may differ from one type of processor to another. The inner dimensions must agree.
pub(crate) fn product(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    if a.nrows().max(b.ncols()) <= FIXED_ORDER_SIZE { matrix_product(a, b) } else { a * b }
}

/// `A' B`; the row counts must agree (an empty matrix is returned otherwise).
pub fn transposed_product(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    if a.nrows() != b.nrows() {
        return DMatrix::zeros(0, 0);
    }
    DMatrix::from_fn(a.ncols(), b.ncols(), |i, j| dot(column(a, i), column(b, j)))
}

/// `A B'`; the column counts must agree (an empty matrix is returned otherwise).
pub fn product_transposed(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    if a.ncols() != b.ncols() {
        return DMatrix::zeros(0, 0);
    }
    let mut product = DMatrix::zeros(a.nrows(), b.nrows());
    let rows = a.nrows();
    for l in 0..a.ncols() {
        let source = column(a, l);
        for (j, &weight) in column(b, l).iter().enumerate() {
            axpy(weight, source, &mut product.as_mut_slice()[j * rows..(j + 1) * rows]);
        }
    }
    product
}

/// `A' A`, exactly symmetric.
pub fn gram(a: &DMatrix<f64>) -> DMatrix<f64> {
    let k = a.ncols();
    let mut product = DMatrix::zeros(k, k);
    for j in 0..k {
        for i in 0..=j {
            let value = dot(column(a, i), column(a, j));
            product[(i, j)] = value;
            product[(j, i)] = value;
        }
    }
    product
}

/// `A x` over the shorter of the columns of `A` and the length of `x`.
pub fn matrix_vector(a: &DMatrix<f64>, x: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; a.nrows()];
    for (j, &weight) in x.iter().enumerate().take(a.ncols()) {
        axpy(weight, column(a, j), &mut product);
    }
    product
}

/// `A' x`.
pub fn transposed_matrix_vector(a: &DMatrix<f64>, x: &[f64]) -> Vec<f64> {
    (0..a.ncols()).map(|j| dot(column(a, j), x)).collect()
}

/// Replaces a square matrix by the mean of itself and its transpose.
pub fn symmetrise(matrix: &mut DMatrix<f64>) {
    for j in 0..matrix.ncols().min(matrix.nrows()) {
        for i in 0..j {
            let mean = 0.5 * (matrix[(i, j)] + matrix[(j, i)]);
            matrix[(i, j)] = mean;
            matrix[(j, i)] = mean;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_agree_with_each_other() {
        let a = DMatrix::from_fn(11, 3, |i, j| (i * 3 + j) as f64 * 0.25 - 2.0);
        let b = DMatrix::from_fn(11, 2, |i, j| (i + 5 * j) as f64 * 0.5 - 1.0);
        let direct = transposed_product(&a, &b);
        assert!((&direct - matrix_product(&a.transpose(), &b)).amax() < 1e-12);
        assert!((&direct - product_transposed(&a.transpose(), &b.transpose())).amax() < 1e-12);
        assert!((gram(&a) - transposed_product(&a, &a)).amax() == 0.0);
        assert!((matrix_vector(&a, &[1.0, 0.0, 0.0])[4] - a[(4, 0)]).abs() == 0.0);
    }

    #[test]
    fn small_products_keep_to_the_loops_and_large_ones_agree() {
        let wave = |rows, columns| DMatrix::from_fn(rows, columns, |i, j| ((3 * i + 7 * j) as f64).sin());
        let (small, large) = (wave(FIXED_ORDER_SIZE, 90), wave(FIXED_ORDER_SIZE + 1, 90));
        assert_eq!(product(&small, &small.transpose()), matrix_product(&small, &small.transpose()));
        let gap = product(&large, &large.transpose()) - matrix_product(&large, &large.transpose());
        assert!(gap.amax() < 1e-12);
    }

    #[test]
    fn a_dot_product_covers_the_rest_after_whole_lanes() {
        let a: Vec<f64> = (1..=19).map(f64::from).collect();
        assert_eq!(dot(&a, &a), 2470.0);
        assert_eq!(sum(&a), 190.0);
        assert_eq!(dot(&[], &[]), 0.0);
    }
}
