"""Benchmarks: each is `python -m api.bench.NAME`, ends with one line of JSON and fails when a bar is not met."""
