//! Evidence: what filed runs prove. Days are run in memory on the simulated market and filed as a store would keep them.

mod shelf;
mod world;

mod diff;
mod kept;
mod priced;
mod replay;
