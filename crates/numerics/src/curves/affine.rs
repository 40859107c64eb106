//! Term premia by an affine model of the yield curve, estimated in three linear regressions.
//!
//! ```text
//! X[t]    principal components of the yields of 3..N months, unit standard deviation
//! X[t+1]  = Phi X[t] + v[t+1]                                         (1)  S = cov(v)
//! rx[t+1] = a + beta' v[t+1] + c X[t] + e[t+1]                        (2)  s2 = var(e)
//! l0 = (beta beta')^-1 beta (a + (diag(beta' S beta) + s2) / 2),  l1 = (beta beta')^-1 beta c     (3)
//!
//! A[n] = A[n-1] - B[n-1]' l0 + (B[n-1]' S B[n-1] + s2) / 2 - d0,  B[n]' = B[n-1]' (Phi - l1) - d1'
//! ```
//!
//! `rx` is the log return over one month of a bond of `n` months beyond the one-month yield, `d0 + d1' X` the regression of the
//! one-month yield on the factors, and `-(A[n] + B[n]' X) / n` the model's yield, a month. With `l0 = l1 = 0` it is the yield of
//! investors who ask no price of risk; the difference is the term premium. Factors have no mean, so what a constant of (1)
//! takes in a sample counts as a shock. The answer does not depend on the signs of the components.
//!
//! Source: Adrian, Crump and Moench (2013), Pricing the term structure with linear regressions, Journal of Financial Economics
//! 110, equations 23 to 27.

use nalgebra::{DMatrix, DVector};

use crate::linalg::{Cholesky, PivotedQr, symmetric_eigen};
use crate::validate;
use crate::{NumericsError, Result};

/// Shortest maturity that the factors are drawn from, months.
const FIRST_MATURITY: usize = 3;
/// Smallest share of the largest variance with which a component counts as one.
const LEAST_VARIANCE: f64 = 1e-12;

/// What to estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AffineSpec<'a> {
    /// Principal components.
    pub factors: usize,
    /// Maturities of the bonds whose returns price the factors, months, at least as many as factors.
    pub priced: &'a [usize],
    /// Maturities to report, months.
    pub reported: &'a [usize],
}

/// Yields of the model: a row a month, a column a reported maturity; decimals a year, continuously compounded.
#[derive(Debug, Clone, PartialEq)]
pub struct AffineTermPremium {
    /// Yields that the model fits.
    pub fitted: DMatrix<f64>,
    /// Mean expected one-month yields, with the convexity of bonds.
    pub risk_neutral: DMatrix<f64>,
}

impl AffineTermPremium {
    /// What the fitted yields pay beyond the risk-neutral ones.
    pub fn term_premium(&self) -> DMatrix<f64> {
        &self.fitted - &self.risk_neutral
    }
}

/// Estimates the model on month-end zero yields, column `j` of `j + 1` months.
///
/// # Errors
/// `missing_values`; `invalid_argument` for no factor, more factors than maturities they are drawn from or bonds that price
/// them, and a maturity outside the curve; `too_few_observations` without more months than coefficients; `zero_variance` when
/// the curve moves in fewer directions than there are factors; `rank_deficient` or `not_psd` when the bonds' returns do not
/// tell the factors apart.
pub fn affine_term_premium(yields: &DMatrix<f64>, spec: &AffineSpec<'_>) -> Result<AffineTermPremium> {
    validate::finite_matrix("yields", yields)?;
    let (months, longest) = yields.shape();
    spec.check(longest)?;
    validate::at_least(months, 2 * spec.factors + 4)?;

    // Before the bonds are looked at: a curve that does not move has no factors to price.
    let factors = principal_components(yields, spec.factors)?;
    let monthly = yields / 12.0;
    if spec.priced.len() < spec.factors {
        let why = format!("{} for {} factors", spec.priced.len(), spec.factors);
        return Err(NumericsError::InvalidArgument { what: "priced maturities", why });
    }
    let (before, after) = (factors.rows(0, months - 1), factors.rows(1, months - 1));
    let transition = regress(&with_constant(&before.into_owned()), &after.into_owned())?;
    let dynamics = transition.coefficients.rows(1, spec.factors).transpose();
    let spread = (transition.residuals.transpose() * &transition.residuals) / (months as f64 - 2.0);
    // The factors have no mean, so what the constant of (1) took in the sample is a shock.
    let shocks = after - before * dynamics.transpose();

    let mut regressors = DMatrix::from_element(months - 1, 1 + 2 * spec.factors, 1.0);
    regressors.columns_mut(1, spec.factors).copy_from(&shocks);
    regressors.columns_mut(1 + spec.factors, spec.factors).copy_from(&before);
    let pricing = regress(&regressors, &excess_returns(&monthly, spec.priced))?;
    let noise = pricing.residuals.norm_squared() / pricing.residuals.len() as f64;
    let exposures = pricing.coefficients.rows(1, spec.factors).into_owned();
    let convexity = DVector::from_iterator(
        spec.priced.len(),
        exposures.column_iter().map(|beta| 0.5 * ((beta.transpose() * &spread * beta)[0] + noise)),
    );
    let project = |of: &DMatrix<f64>| -> Result<DMatrix<f64>> {
        Ok(Cholesky::new("exposures to the factors", &(&exposures * exposures.transpose()))?
            .solve_matrix(&(&exposures * of)))
    };
    let mean = pricing.coefficients.row(0).transpose() + convexity;
    let price = project(&DMatrix::from_column_slice(mean.len(), 1, mean.as_slice()))?;
    let price_slope = project(&pricing.coefficients.rows(1 + spec.factors, spec.factors).transpose())?;

    let short = regress(&with_constant(&factors), &monthly.columns(0, 1).into_owned())?;
    let model = Affine { spread, noise, short: short.coefficients.column(0).into_owned() };
    Ok(AffineTermPremium {
        fitted: model.yields(&factors, &price, &(&dynamics - price_slope), spec.reported),
        risk_neutral: model.yields(&factors, &DMatrix::zeros(spec.factors, 1), &dynamics, spec.reported),
    })
}

