#include "validation/solvers/described_model.hpp"

#include <algorithm>

#include "workloads/models/parameters.hpp"

namespace lockstep::validation {
namespace {

std::uint32_t narrow(std::uint64_t count) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, UINT32_MAX));
}

ModelFigures figures_of(const workloads::SampledModel& model) {
  ModelFigures figures;
  figures.is_transformer = false;
  figures.parameters = figures.active_parameters = static_cast<double>(model.parameters);
  figures.forward = model.forward_flops;
  figures.layers = narrow(model.layers);
  return figures;
}

ModelFigures figures_of(const workloads::TransformerModel& model) {
  ModelFigures figures;
  const workloads::ParameterCounts counts = workloads::count_parameters(model);
  figures.parameters = static_cast<double>(counts.total);
  figures.active_parameters = static_cast<double>(counts.active);
  figures.forward = Flops(2 * figures.active_parameters);  // as mlsysim counts a token
  figures.layers = narrow(model.layer_count());
  figures.hidden_dim = narrow(model.hidden);
  figures.heads = narrow(model.attention.heads);
  figures.kv_heads = narrow(model.attention.key_heads());
  if (model.attention.latent) {
    figures.kv_lora_rank = narrow(model.attention.latent->kv_rank);
    figures.qk_rope_head_dim = narrow(model.attention.latent->rope_dim);
  }
  if (model.experts) {
    figures.is_sparse = true;
    figures.experts = narrow(model.experts->count);
    figures.active_experts_per_token = narrow(model.experts->active);
  }
  return figures;
}

}  // namespace

ModelFigures figures_of(const workloads::Model& model) {
  return std::visit([](const auto& described) { return figures_of(described); }, model);
}

}  // namespace lockstep::validation
