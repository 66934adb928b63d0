#pragma once

#include "topology/formats/formats.hpp"

// Fabrics as sites have them on file: what schedulers are configured with and what diagnostics print.
namespace lockstep::topology {

// Slurm's topology.conf, tree or block plugin.
bool looks_like_slurm(const std::string& text, const std::string& file);
Fleet read_slurm(const std::string& text, const ImportOptions& options);

// Models of NVIDIA's topograph, older and newer layout.
bool looks_like_topograph(const std::string& text, const std::string& file);
Fleet read_topograph(const std::string& text, const ImportOptions& options);

// The output of ibnetdiscover, an InfiniBand subnet.
bool looks_like_ibnetdiscover(const std::string& text, const std::string& file);
Fleet read_ibnetdiscover(const std::string& text, const ImportOptions& options);

}  // namespace lockstep::topology