impl AffineSpec<'_> {
    fn check(&self, longest: usize) -> Result<()> {
        let refuse = |what, why: String| Err(NumericsError::InvalidArgument { what, why });
        let drawn_from = (longest + 1).saturating_sub(FIRST_MATURITY);
        if self.factors == 0 || self.factors > drawn_from {
            let why = format!("{} from {drawn_from} maturities of {FIRST_MATURITY} months or more", self.factors);
            return refuse("factors", why);
        }
        for (what, months, least) in [("priced maturities", self.priced, 2), ("reported maturities", self.reported, 1)]
        {
            if let Some(month) = months.iter().find(|month| !(least..=longest).contains(*month)) {
                return refuse(what, format!("{month} months; the curve has {least} to {longest}"));
            }
        }
        Ok(())
    }
}

/// Scores of the leading components, each with unit sample standard deviation; oldest month first.
fn principal_components(yields: &DMatrix<f64>, count: usize) -> Result<DMatrix<f64>> {
    let months = yields.nrows();
    let mut moves = yields.columns(FIRST_MATURITY - 1, yields.ncols() + 1 - FIRST_MATURITY).into_owned();
    moves.column_iter_mut().for_each(|mut column| {
        let mean = column.mean();
        column.add_scalar_mut(-mean);
    });
    let eigen = symmetric_eigen(&(moves.transpose() * &moves / (months as f64 - 1.0)))?;
    // Largest first: the last one chosen decides.
    if eigen.values[count - 1] <= (LEAST_VARIANCE * eigen.values[0]).max(f64::EPSILON.powi(2)) {
        return Err(NumericsError::ZeroVariance { what: "principal components of the curve" });
    }
    let directions = DMatrix::from_fn(moves.ncols(), count, |row, k| eigen.vectors[(row, k)] / eigen.values[k].sqrt());
    Ok(moves * directions)
}

/// Log returns over a month of bonds of `maturities` months, beyond the one-month yield; a column a bond.
fn excess_returns(monthly: &DMatrix<f64>, maturities: &[usize]) -> DMatrix<f64> {
    DMatrix::from_fn(monthly.nrows() - 1, maturities.len(), |t, bond| {
        let n = maturities[bond];
        n as f64 * monthly[(t, n - 1)] - (n as f64 - 1.0) * monthly[(t + 1, n - 2)] - monthly[(t, 0)]
    })
}

fn with_constant(regressors: &DMatrix<f64>) -> DMatrix<f64> {
    regressors.clone().insert_column(0, 1.0)
}

struct Regression {
    /// A column a dependent variable.
    coefficients: DMatrix<f64>,
    residuals: DMatrix<f64>,
}

fn regress(regressors: &DMatrix<f64>, dependents: &DMatrix<f64>) -> Result<Regression> {
    let qr = PivotedQr::new(regressors);
    qr.require_full_rank()?;
    let mut coefficients = DMatrix::zeros(regressors.ncols(), dependents.ncols());
    for (mut solved, dependent) in coefficients.column_iter_mut().zip(dependents.column_iter()) {
        let y: Vec<f64> = dependent.iter().copied().collect();
        solved.copy_from_slice(&qr.solve_refined(regressors, &y)?);
    }
    let residuals = dependents - regressors * &coefficients;
    Ok(Regression { coefficients, residuals })
}

struct Affine {
    spread: DMatrix<f64>,
    noise: f64,
    /// Constant, then slopes of the one-month yield on the factors.
    short: DVector<f64>,
}

