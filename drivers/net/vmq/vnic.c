// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: steering state of an address behind a port
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "nic.h"
#include "vmq.h"

/* Count a vnic behind another port; NULL for none. */
static void vmq_vnic_count(struct vmq_device *vd, struct vmq_port *from,
			   struct vmq_port *to)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vd->lock, flags);
	if (from)
		from->vnics--;
	if (to)
		to->vnics++;
	vd->nr_vnics += !!to - !!from;
	if (from)
		vmq_addr_made_room_locked(vd);
	raw_spin_unlock_irqrestore(&vd->lock, flags);
}

static void vmq_vnic_free_rcu(struct rcu_head *rcu)
{
	struct vmq_vnic *vnic = container_of(rcu, struct vmq_vnic, rcu);

	free_percpu(vnic->stats);
	kfree(vnic);
}

static void vmq_vnic_unsteer(struct vmq_device *vd, struct vmq_vnic *vnic,
			     unsigned int slot, bool linger)
{
	struct vmq_filter *filter = rtnl_dereference(vnic->filter[slot]);

	if (!filter)
		return;

	RCU_INIT_POINTER(vnic->filter[slot], NULL);
	vmq_filter_put_rtnl(vd->nics[slot], filter, linger);
}

/**
 * vmq_vnic_steer_rtnl - ask for a hardware rule for an address, or give it up
 * @vd: device
 * @addr: address; nothing happens when it is no vnic
 * @slot: for which of the device's NICs
 * @on: a rule is wanted
 *
 * Context: Process, RTNL.
 */
void vmq_vnic_steer_rtnl(struct vmq_device *vd, struct vmq_addr *addr,
			 unsigned int slot, bool on)
{
	struct vmq_vnic *vnic = rtnl_dereference(addr->vnic);
	struct vmq_filter *filter;

	ASSERT_RTNL();

	if (!vnic)
		return;

	if (!on) {
		vmq_vnic_unsteer(vd, vnic, slot, false);
	} else if (!rtnl_dereference(vnic->filter[slot])) {
		filter = vmq_filter_get_rtnl(vd->nics[slot], addr->key.addr);
		rcu_assign_pointer(vnic->filter[slot], filter);
	}
}

/**
 * vmq_vnic_create_rtnl - make an address a vnic, or move the vnic that it is
 * @vd: device
 * @addr: address
 * @port: port behind which the bridge has it, and where there is room for it
 *
 * Context: Process, RTNL.
 * Return: 0 or -ENOMEM.
 */
int vmq_vnic_create_rtnl(struct vmq_device *vd, struct vmq_addr *addr,
			 struct vmq_port *port)
{
	struct vmq_vnic *vnic = rtnl_dereference(addr->vnic);
	struct vmq_port *old;
	struct vmq_nic *nic;
	unsigned int slot;

	ASSERT_RTNL();

	old = vnic ? rtnl_dereference(vnic->port) : NULL;
	if (old == port)
		return 0;

	if (vnic) {
		vmq_vnic_count(vd, old, port);
		rcu_assign_pointer(vnic->port, port);
		return 0;
	}

	vnic = kzalloc_obj(*vnic, GFP_KERNEL);
	if (!vnic)
		return -ENOMEM;

	vnic->stats = netdev_alloc_pcpu_stats(struct vmq_vnic_stats);
	if (!vnic->stats) {
		kfree(vnic);
		return -ENOMEM;
	}

	vmq_vnic_count(vd, NULL, port);
	RCU_INIT_POINTER(vnic->port, port);
	rcu_assign_pointer(addr->vnic, vnic);
	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++)
		if (vd->steer)
			vmq_vnic_steer_rtnl(vd, addr, slot, true);

	return 0;
}

/**
 * vmq_vnic_destroy_rtnl - an address is no vnic any more
 * @vd: device
 * @addr: address; nothing happens when it is none
 *
 * Context: Process, RTNL. No rule is removed here: that is the work item's.
 */
void vmq_vnic_destroy_rtnl(struct vmq_device *vd, struct vmq_addr *addr)
{
	struct vmq_vnic *vnic = rtnl_dereference(addr->vnic);
	unsigned int slot;

	ASSERT_RTNL();

	if (!vnic)
		return;

	/* Without a bridge the device is on its way out and leaves no rule. */
	for (slot = 0; slot < VMQ_MAX_NICS; slot++)
		vmq_vnic_unsteer(vd, vnic, slot,
				 rcu_access_pointer(vd->bridge));
	vmq_vnic_count(vd, rtnl_dereference(vnic->port), NULL);
	RCU_INIT_POINTER(addr->vnic, NULL);
	call_rcu(&vnic->rcu, vmq_vnic_free_rcu);
}

/**
 * vmq_vnic_sum - add up a vnic's per-CPU counters
 * @vnic: vnic
 * @sum: result; only its counters are used
 *
 * Context: RTNL or RCU.
 */
void vmq_vnic_sum(const struct vmq_vnic *vnic, struct vmq_vnic_stats *sum)
{
	struct vmq_vnic_stats one;
	unsigned int start;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct vmq_vnic_stats *stats;

		stats = per_cpu_ptr(vnic->stats, cpu);
		do {
			start = u64_stats_fetch_begin(&stats->syncp);
			memcpy(&one, stats, sizeof(one));
		} while (u64_stats_fetch_retry(&stats->syncp, start));

		u64_stats_add(&sum->fast, u64_stats_read(&one.fast));
		u64_stats_add(&sum->fast_bytes,
			      u64_stats_read(&one.fast_bytes));
		u64_stats_add(&sum->full, u64_stats_read(&one.full));
		u64_stats_add(&sum->onq, u64_stats_read(&one.onq));
		u64_stats_add(&sum->offq, u64_stats_read(&one.offq));
	}
}
