#pragma once

#include "sim/updates/protocol.hpp"

// The readers in the table of protocols.cpp.
namespace lockstep::sim {

// round_protocols.cpp
MakeProtocol read_sync(const JsonFields& fields, std::uint32_t workers);
MakeProtocol read_k_sync(const JsonFields& fields, std::uint32_t workers);
MakeProtocol read_k_batch_sync(const JsonFields& fields, std::uint32_t workers);
MakeProtocol read_backup(const JsonFields& fields, std::uint32_t workers);
MakeProtocol read_local_sgd(const JsonFields& fields, std::uint32_t workers);
// asynchronous_protocols.cpp
MakeProtocol read_async(const JsonFields& fields, std::uint32_t workers);
MakeProtocol read_k_async(const JsonFields& fields, std::uint32_t workers);
MakeProtocol read_k_batch_async(const JsonFields& fields, std::uint32_t workers);
// stale_synchronous.cpp
MakeProtocol read_ssp(const JsonFields& fields, std::uint32_t workers);

// Gradients of an update that come from different workers, and gradients that may all come from one.
std::uint32_t read_k_of_workers(const JsonFields& fields, std::uint32_t workers);
std::uint32_t read_k_of_gradients(const JsonFields& fields);

}  // namespace lockstep::sim
