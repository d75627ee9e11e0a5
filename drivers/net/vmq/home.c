// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: home CPUs: who may be one, and who gets which
 *
 * A queue that rules point at has a home for its interrupt (irq.c), an address
 * that is steered in software has one of its own (softsteer.c). Both are asked
 * of the planner (place.c) here, so that they see each other's load.
 */
#include <linux/cpumask.h>
#include <linux/rtnetlink.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "nic.h"
#include "place.h"
#include "vmq.h"

/**
 * vmq_home_allowed_rtnl - CPUs that may be homes on a nic now
 * @nic: nic
 * @mask: out: the admin's CPUs, or else all that are not isolated and not
 *	nohz_full; of these the ones online
 *
 * Context: RTNL. Without cpus_read_lock() the answer may be old.
 * Return: whether there is any.
 */
bool vmq_home_allowed_rtnl(const struct vmq_nic *nic, struct cpumask *mask)
{
	ASSERT_RTNL();

	if (nic->cpus_set)
		return cpumask_and(mask, nic->cpus, cpu_online_mask);

	rcu_read_lock();
	cpumask_and(mask, housekeeping_cpumask(HK_TYPE_DOMAIN),
		    housekeeping_cpumask(HK_TYPE_MANAGED_IRQ));
	cpumask_and(mask, mask, housekeeping_cpumask(HK_TYPE_TICK));
	rcu_read_unlock();
	return cpumask_and(mask, mask, cpu_online_mask);
}

/**
 * vmq_home_is_allowed_rtnl - may a CPU be a home on a nic now?
 * @nic: nic
 * @home: CPU
 *
 * Context: process context, RTNL.
 * Return: whether it may; without memory to look, that it may.
 */
bool vmq_home_is_allowed_rtnl(const struct vmq_nic *nic, int home)
{
	cpumask_var_t mask;
	bool ok;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return true;	/* look again at the next audit */
	vmq_home_allowed_rtnl(nic, mask);
	ok = cpumask_test_cpu(home, mask);
	free_cpumask_var(mask);
	return ok;
}

/* What is at home on which CPU, of all nics: @cpus has one for each possible CPU */
static void vmq_home_count_rtnl(struct vmq_place_cpu *cpus, unsigned int nr)
{
	const struct vmq_filter *filter;
	const struct vmq_nic *nic;
	unsigned int *load, i;

	load = kvcalloc(nr_cpu_ids, sizeof(*load), GFP_KERNEL);
	if (!load)
		return;		/* as if nothing were at home anywhere */

	list_for_each_entry(nic, &vmq_nics, list) {
		for (i = 0; i < nic->max_queues; i++)
			if (nic->queues[i].home >= 0)
				load[nic->queues[i].home]++;
		list_for_each_entry(filter, &nic->filters, list)
			if (filter->soft.home >= 0)
				load[filter->soft.home]++;
	}
	for (i = 0; i < nr; i++)
		cpus[i].load = load[cpus[i].id];
	kvfree(load);
}

/**
 * vmq_home_choose_rtnl - ask the planner for one more home
 * @nic: nic whose queue or address it is for
 * @wish: CPU that it shall be if it is allowed, -1 for none
 *
 * Context: process context, RTNL. Without cpus_read_lock() the CPU may be offline
 *	by now.
 * Return: the CPU, or -1 when none is allowed or there is no memory.
 */
int vmq_home_choose_rtnl(const struct vmq_nic *nic, int wish)
{
	struct device *parent = nic->dev->dev.parent;
	struct vmq_place_cpu *cpus;
	unsigned int cpu, nr = 0;
	cpumask_var_t mask;
	int home = -1;

	cpus = kvcalloc(nr_cpu_ids, sizeof(*cpus), GFP_KERNEL);
	if (!cpus)
		return -1;
	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		goto out;
	vmq_home_allowed_rtnl(nic, mask);
	if (wish >= 0 && cpumask_test_cpu(wish, mask)) {
		home = wish;
		goto out_mask;
	}

	for_each_possible_cpu(cpu) {
		cpus[nr].id = cpu;
		cpus[nr].core = cpumask_first(topology_sibling_cpumask(cpu));
		if (cpus[nr].core >= nr_cpu_ids)
			cpus[nr].core = cpu;	/* never was online */
		cpus[nr].node = cpu_to_node(cpu);
		cpus[nr].allowed = cpumask_test_cpu(cpu, mask);
		/* The kernel's own work is there; the admin may know better. */
		cpus[nr].avoid = !cpu && !nic->cpus_set;
		nr++;
	}
	vmq_home_count_rtnl(cpus, nr);
	home = vmq_place_home(cpus, nr, parent ? dev_to_node(parent) :
					VMQ_PLACE_NO_NODE);
out_mask:
	free_cpumask_var(mask);
out:
	kvfree(cpus);
	return home;
}
