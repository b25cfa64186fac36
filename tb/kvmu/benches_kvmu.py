"""The benches of the KVMU."""

BENCHES = (
    *("kvmu.bench_kvmu", "kvmu.bench_kvmu_lists", "kvmu.bench_kvmu_bad", "kvmu.bench_kvmu_faults"),
    *("kvmu.bench_kvmu_broken", "kvmu.bench_kvmu_counters", "kvmu.bench_kvmu_carry"),
)

MOVER_BENCHES = ("kvmu.bench_mover", "kvmu.bench_mover_faults", "kvmu.bench_mover_limits")
"""Of a mover by itself."""
