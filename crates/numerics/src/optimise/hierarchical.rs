//! Hierarchical risk parity (Lopez de Prado 2016).

use nalgebra::DMatrix;

use crate::Result;
use crate::covariance::{checks, correlation_from_covariance};

/// What the clusters are built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterDistance {
    /// Euclidean distance between the columns of D, as in the paper: the standard.
    BetweenColumns,
    /// D itself, `d_ij = sqrt((1 - rho_ij)/2)`, as in several libraries: other weights.
    Direct,
}

/// Weights and the tree behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct HierarchicalRiskParity {
    /// Positive weights, sum 1, in the order of the assets.
    pub weights: Vec<f64>,
    /// Leaves of the tree from left to right (0-based assets).
    pub order: Vec<usize>,
    /// Heights of the merges, ascending.
    pub merge_heights: Vec<f64>,
    /// Inverse-variance weights, for comparison.
    pub inverse_variance: Vec<f64>,
}

/// Hierarchical risk parity: single linkage, quasi-diagonal order with the left child first, recursive bisection at
/// `floor(n/2)` with inverse-variance cluster variances.
///
/// The weights depend on the order of the assets when distances tie: keep it fixed. `(1 - rho)/2` is clipped at zero.
/// Errors: empty, asymmetric, NaN, a zero variance.
pub fn hierarchical_risk_parity(cov: &DMatrix<f64>, distance: ClusterDistance) -> Result<HierarchicalRiskParity> {
    checks::covariance("cov", cov)?;
    let correlation = correlation_from_covariance(cov)?;
    let direct = correlation.map(|rho| (0.5 * (1.0 - rho)).max(0.0).sqrt());
    let distances = match distance {
        ClusterDistance::Direct => direct,
        ClusterDistance::BetweenColumns => column_distances(&direct),
    };
    let tree = single_linkage(&distances);
    let order = leaves(cov.nrows(), &tree);
    let weights = bisect(cov, &order);
    let inverse: Vec<f64> = (0..cov.nrows()).map(|i| 1.0 / cov[(i, i)]).collect();
    let total: f64 = inverse.iter().sum();
    Ok(HierarchicalRiskParity {
        weights,
        order,
        merge_heights: tree.iter().map(|m| m.height).collect(),
        inverse_variance: inverse.iter().map(|v| v / total).collect(),
    })
}

const ROWS: usize = 4;
const COLUMNS: usize = 8;

/// Euclidean distances between the columns of a symmetric matrix.
///
/// Sums run over k in order for every pair, so ties are exactly as in a plain double loop; tiles of 4 x 8 pairs share
/// their loads and keep the accumulators in registers.
fn column_distances(d: &DMatrix<f64>) -> DMatrix<f64> {
    let n = d.nrows();
    let padded = n.next_multiple_of(COLUMNS);
    // Row k of the table holds d_k. padded with zeros: contiguous in the pair index.
    let mut table = vec![0.0; n * padded];
    for k in 0..n {
        table[k * padded..k * padded + n].copy_from_slice(&d.as_slice()[k * n..(k + 1) * n]);
    }
    let mut out = DMatrix::zeros(n, n);
    for left in (0..n).step_by(ROWS) {
        for right in (left / COLUMNS * COLUMNS..padded).step_by(COLUMNS) {
            let mut sums = [[0.0; COLUMNS]; ROWS];
            for row in table.chunks_exact(padded) {
                let b = &row[right..right + COLUMNS];
                for (r, sum) in sums.iter_mut().enumerate() {
                    let a = row[(left + r).min(padded - 1)];
                    for c in 0..COLUMNS {
                        let gap = a - b[c];
                        sum[c] += gap * gap;
                    }
                }
            }
            for (r, sum) in sums.iter().enumerate() {
                for (c, value) in sum.iter().enumerate() {
                    let (i, j) = (left + r, right + c);
                    if i < j && j < n {
                        let distance = value.sqrt();
                        out[(i, j)] = distance;
                        out[(j, i)] = distance;
                    }
                }
            }
        }
    }
    out
}

/// One merge: the smaller cluster number on the left, leaves first, merge k is cluster `n + k`.
#[derive(Debug, Clone, Copy)]
struct Merge {
    left: usize,
    right: usize,
    height: f64,
}

/// Single linkage by a minimum spanning tree (Prim), edges sorted stably by length.
fn single_linkage(distances: &DMatrix<f64>) -> Vec<Merge> {
    let n = distances.nrows();
    let mut nearest = vec![f64::INFINITY; n];
    let mut joined = vec![false; n];
    let mut edges = Vec::with_capacity(n.saturating_sub(1));
    let mut at = 0;
    for _ in 1..n {
        joined[at] = true;
        let column = distances.column(at);
        let (mut closest, mut length) = (at, f64::INFINITY);
        for i in 0..n {
            if joined[i] {
                continue;
            }
            nearest[i] = nearest[i].min(column[i]);
            if nearest[i] < length {
                (closest, length) = (i, nearest[i]);
            }
        }
        edges.push((at, closest, length));
        at = closest;
    }
    edges.sort_by(|a, b| a.2.total_cmp(&b.2));

    let mut parent: Vec<usize> = (0..2 * n).collect();
    let root_of = |mut i: usize, parent: &mut Vec<usize>| {
        while parent[i] != i {
            parent[i] = parent[parent[i]];
            i = parent[i];
        }
        i
    };
    edges
        .iter()
        .enumerate()
        .map(|(k, &(a, b, height))| {
            let (a, b) = (root_of(a, &mut parent), root_of(b, &mut parent));
            parent[a] = n + k;
            parent[b] = n + k;
            Merge { left: a.min(b), right: a.max(b), height }
        })
        .collect()
}

/// Leaves from left to right.
fn leaves(n: usize, tree: &[Merge]) -> Vec<usize> {
    let mut order = Vec::with_capacity(n);
    let mut stack = vec![if tree.is_empty() { 0 } else { n + tree.len() - 1 }];
    while let Some(node) = stack.pop() {
        if node < n {
            order.push(node);
        } else {
            stack.push(tree[node - n].right);
            stack.push(tree[node - n].left);
        }
    }
    order
}

fn bisect(cov: &DMatrix<f64>, order: &[usize]) -> Vec<f64> {
    let mut weights = vec![1.0; order.len()];
    let mut clusters = vec![order];
    while let Some(cluster) = clusters.pop() {
        if cluster.len() < 2 {
            continue;
        }
        let (first, second) = cluster.split_at(cluster.len() / 2);
        let (v0, v1) = (cluster_variance(cov, first), cluster_variance(cov, second));
        let share = if v0 + v1 > 0.0 { 1.0 - v0 / (v0 + v1) } else { 0.5 };
        first.iter().for_each(|&i| weights[i] *= share);
        second.iter().for_each(|&i| weights[i] *= 1.0 - share);
        clusters.push(first);
        clusters.push(second);
    }
    weights
}

/// Variance of a cluster held in inverse-variance weights.
fn cluster_variance(cov: &DMatrix<f64>, cluster: &[usize]) -> f64 {
    let inverse: Vec<f64> = cluster.iter().map(|&i| 1.0 / cov[(i, i)]).collect();
    let total: f64 = inverse.iter().sum();
    let mut variance = 0.0;
    for (b, &j) in cluster.iter().enumerate() {
        let column = cov.column(j);
        let inner: f64 = cluster.iter().zip(&inverse).map(|(&i, w)| column[i] * w).sum();
        variance += inner * inverse[b];
    }
    variance / (total * total)
}
