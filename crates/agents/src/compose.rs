//! From the models' signals to the agent's composite.

use crate::{AgentSignal, Composite};

/// Composite of the signals that spoke.
///
/// With model weight `w`, confidence `c` and score `s`:
///
/// ```text
/// score      = sum(w c s) / sum(w c)
/// dispersion = sqrt(sum(w c (s - score)^2) / sum(w c))      in [0, 1], for scores lie in [-1, 1]
/// confidence = sum(w c) / sum(w) * (1 - dispersion) * sum(w) / declared
/// ```
///
/// `declared` is the weight of all models of the agent, silent ones included, so the last factor is the share that
/// spoke. A model with several signals splits its weight evenly among them. `None` when nothing spoke with any confidence.
pub fn compose(signals: &[(f64, &AgentSignal)], declared: f64) -> Option<Composite> {
    let weight: f64 = signals.iter().map(|(w, _)| w).sum();
    let trusted: f64 = signals.iter().map(|(w, signal)| w * signal.confidence).sum();
    if !(trusted > 0.0 && declared > 0.0) {
        return None;
    }
    let mean = |f: &dyn Fn(f64) -> f64| {
        signals.iter().map(|(w, signal)| w * signal.confidence * f(signal.score)).sum::<f64>() / trusted
    };
    let score = mean(&|s| s).clamp(-1.0, 1.0);
    let dispersion = dispersion(signals, score);
    let confidence = (trusted / weight) * (1.0 - dispersion) * (weight / declared).min(1.0);
    Some(Composite { score, confidence: confidence.clamp(0.0, 1.0) })
}

/// Spread of the scores about `score`, weighted as in [`compose`], in [0, 1]; zero when nothing is trusted.
pub(crate) fn dispersion(signals: &[(f64, &AgentSignal)], score: f64) -> f64 {
    let trusted: f64 = signals.iter().map(|(w, signal)| w * signal.confidence).sum();
    if trusted.is_nan() || trusted <= 0.0 {
        return 0.0;
    }
    let squares: f64 = signals.iter().map(|(w, signal)| w * signal.confidence * (signal.score - score).powi(2)).sum();
    (squares / trusted).sqrt().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::signal;

    #[test]
    fn agreeing_models_keep_their_confidence_and_opposed_ones_lose_it_all() {
        let (a, b) = (signal(0.6, 0.8), signal(0.6, 0.4));
        let agree = compose(&[(1.0, &a), (1.0, &b)], 2.0).unwrap();
        assert!((agree.score - 0.6).abs() < 1e-15 && (agree.confidence - 0.6).abs() < 1e-15);

        let (up, down) = (signal(1.0, 0.5), signal(-1.0, 0.5));
        let opposed = compose(&[(1.0, &up), (1.0, &down)], 2.0).unwrap();
        assert_eq!((opposed.score, opposed.confidence), (0.0, 0.0));
    }

    #[test]
    fn a_silent_half_halves_the_confidence() {
        let only = signal(0.5, 0.8);
        let composite = compose(&[(1.0, &only)], 2.0).unwrap();
        assert!((composite.confidence - 0.4).abs() < 1e-15);
    }

    #[test]
    fn without_a_trusted_signal_there_is_no_composite() {
        assert_eq!(compose(&[], 2.0), None);
        let doubted = signal(0.5, 0.0);
        assert_eq!(compose(&[(1.0, &doubted)], 1.0), None);
    }
}
