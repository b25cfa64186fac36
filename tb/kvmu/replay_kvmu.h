// What surrounds a KVMU in a replay: a player that gives commands and writes keys and values, memories
// that make of bursts what was planned, and a judge that holds everything to the golden model's
// words, which are in the stimulus.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "build.h"
#include "ports.h"
#include "replay/streams.h"
#include "peers_kvmu.h"

using memory::Fate;
using replay::Fault;
using replay::Payload;
using Model = ports::Model;

enum Op : uint32_t { INIT, FREE, GRANT, FETCH, RELEASE, FINISH };
constexpr uint32_t BAD_COMMAND = 2;
enum Mover : uint32_t { FETCHING, OFFLOADING, MOVERS };
enum Side : uint32_t { READ, WRITE, SIDES };
enum Lane : uint32_t { NO_PACKET, SELECTED, ASSIGNMENTS };

// Number of a packet's beats' words.
constexpr unsigned SELECTED_WORDS = Payload<ports::selected::BITS>::WORDS;
constexpr unsigned ASSIGNMENTS_WORDS = Payload<ports::assignments::BITS>::WORDS;

struct Extent {
    uint64_t address, bytes;
};

// A page on its way: what may be on the bus, and the fates of bursts over its spot, in their order.
struct Move {
    uint32_t mover, side;
    uint64_t spot;
    std::deque<Fate> fates;
    std::vector<Extent> extents[SIDES];
    uint32_t command = 0;

    bool holds(uint32_t on, uint64_t address, uint64_t bytes) const;
};

struct Delivery {
    uint32_t token;
    uint64_t address;
};

struct Trailer {
    uint32_t tokens, lost, status, more;
};

// A page that is in far memory when a command has ended.
struct Written {
    uint64_t address;
    std::vector<uint32_t> tokens;
};

// A command, and what it must bring about.
struct Command {
    uint32_t op, context, chunk, tokens, sink_tokens, recent_tokens, max_chunk, held_back, frames;
    uint32_t status, more, count;
    uint32_t life, first;  // whose tokens, and the first one that is granted
    std::vector<uint64_t> grants;
    std::vector<Delivery> delivered;
    bool tells;  // there is a packet of deliveries
    Trailer trailer;
    std::vector<Written> written;
    std::vector<Move> moves;
    uint32_t lane;
    std::vector<uint32_t> words;  // of its packet's beats

    size_t beats() const { return tells ? delivered.size() + 2 : 0; }
};

constexpr unsigned PEERS = 6;  // far and near, read and written; home, read and written

// What is done next: a command, or something that is done to the surroundings before the next one.
struct Step {
    uint32_t kind;
    uint32_t command = 0;
    memory::Habits habits[PEERS];
    uint32_t mover = 0, side = 0, on = 0;  // an outage: a side of a mover answers late
    uint32_t drained = 0;                  // wait for all results; and for the movers
    uint32_t far = 0, flip = 0;            // a byte that changes by itself
    uint64_t address = 0;
};

// What a command has come to.
struct Answer {
    uint64_t given = 0, ended = 0;
    bool right = true;
};

struct Difference {
    uint32_t command;
    std::string text;
};

// Pages that one mover has to move, in the order of the commands; as tb/kvmu/moves_kvmu.py.
class Moves {
public:
    Fate fate(uint32_t side, const memory::Burst& burst);
    void plan(const Move& move) { moves_.push_back(move); }
    std::string over(uint32_t command);  // what is wrong then; empty if nothing is
    void outage(uint32_t side, bool on) { dead_[side] = on; }

private:
    std::deque<Move> moves_;
    bool dead_[SIDES] = {};
};

// The bytes, and what must be where: keys and values are made of their context's life and token.
struct Bytes {
    memory::Space near, far, home;

    static void write(uint8_t* to, uint32_t life, uint32_t token);
    static bool are(const uint8_t* at, uint32_t life, uint32_t token);
};

// Holds every beat of `grants`, `deliveries` and `results` to what must come, and delivered bytes to
// those that were appended, until they are released.
class Judge {
public:
    Judge(const std::vector<Command>& commands, std::vector<Answer>& answers, Bytes& bytes,
          Moves* moves);

    void given(uint32_t command, uint64_t now);
    void grant(const Payload<ports::grants::BITS>& beat);
    void delivery(const Payload<ports::deliveries::BITS>& beat);
    void result(const Payload<ports::results::BITS>& beat, uint64_t now);
    bool busy(uint32_t context) const;
    bool busy() const { return !pending_.empty(); }

    std::vector<Difference> differences;  // the first ones

private:
    struct Pending {
        uint32_t command;
        size_t granted = 0, told = 0;
    };
    struct Open {
        uint64_t address;
        uint32_t life, token;
    };
    void token_told(const Pending& made, const Payload<ports::deliveries::BITS>& beat);
    void check_open(uint32_t command, uint32_t context);
    void check_written(uint32_t command);
    void hold(uint32_t command, const std::string& what, uint64_t seen, uint64_t due);
    void differ(uint32_t command, const std::string& text);

    const std::vector<Command>& commands_;
    std::vector<Answer>& answers_;
    Bytes& bytes_;
    Moves* moves_;
    std::deque<Pending> pending_;
    std::map<uint32_t, std::vector<Open>> open_;  // by context: delivered and not released
};

// Beats that wait to be sent.
template <unsigned Bits>
struct Feed {
    std::deque<Payload<Bits>> queue;

    bool more() const { return !queue.empty(); }
    Payload<Bits> next(Model&) {
        const auto beat = queue.front();
        queue.pop_front();
        return beat;
    }
};

// A field of up to 64 bits.
template <class Field, class Beat>
uint64_t wide(const Beat& beat) {
    uint32_t words[2] = {};
    Field::get_words(beat, words);
    return words[0] | uint64_t{words[1]} << 32;
}
