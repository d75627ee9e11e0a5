// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: the pool of receive queues of a nic
 *
 * Which queues rules may point at follows from the RSS table, which belongs to
 * the admin and is only read: queue 0 is left to RSS, a queue in the table is
 * shared between RSS and rules, a queue that the admin took out of the table
 * ("ethtool -X eth0 equal 4") is reserved for one vnic each.
 */
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>

#include "nic.h"
#include "vmq.h"

const char *const vmq_queue_kind_names[] = {
	[VMQ_QUEUE_DEFAULT]	= "default",
	[VMQ_QUEUE_SHARED]	= "shared",
	[VMQ_QUEUE_DEDICATED]	= "dedicated",
};

/**
 * vmq_queue_alloc - make the queues of a new nic
 * @nic: nic with @max_queues set
 *
 * Context: process context.
 * Return: 0 or -ENOMEM, with nothing left behind.
 */
int vmq_queue_alloc(struct vmq_nic *nic)
{
	unsigned int i;

	nic->queues = kcalloc(nic->max_queues, sizeof(*nic->queues),
			      GFP_KERNEL);
	if (!nic->queues)
		return -ENOMEM;
	for (i = 0; i < nic->max_queues; i++) {
		nic->queues[i].home = -1;
		if (!zalloc_cpumask_var(&nic->queues[i].saved, GFP_KERNEL))
			goto err_free;
	}
	return 0;

err_free:
	vmq_queue_free(nic);
	return -ENOMEM;
}

/**
 * vmq_queue_free - free the queues of a nic
 * @nic: nic without pins
 *
 * Context: any.
 */
void vmq_queue_free(struct vmq_nic *nic)
{
	unsigned int i;

	for (i = 0; i < nic->max_queues; i++)
		free_cpumask_var(nic->queues[i].saved);
	kfree(nic->queues);
	nic->queues = NULL;
}

/* Queues in use; drivers that tell no number have the core's. */
static unsigned int vmq_queue_count(struct net_device *dev)
{
	int rings = compat_ethtool_rx_rings(dev);

	return rings > 0 ? rings : dev->real_num_rx_queues;
}

/* Mark the queues that RSS spreads to; without a table that is all of them. */
static void vmq_queue_read_rss(struct net_device *dev, unsigned long *in_rss,
			       unsigned int nr)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;
	u32 size, i, *indir;

	bitmap_fill(in_rss, nr);
	if (!ops->get_rxfh || !ops->get_rxfh_indir_size)
		return;
	size = ops->get_rxfh_indir_size(dev);
	if (!size)
		return;
	indir = kvcalloc(size, sizeof(*indir), GFP_KERNEL);
	if (!indir)
		return;
	if (!compat_ethtool_get_indir(dev, indir, size)) {
		bitmap_zero(in_rss, nr);
		for (i = 0; i < size; i++)
			if (indir[i] < nr)
				__set_bit(indir[i], in_rss);
	}
	kvfree(indir);
}

/**
 * vmq_queue_read_rtnl - read the number of queues and who uses them
 * @nic: nic
 *
 * Filters on queues that changed stay where they are until
 * vmq_queue_repool_rtnl().
 *
 * Context: RTNL, between vmq_nic_begin_rtnl() and vmq_nic_end_rtnl().
 * Return: whether anything changed.
 */
bool vmq_queue_read_rtnl(struct vmq_nic *nic)
{
	struct net_device *dev = nic->dev;
	unsigned int nr, i;
	unsigned long *in_rss;
	bool changed;

	ASSERT_RTNL();

	nr = min3(vmq_queue_count(dev), dev->real_num_rx_queues,
		  nic->max_queues);
	changed = nr != nic->nr_queues;
	nic->nr_queues = nr;
	for (i = 0; changed && i < nic->max_queues; i++)
		nic->queues[i].anew = nic->queues[i].has_saved;
	/* Without memory the kinds stay as they are until the next look. */
	in_rss = bitmap_alloc(nic->max_queues, GFP_KERNEL);
	if (!in_rss)
		return changed;
	vmq_queue_read_rss(dev, in_rss, nic->max_queues);

	for (i = 0; i < nic->max_queues; i++) {
		u8 kind = VMQ_QUEUE_DEDICATED;

		if (!i || i >= nic->nr_queues)
			kind = VMQ_QUEUE_DEFAULT;
		else if (test_bit(i, in_rss))
			kind = VMQ_QUEUE_SHARED;
		changed |= kind != nic->queues[i].kind;
		WRITE_ONCE(nic->queues[i].kind, kind);
	}
	bitmap_free(in_rss);
	return changed;
}

