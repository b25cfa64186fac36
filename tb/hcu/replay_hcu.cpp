// Fast replay of an HCU: stimulus and results are files, nothing else happens in the clock loop.
// The kinds of records: tb/hcu/replay_hcu.py.

#include "replay_hcu.h"

#include "replay/program.h"
#include "verilated.h"

namespace {

using replay::Record;
using replay::take_below;

enum Kind : uint32_t { TABLE = 3, CHUNK = 4, ANSWER = 16, READ = 19 };
enum Stream { HASH_BITS, PASSES, ENTRIES, ASSIGNMENTS, STREAMS };

struct Stimulus {
    replay::How<STREAMS> how;
    uint32_t table_latency = 0;
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

void take_table(Stimulus& stimulus, Record& record) {
    auto& table = stimulus.tables[take_below(record, CONTEXTS, "context")];
    const auto clusters = take_below(record, build::MAX_CLUSTERS + 1u, "clusters");
    table.words = take_words(record, clusters);
    table.members.resize(clusters);
    for (auto& members : table.members) members = take_below(record, 65536, "members");
}

void take_chunk(Stimulus& stimulus, Record& record) {
    using Settings = ports::settings;
    using replay::Limit;
    Chunk chunk;
    chunk.context = take_below(record, CONTEXTS, "context");
    chunk.Th_hd = take_below(record, Limit<Settings::Th_hd>::value, "Th_hd");
    const auto most = Limit<Settings::max_clusters>::value;
    chunk.max_clusters = take_below(record, most, "max_clusters");
    chunk.cluster_cap = take_below(record, 65536, "cluster_cap");
    chunk.tokens = take_below(record, build::MAX_CHUNK + 1u, "tokens");
    chunk.words = take_words(record, chunk.tokens);
    stimulus.chunks.push_back(std::move(chunk));
}

void take(Stimulus& stimulus, Record& record) {
    const unsigned built[] = {build::HASH_BITS, build::LANES, build::MAX_CLUSTERS, build::MAX_CHUNK};
    switch (record.kind) {
        case replay::BUILD: return replay::check_build(record, built);
        case replay::RUN:
            return stimulus.how.take(record, [&](Record& own) {
                stimulus.table_latency = own.take<uint32_t>();
            });
        case TABLE: return take_table(stimulus, record);
        case CHUNK: return take_chunk(stimulus, record);
        default: replay::unknown(record);
    }
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

// The streams between an HCU and the owner of its tables.
class Surroundings {
public:
    Surroundings(Model& model, Owner& owner, const replay::How<STREAMS>& how)
        : owner_(owner),
          hash_bits_(model, owner.hash_feed, how.stalls(HASH_BITS)),
          table_(model, owner.table_feed, how.stalls(ENTRIES)),
          passes_(model, how.stalls(PASSES)),
          assignments_(model, how.stalls(ASSIGNMENTS)) {}

    bool busy() const { return owner_.busy(); }

    void drive(uint64_t now) {
        hash_bits_.drive();
        assignments_.drive();
        passes_.drive();
        table_.drive();
        owner_.drive(now);
    }

    bool observe(uint64_t now) {
        bool moved = false;
        if (hash_bits_.observe()) owner_.hash_feed.taken(now), moved = true;
        if (table_.observe()) owner_.table_feed.taken(), moved = true;
        if (const auto beat = passes_.observe()) owner_.asked(*beat), moved = true;
        if (const auto beat = assignments_.observe()) owner_.assigned(*beat, now), moved = true;
        return moved;
    }

private:
    Owner& owner_;
    replay::Source<ports::hash_bits, Model, HashFeed> hash_bits_;
    replay::Source<ports::table, Model, TableFeed> table_;
    replay::Sink<ports::passes, Model> passes_;
    replay::Sink<ports::assignments, Model> assignments_;
};

std::vector<Record> run(const std::string& path) {
    Stimulus stimulus;
    replay::read_stimulus(path, "hcu", [&](Record& record) { take(stimulus, record); });
    VerilatedContext context;
    Model model{&context};
    Owner owner(std::move(stimulus.chunks), std::move(stimulus.tables), stimulus.how.first_number,
                stimulus.table_latency, stimulus.how.stalls(HASH_BITS));
    Surroundings around(model, owner, stimulus.how);
    replay::reset(model);
    const auto clocked = replay::run_clock(model, around, stimulus.how);

    std::vector<Record> results;
    for (size_t n = 0; n < owner.answered(); ++n) note(results, owner.answers[n]);
    for (uint32_t n = 0; n < CONTEXTS; ++n) {
        if (owner.tables[n].clusters()) note(results, n, owner.tables[n]);
    }
    results.push_back(Record(READ).put(owner.table_feed.entries_read));
    replay::conclude<ports::status, ports::counters>(results, model, clocked);
    return results;
}

}  // namespace

int main(int count, char** arguments) { return replay::program(count, arguments, "hcu", run); }
