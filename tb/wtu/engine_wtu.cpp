// The engine that sends chunks, counts and scores, written from spec D45 and section 12.

#include <cstring>

#include "replay_wtu.h"

namespace {

uint32_t number(uint32_t first, uint32_t chunk) { return (first + chunk) & 0xFFFF; }

}  // namespace

void Turn::skip_unsent(const std::vector<Chunk>& chunks) {
    while (chunk < chunks.size() && !chunks[chunk].sent()) ++chunk;
}

void Turn::next(const std::vector<Chunk>& chunks) {
    const auto& of = chunks[chunk];
    again = of.twice() && !again;
    if (again) return;
    if (++row == of.rows.size()) {
        row = 0;
        ++chunk;
        skip_unsent(chunks);
    }
}

Payload<ports::chunks::BITS> ChunkFeed::next(Model& model) {
    using Beat = ports::chunks;
    using Settings = ports::settings;
    const auto& chunk = chunks_[at_];
    Payload<Beat::BITS> beat;
    Beat::context::set(beat, chunk.context);
    Beat::chunk::set(beat, number(first_number_, at_));
    Beat::clusters::set(beat, chunk.clusters);
    Beat::rows::set(beat, chunk.size);
    Payload<Settings::BITS> settings;
    Settings::TH::set(settings, chunk.TH);
    Settings::all::set(settings, chunk.all);
    Settings::mode::set(settings, chunk.mode);
    Settings::K::set(settings, chunk.K);
    Settings::k::set(settings, chunk.k);
    replay::store(Settings::value(model), settings);
    return beat;
}

void ChunkFeed::drive(Model& model) {
    if (!stale_) return;
    stale_ = false;
    Payload<ports::settings::BITS> settings;
    ports::settings::TH::set(settings, rubbish_.next() & 0xFFFF);
    ports::settings::K::set(settings, rubbish_.next() & 0xFFFF);
    ports::settings::all::set(settings, rubbish_.next() & 1);
    ports::settings::mode::set(settings, rubbish_.next() & 1);
    replay::store(ports::settings::value(model), settings);
}

template <class Port>
Payload<Port::BITS> PacketFeed<Port>::next(Model&) {
    const auto& packet = queue_.front();
    const auto& chunk = chunks_[packet.turn.chunk];
    Payload<Port::BITS> beat;
    if (at_ == 0) {
        using Header = typename Port::data::header;
        Port::first::set(beat, 1);
        Header::context::set(beat, chunk.context);
        Header::chunk::set(beat, number(first_number_, packet.turn.chunk));
        Header::clusters::set(beat, chunk.clusters);
        Header::row::set(beat, packet.turn.row);
    } else {
        const size_t begin = size_t{at_ - 1} * build::LANES;
        const size_t count = std::min<size_t>(build::LANES, chunk.clusters - begin);
        uint16_t entries[build::LANES + 1] = {};
        std::memcpy(entries, packet.values->data() + begin, 2 * count);
        for (size_t n = count; n < build::LANES; ++n) {  // beyond the last cluster: rubbish
            entries[n] = static_cast<uint16_t>(rubbish_.next() >> 48);
        }
        uint32_t words[(build::LANES + 1) / 2];
        std::memcpy(words, entries, sizeof words);
        Port::data::entries::set_words(beat, words);
    }
    Port::last::set(beat, at_ == chunk.beats());
    return beat;
}

template <class Port>
bool PacketFeed<Port>::taken() {
    if (at_++ < chunks_[queue_.front().turn.chunk].beats()) return false;
    at_ = 0;
    return true;
}

template class PacketFeed<ports::counts>;
template class PacketFeed<ports::scores>;

Engine::Engine(const std::vector<Chunk>& all, std::vector<Answer>& answers, uint32_t first_number,
               uint32_t latency, bool in_order)
    : chunks(all, first_number),
      counts(all, first_number),
      scores(all, first_number),
      chunks_(all),
      answers_(answers),
      first_number_(first_number),
      latency_(latency),
      in_order_(in_order) {
    due_.skip_unsent(all);
    if (!in_order) return;
    for (Turn turn = due_; turn.chunk < all.size(); turn.next(all)) send(turn, 0);
}

void Engine::send(const Turn& turn, uint64_t due) {
    const auto& chunk = chunks_[turn.chunk];
    if (turn.counts(chunk)) counts.send(turn, chunk.counts, due);
    scores.send(turn, chunk.rows[turn.row].scores, due);
}

void Engine::drive(uint64_t now) {
    for (; !requests_.empty(); requests_.pop_front()) send(requests_.front(), now + latency_);
    counts.time(now + 1);
    scores.time(now + 1);
}

void Engine::asked(const Payload<ports::reads::BITS>& request) {
    using Read = ports::reads;
    if (due_.chunk == chunks_.size()) throw Fault("reads: a read too many");
    const auto& chunk = chunks_[due_.chunk];
    const bool right = Read::context::get(request) == chunk.context &&
                       Read::chunk::get(request) == number(first_number_, due_.chunk) &&
                       Read::clusters::get(request) == chunk.clusters &&
                       Read::row::get(request) == due_.row &&
                       Read::counts::get(request) == due_.counts(chunk);
    if (!right) {
        throw Fault("reads: row " + std::to_string(Read::row::get(request)) + " of chunk " +
                    std::to_string(Read::chunk::get(request)) + " with counts " +
                    std::to_string(Read::counts::get(request)) + " is not what is due");
    }
    if (!in_order_) requests_.push_back(due_);
    due_.next(chunks_);
}

void Engine::sent_counts() {
    if (counts.taken()) counts.drop();
}

void Engine::sent_scores(uint64_t now) {
    if (!scores.taken()) return;
    const auto& turn = scores.turn();
    if (!turn.again) answers_[turn.chunk].rows[turn.row].sent = now;
    scores.drop();
}
