//! Replay and diff of filed days on the simulated demo market, in memory.

fn main() {
    divan::main();
}
