//! Evidence: what filed runs prove. Days are run in memory on the simulated market and filed as a store would keep them.

mod world;

mod diff;
mod replay;
