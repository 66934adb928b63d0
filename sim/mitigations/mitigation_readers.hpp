#pragma once

#include "sim/mitigations/mitigations.hpp"

// The reader of each kind of mitigation. They throw InputError.
namespace lockstep::sim {

void read_backup_workers(const JsonFields& fields, Mitigations& all);
void read_drop_slowest(const JsonFields& fields, Mitigations& all);
void read_bounded_waiting(const JsonFields& fields, Mitigations& all);
void read_rebalance(const JsonFields& fields, Mitigations& all);

}  // namespace lockstep::sim