impl Affine {
    /// Yields under a price of risk and the dynamics that it leaves, a year.
    fn yields(
        &self,
        factors: &DMatrix<f64>,
        price: &DMatrix<f64>,
        dynamics: &DMatrix<f64>,
        reported: &[usize],
    ) -> DMatrix<f64> {
        let count = factors.ncols();
        let (level, slopes) = (self.short[0], self.short.rows(1, count).into_owned());
        let (mut a, mut b) = (0.0, DVector::zeros(count));
        let mut loadings: Vec<(f64, DVector<f64>)> = Vec::new();
        for month in 0..reported.iter().copied().max().unwrap_or(0) {
            // The one-month yield is the regression's, without a return to be uncertain of.
            let noise = if month == 0 { 0.0 } else { self.noise };
            let risk = 0.5 * ((b.transpose() * &self.spread * &b)[0] + noise);
            a += risk - (b.transpose() * price)[0] - level;
            b = dynamics.transpose() * &b - &slopes;
            loadings.push((a, b.clone()));
        }
        DMatrix::from_fn(factors.nrows(), reported.len(), |t, column| {
            let (a, b) = &loadings[reported[column] - 1];
            -12.0 * (a + (factors.row(t) * b)[0]) / reported[column] as f64
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: AffineSpec<'_> = AffineSpec { factors: 2, priced: &[6, 12, 18, 24], reported: &[1, 12, 24] };

    /// Yields of one to 24 months under two factors, a level and a slope, whose price of risk is known: a premium of
    /// `per_month` a month of maturity, and expected short rates that return to their mean.
    fn curve(months: usize, per_month: f64) -> DMatrix<f64> {
        let (mut level, mut slope) = (0.0, 0.0);
        let mut state = 1.0_f64;
        let mut noise = move || {
            state = (state * 7.31 + 1.77) % 13.0;
            state / 6.5 - 1.0
        };
        let mut states = Vec::new();
        for _ in 0..months {
            (level, slope) = (0.97 * level + 0.002 * noise(), 0.80 * slope + 0.003 * noise());
            states.push((level, slope));
        }
        // The sample's mean is the one that the factors return to.
        let sum = states.iter().fold((0.0, 0.0), |(a, b), (level, slope)| (a + level, b + slope));
        let centre = (sum.0 / months as f64, sum.1 / months as f64);
        states.iter_mut().for_each(|(level, slope)| (*level, *slope) = (*level - centre.0, *slope - centre.1));
        let mean = |persistence: f64, n: f64| (1.0 - persistence.powf(n)) / (1.0 - persistence) / n;
        DMatrix::from_fn(months, 24, |t, j| {
            let n = (j + 1) as f64;
            0.05 + per_month * n + states[t].0 * mean(0.97, n) + states[t].1 * mean(0.80, n)
        })
    }

    #[test]
    fn the_model_fits_what_two_factors_made_and_finds_the_known_premium() {
        for per_month in [0.0, 0.0004] {
            let yields = curve(600, per_month);
            let found = affine_term_premium(&yields, &SPEC).unwrap();
            let premium = found.term_premium();
            for (column, months) in SPEC.reported.iter().enumerate() {
                let errors = found.fitted.column(column) - yields.column(months - 1);
                assert!(errors.amax() < 3e-4, "fit at {months}: {}", errors.amax());
                // The true premium beyond that of one month, in the mean over time.
                let wanted = per_month * (*months as f64 - 1.0);
                assert!(
                    (premium.column(column).mean() - wanted).abs() < 2e-4,
                    "{months}: {}",
                    premium.column(column).mean()
                );
            }
        }
    }

    #[test]
    fn what_cannot_be_estimated_is_refused() {
        let yields = curve(60, 0.0);
        let code = |yields: &DMatrix<f64>, spec: &AffineSpec<'_>| affine_term_premium(yields, spec).unwrap_err().code();
        assert_eq!(code(&DMatrix::from_element(60, 24, 0.05), &SPEC), "zero_variance");
        // Two factors made the curve: a third does not exist.
        assert_eq!(code(&yields, &AffineSpec { factors: 3, ..SPEC }), "zero_variance");
        assert_eq!(code(&yields, &AffineSpec { factors: 0, ..SPEC }), "invalid_argument");
        assert_eq!(code(&yields, &AffineSpec { priced: &[12], ..SPEC }), "invalid_argument");
        assert_eq!(code(&yields, &AffineSpec { priced: &[1, 12], ..SPEC }), "invalid_argument");
        assert_eq!(code(&yields, &AffineSpec { reported: &[25], ..SPEC }), "invalid_argument");
        assert_eq!(code(&yields.rows(0, 6).into_owned(), &SPEC), "too_few_observations");
        let mut hole = yields;
        hole[(3, 4)] = f64::NAN;
        assert_eq!(code(&hole, &SPEC), "missing_values");
    }
}
