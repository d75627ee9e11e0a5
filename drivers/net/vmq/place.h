/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmq: choice of home CPUs, pure functions
 *
 * No kernel calls and no state: the same file builds into the module, into its
 * KUnit suite and into programs in user space.
 */
#ifndef _VMQ_PLACE_H
#define _VMQ_PLACE_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#endif

#define VMQ_PLACE_NO_NODE	(-1)

/**
 * struct vmq_place_cpu - what the planner knows of a CPU
 * @id: CPU number
 * @core: any number that SMT siblings share and others do not
 * @node: NUMA node, %VMQ_PLACE_NO_NODE when unknown
 * @load: queues and addresses that have their home here
 * @allowed: may become a home at all; absolute
 * @avoid: only when no other of the node will do
 *
 * Owned by the caller, constant during a call.
 */
struct vmq_place_cpu {
	unsigned int id;
	unsigned int core;
	int node;
	unsigned int load;
	bool allowed;
	bool avoid;
};

int vmq_place_home(const struct vmq_place_cpu *cpus, unsigned int nr, int node);

#endif /* _VMQ_PLACE_H */
