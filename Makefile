# The few commands that a newcomer needs. Rules and tests live in Rust: `cargo xtask`.

DEMO ?= ./demo
export DEMO

.PHONY: help setup build demo test test-s3 test-readers test-spark test-visitors test-cluster test-nats eval eval-full look bench peers growth web world deb deb-machines clean

help:
	@echo 'make setup   install what demo and tests need (says what; Debian and its relatives)'
	@echo 'make build   build everything but the distributed engine and the transport through NATS'
	@echo 'make demo    simulate a quarter, import it, make the report; into $(DEMO)'
	@echo 'make test    everything CI runs; the last line is the tally'
	@echo 'make test-s3       only the tests of a store in a bucket, on a server from the Python package index'
	@echo 'make test-readers  only the tests that compare DuckDB, Polars and ClickHouse with us; STORE=DIR: over that store, too'
	@echo 'make test-spark    the same of Spark, which `make test` leaves out: it needs Java, and installs half a gigabyte'
	@echo 'make test-visitors only the tests with a browser and a tester of APIs at a running portal'
	@echo 'make test-cluster  only the tests of questions that workers answer; STORE=DIR: over a copy of that store'
	@echo 'make test-nats     only the tests of sensors behind sites, over servers of NATS on loopback'
	@echo 'make eval    what detectors find of what was planted, with one seed (minutes); eval-full: with all'
	@echo 'make look    pictures of the pages of the demo report, in light, dark, narrow and print'
	@echo 'make bench   what an import costs, stage by stage and beside tcpdump; cargo bench -p teiten-bench: each stage with its spread'
	@echo 'make peers   packet tools and table readers beside us on the capture $$CAPTURE; installs them'
	@echo 'make growth  what questions and pages cost as a store grows (hours, and room for it in $$GROWTH)'
	@echo 'make web     build the islands of the portal from web/ (Node 20 or later), and check them'
	@echo 'make world   derive the outlines of the map of the world anew (Node 20 or later)'
	@echo 'make deb     Debian packages of both programs, built for release; into ./packages'
	@echo 'make deb-machines  the same of what more machines need: teiten with --cluster, its workers, sites'
	@echo 'make clean   remove what was built, and ./demo'

setup:
	@scripts/setup.sh

build:
	cargo build --workspace --exclude teiten-cluster --exclude teiten-nats --locked

demo: setup
	@scripts/demo.sh

test:
	@scripts/setup.sh test
	@scripts/sensor-static.sh
	@cargo xtask ci

# The whole workspace is named, so that features are those of `make test` and nothing is compiled twice.
test-s3:
	@scripts/python.sh s3
	cargo test --workspace --exclude teiten-cluster --exclude teiten-nats --locked --test bucket

# All of what `make demo` made: make test-readers STORE=demo/store; of `make test` it is a week.
test-readers:
	@scripts/python.sh readers
	COMPARED_STORE='$(STORE)' cargo test --workspace --exclude teiten-cluster --exclude teiten-nats --locked --test readers

# Needs Java 17 or later. Takes minutes: Spark starts anew for each question.
test-spark:
	@scripts/python.sh readers spark
	WITH_SPARK=1 COMPARED_STORE='$(STORE)' cargo test --workspace --exclude teiten-cluster --exclude teiten-nats --locked --test readers spark

# Two workers on loopback against one process; a step of its own in `make test`.
test-cluster:
	COMPARED_STORE='$(STORE)' cargo test -p teiten-cluster -p teiten-app --features teiten-app/cluster --locked --lib --bin teiten-cluster --test workers --test cluster

# A hub, sites, relays, a bridge, sensors and a collector, which `make build` builds; a step of its own in `make test`.
test-nats: build
	@scripts/setup.sh test
	cargo test -p teiten-nats --locked

test-visitors:
	@scripts/setup.sh test
	cargo test --workspace --exclude teiten-cluster --exclude teiten-nats --locked --test visitors

eval: build
	@cargo xtask eval

eval-full: build
	@cargo xtask eval --full

look:
	@scripts/setup.sh look
	@scripts/look.sh

bench:
	@scripts/bench.sh

peers: build
	@bench/peers.sh "$(CAPTURE)"

growth: build
	@bench/growth.sh

web:
	npm --prefix web ci --no-audit --no-fund
	npm --prefix web run check
	npm --prefix web run build

world:
	npm --prefix web/world ci --no-audit --no-fund
	npm --prefix web/world run build

deb:
	@scripts/deb.sh packages

deb-machines:
	@scripts/deb.sh packages - teiten-with-cluster teiten-cluster teiten-nats

clean:
	cargo clean
	rm -rf ./demo
