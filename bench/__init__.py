"""Benchmarks against limits and peers. The portal and its tests do not need them."""
