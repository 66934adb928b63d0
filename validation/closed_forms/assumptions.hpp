#pragma once

#include "validation/closed_forms/closed_form.hpp"

// The conditions that closed forms name.
namespace lockstep::validation {

// Of every form.
extern const Assumption port_model;

// Of links and how they are shared.
extern const Assumption equal_links;
extern const Assumption equal_links_per_reach;
extern const Assumption equal_latency;
extern const Assumption uncontended;
extern const Assumption nonblocking_fabric;
extern const Assumption one_link_each;
extern const Assumption even_shares;
extern const Assumption one_link_shared;
extern const Assumption one_nic_per_node;
extern const Assumption no_latency;

// Of what is asked, and of how it is run.
extern const Assumption simultaneous_arrival;
extern const Assumption no_reduction;
extern const Assumption no_overhead;
extern const Assumption single_segment;
extern const Assumption single_channel;
extern const Assumption divisible;
extern const Assumption every_message;
extern const Assumption steady_flow;
extern const Assumption rendezvous;
extern const Assumption equal_messages;
extern const Assumption hidden_gap;

// Of the members.
extern const Assumption power_of_two;
extern const Assumption power_of_two_where_latency_hides;  // named power_of_two as well
extern const Assumption regular_tree;
extern const Assumption symmetric_tree;
extern const Assumption nodes_in_order;
extern const Assumption equal_sides;
extern const Assumption no_in_network_reduction;

}  // namespace lockstep::validation
