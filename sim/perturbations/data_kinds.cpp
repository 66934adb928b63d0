// Perturbations of what there is to do, by the data at hand.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.hpp"
#include "base/unit_text.hpp"
#include "sim/perturbations/kinds.hpp"

namespace lockstep::sim {
namespace {

using workloads::DataPart;
using workloads::PackedSequences;

// Draws for each part of the data once, however many ranks ask.
class DrawnVariation : public DataVariation {
 public:
  explicit DrawnVariation(RunDraws draws) : draws_(std::move(draws)) {}
  DataStretch of(std::uint32_t job, const DataPart& part) const final {
    // What was drawn can be drawn again; only microbatches that are under way are asked for more than once.
    constexpr std::size_t most_kept = 1 << 16;
    const auto known = drawn_.find({job, part});
    if (known != drawn_.end()) return known->second;
    if (drawn_.size() == most_kept) drawn_.clear();
    RandomStream stream = draws_.stream("microbatch", job, part.replica, part.microbatch);
    return drawn_.emplace(std::pair(job, part), draw(job, stream)).first->second;
  }

 private:
  virtual DataStretch draw(std::uint32_t job, RandomStream& stream) const = 0;

  RunDraws draws_;
  mutable std::map<std::pair<std::uint32_t, DataPart>, DataStretch> drawn_;
};

class FactorVariation final : public DrawnVariation {
 public:
  FactorVariation(RunDraws draws, Distribution factor) : DrawnVariation(std::move(draws)), factor_(std::move(factor)) {}

 private:
  DataStretch draw(std::uint32_t, RandomStream& stream) const override { return {.whole = factor_.sample(stream)}; }

  Distribution factor_;
};

class MicrobatchJitter final : public Perturbation {
 public:
  explicit MicrobatchJitter(Distribution factor) : factor_(std::move(factor)) {}
  void disturb(Conditions& conditions, const RunDraws& draws) const override {
    conditions.vary_data(std::make_shared<const FactorVariation>(draws, factor_));
  }

 private:
  Distribution factor_;
};

using SequencesOfJobs = std::vector<std::optional<PackedSequences>>;

class LengthVariation final : public DrawnVariation {
 public:
  LengthVariation(RunDraws draws, Distribution length, const SequencesOfJobs& sequences)
      : DrawnVariation(std::move(draws)), length_(std::move(length)), sequences_(sequences) {}

 private:
  // Each sequence is filled with documents; the last is cut where the sequence ends.
  DataStretch draw(std::uint32_t job, RandomStream& stream) const override {
    const auto& packed = sequences_[job % sequences_.size()];
    if (!packed) return {};
    std::vector<std::uint64_t> lengths;
    for (std::uint64_t sequence = 0; sequence < packed->sequences; ++sequence) {
      for (std::uint64_t left = packed->tokens; left > 0; left -= lengths.back()) {
        const double length = std::max(1.0, std::round(length_.sample(stream)));
        lengths.push_back(length < static_cast<double>(left) ? static_cast<std::uint64_t>(length) : left);
      }
    }
    return {.attention = attention_share(*packed, lengths)};
  }

  Distribution length_;
  const SequencesOfJobs& sequences_;  // the perturbation's, which outlives runs
};

class SequenceLengths final : public Perturbation {
 public:
  SequenceLengths(Distribution length, SequencesOfJobs sequences)
      : length_(std::move(length)), sequences_(std::move(sequences)) {}
  void disturb(Conditions& conditions, const RunDraws& draws) const override {
    conditions.vary_data(std::make_shared<const LengthVariation>(draws, length_, sequences_));
  }

 private:
  Distribution length_;
  SequencesOfJobs sequences_;
};

class HotExperts final : public Perturbation {
 public:
  explicit HotExperts(double factor) : factor_(factor) {}
  void disturb(Conditions& conditions, const RunDraws&) const override { conditions.heat_experts(factor_); }
  bool is_random() const override { return false; }

 private:
  double factor_;
};

}  // namespace

std::unique_ptr<Perturbation> read_microbatch_jitter(const JsonFields& fields, const PerturbationGround& ground) {
  Distribution factor = read_distribution(fields, "factor", Dimension::factor);
  if (std::none_of(ground.jobs.begin(), ground.jobs.end(),
                   [](const Job& job) { return job.program->has_microbatches(); })) {
    fields.fail("kind", "no workload has microbatches",
                "\"compute_jitter\" draws a factor for each computation of any workload");
  }
  return std::make_unique<MicrobatchJitter>(std::move(factor));
}

std::unique_ptr<Perturbation> read_sequence_lengths(const JsonFields& fields, const PerturbationGround& ground) {
  Distribution length = read_distribution(fields, "length", Dimension::factor);
  if (length.maximum() && *length.maximum() < 1) {
    fields.fail("length", "is below one token", "it is the length of a document in tokens, such as 1000");
  }
  SequencesOfJobs sequences;
  for (const Job& job : ground.jobs) sequences.push_back(job.sequences);
  if (std::none_of(sequences.begin(), sequences.end(), [](const auto& known) { return known.has_value(); })) {
    fields.fail("kind", "no workload trains a transformer with \"attention\": \"flash\"",
                "\"microbatch_jitter\" draws a factor for each microbatch of any training or pipeline");
  }
  return std::make_unique<SequenceLengths>(std::move(length), std::move(sequences));
}

std::unique_ptr<Perturbation> read_hot_experts(const JsonFields& fields, const PerturbationGround& ground) {
  const auto factor = fields.required<double>("factor");
  if (!(factor >= 1)) fields.fail("factor", "must be at least 1: 1.5 means 1.5 times the equal share");
  double most = 1;
  for (const Job& job : ground.jobs) most = std::max(most, job.program->hottest_experts());
  if (most == 1) {
    fields.fail("kind", "no workload has experts on several ranks and shares tokens equally among them",
                "raise \"parallel\": {\"expert\"} of a model with experts, and leave \"routing\" balanced");
  }
  if (factor > most) {
    fields.fail("factor", "an expert rank gets at most " + shortest_text(most) +
                              " times the equal share, when every token chooses its experts");
  }
  return std::make_unique<HotExperts>(factor);
}

}  // namespace lockstep::sim
