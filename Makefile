# Short forms. `make demo` and `make test` are all a fresh machine needs.

DAILY := cargo run --quiet --release --bin daily --

.PHONY: demo daily daily-dry daily-date test lint bench

demo: ## build, fill var/daily.db from the simulated market, run its last business day
	cargo build --release --bin daily
	./target/release/daily init --demo
	./target/release/daily run

daily: ## today's run
	$(DAILY) run

daily-dry: ## today's run, nothing written
	$(DAILY) run --dry-run

daily-date: ## a given day: make daily-date DATE=2024-03-14
	$(DAILY) run --date $(DATE)

test: ## every test
	cargo test --workspace --locked -- --show-output

lint: ## format, clippy, crate directions, documentation
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo xtask directions
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

bench: ## figures of the hot paths
	cargo bench --workspace
