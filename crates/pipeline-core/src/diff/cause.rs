//! What can change the book between two runs.

use serde::Serialize;

/// Why the book of one run is not that of another, in the order in which causes are swapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Another program.
    Code,
    /// A run that the program that filed it does not reproduce, or that was altered since.
    NotReproduced,
    /// Figures that were known to the first run, in other vintages.
    Revisions,
    /// New figures, and the passage of time.
    Arrivals,
    /// [`Arrivals`](Self::Arrivals) and [`State`](Self::State) at once: on the second run's date no day can start from
    /// the first's state, which is not older.
    ArrivalsAndState,
    /// Another configuration.
    Configuration,
    /// Other calendars.
    Calendars,
    /// Another book, other open packages or another NAV to start from.
    State,
}

impl Cause {
    /// As printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::NotReproduced => "unreproduced",
            Self::Revisions => "revisions",
            Self::Arrivals => "arrivals",
            Self::ArrivalsAndState => "arrivals+state",
            Self::Configuration => "configuration",
            Self::Calendars => "calendars",
            Self::State => "state",
        }
    }
}
