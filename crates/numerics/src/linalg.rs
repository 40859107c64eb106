//! Linear algebra with fixed summation order and explicit failure.
//!
//! Results do not depend on the number of threads, and every sum of this module runs in the order written here, whatever the
//! type of processor. The other modules multiply matrices through it too while the result has at most 64 rows and columns;
//! beyond that covariances, factorisations and rebuilt spectra take packed kernels, which are picked for the processor at
//! run time and may change the last bits. Singular or indefinite matrices are errors, never large numbers.

mod cholesky;
mod eigen;
mod products;
mod qr;

pub use cholesky::Cholesky;
pub use eigen::{SymmetricEigen, symmetric_eigen};
pub(crate) use products::{FIXED_ORDER_SIZE, product};
pub use products::{
    axpy, dot, gram, matrix_product, matrix_vector, product_transposed, sum, symmetrise, transposed_matrix_vector,
    transposed_product,
};
pub use qr::PivotedQr;
