#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/json_fields.hpp"
#include "base/named_table.hpp"
#include "base/quantity.hpp"

// Protocols of stochastic gradient descent with a parameter server: who waits for whom. Each family is one file in this
// folder, each protocol one line of the table in protocols.cpp.
namespace lockstep::sim {

// What a protocol can have done. Workers are numbered from 0.
class ParameterServer {
 public:
  virtual ~ParameterServer() = default;

  // How many gradients are counted and not yet applied.
  virtual std::uint64_t gathered() const = 0;
  // Applies them to the weights.
  virtual void update() = 0;
  // The worker computes on from the present weights, once they have reached it. What it is at comes to nothing.
  virtual void send_weights(std::uint32_t worker) = 0;
  // The worker computes on from the weights that it has.
  virtual void go_on(std::uint32_t worker) = 0;
  // Calls the protocol back after that time, unless there is an update before.
  virtual void call_back_after(Seconds time) = 0;
};

// The state of one run of a protocol.
class Protocol {
 public:
  virtual ~Protocol() = default;
  // The worker's gradient has arrived and been served; the worker waits until it is told to go on.
  virtual void gradient_counted(std::uint32_t worker, ParameterServer& server) = 0;
  virtual void called_back(ParameterServer&) {}
  // How many gradients a worker computes, and applies to weights of its own, before it sends what came of them.
  virtual std::uint32_t local_steps() const { return 1; }
};

using MakeProtocol = std::function<std::unique_ptr<Protocol>()>;
// Reads what the protocol is told beside its name. Throws InputError.
using ProtocolReader = MakeProtocol (*)(const JsonFields& fields, std::uint32_t workers);
std::span<const NamedEntry<ProtocolReader>> protocols();

}  // namespace lockstep::sim
