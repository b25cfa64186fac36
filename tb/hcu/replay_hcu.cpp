// Fast replay of an HCU: stimulus and results are files, nothing else happens in the clock loop.
//
//     replay_hcu STIMULUS RESULTS
//
// Exit status 0; 1 if the unit broke a rule of its streams or hung, which the results tell; 2 if a
// file cannot be used. The kinds of records: tb/hcu/replay_hcu.py.

#include "replay_hcu.h"

#include <chrono>
#include <cstdio>
#include <ctime>

#include "replay/records.h"
#include "verilated.h"

namespace {

using replay::Record;

enum Kind : uint32_t { BUILD = 1, RUN, TABLE, CHUNK, ANSWER = 16, SUMMARY, FAULT };
enum Stream { HASH_BITS, PASSES, ENTRIES, ASSIGNMENTS, STREAMS };

struct Stimulus {
    uint64_t seed = 0, patience_cycles = 0;
    uint32_t first_number = 0, table_latency = 0, willing[STREAMS] = {};
    std::vector<Table> tables = std::vector<Table>(CONTEXTS);
    std::vector<Chunk> chunks;
};

// Hash words lie in a record byte by byte, here in words of 32 bits.
std::vector<uint32_t> take_words(Record& record, uint32_t count) {
    std::vector<uint32_t> words(size_t{count} * WORD);
    for (size_t n = 0; n < count; ++n) record.take_bytes(&words[n * WORD], WORD_BYTES);
    return words;
}

void put_words(Record& record, const uint32_t* words, size_t count) {
    for (size_t n = 0; n < count; ++n) record.put_bytes(words + n * WORD, WORD_BYTES);
}

// A number that must be below a limit, which keeps what is read inside tables and fields.
uint32_t take_below(Record& record, uint64_t limit, const char* name) {
    const auto value = record.take<uint32_t>();
    if (value < limit) return value;
    throw std::runtime_error(std::string(name) + " must be below " + std::to_string(limit) +
                             ", not " + std::to_string(value));
}

template <class Field>
struct Limit;

template <unsigned Offset, unsigned Width>
struct Limit<replay::Field<Offset, Width>> {
    static constexpr uint64_t value = uint64_t{1} << Width;
};

void check_build(Record& record) {
    const unsigned built[] = {build::HASH_BITS, build::LANES, build::MAX_CLUSTERS, build::MAX_CHUNK};
    for (const unsigned value : built) {
        if (record.take<uint32_t>() != value) throw std::runtime_error("is for another build");
    }
}

void take(Stimulus& stimulus, Record& record) {
    using Settings = ports::settings;
    if (record.kind == BUILD) {
        check_build(record);
    } else if (record.kind == RUN) {
        stimulus.seed = record.take<uint64_t>();
        stimulus.patience_cycles = record.take<uint64_t>();
        stimulus.first_number = record.take<uint32_t>();
        stimulus.table_latency = record.take<uint32_t>();
        for (auto& willing : stimulus.willing) willing = record.take<uint32_t>();
    } else if (record.kind == TABLE) {
        auto& table = stimulus.tables[take_below(record, CONTEXTS, "context")];
        const auto clusters = take_below(record, build::MAX_CLUSTERS + 1u, "clusters");
        table.words = take_words(record, clusters);
        table.members.resize(clusters);
        for (auto& members : table.members) members = take_below(record, 65536, "members");
    } else if (record.kind == CHUNK) {
        Chunk chunk;
        chunk.context = take_below(record, CONTEXTS, "context");
        chunk.Th_hd = take_below(record, Limit<Settings::Th_hd>::value, "Th_hd");
        const auto most = Limit<Settings::max_clusters>::value;
        chunk.max_clusters = take_below(record, most, "max_clusters");
        chunk.cluster_cap = take_below(record, 65536, "cluster_cap");
        chunk.tokens = take_below(record, build::MAX_CHUNK + 1u, "tokens");
        chunk.words = take_words(record, chunk.tokens);
        stimulus.chunks.push_back(std::move(chunk));
    } else {
        throw std::runtime_error("is of unknown kind " + std::to_string(record.kind));
    }
    record.finish();
}

Stimulus read(const std::string& path) {
    auto records = replay::read_records(path, "hcu");
    Stimulus stimulus;
    for (size_t n = 0; n < records.size(); ++n) {
        try {
            if (n < 2 && records[n].kind != n + 1) throw std::runtime_error("must be build or run");
            take(stimulus, records[n]);
        } catch (const std::runtime_error& error) {
            throw std::runtime_error(path + ": record " + std::to_string(n) + " " + error.what());
        }
    }
    if (records.size() < 2) throw std::runtime_error(path + ": build and run must be described");
    return stimulus;
}

void note(std::vector<Record>& results, const Answer& answer) {
    Record record(ANSWER);
    record.put(answer.number).put(answer.clusters_before);
    record.put(answer.context).put(answer.chunk).put(answer.header_clusters).put(answer.size);
    record.put(answer.clusters).put(answer.status);
    record.put(answer.header_sent).put(answer.loaded).put(answer.ended);
    record.put(static_cast<uint32_t>(answer.tokens.size()));
    for (const auto& token : answer.tokens) {
        record.put(token.cluster).put(static_cast<uint8_t>(token.founded));
        record.put(static_cast<uint8_t>(token.full)).put(static_cast<uint16_t>(token.distance));
        put_words(record, token.word, 1);
    }
    results.push_back(std::move(record));
}

void note(std::vector<Record>& results, uint32_t context, const Table& table) {
    Record record(TABLE);
    record.put(context).put(table.clusters());
    put_words(record, table.words.data(), table.clusters());
    for (const uint32_t members : table.members) record.put(members);
    results.push_back(std::move(record));
}

// A seed for each stream, so that one's use does not shift another's.
replay::Stalls stalls(const Stimulus& stimulus, Stream stream) {
    return {stimulus.willing[stream], stimulus.seed * STREAMS + stream};
}

// Two cycles of reset, as after power-up.
void reset(Model& model) {
    model.rst = 1;
    for (int cycle = 0; cycle < 2; ++cycle) {
        model.clk = 0;
        model.eval();
        model.clk = 1;
        model.eval();
    }
    model.rst = 0;
}

std::vector<Record> run(const Stimulus& stimulus) {
    VerilatedContext context;
    Model model{&context};
    Owner owner(stimulus.chunks, stimulus.tables, stimulus.first_number, stimulus.table_latency,
                stalls(stimulus, HASH_BITS));
    replay::Source<ports::hash_bits, Model, HashFeed> hash_bits(model, owner.hash_feed,
                                                                stalls(stimulus, HASH_BITS));
    replay::Source<ports::table, Model, TableFeed> table(model, owner.table_feed,
                                                         stalls(stimulus, ENTRIES));
    replay::Sink<ports::passes, Model> passes(model, stalls(stimulus, PASSES));
    replay::Sink<ports::assignments, Model> assignments(model, stalls(stimulus, ASSIGNMENTS));
    reset(model);

    std::vector<Record> results;
    uint64_t now = 0, last_beat = 0;
    std::string fault;
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t processor = std::clock();
    try {
        for (unsigned after = 0; after < 4; after += !owner.busy()) {
            ++now;
            hash_bits.drive();
            assignments.drive();
            passes.drive();
            table.drive();
            owner.drive(now);
            model.clk = 0;
            model.eval();
            if (hash_bits.observe()) owner.hash_feed.taken(now), last_beat = now;
            if (table.observe()) owner.table_feed.taken(), last_beat = now;
            if (const auto beat = passes.observe()) owner.asked(*beat), last_beat = now;
            if (const auto beat = assignments.observe()) owner.assigned(*beat, now), last_beat = now;
            if (now - last_beat > stimulus.patience_cycles) {
                throw Fault("no beat moved for " + std::to_string(now - last_beat) + " cycles");
            }
            model.clk = 1;
            model.eval();
        }
    } catch (const Fault& found) {
        fault = found.what();
    }
    const double busy = static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

    for (size_t n = 0; n < owner.answered(); ++n) note(results, owner.answers[n]);
    for (uint32_t n = 0; n < CONTEXTS; ++n) {
        if (owner.tables[n].clusters()) note(results, n, owner.tables[n]);
    }
    Record summary(SUMMARY);
    summary.put(now).put(seconds.count()).put(busy).put(owner.table_feed.entries_read);
    const auto status = replay::load<Payload<ports::status::BITS>>(ports::status::value(model));
    const auto counters = replay::load<Payload<ports::counters::BITS>>(ports::counters::value(model));
    summary.put(status.words[0]);
    for (const uint32_t word : counters.words) summary.put(word);
    results.push_back(std::move(summary));
    if (!fault.empty()) {
        Record record(FAULT);
        record.put(now);
        record.put_bytes(fault.data(), fault.size());
        results.push_back(std::move(record));
    }
    return results;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::fprintf(stderr, "usage: replay_hcu STIMULUS RESULTS\n");
        return 2;
    }
    try {
        const auto results = run(read(arguments[1]));
        replay::write_records(arguments[2], "hcu", results);
        return results.back().kind == FAULT;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}