static bool vmq_queue_free_dedicated(const struct vmq_queue *q)
{
	return q->kind == VMQ_QUEUE_DEDICATED && !q->filters;
}

/* Free dedicated queues first, then the shared queue with the fewest filters */
static unsigned int vmq_queue_choose(const struct vmq_nic *nic)
{
	unsigned int best = VMQ_NO_QUEUE, i;

	for (i = 0; i < nic->nr_queues; i++) {
		const struct vmq_queue *q = &nic->queues[i];

		if (vmq_queue_free_dedicated(q))
			return i;
		if (q->kind != VMQ_QUEUE_SHARED)
			continue;
		if (best == VMQ_NO_QUEUE ||
		    q->filters < nic->queues[best].filters)
			best = i;
	}
	return best;
}

/**
 * vmq_queue_target_rtnl - choose the queue that a filter's rule shall point at
 * @nic: nic
 * @filter: filter; keeps a target that it has
 *
 * Sets vmq_filter.target, to VMQ_NO_QUEUE when no queue will do.
 *
 * Context: RTNL.
 */
void vmq_queue_target_rtnl(struct vmq_nic *nic, struct vmq_filter *filter)
{
	ASSERT_RTNL();

	if (filter->target != VMQ_NO_QUEUE)
		return;
	filter->target = vmq_queue_choose(nic);
	if (filter->target != VMQ_NO_QUEUE)
		nic->queues[filter->target].filters++;
}

/**
 * vmq_queue_release_rtnl - a filter no longer wants a queue
 * @nic: nic
 * @filter: filter, with or without a target
 *
 * Context: RTNL.
 */
void vmq_queue_release_rtnl(struct vmq_nic *nic, struct vmq_filter *filter)
{
	ASSERT_RTNL();

	if (filter->target == VMQ_NO_QUEUE)
		return;
	nic->queues[filter->target].filters--;
	filter->target = VMQ_NO_QUEUE;
}

/* May the filter stay where it is, now that the kinds have changed? */
static bool vmq_queue_fits(const struct vmq_nic *nic,
			   const struct vmq_filter *filter)
{
	const struct vmq_queue *q = &nic->queues[filter->target];

	if (filter->target >= nic->nr_queues)
		return false;
	if (q->kind == VMQ_QUEUE_DEDICATED)
		return q->filters == 1;
	return q->kind == VMQ_QUEUE_SHARED;
}

/**
 * vmq_queue_repool_rtnl - fit the targets of all filters to the queues of now
 * @nic: nic
 *
 * Filters leave queues that vanished or that became another's own, and move to
 * dedicated queues that became free. A filter whose target differs from its
 * queue is moved by the reconciler.
 *
 * Context: RTNL.
 */
void vmq_queue_repool_rtnl(struct vmq_nic *nic)
{
	struct vmq_filter *filter;

	ASSERT_RTNL();

	list_for_each_entry(filter, &nic->filters, list)
		if (filter->target != VMQ_NO_QUEUE &&
		    !vmq_queue_fits(nic, filter))
			vmq_queue_release_rtnl(nic, filter);

	list_for_each_entry(filter, &nic->filters, list) {
		unsigned int best;

		if (filter->doomed || filter->state == VMQ_STEER_WITHDRAWN)
			continue;
		if (filter->target == VMQ_NO_QUEUE) {
			if (filter->queue != VMQ_NO_QUEUE)
				vmq_queue_target_rtnl(nic, filter);
			continue;
		}
		if (nic->queues[filter->target].kind != VMQ_QUEUE_SHARED)
			continue;
		best = vmq_queue_choose(nic);
		if (best != VMQ_NO_QUEUE &&
		    vmq_queue_free_dedicated(&nic->queues[best])) {
			vmq_queue_release_rtnl(nic, filter);
			vmq_queue_target_rtnl(nic, filter);
		}
	}
}
