// What surrounds a WTU in a replay: an engine that sends chunks, counts and scores, and a judge that
// holds what comes back to the golden model's words, which are in the stimulus.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "build.h"
#include "ports.h"
#include "replay/streams.h"

using replay::Fault;
using replay::Payload;
using Model = ports::Model;

// What the trailer of a row says (spec D46).
struct Trailer {
    uint32_t entries = 0, saturated = 0, passes = 0, early_exit = 0, status = 0;
    uint64_t mass = 0, total = 0;
};

struct Row {
    Trailer trailer;
    std::vector<uint64_t> masks;  // one a beat
    std::vector<uint16_t> scores;
};

// A chunk and what must be answered; the sizes are what its beat says.
struct Chunk {
    uint32_t context, clusters, size, TH, all, mode, K, k;
    uint32_t entries, status;  // of the trailer of `selected`
    std::vector<uint16_t> counts;
    std::vector<Row> rows;  // those that are answered: none if the chunk is refused

    uint32_t beats() const { return (clusters + build::LANES - 1) / build::LANES; }
    // A long row is read twice, its counts each time (spec D45).
    bool twice() const { return clusters > build::ON_CHIP_CLUSTERS; }
    bool sent() const { return !rows.empty() && clusters; }
};

// What the unit said of a row, and when; its scores were sent when they were for the first time.
struct Found {
    uint64_t sent = 0, first_mask = 0, ended = 0;
    Trailer trailer;
    bool right = false;
};

struct Answer {
    std::vector<Found> rows;
    uint64_t ended = 0;  // of `selected`
    bool right = false;
};

struct Difference {
    uint32_t chunk;
    int32_t row;  // -1: what the chunk selects
    std::string text;
};

// Which packet of which row is due next: each row once or twice, in their order.
struct Turn {
    uint32_t chunk = 0, row = 0;
    bool again = false;

    bool counts(const Chunk& of) const { return row == 0 || of.twice(); }
    void next(const std::vector<Chunk>& chunks);
    void skip_unsent(const std::vector<Chunk>& chunks);
};

// Chunks as beats of `chunks`, with the settings beside them.
class ChunkFeed {
public:
    ChunkFeed(const std::vector<Chunk>& chunks, uint32_t first_number)
        : chunks_(chunks), first_number_(first_number) {}

    bool more() const { return at_ < allowed_; }
    void allow(size_t count) { allowed_ = std::min(count, chunks_.size()); }
    Payload<ports::chunks::BITS> next(Model& model);
    void taken() { ++at_, stale_ = true; }
    void drive(Model& model);  // settings count with a chunk's beat only

private:
    const std::vector<Chunk>& chunks_;
    uint32_t first_number_;
    uint32_t at_ = 0;
    size_t allowed_ = 0;
    bool stale_ = true;
    replay::Random rubbish_{1};
};

// Packets of `counts` or of `scores`, each from some cycle on.
template <class Port>
class PacketFeed {
public:
    PacketFeed(const std::vector<Chunk>& chunks, uint32_t first_number)
        : chunks_(chunks), first_number_(first_number) {}

    void send(const Turn& turn, const std::vector<uint16_t>& values, uint64_t due) {
        queue_.push_back({turn, &values, due});
    }
    void time(uint64_t now) { now_ = now; }
    bool more() const { return !queue_.empty() && queue_.front().due <= now_; }
    Payload<Port::BITS> next(Model&);
    bool taken();  // whether it was the last beat of a packet
    const Turn& turn() const { return queue_.front().turn; }
    void drop() { queue_.pop_front(); }

private:
    struct Packet {
        Turn turn;
        const std::vector<uint16_t>* values;
        uint64_t due;
    };
    const std::vector<Chunk>& chunks_;
    uint32_t first_number_;
    std::deque<Packet> queue_;
    uint32_t at_ = 0;  // beats of the first packet that have been taken
    uint64_t now_ = 0;
    replay::Random rubbish_{2};
};

// Answers reads after a latency, or sends every row in its order without being asked (spec D45).
// Like any engine it needs a cycle to react.
class Engine {
public:
    Engine(const std::vector<Chunk>& chunks, std::vector<Answer>& answers, uint32_t first_number,
           uint32_t latency, bool in_order);

    void drive(uint64_t now);
    void asked(const Payload<ports::reads::BITS>& request);
    void sent_counts();  // a beat of them
    void sent_scores(uint64_t now);
    bool busy() const { return due_.chunk < chunks_.size(); }

    ChunkFeed chunks;
    PacketFeed<ports::counts> counts;
    PacketFeed<ports::scores> scores;

private:
    void send(const Turn& turn, uint64_t due);

    const std::vector<Chunk>& chunks_;
    std::vector<Answer>& answers_;
    uint32_t first_number_, latency_;
    bool in_order_;
    Turn due_;  // the read that comes next
    std::deque<Turn> requests_;
};

// Holds every beat of `rows` and `selected` to what must come.
class Judge {
public:
    Judge(const std::vector<Chunk>& chunks, std::vector<Answer>& answers, uint32_t first_number);

    void row_beat(const Payload<ports::rows::BITS>& beat, uint64_t now);
    void selected_beat(const Payload<ports::selected::BITS>& beat, uint64_t now);
    size_t answered() const { return std::min(row_chunk_, chunk_); }
    bool busy() const { return answered() < chunks_.size(); }

    std::vector<Difference> differences;  // the first ones

private:
    void row_header(const Payload<ports::rows::BITS>& beat);
    void row_trailer(const Payload<ports::rows::BITS>& beat);
    void next_row();
    void part(const Payload<ports::selected::BITS>& beat);
    void end_of_chunk(const Payload<ports::selected::BITS>& beat);
    void begin_chunk();
    bool owed();
    template <class Values>
    void hold(bool& right, uint32_t chunk, int32_t row, const char* what, Values seen, Values due);
    void differ(bool& right, uint32_t chunk, int32_t row, std::string text);

    const std::vector<Chunk>& chunks_;
    std::vector<Answer>& answers_;
    uint32_t first_number_;
    uint32_t row_chunk_ = 0, row_ = 0, beat_ = 0;  // what `rows` is at
    bool in_row_ = false, row_right_ = true;
    uint32_t chunk_ = 0, adding_ = 0;  // what `selected` is at: the row that adds to it
    bool in_chunk_ = false, chunk_right_ = true;
    std::vector<uint64_t> joined_, owed_;  // masks: of the rows before, and what is still to come
    uint32_t owed_beats_ = 0;
};
