// The player, and what memories make of the bursts that it has planned.

#include "player_kvmu.h"

#include <algorithm>

namespace {

constexpr unsigned SETTLED = 4;  // cycles behind the last result, after which the unit is idle
constexpr const char* NAMES[MOVERS] = {"fetching", "offloading"};
constexpr const char* SIDE_NAMES[SIDES] = {"read", "write"};

template <unsigned Bits>
void send(Feed<Bits>& feed, const std::vector<uint32_t>& words) {
    constexpr unsigned WORDS = Payload<Bits>::WORDS;
    for (size_t at = 0; at < words.size(); at += WORDS) {
        Payload<Bits> beat;
        std::copy(words.begin() + at, words.begin() + at + WORDS, beat.words);
        feed.queue.push_back(beat);
    }
}

Payload<ports::commands::BITS> beat_of(const Command& command) {
    using Beat = ports::commands;
    Payload<Beat::BITS> beat;
    Beat::op::set(beat, command.op);
    Beat::context::set(beat, command.context);
    Beat::chunk::set(beat, command.chunk);
    Beat::tokens::set(beat, command.tokens);
    Beat::sink_tokens::set(beat, command.sink_tokens);
    Beat::recent_tokens::set(beat, command.recent_tokens);
    Beat::max_chunk::set(beat, command.max_chunk);
    Beat::held_back::set(beat, command.held_back);
    Beat::frames::set(beat, command.frames);
    return beat;
}

}  // namespace

bool Move::holds(uint32_t on, uint64_t address, uint64_t bytes) const {
    return std::any_of(extents[on].begin(), extents[on].end(), [&](const Extent& extent) {
        return extent.address <= address && address + bytes <= extent.address + extent.bytes;
    });
}

Fate Moves::fate(uint32_t side, const memory::Burst& burst) {
    if (dead_[side]) return memory::LATE;
    const uint64_t bytes = uint64_t{burst.beats} * build::DATA_BITS / 8;
    const auto move = std::find_if(moves_.begin(), moves_.end(), [&](const Move& one) {
        return one.holds(side, burst.address, bytes);
    });
    const auto wrong = [&](const char* what) {
        return Fault(std::string(SIDE_NAMES[side]) + " at " + memory::hex(burst.address) + ": " +
                     what);
    };
    if (move == moves_.end()) throw wrong("nobody asked for that");
    const bool over = burst.address <= move->spot && move->spot < burst.address + bytes;
    if (move->side != side || !over) return memory::WELL;
    if (move->fates.empty()) throw wrong("once more than it may be");
    const Fate fate = move->fates.front();
    move->fates.pop_front();
    return fate;
}

std::string Moves::over(uint32_t command) {
    std::string wrong;
    for (; !moves_.empty() && moves_.front().command == command; moves_.pop_front()) {
        const Move& move = moves_.front();
        if (move.fates.empty() || dead_[READ] || dead_[WRITE]) continue;
        wrong = std::string(NAMES[move.mover]) + ": not moved at " + memory::hex(move.spot);
    }
    return wrong;
}

void Player::drive(Model& model, uint64_t now) {
    quiet_cycles_ = judge_.busy() ? 0 : quiet_cycles_ + 1;
    while (at_ < steps_.size() && passes(steps_[at_], model, now)) ++at_;
}

bool Player::passes(const Step& step, Model& model, uint64_t now) {
    switch (step.kind) {
        case COMMAND: return give(step.command, now);
        case HABITS:
            for (size_t n = 0; n < peers_.size(); ++n) peers_[n]->habits = step.habits[n];
            return true;
        case OUTAGE: return moves_[step.mover].outage(step.side, step.on), true;
        case WAIT: return waits(step, model);
        default:  // SPOIL
            *(step.far ? bytes_.far : bytes_.near).at(step.address, 1) ^= step.flip;
            return true;
    }
}

bool Player::give(uint32_t number, uint64_t now) {
    const Command& command = commands_[number];
    if (judge_.busy(command.context)) return false;
    judge_.given(number, now);
    for (const Move& move : command.moves) moves_[move.mover].plan(move);
    if (command.lane == SELECTED) send(selected, command.words);
    if (command.lane == ASSIGNMENTS) send(assignments, command.words);
    commands.queue.push_back(beat_of(command));
    return true;
}

bool Player::waits(const Step& step, Model& model) {
    if (quiet_cycles_ < SETTLED) return false;
    const auto state = replay::load<Payload<ports::state::BITS>>(ports::state::value(model));
    if (!ports::state::idle::get(state)) throw Fault("state: not idle behind the last result");
    if (step.drained && !ports::state::drained::get(state)) return false;
    quiet_cycles_ = 0;
    return true;
}
