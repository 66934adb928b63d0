#include "sim/symmetry/colour_refinement.hpp"

#include <algorithm>
#include <numeric>

#include "sim/symmetry/fingerprint.hpp"

namespace lockstep::sim {
namespace {

// Every node has a fingerprint of what it sees. Nodes whose fingerprints differ part; those that part tell the nodes
// that see them; and so on. Of what a class falls into the largest part keeps its colour, so a node changes its colour
// at most log n times, and only who sees a change has anything to do.
class Refinement {
 public:
  Refinement(std::span<const std::uint32_t> colours, std::span<const Sight> sights)
      : nodes_(static_cast<std::uint32_t>(colours.size())), colour_(nodes_), seen_(nodes_), is_dirty_(nodes_) {
    index(sights);
    begin_with(colours);
    for (const Sight& sight : sights) seen_[sight.to].put_in(sighting(sight.label, colour_[sight.from]));
    dirty_.resize(nodes_);
    std::iota(dirty_.begin(), dirty_.end(), 0);
  }

  std::vector<std::uint32_t> run() {
    while (!dirty_.empty()) {
      part();
      spread();
    }
    return numbered();
  }

 private:
  // The nodes of one colour: a piece of order_.
  struct Class {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    Fingerprint seen = {};  // by those that are not dirty
    std::uint32_t size() const { return end - begin; }
  };
  struct Change {
    std::uint32_t node;
    std::uint32_t before;
  };
  struct Out {
    std::uint32_t to;
    std::uint64_t label;
  };

  static Fingerprint sighting(std::uint64_t label, std::uint32_t colour) {
    Fingerprint one;
    one.append(label);
    one.append(std::uint64_t{colour});
    return one;
  }

  void index(std::span<const Sight> sights) {
    out_begin_.assign(nodes_ + std::size_t{1}, 0);
    for (const Sight& sight : sights) ++out_begin_[sight.from + 1];
    std::partial_sum(out_begin_.begin(), out_begin_.end(), out_begin_.begin());
    std::vector<std::size_t> next(out_begin_.begin(), out_begin_.end() - 1);
    out_.resize(sights.size());
    for (const Sight& sight : sights) out_[next[sight.from]++] = {sight.to, sight.label};
  }

  void begin_with(std::span<const std::uint32_t> colours) {
    order_.resize(nodes_);
    place_.resize(nodes_);
    std::iota(order_.begin(), order_.end(), 0);
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return colours[a] < colours[b]; });
    for (std::uint32_t i = 0; i < nodes_; ++i) {
      place_[order_[i]] = i;
      if (i == 0 || colours[order_[i]] != colours[order_[i - 1]]) classes_.push_back({.begin = i, .end = i});
      ++classes_.back().end;
      colour_[order_[i]] = static_cast<std::uint32_t>(classes_.size() - 1);
    }
  }

  // Splits every class that has dirty nodes.
  void part() {
    std::sort(dirty_.begin(), dirty_.end(), [&](std::uint32_t a, std::uint32_t b) {
      if (colour_[a] != colour_[b]) return colour_[a] < colour_[b];
      return seen_[a] != seen_[b] ? seen_[a] < seen_[b] : a < b;
    });
    const std::span<const std::uint32_t> dirty(dirty_);
    for (std::size_t begin = 0; begin < dirty.size();) {
      const std::uint32_t colour = colour_[dirty[begin]];
      std::size_t end = begin;
      while (end < dirty.size() && colour_[dirty[end]] == colour) ++end;
      part_class(colour, dirty.subspan(begin, end - begin));
      begin = end;
    }
    for (const std::uint32_t node : dirty_) is_dirty_[node] = false;
    dirty_.clear();
  }

