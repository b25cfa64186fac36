// The judge of what a KVMU does, written from spec sections 13 and 15.

#include <algorithm>

#include "replay_kvmu.h"

namespace {

constexpr size_t MOST_TEXTS = 20;

uint64_t mixed(uint64_t value) {  // splitmix64, by Vigna
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9u;
    value = (value ^ value >> 27) * 0x94D049BB133111EBu;
    return value ^ value >> 31;
}

uint64_t word_of(uint32_t life, uint32_t token, unsigned place) {
    return mixed((uint64_t{life} << 32 | token) * 0x9E3779B97F4A7C15u + place);
}

}  // namespace

void Bytes::write(uint8_t* to, uint32_t life, uint32_t token) {
    for (unsigned n = 0; n < build::ENTRY_BYTES / 8; ++n) {
        const uint64_t word = word_of(life, token, n);
        std::memcpy(to + 8 * n, &word, 8);
    }
}

bool Bytes::are(const uint8_t* at, uint32_t life, uint32_t token) {
    for (unsigned n = 0; n < build::ENTRY_BYTES / 8; ++n) {
        const uint64_t word = word_of(life, token, n);
        if (std::memcmp(at + 8 * n, &word, 8) != 0) return false;
    }
    return true;
}

Judge::Judge(const std::vector<Command>& commands, std::vector<Answer>& answers, Bytes& bytes,
             Moves* moves)
    : commands_(commands), answers_(answers), bytes_(bytes), moves_(moves) {}

void Judge::differ(uint32_t command, const std::string& text) {
    if (answers_[command].right && differences.size() < MOST_TEXTS) {
        differences.push_back({command, text});
    }
    answers_[command].right = false;
}

void Judge::hold(uint32_t command, const std::string& what, uint64_t seen, uint64_t due) {
    if (seen == due) return;
    differ(command, what + " is " + std::to_string(seen) + ", not " + std::to_string(due));
}

bool Judge::busy(uint32_t context) const {
    return std::any_of(pending_.begin(), pending_.end(), [&](const Pending& made) {
        return commands_[made.command].context == context;
    });
}

// What an engine knows when it gives a command: all of a context that came before has arrived, and
// with these commands it lets go of it.
void Judge::given(uint32_t number, uint64_t now) {
    const Command& command = commands_[number];
    if (command.op == FREE || command.op == RELEASE || command.op == FINISH) {
        check_open(number, command.context);
    }
    const bool released = command.op == FREE || command.op == RELEASE;
    if (released && command.status != BAD_COMMAND) open_[command.context].clear();
    answers_[number].given = now;
    pending_.push_back({number});
}

void Judge::grant(const Payload<ports::grants::BITS>& beat) {
    const auto made = std::find_if(pending_.begin(), pending_.end(), [&](const Pending& one) {
        return one.granted < commands_[one.command].grants.size();
    });
    if (made == pending_.end()) throw Fault("grants: more than was asked for");
    const Command& command = commands_[made->command];
    const uint64_t due = command.grants[made->granted];
    const auto seen = wide<ports::grants::address>(beat);
    if (seen != due) {
        differ(made->command, "grant " + std::to_string(made->granted) + " is " +
                                  memory::hex(seen) + ", not " + memory::hex(due));
    }
    const auto token = static_cast<uint32_t>(command.first + made->granted++);
    Bytes::write(bytes_.near.at(due, build::ENTRY_BYTES), command.life, token);
}

