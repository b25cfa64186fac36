// The judge of what a WTU answers, written from spec D46 to D49.

#include <cstdio>

#include "replay_wtu.h"

namespace {

constexpr size_t MOST_TEXTS = 20;

// A field of up to 64 bits.
template <class Field, class Beat>
uint64_t wide(const Beat& beat) {
    uint32_t words[2] = {};
    Field::get_words(beat, words);
    return words[0] | uint64_t{words[1]} << 32;
}

std::string hex(uint64_t value) {
    char text[19];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

uint32_t number(uint32_t first, uint32_t chunk) { return (first + chunk) & 0xFFFF; }

}  // namespace

Judge::Judge(const std::vector<Chunk>& chunks, std::vector<Answer>& answers, uint32_t first_number)
    : chunks_(chunks), answers_(answers), first_number_(first_number) {
    for (size_t n = 0; n < chunks.size(); ++n) answers[n].rows.resize(chunks[n].rows.size());
    while (row_chunk_ < chunks.size() && chunks[row_chunk_].rows.empty()) ++row_chunk_;
}

void Judge::differ(bool& right, uint32_t chunk, int32_t row, std::string text) {
    if (right && differences.size() < MOST_TEXTS) {
        differences.push_back({chunk, row, std::move(text)});
    }
    right = false;
}

template <class Values>
void Judge::hold(bool& right, uint32_t chunk, int32_t row, const char* what, Values seen,
                 Values due) {
    if (seen == due) return;
    differ(right, chunk, row,
           std::string(what) + " is " + std::to_string(seen) + ", not " + std::to_string(due));
}

// -- rows -----------------------------------------------------------------------------------------

void Judge::row_beat(const Payload<ports::rows::BITS>& beat, uint64_t now) {
    using Rows = ports::rows;
    const bool first = Rows::first::get(beat), last = Rows::last::get(beat);
    if (first == in_row_) throw Fault(first ? "rows: a header inside a packet" : "rows: no header");
    if (row_chunk_ == chunks_.size()) throw Fault("rows: a row too many");
    if (first) return row_header(beat);
    const auto& due = chunks_[row_chunk_].rows[row_];
    auto& found = answers_[row_chunk_].rows[row_];
    if (last) {
        found.ended = now;
        return row_trailer(beat);
    }
    if (beat_ == 0) found.first_mask = now;
    if (beat_ < due.masks.size()) {
        const auto mask = wide<Rows::data::mask>(beat);
        if (mask != due.masks[beat_]) {
            differ(row_right_, row_chunk_, static_cast<int32_t>(row_),
                   "mask " + std::to_string(beat_) + " is " + hex(mask) + ", not " +
                       hex(due.masks[beat_]));
        }
    }
    ++beat_;
}

void Judge::row_header(const Payload<ports::rows::BITS>& beat) {
    using Header = ports::rows::data::header;
    const auto& chunk = chunks_[row_chunk_];
    const auto row = static_cast<int32_t>(row_);
    if (ports::rows::last::get(beat)) throw Fault("rows: a header that is the last beat");
    in_row_ = row_right_ = true;
    beat_ = 0;
    const auto held = [&](const char* what, uint32_t seen, uint32_t due) {
        hold(row_right_, row_chunk_, row, what, seen, due);
    };
    held("header: context", Header::context::get(beat), chunk.context);
    held("header: chunk", Header::chunk::get(beat), number(first_number_, row_chunk_));
    held("header: clusters", Header::clusters::get(beat), chunk.clusters);
    held("header: row", Header::row::get(beat), row_);
}

void Judge::row_trailer(const Payload<ports::rows::BITS>& beat) {
    using Said = ports::rows::data::trailer;
    const auto& due = chunks_[row_chunk_].rows[row_];
    auto& found = answers_[row_chunk_].rows[row_];
    auto& said = found.trailer;
    said.entries = Said::entries::get(beat);
    said.mass = wide<Said::mass>(beat);
    said.total = wide<Said::total>(beat);
    said.saturated = Said::saturated::get(beat);
    said.passes = Said::passes::get(beat);
    said.early_exit = Said::early_exit::get(beat);
    said.status = Said::status::get(beat);
    const auto held = [&](const char* what, uint64_t seen, uint64_t wanted) {
        hold(row_right_, row_chunk_, static_cast<int32_t>(row_), what, seen, wanted);
    };
    held("number of masks", beat_, due.masks.size());
    held("entries", said.entries, due.trailer.entries);
    held("mass", said.mass, due.trailer.mass);
    held("total", said.total, due.trailer.total);
    held("saturated", said.saturated, due.trailer.saturated);
    held("passes", said.passes, due.trailer.passes);
    held("early_exit", said.early_exit, due.trailer.early_exit);
    held("status", said.status, due.trailer.status);
    found.right = row_right_;
    in_row_ = false;
    next_row();
}

void Judge::next_row() {
    if (++row_ < chunks_[row_chunk_].rows.size()) return;
    row_ = 0;
    do ++row_chunk_;
    while (row_chunk_ < chunks_.size() && chunks_[row_chunk_].rows.empty());
}

// -- selected -------------------------------------------------------------------------------------

void Judge::selected_beat(const Payload<ports::selected::BITS>& beat, uint64_t now) {
    using Selected = ports::selected;
    const bool first = Selected::first::get(beat), last = Selected::last::get(beat);
    if (first == in_chunk_) {
        throw Fault(first ? "selected: a header inside a packet" : "selected: no header");
    }
    if (chunk_ == chunks_.size()) throw Fault("selected: a chunk too many");
    if (first) {
        using Header = Selected::data::header;
        if (last) throw Fault("selected: a header that is the last beat");
        begin_chunk();
        const auto& chunk = chunks_[chunk_];
        const auto held = [&](const char* what, uint32_t seen, uint32_t due) {
            hold(chunk_right_, chunk_, -1, what, seen, due);
        };
        held("header: context", Header::context::get(beat), chunk.context);
        held("header: chunk", Header::chunk::get(beat), number(first_number_, chunk_));
        held("header: clusters", Header::clusters::get(beat), chunk.clusters);
    } else if (last) {
        answers_[chunk_].ended = now;
        end_of_chunk(beat);
    } else {
        part(beat);
    }
}

void Judge::begin_chunk() {
    const auto& chunk = chunks_[chunk_];
    in_chunk_ = chunk_right_ = true;
    adding_ = 0;
    joined_.assign(chunk.beats(), 0);
    owed_.assign(chunk.beats(), 0);
    owed_beats_ = 0;
}

// Goes to the row that adds what comes next; false if no row adds anything more.
bool Judge::owed() {
    const auto& rows = chunks_[chunk_].rows;
    while (!owed_beats_ && adding_ < rows.size()) {
        const auto& masks = rows[adding_++].masks;
        for (size_t n = 0; n < masks.size(); ++n) {
            owed_[n] = masks[n] & ~joined_[n];
            joined_[n] |= masks[n];
            owed_beats_ += owed_[n] != 0;
        }
    }
    return owed_beats_;
}

void Judge::part(const Payload<ports::selected::BITS>& beat) {
    using Part = ports::selected::data::part;
    const uint32_t at = Part::beat::get(beat);
    const auto mask = wide<Part::mask>(beat);
    if (!owed() || at >= owed_.size() || !mask || mask & ~owed_[at]) {
        const bool some = owed_beats_ && at < owed_.size();
        return differ(chunk_right_, chunk_, -1,
                      "part " + std::to_string(at) + " is " + hex(mask) + ", not of " +
                          hex(some ? owed_[at] : 0) + ", which row " +
                          std::to_string(adding_ - !!adding_) + " adds");
    }
    owed_[at] &= ~mask;
    owed_beats_ -= !owed_[at];
}

void Judge::end_of_chunk(const Payload<ports::selected::BITS>& beat) {
    using Said = ports::selected::data::trailer;
    const auto& chunk = chunks_[chunk_];
    if (owed()) {
        differ(chunk_right_, chunk_, -1,
               "what row " + std::to_string(adding_ - 1) + " adds never came");
    }
    const auto held = [&](const char* what, uint32_t seen, uint32_t due) {
        hold(chunk_right_, chunk_, -1, what, seen, due);
    };
    held("entries", Said::entries::get(beat), chunk.entries);
    held("status", Said::status::get(beat), chunk.status);
    answers_[chunk_].right = chunk_right_;
    in_chunk_ = false;
    ++chunk_;
}