  // `dirty` is sorted by what its nodes see.
  void part_class(std::uint32_t colour, std::span<const std::uint32_t> dirty) {
    std::vector<std::span<const std::uint32_t>> parts;
    for (std::size_t begin = 0; begin < dirty.size();) {
      std::size_t end = begin;
      while (end < dirty.size() && seen_[dirty[end]] == seen_[dirty[begin]]) ++end;
      parts.push_back(dirty.subspan(begin, end - begin));
      begin = end;
    }
    // Those that see what they saw, dirty or not.
    std::size_t unchanged = classes_[colour].size() - dirty.size();
    const bool has_clean = unchanged > 0;
    if (has_clean) {
      std::erase_if(parts, [&](const auto& part) {
        const bool is_same = seen_[part.front()] == classes_[colour].seen;
        if (is_same) unchanged += part.size();
        return is_same;
      });
    }
    const auto largest =
        std::max_element(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
    if (largest == parts.end()) return;
    const std::uint32_t kept = largest->front();
    const bool keeps_largest = largest->size() > unchanged;
    for (const auto& part : parts) {
      if (!keeps_largest || part.front() != kept) split_off(colour, part);
    }
    if (!keeps_largest) return;
    if (unchanged > 0) split_off_others(colour, kept);
    classes_[colour].seen = seen_[kept];
  }

  // All of a class whose nodes do not see what `kept` sees.
  void split_off_others(std::uint32_t colour, std::uint32_t kept) {
    std::vector<std::uint32_t> others;
    const Class& whole = classes_[colour];
    for (std::uint32_t i = whole.begin; i < whole.end; ++i) {
      if (seen_[order_[i]] != seen_[kept]) others.push_back(order_[i]);
    }
    split_off(colour, others);
  }

  void split_off(std::uint32_t colour, std::span<const std::uint32_t> part) {
    const auto fresh = static_cast<std::uint32_t>(classes_.size());
    Class& whole = classes_[colour];
    const std::uint32_t end = whole.end;
    for (const std::uint32_t node : part) {
      const std::uint32_t last = order_[--whole.end];
      std::swap(order_[place_[node]], order_[whole.end]);
      std::swap(place_[node], place_[last]);
      changes_.push_back({node, colour});
      colour_[node] = fresh;
    }
    classes_.push_back({.begin = whole.end, .end = end, .seen = seen_[part.front()]});
  }

  // Tells those who see what changed.
  void spread() {
    for (const Change& change : changes_) {
      for (std::size_t i = out_begin_[change.node]; i < out_begin_[change.node + std::size_t{1}]; ++i) {
        const Out& out = out_[i];
        seen_[out.to].take_out(sighting(out.label, change.before));
        seen_[out.to].put_in(sighting(out.label, colour_[change.node]));
        if (is_dirty_[out.to]) continue;
        is_dirty_[out.to] = true;
        dirty_.push_back(out.to);
      }
    }
    changes_.clear();
  }

  std::vector<std::uint32_t> numbered() const {
    std::vector<std::uint32_t> number_of(classes_.size(), UINT32_MAX);
    std::vector<std::uint32_t> numbers;
    numbers.reserve(nodes_);
    std::uint32_t next = 0;
    for (const std::uint32_t colour : colour_) {
      if (number_of[colour] == UINT32_MAX) number_of[colour] = next++;
      numbers.push_back(number_of[colour]);
    }
    return numbers;
  }

  std::uint32_t nodes_;
  std::vector<std::uint32_t> colour_;  // of each node: its class
  std::vector<Fingerprint> seen_;      // by each node
  std::vector<Class> classes_;
  std::vector<std::uint32_t> order_;  // nodes, class by class
  std::vector<std::uint32_t> place_;  // of each node in order_
  std::vector<std::size_t> out_begin_;
  std::vector<Out> out_;  // who sees each node
  std::vector<std::uint32_t> dirty_;
  std::vector<bool> is_dirty_;  // but in the first round, when all are
  std::vector<Change> changes_;
};

}  // namespace

std::vector<std::uint32_t> refine_colours(std::span<const std::uint32_t> colours, std::span<const Sight> sights) {
  return Refinement(colours, sights).run();
}

}  // namespace lockstep::sim
