// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: choice of home CPUs, pure functions
 */
#include "place.h"

/**
 * struct vmq_place_rank - how good a CPU is as a home, smaller is better
 * @far: not on the NIC's node
 * @avoid: vmq_place_cpu.avoid
 * @load: queues and addresses at home on the CPU
 * @core: queues at home on the CPU's core, so that the second SMT sibling of
 *	a core waits until every core has a queue
 * @id: CPU number, to be deterministic
 *
 * Members are compared in this order.
 */
struct vmq_place_rank {
	unsigned int far;
	bool avoid;
	unsigned int load;
	unsigned int core;
	unsigned int id;
};

static unsigned int vmq_place_core_load(const struct vmq_place_cpu *cpus,
					unsigned int nr, unsigned int core)
{
	unsigned int sum = 0, i;

	for (i = 0; i < nr; i++)
		if (cpus[i].core == core)
			sum += cpus[i].load;
	return sum;
}

static bool vmq_place_better(const struct vmq_place_rank *a,
			     const struct vmq_place_rank *b)
{
	if (a->far != b->far)
		return a->far < b->far;
	if (a->avoid != b->avoid)
		return b->avoid;
	if (a->load != b->load)
		return a->load < b->load;
	if (a->core != b->core)
		return a->core < b->core;
	return a->id < b->id;
}

/**
 * vmq_place_home - choose the home CPU of one more queue
 * @cpus: CPUs, in any order
 * @nr: their number
 * @node: the NIC's NUMA node, %VMQ_PLACE_NO_NODE when unknown
 *
 * The NIC's node first; one to be avoided only when no other of the node will do;
 * then the CPU with the fewest queues, of these the one whose core has the fewest,
 * of these the lowest number.
 *
 * Context: any, no locks.
 * Return: CPU number, or -1 when no CPU is allowed.
 */
int vmq_place_home(const struct vmq_place_cpu *cpus, unsigned int nr, int node)
{
	struct vmq_place_rank best = { 0 }, rank;
	int home = -1;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!cpus[i].allowed)
			continue;
		rank.far = node != VMQ_PLACE_NO_NODE && cpus[i].node != node;
		rank.avoid = cpus[i].avoid;
		rank.load = cpus[i].load;
		rank.core = vmq_place_core_load(cpus, nr, cpus[i].core);
		rank.id = cpus[i].id;
		if (home < 0 || vmq_place_better(&rank, &best)) {
			best = rank;
			home = cpus[i].id;
		}
	}
	return home;
}
