// Fast replay of a WTU: chunks and what must be answered are a file, so is what was found.
// The kinds of records: tb/wtu/replay_wtu.py.

#include "replay_wtu.h"

#include "replay/program.h"
#include "verilated.h"

namespace {

using replay::Limit;
using replay::Record;
using replay::take_below;

enum Kind : uint32_t { CHUNK = 3, ANSWER = 16, DIFFERENCE = 19 };
enum Stream { CHUNKS, COUNTS, SCORES, READS, ROWS, SELECTED, STREAMS };

struct Stimulus {
    replay::How<STREAMS> how;
    uint32_t latency = 0, in_order = 0, alone = 0;
    std::vector<Chunk> chunks;
};

std::vector<uint16_t> take_numbers(Record& record, uint32_t count) {
    std::vector<uint16_t> numbers(count);
    record.take_bytes(numbers.data(), 2 * size_t{count});
    return numbers;
}

// A selection lies in a record as whole bytes, entry 8 b + j at bit j of byte b.
std::vector<uint64_t> take_masks(Record& record, const Chunk& chunk) {
    std::vector<uint8_t> bits((chunk.clusters + 7) / 8);
    record.take_bytes(bits.data(), bits.size());
    std::vector<uint64_t> masks(chunk.beats());
    for (uint32_t n = 0; n < chunk.clusters; ++n) {
        const uint64_t bit = bits[n / 8] >> n % 8 & 1;
        masks[n / build::LANES] |= bit << n % build::LANES;
    }
    return masks;
}

Row take_row(Record& record, const Chunk& chunk) {
    Row row;
    row.trailer.entries = record.take<uint32_t>();
    row.trailer.saturated = record.take<uint32_t>();
    row.trailer.passes = record.take<uint32_t>();
    row.trailer.early_exit = record.take<uint32_t>();
    row.trailer.status = record.take<uint32_t>();
    row.trailer.mass = record.take<uint64_t>();
    row.trailer.total = record.take<uint64_t>();
    row.masks = take_masks(record, chunk);
    row.scores = take_numbers(record, chunk.clusters);
    return row;
}

void take_chunk(Stimulus& stimulus, Record& record) {
    using Beat = ports::chunks;
    using Settings = ports::settings;
    Chunk chunk;
    chunk.context = take_below(record, Limit<Beat::context>::value, "context");
    chunk.clusters = take_below(record, Limit<Beat::clusters>::value, "clusters");
    chunk.size = take_below(record, Limit<Beat::rows>::value, "rows");
    chunk.TH = take_below(record, Limit<Settings::TH>::value, "TH");
    chunk.all = take_below(record, 2, "all");
    chunk.mode = take_below(record, 2, "mode");
    chunk.K = take_below(record, Limit<Settings::K>::value, "K");
    chunk.k = take_below(record, Limit<Settings::k>::value, "k");
    chunk.entries = record.take<uint32_t>();
    chunk.status = record.take<uint32_t>();
    const auto rows = take_below(record, chunk.size + uint64_t{1}, "rows answered");
    if (rows) chunk.counts = take_numbers(record, chunk.clusters);
    for (uint32_t n = 0; n < rows; ++n) chunk.rows.push_back(take_row(record, chunk));
    stimulus.chunks.push_back(std::move(chunk));
}

void take(Stimulus& stimulus, Record& record) {
    const unsigned built[] = {build::LANES, build::MAX_CLUSTERS, build::MAX_ROWS,
                              build::ON_CHIP_CLUSTERS};
    switch (record.kind) {
        case replay::BUILD: return replay::check_build(record, built);
        case replay::RUN:
            return stimulus.how.take(record, [&](Record& own) {
                stimulus.latency = own.take<uint32_t>();
                stimulus.in_order = own.take<uint32_t>();
                stimulus.alone = own.take<uint32_t>();
            });
        case CHUNK: return take_chunk(stimulus, record);
        default: replay::unknown(record);
    }
}

Record note(const Answer& answer) {
    Record record(ANSWER);
    record.put(answer.ended).put(static_cast<uint32_t>(answer.right));
    for (const auto& row : answer.rows) {
        const auto& said = row.trailer;
        record.put(row.sent).put(row.first_mask).put(row.ended).put(said.mass).put(said.total);
        record.put(said.entries).put(said.saturated).put(said.passes);
        record.put(said.early_exit).put(said.status).put(static_cast<uint32_t>(row.right));
    }
    return record;
}

Record note(const Difference& difference) {
    Record record(DIFFERENCE);
    record.put(difference.chunk).put(difference.row);
    record.put_bytes(difference.text.data(), difference.text.size());
    return record;
}

// The streams between a WTU and its engine and judge.
class Surroundings {
public:
    Surroundings(Model& model, Engine& engine, Judge& judge, bool alone,
                 const replay::How<STREAMS>& how)
        : model_(model),
          engine_(engine),
          judge_(judge),
          alone_(alone),
          chunks_(model, engine.chunks, how.stalls(CHUNKS)),
          counts_(model, engine.counts, how.stalls(COUNTS)),
          scores_(model, engine.scores, how.stalls(SCORES)),
          reads_(model, how.stalls(READS)),
          rows_(model, how.stalls(ROWS)),
          selected_(model, how.stalls(SELECTED)) {}

