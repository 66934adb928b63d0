#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What a transformer consists of, as far as its size and its work depend on it.
namespace lockstep::workloads {

enum class NormKind : std::uint8_t { rms, layer };           // a scale, or a scale and a shift
enum class MlpKind : std::uint8_t { plain, gated };          // two matrices, or three (SwiGLU and its kin)
enum class PositionKind : std::uint8_t { rotary, learned };  // only learned positions are weights
enum class AttentionBias : std::uint8_t { none, qkv, all };  // which of the projections have one
enum class LayerKind : std::uint8_t { dense, experts };      // what follows the attention
enum class BlockOrder : std::uint8_t {
  sequential,
  parallel
};  // attention and MLP one after the other, or side by side
enum class Attending : std::uint8_t { to_the_past, everywhere };  // causal, or as an encoder does

// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, section 2.1): keys and values come from one narrow vector
// per token, queries too unless query_rank is 0.
struct LatentAttention {
  std::uint64_t query_rank = 0;
  std::uint64_t kv_rank = 0;
  std::uint64_t rope_dim = 0;   // of each head's queries and keys, the part that is rotated; keys share it
  std::uint64_t nope_dim = 0;   // the part that is not
  std::uint64_t value_dim = 0;  // of each head
};

struct Attention {
  std::uint64_t heads = 0;
  std::uint64_t kv_heads = 0;  // fewer than heads: grouped or multi-query attention
  std::uint64_t head_dim = 0;
  AttentionBias bias = AttentionBias::none;
  bool query_key_norm = false;                 // each head's queries and keys are normed
  std::optional<LatentAttention> latent = {};  // then kv_heads and head_dim say nothing
  std::optional<std::uint64_t> window = {};    // how many tokens back it looks
  Attending attending = Attending::to_the_past;

  // Width of a head's queries and keys, and of its values.
  std::uint64_t query_dim() const { return latent ? latent->rope_dim + latent->nope_dim : head_dim; }
  std::uint64_t value_dim() const { return latent ? latent->value_dim : head_dim; }
  // Heads whose keys and values exist once the narrow vectors have been widened.
  std::uint64_t key_heads() const { return latent ? heads : kv_heads; }
};

struct Mlp {
  std::uint64_t width = 0;
  MlpKind kind = MlpKind::gated;
  bool bias = false;
};

// The MLP of an expert layer: `active` of `count` experts for each token, beside one that every token takes.
struct Experts {
  std::uint64_t count = 0;
  std::uint64_t active = 0;
  std::uint64_t width = 0;         // of each
  std::uint64_t shared_width = 0;  // of the shared experts together; 0: there are none
  bool shared_gate = false;        // one more weight per channel decides how much of the shared ones counts
  bool selection_bias = false;     // one number per expert that balances the load (DeepSeek-V3)
};

// A transformer with one kind of attention; immutable once it is read and checked.
struct TransformerModel {
  std::string name;
  std::uint64_t hidden = 0;
  std::vector<LayerKind> layers;  // one entry a layer
  Attention attention;
  Mlp mlp;                              // of dense layers
  std::optional<Experts> experts = {};  // of expert layers; plain or gated, with or without bias, as `mlp` is
  NormKind norm = NormKind::rms;
  BlockOrder order = BlockOrder::sequential;
  PositionKind position = PositionKind::rotary;
  std::uint64_t vocabulary = 0;
  std::uint64_t context = 0;            // the longest sequence; 0: not known
  bool tied_embeddings = false;         // the head uses the embedding's weights
  std::uint64_t mtp_depth = 0;          // modules that predict tokens further ahead (DeepSeek-V3), counted apart
  bool dropout = false;                 // its masks are kept for the backward pass
  std::vector<std::string> notes = {};  // what a reader left out, one sentence each

  std::uint64_t layer_count() const { return layers.size(); }
  std::uint64_t expert_layer_count() const;
};

// Throws InputError at `where` when figures are missing or do not fit each other.
void check_transformer(const TransformerModel& model, const std::string& where);

}  // namespace lockstep::workloads
