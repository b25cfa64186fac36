// Fast replay of a KVMU: commands, packets, and what they must bring about are a file, so is what
// was found. The kinds of records: tb/kvmu/replay_kvmu.py.

#include "replay_kvmu.h"

#include "player_kvmu.h"
#include "replay/program.h"
#include "surroundings_kvmu.h"
#include "verilated.h"

namespace {

using replay::Limit;
using replay::Record;
using replay::take_below;

enum Kind : uint32_t { ANSWER = 16, DIFFERENCE = 19, FLIPS = 20 };

struct Stimulus {
    How how;
    std::vector<Step> steps;
    std::vector<Command> commands;
};

template <class Value, class Take>
void take_many(Record& record, std::vector<Value>& values, Take take) {
    values.resize(record.take<uint32_t>());
    for (auto& value : values) value = take();
}

std::vector<uint32_t> take_words(Record& record) {
    std::vector<uint32_t> words(record.take<uint32_t>());
    record.take_bytes(words.data(), 4 * words.size());
    return words;
}

Move take_move(Record& record, uint32_t command) {
    Move move;
    move.command = command;
    move.mover = take_below(record, MOVERS, "mover");
    move.side = take_below(record, SIDES, "side");
    move.spot = record.take<uint64_t>();
    const auto fates = record.take<uint32_t>();
    for (uint32_t n = 0; n < fates; ++n) {
        move.fates.push_back(static_cast<Fate>(take_below(record, memory::LATE + 1, "fate")));
    }
    for (auto& extents : move.extents) {
        take_many(record, extents, [&] {
            const auto address = record.take<uint64_t>();
            return Extent{address, record.take<uint64_t>()};
        });
    }
    return move;
}

void take_settings(Record& record, Command& command) {
    using Beat = ports::commands;
    command.op = take_below(record, Limit<Beat::op>::value, "op");
    command.context = take_below(record, Limit<Beat::context>::value, "context");
    command.chunk = take_below(record, Limit<Beat::chunk>::value, "chunk");
    command.tokens = take_below(record, Limit<Beat::tokens>::value, "tokens");
    command.sink_tokens = take_below(record, Limit<Beat::sink_tokens>::value, "sink_tokens");
    command.recent_tokens = take_below(record, Limit<Beat::recent_tokens>::value, "recent_tokens");
    command.max_chunk = take_below(record, Limit<Beat::max_chunk>::value, "max_chunk");
    command.held_back = take_below(record, Limit<Beat::held_back>::value, "held_back");
    command.frames = take_below(record, Limit<Beat::frames>::value, "frames");
}

void take_command(Stimulus& stimulus, Record& record) {
    Command command;
    const auto number = static_cast<uint32_t>(stimulus.commands.size());
    take_settings(record, command);
    for (auto* value : {&command.status, &command.more, &command.count, &command.life,
                        &command.first}) {
        *value = record.take<uint32_t>();
    }
    command.tells = take_below(record, 2, "tells");
    auto& trailer = command.trailer;
    for (auto* value : {&trailer.tokens, &trailer.lost, &trailer.status, &trailer.more}) {
        *value = record.take<uint32_t>();
    }
    take_many(record, command.grants, [&] { return record.take<uint64_t>(); });
    take_many(record, command.delivered, [&] {
        const auto token = record.take<uint32_t>();
        return Delivery{token, record.take<uint64_t>()};
    });
    take_many(record, command.written, [&] {
        const auto address = record.take<uint64_t>();
        return Written{address, take_words(record)};
    });
    take_many(record, command.moves, [&] { return take_move(record, number); });
    command.lane = take_below(record, ASSIGNMENTS + 1, "lane");
    command.words = take_words(record);
    const unsigned words = command.lane == SELECTED ? SELECTED_WORDS : ASSIGNMENTS_WORDS;
    if (command.words.size() % words) throw std::runtime_error("has a part of a beat");
    stimulus.commands.push_back(std::move(command));
    Step step{COMMAND};
    step.command = number;
    stimulus.steps.push_back(step);
}

void take_step(Stimulus& stimulus, Record& record) {
    Step step{record.kind};
    if (step.kind == HABITS) {
        for (auto& habits : step.habits) {
            for (auto* value : {&habits.least_latency, &habits.most_latency, &habits.order,
                                &habits.address, &habits.data, &habits.answer}) {
                *value = record.take<uint32_t>();
            }
        }
    } else if (step.kind == OUTAGE) {
        step.mover = take_below(record, MOVERS, "mover");
        step.side = take_below(record, SIDES, "side");
        step.on = take_below(record, 2, "on");
    } else if (step.kind == WAIT) {
        step.drained = take_below(record, 2, "drained");
    } else {
        step.far = take_below(record, 2, "far");
        step.flip = take_below(record, 256, "flip");
        step.address = record.take<uint64_t>();
    }
    stimulus.steps.push_back(step);
}

void take(Stimulus& stimulus, Record& record) {
    const unsigned built[] = {build::ENTRY_BYTES, build::NEAR_SLOTS, build::FRAMES,
                              build::FAR_PAGES,   build::RING_PAGES, build::HOME_PAGES,
                              build::DATA_BITS,   build::ADDRESS_BITS};
    switch (record.kind) {
        case replay::BUILD: return replay::check_build(record, built);
        case replay::RUN: return stimulus.how.take(record);
        case COMMAND: return take_command(stimulus, record);
        case HABITS:
        case OUTAGE:
        case WAIT:
        case SPOIL: return take_step(stimulus, record);
        default: replay::unknown(record);
    }
}

Record note(const Answer& answer) {
    Record record(ANSWER);
    return record.put(answer.given).put(answer.ended).put(static_cast<uint32_t>(answer.right));
}

Record note(const Difference& difference) {
    Record record(DIFFERENCE);
    record.put(difference.command);
    record.put_bytes(difference.text.data(), difference.text.size());
    return record;
}

std::vector<Record> run(const std::string& path) {
    Stimulus stimulus;
    replay::read_stimulus(path, "kvmu", [&](Record& record) { take(stimulus, record); });
    VerilatedContext context;
    Model model{&context};
    std::vector<Answer> answers(stimulus.commands.size());
    Surroundings around(model, stimulus.how, stimulus.steps, stimulus.commands, answers);
    replay::reset(model);
    const auto clocked = replay::run_clock(model, around, stimulus.how.shared);

    std::vector<Record> results;
    for (const auto& answer : answers) results.push_back(note(answer));
    for (const auto& difference : around.differences()) results.push_back(note(difference));
    results.push_back(Record(FLIPS).put(around.flips()));
    replay::conclude<ports::status, ports::counters>(results, model, clocked);
    return results;
}

}  // namespace

int main(int count, char** arguments) { return replay::program(count, arguments, "kvmu", run); }
