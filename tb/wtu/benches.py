"""The benches of the WTU."""

BENCHES = (
    "wtu.bench_wtu",
    "wtu.bench_wtu_exact",
    "wtu.bench_wtu_faults",
    "wtu.bench_wtu_out_of_step",
    "wtu.bench_wtu_counters",
    "wtu.bench_wtu_cycles",
)