    bool busy() const { return engine_.busy() || judge_.busy(); }

    void drive(uint64_t now) {
        engine_.chunks.allow(alone_ ? judge_.answered() + 1 : SIZE_MAX);
        engine_.chunks.drive(model_);
        chunks_.drive();
        counts_.drive();
        scores_.drive();
        reads_.drive();
        rows_.drive();
        selected_.drive();
        engine_.drive(now);
    }

    bool observe(uint64_t now) {
        bool moved = false;
        if (chunks_.observe()) engine_.chunks.taken(), moved = true;
        if (counts_.observe()) engine_.sent_counts(), moved = true;
        if (scores_.observe()) engine_.sent_scores(now), moved = true;
        if (const auto beat = reads_.observe()) engine_.asked(*beat), moved = true;
        if (const auto beat = rows_.observe()) judge_.row_beat(*beat, now), moved = true;
        if (const auto beat = selected_.observe()) judge_.selected_beat(*beat, now), moved = true;
        return moved;
    }

private:
    Model& model_;
    Engine& engine_;
    Judge& judge_;
    bool alone_;
    replay::Source<ports::chunks, Model, ChunkFeed> chunks_;
    replay::Source<ports::counts, Model, PacketFeed<ports::counts>> counts_;
    replay::Source<ports::scores, Model, PacketFeed<ports::scores>> scores_;
    replay::Sink<ports::reads, Model> reads_;
    replay::Sink<ports::rows, Model> rows_;
    replay::Sink<ports::selected, Model> selected_;
};

std::vector<Record> run(const std::string& path) {
    Stimulus stimulus;
    replay::read_stimulus(path, "wtu", [&](Record& record) { take(stimulus, record); });
    VerilatedContext context;
    Model model{&context};
    const auto& how = stimulus.how;
    std::vector<Answer> answers(stimulus.chunks.size());
    Engine engine(stimulus.chunks, answers, how.first_number, stimulus.latency, stimulus.in_order);
    Judge judge(stimulus.chunks, answers, how.first_number);
    Surroundings around(model, engine, judge, stimulus.alone, how);
    replay::reset(model);
    const auto clocked = replay::run_clock(model, around, how);

    std::vector<Record> results;
    for (const auto& answer : answers) results.push_back(note(answer));
    for (const auto& difference : judge.differences) results.push_back(note(difference));
    replay::conclude<ports::status, ports::counters>(results, model, clocked);
    return results;
}

}  // namespace

int main(int count, char** arguments) { return replay::program(count, arguments, "wtu", run); }
