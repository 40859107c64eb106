//! Replay: every filed run is reproduced, and what is not is named.
