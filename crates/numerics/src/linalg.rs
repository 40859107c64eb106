//! Linear algebra with fixed summation order and explicit failure.
//!
//! Results do not depend on the number of threads or on processor features: every sum runs in the order written here.
//! Singular or indefinite matrices are errors, never large numbers.

mod cholesky;
mod eigen;
mod products;
mod qr;

pub use cholesky::Cholesky;
pub use eigen::{SymmetricEigen, symmetric_eigen};
pub use products::{
    axpy, dot, gram, matrix_product, matrix_vector, product_transposed, sum, symmetrise, transposed_matrix_vector,
    transposed_product,
};
pub use qr::PivotedQr;
