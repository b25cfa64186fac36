"""The benches of the HCU, without the replay of a trace, which needs one."""

BENCHES = (
    "hcu.bench_hcu",
    "hcu.bench_hcu_founders",
    "hcu.bench_hcu_faults",
    "hcu.bench_hcu_hash_faults",
    "hcu.bench_hcu_table_faults",
    "hcu.bench_hcu_on_chip",
    "hcu.bench_hcu_counters",
    "hcu.bench_hcu_cycles",
)
