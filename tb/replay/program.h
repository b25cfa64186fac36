// What the replay programs of all units do: read a stimulus, run the clock, write results.
//
//     replay_<unit> STIMULUS RESULTS
//
// Exit status 0; 1 if the unit broke a rule of its streams or hung, which the results tell; 2 if a
// file cannot be used. Kinds of records that all units share: tb/replay/program.py.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "records.h"
#include "streams.h"

namespace replay {

enum SharedKind : uint32_t { BUILD = 1, RUN = 2, SUMMARY = 17, FAULT = 18 };

// A number that must be below a limit, which keeps what is read inside arrays and fields.
inline uint32_t take_below(Record& record, uint64_t limit, const char* name) {
    const auto value = record.take<uint32_t>();
    if (value < limit) return value;
    throw std::runtime_error(std::string(name) + " must be below " + std::to_string(limit) +
                             ", not " + std::to_string(value));
}

template <class Field>
struct Limit;

// The first number that does not fit a field.
template <unsigned Offset, unsigned Width>
struct Limit<Field<Offset, Width>> {
    static constexpr uint64_t value = uint64_t{1} << Width;
};

// A record of the build's parameters: they must be this program's.
template <class Values>
void check_build(Record& record, const Values& built) {
    for (const unsigned value : built) {
        if (record.take<uint32_t>() != value) throw std::runtime_error("is for another build");
    }
}

// How long nothing may move, and how long a replay may take; 0: any time.
struct Limits {
    uint64_t patience_cycles = 0, most_cycles = 0;
};

// How a replay is run, as all units have it.
template <unsigned Streams>
struct How : Limits {
    uint64_t seed = 0;
    uint32_t first_number = 0, willing[Streams] = {};

    // The record of a run; `own` takes what the unit has between these numbers and the streams.
    template <class Own>
    void take(Record& record, Own own) {
        seed = record.take<uint64_t>();
        patience_cycles = record.take<uint64_t>();
        most_cycles = record.take<uint64_t>();
        first_number = record.take<uint32_t>();
        own(record);
        for (auto& often : willing) often = record.take<uint32_t>();
    }

    // A seed for each stream, so that one's use does not shift another's.
    Stalls stalls(unsigned stream) const { return {willing[stream], seed * Streams + stream}; }
};

// Gives every record to `take`; what that throws is said with the record's number.
template <class Take>
void read_stimulus(const std::string& path, const std::string& unit, Take take) {
    auto records = read_records(path, unit);
    for (size_t n = 0; n < records.size(); ++n) {
        try {
            if (n < 2 && records[n].kind != n + 1) throw std::runtime_error("must be build or run");
            take(records[n]);
            records[n].finish();
            records[n] = Record();
        } catch (const std::runtime_error& error) {
            throw std::runtime_error(path + ": record " + std::to_string(n) + " " + error.what());
        }
    }
    if (records.size() < 2) throw std::runtime_error(path + ": build and run must be described");
}

[[noreturn]] inline void unknown(const Record& record) {
    throw std::runtime_error("is of unknown kind " + std::to_string(record.kind));
}

// A netlist with mutants has an input that says which one is active (`verification.mutants`); the
// environment's MUTANT says so here.
template <class Model>
auto choose_mutant(Model& model, int) -> decltype(void(model.mutsel)) {
    const char* number = std::getenv("MUTANT");
    model.mutsel = number ? static_cast<uint32_t>(std::strtoul(number, nullptr, 10)) : 0;
}

template <class Model>
void choose_mutant(Model&, long) {}  // any other netlist

// Two cycles of reset, as after power-up.
template <class Model>
void reset(Model& model) {
    choose_mutant(model, 0);
    model.rst = 1;
    for (int cycle = 0; cycle < 2; ++cycle) {
        model.clk = 0;
        model.eval();
        model.clk = 1;
        model.eval();
    }
    model.rst = 0;
}

// What the clock loop took, and the rule that was broken, if any.
struct Clocked {
    uint64_t cycles = 0;
    double seconds = 0, processor_seconds = 0;
    std::string fault;
};

// Runs the clock until nothing is under way. The surroundings have `drive(now)`, `observe(now)`,
// which says whether a beat moved, and `busy()`.
template <class Model, class Surroundings>
Clocked run_clock(Model& model, Surroundings& around, const Limits& limits) {
    Clocked clocked;
    uint64_t now = 0, last_beat = 0;
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t processor = std::clock();
    try {
        for (unsigned after = 0; after < 4; after += !around.busy()) {
            ++now;
            around.drive(now);
            model.clk = 0;
            model.eval();
            if (around.observe(now)) last_beat = now;
            if (now - last_beat > limits.patience_cycles) {
                throw Fault("no beat moved for " + std::to_string(now - last_beat) + " cycles");
            }
            if (limits.most_cycles && now > limits.most_cycles) {
                throw Fault("no end after " + std::to_string(limits.most_cycles) + " cycles");
            }
            model.clk = 1;
            model.eval();
        }
    } catch (const Fault& found) {
        clocked.fault = found.what();
    }
    clocked.processor_seconds = static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC;
    clocked.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    clocked.cycles = now;
    return clocked;
}

// The records that end the results: summary, and fault if there was one.
template <class Status, class Counters, class Model>
void conclude(std::vector<Record>& results, Model& model, const Clocked& clocked) {
    Record summary(SUMMARY);
    summary.put(clocked.cycles).put(clocked.seconds).put(clocked.processor_seconds);
    summary.put(load<Payload<Status::BITS>>(Status::value(model)).words[0]);
    for (const uint32_t word : load<Payload<Counters::BITS>>(Counters::value(model)).words) {
        summary.put(word);
    }
    results.push_back(std::move(summary));
    if (!clocked.fault.empty()) {
        Record record(FAULT);
        record.put(clocked.cycles);
        record.put_bytes(clocked.fault.data(), clocked.fault.size());
        results.push_back(std::move(record));
    }
}

// The whole program: `replay` makes the records of results from the path of a stimulus.
template <class Replay>
int program(int count, char** arguments, const std::string& unit, Replay replay) {
    if (count != 3) {
        std::fprintf(stderr, "usage: replay_%s STIMULUS RESULTS\n", unit.c_str());
        return 2;
    }
    try {
        const std::vector<Record> results = replay(std::string(arguments[1]));
        write_records(arguments[2], unit, results);
        return results.back().kind == FAULT;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}

}  // namespace replay
