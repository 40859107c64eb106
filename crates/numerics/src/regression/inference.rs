//! Tail probabilities of the test statistics.
//!
//! Each works on the tail directly, so that tiny p-values keep their relative precision. A NaN statistic gives NaN; the
//! callers refuse missing values before they come here.

use statrs::function::beta::checked_beta_reg;
use statrs::function::gamma::checked_gamma_ur;

pub use crate::tails::distributions::normal_cdf;

/// Two-sided p-value of a Student t statistic.
pub fn student_t_p_value(t: f64, degrees_of_freedom: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    checked_beta_reg(0.5 * degrees_of_freedom, 0.5, degrees_of_freedom / (degrees_of_freedom + t * t))
        .unwrap_or(f64::NAN)
}

/// Probability that an F variable exceeds `f`.
pub fn f_p_value(f: f64, numerator: f64, denominator: f64) -> f64 {
    if f <= 0.0 {
        return 1.0;
    }
    if f.is_infinite() {
        return 0.0;
    }
    checked_beta_reg(0.5 * denominator, 0.5 * numerator, denominator / (denominator + numerator * f))
        .unwrap_or(f64::NAN)
}

/// Probability that a chi-square variable exceeds `x`; NaN for NaN.
pub fn chi_square_p_value(x: f64, degrees_of_freedom: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    checked_gamma_ur(0.5 * degrees_of_freedom, 0.5 * x).unwrap_or(f64::NAN)
}

/// Two-sided p-value of a standard normal statistic.
///
/// Twice the tail of [`normal_cdf`], to a few ulps however small.
pub fn normal_p_value(z: f64) -> f64 {
    2.0 * normal_cdf(-z.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_agree_with_closed_forms() {
        // t with one degree of freedom is Cauchy, chi-square with two is exponential, F(2, d) is a power.
        let cauchy = 1.0 - 2.0 / std::f64::consts::PI * 3.0_f64.atan();
        assert!((student_t_p_value(3.0, 1.0) - cauchy).abs() < 1e-13);
        assert!((chi_square_p_value(50.0, 2.0) / (-25.0_f64).exp() - 1.0).abs() < 1e-11);
        let power = (1.0 + 2.0 * 7.0 / 10.0_f64).powf(-5.0);
        assert!((f_p_value(7.0, 2.0, 10.0) / power - 1.0).abs() < 1e-11);
        assert!((normal_p_value(1.959963984540054) - 0.05).abs() < 1e-13);
        assert_eq!((normal_p_value(0.0), normal_p_value(f64::NEG_INFINITY)), (1.0, 0.0));
        assert!((normal_cdf(-1.0) - 0.158_655_253_931_457_05).abs() < 1e-14);
    }

    #[test]
    fn infinite_and_non_positive_statistics_have_their_limits() {
        assert_eq!(student_t_p_value(f64::INFINITY, 5.0), 0.0);
        assert_eq!(f_p_value(-1.0, 2.0, 3.0), 1.0);
        assert_eq!(chi_square_p_value(f64::INFINITY, 2.0), 0.0);
    }
}