void Judge::delivery(const Payload<ports::deliveries::BITS>& beat) {
    using Beat = ports::deliveries;
    const auto made = std::find_if(pending_.begin(), pending_.end(), [&](const Pending& one) {
        return one.told < commands_[one.command].beats();
    });
    if (made == pending_.end()) throw Fault("deliveries: nobody asked for one");
    const Command& command = commands_[made->command];
    const bool first = made->told == 0, last = made->told + 1 == command.beats();
    const auto held = [&](const std::string& what, uint64_t seen, uint64_t due) {
        hold(made->command, "delivery " + std::to_string(made->told) + ": " + what, seen, due);
    };
    held("first", Beat::first::get(beat), first);
    held("last", Beat::last::get(beat), last);
    if (first) {
        held("context", Beat::data::header::context::get(beat), command.context);
        held("chunk", Beat::data::header::chunk::get(beat), command.chunk);
    } else if (last) {
        held("tokens", Beat::data::trailer::tokens::get(beat), command.trailer.tokens);
        held("lost", Beat::data::trailer::lost::get(beat), command.trailer.lost);
        held("status", Beat::data::trailer::status::get(beat), command.trailer.status);
        held("more", Beat::data::trailer::more::get(beat), command.trailer.more);
    } else {
        token_told(*made, beat);
    }
    ++made->told;
}

void Judge::token_told(const Pending& made, const Payload<ports::deliveries::BITS>& beat) {
    using Token = ports::deliveries::data::token;
    const Command& command = commands_[made.command];
    const Delivery& due = command.delivered[made.told - 1];
    const auto name = "delivery " + std::to_string(made.told);
    hold(made.command, name + ": token", Token::token_::get(beat), due.token);
    const uint64_t address = wide<Token::address>(beat);
    if (address != due.address) {
        differ(made.command, name + ": address is " + memory::hex(address) + ", not " +
                                 memory::hex(due.address));
    }
    if (Bytes::are(bytes_.near.at(due.address, build::ENTRY_BYTES), command.life, due.token)) {
        open_[command.context].push_back({due.address, command.life, due.token});
    } else {
        differ(made.command, "token " + std::to_string(due.token) + " is not at " +
                                 memory::hex(due.address) + ", where it was delivered");
    }
}

// What was delivered and not released is where it was said to be.
void Judge::check_open(uint32_t command, uint32_t context) {
    for (const Open& open : open_[context]) {
        if (Bytes::are(bytes_.near.at(open.address, build::ENTRY_BYTES), open.life, open.token)) {
            continue;
        }
        differ(command, "token " + std::to_string(open.token) + " of context " +
                            std::to_string(context) + " is no longer at " +
                            memory::hex(open.address));
    }
}

void Judge::check_written(uint32_t number) {
    const Command& command = commands_[number];
    for (const Written& page : command.written) {
        uint64_t at = page.address;
        for (const uint32_t token : page.tokens) {
            if (!Bytes::are(bytes_.far.at(at, build::ENTRY_BYTES), command.life, token)) {
                differ(number, "the page at " + memory::hex(page.address) + " has not token " +
                                   std::to_string(token) + " where it must");
            }
            at += build::ENTRY_BYTES;
        }
    }
}

void Judge::result(const Payload<ports::results::BITS>& beat, uint64_t now) {
    using Beat = ports::results;
    if (pending_.empty()) throw Fault("results: one that nobody asked for");
    const Pending made = pending_.front();
    pending_.pop_front();
    const Command& command = commands_[made.command];
    const auto held = [&](const char* what, uint64_t seen, uint64_t due) {
        hold(made.command, std::string("result: ") + what, seen, due);
    };
    held("op", Beat::op::get(beat), command.op);
    held("context", Beat::context::get(beat), command.context);
    held("chunk", Beat::chunk::get(beat), command.chunk);
    held("status", Beat::status::get(beat), command.status);
    held("more", Beat::more::get(beat), command.more);
    held("count", Beat::count::get(beat), command.count);
    hold(made.command, "grants before the result", made.granted, command.grants.size());
    hold(made.command, "beats of deliveries before the result", made.told, command.beats());
    for (unsigned mover = 0; mover < MOVERS; ++mover) {
        const std::string wrong = moves_[mover].over(made.command);
        if (!wrong.empty()) differ(made.command, wrong);
    }
    check_written(made.command);
    for (const auto& [context, open] : open_) check_open(made.command, context);
    answers_[made.command].ended = now;
}
