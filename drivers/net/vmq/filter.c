// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: destination MAC rules in a nic's table
 *
 * A filter exists while vnics want its MAC steered. Whether a rule stands behind
 * it is another matter: slots are few, drivers refuse, rules get lost, and some
 * drivers accept a rule and ignore it. So a rule counts for nothing until frames
 * arrive on its queue, and what the table holds is looked at again and again.
 *
 * vmq_filter.queue is the queue of the rule that is in the NIC now, .target that
 * of the rule that shall be there. The reconciler calls vmq_filter_step_rtnl()
 * until both agree everywhere.
 */
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <trace/events/vmq.h>

#include "nic.h"
#include "vmq.h"

#define VMQ_FILTER_GOOD		16	/* hits that verify a rule */
#define VMQ_FILTER_BAD		64	/* misses that put it in doubt */
#define VMQ_FILTER_SETTLE	(HZ / 10)	/* frames of the old queue's ring */
#define VMQ_FILTER_WINDOW	4096	/* undecided frames after which to restart */
#define VMQ_FILTER_TICK		(HZ / 4)	/* between judgements at first */
#define VMQ_FILTER_SLOW		HZ		/* and later */
#define VMQ_FILTER_YOUNG	(10 * HZ)	/* "at first" ends here */
#define VMQ_FILTER_AUDIT	(5 * HZ)	/* between looks at a rule */
#define VMQ_FILTER_CHECKS	64	/* rules that one audit looks at */
#define VMQ_FILTER_BUSY_MIN	(HZ / 10)	/* first retry of a busy driver */
#define VMQ_FILTER_BUSY_MAX	(10 * HZ)
#define VMQ_FILTER_FAILED_MIN	HZ		/* first retry after a failure */
#define VMQ_FILTER_REFUSED_MIN	(30 * HZ)	/* first retry after a refusal */
#define VMQ_FILTER_REFUSED_MAX	(600 * HZ)	/* last retry of both */
#define VMQ_FILTER_GIVE_UP	10	/* failed removals before it is left behind */
#define VMQ_FILTER_SLOTS	16	/* table size where the driver tells none */
#define VMQ_FILTER_RATE		256	/* rules installed in a second, at most */
#define VMQ_FILTER_LINGER	(2 * HZ)	/* a rule stays for who comes back */

const char *const vmq_steer_names[] = {
	[VMQ_STEER_NONE]	= "none",
	[VMQ_STEER_PENDING]	= "pending",
	[VMQ_STEER_INSTALLED]	= "installed",
	[VMQ_STEER_VERIFIED]	= "verified",
	[VMQ_STEER_WITHDRAWN]	= "withdrawn",
};

const char *const vmq_why_names[VMQ_WHY_MAX] = {
	[VMQ_WHY_NONE]		= "-",
	[VMQ_WHY_OFF]		= "off",
	[VMQ_WHY_NO_NTUPLE]	= "no-ntuple",
	[VMQ_WHY_NO_QUEUE]	= "no-queue",
	[VMQ_WHY_NO_SLOT]	= "no-slot",
	[VMQ_WHY_REFUSED]	= "refused",
	[VMQ_WHY_BUSY]		= "busy",
	[VMQ_WHY_IGNORED]	= "ignored",
	[VMQ_WHY_DRIVER]	= "driver",
	[VMQ_WHY_DOWN]		= "down",
	[VMQ_WHY_GONE]		= "gone",
	[VMQ_WHY_LOST]		= "lost",
	[VMQ_WHY_NO_RXQ]	= "no-rxq",
};

static void vmq_filter_set(struct vmq_filter *f, enum vmq_steer state,
			   enum vmq_why why)
{
	WRITE_ONCE(f->state, state);
	WRITE_ONCE(f->why, why);
}

/* Is there a rule of ours in the NIC, as far as we know? */
static bool vmq_filter_is_in(const struct vmq_filter *f)
{
	return f->queue != VMQ_NO_QUEUE;
}

static void vmq_filter_recount(struct vmq_filter *f)
{
	atomic_set(&f->hits, 0);
	atomic_set(&f->misses, 0);
	f->judged = jiffies;
}

/* Time of the next try, twice as far away as the last one. */
static void vmq_filter_back_off(struct vmq_filter *f, unsigned long first,
				unsigned long last)
{
	f->retry = jiffies + min(first << min(f->tries, 10U), last);
	f->tries++;
}

static void vmq_filter_retry_now(struct vmq_filter *f)
{
	f->tries = 0;
	f->retry = jiffies;
}

/* Will the same call get the same answer until something else changes? */
static bool vmq_filter_is_final(int err)
{
	return !err || err == -EOPNOTSUPP || err == -EINVAL || err == -ENOSPC ||
	       err == -EEXIST;
}

/* No rule, none on its way: the queue is free for others until the next try. */
static void vmq_filter_shelve(struct vmq_nic *nic, struct vmq_filter *f,
			      enum vmq_why why, int err)
{
	vmq_queue_release_rtnl(nic, f);
	vmq_filter_set(f, VMQ_STEER_NONE, why);
	f->err = err;
	vmq_filter_back_off(f, vmq_filter_is_final(err) ?
			       VMQ_FILTER_REFUSED_MIN : VMQ_FILTER_FAILED_MIN,
			    VMQ_FILTER_REFUSED_MAX);
	trace_vmq_refuse(nic->dev->name, f->addr, vmq_why_names[why], err);
}

/* The rule is no longer in the NIC. */
static void vmq_filter_out(struct vmq_nic *nic, struct vmq_filter *f)
{
	WRITE_ONCE(f->queue, VMQ_NO_QUEUE);
	if (f->state != VMQ_STEER_WITHDRAWN)
		vmq_filter_set(f, VMQ_STEER_PENDING, VMQ_WHY_NONE);
	vmq_filter_retry_now(f);
	nic->full = false;
}

static void vmq_filter_free(struct vmq_nic *nic, struct vmq_filter *f)
{
	vmq_queue_release_rtnl(nic, f);
	list_del_rcu(&f->list);
	nic->nr_filters--;
	kfree_rcu(f, rcu);
}

static int vmq_filter_read(struct vmq_nic *nic, u32 location,
			   struct ethtool_rxnfc *nfc)
{
	memset(nfc, 0, sizeof(*nfc));
	nfc->cmd = ETHTOOL_GRXCLSRULE;
	nfc->fs.location = location;
	return nic->dev->ethtool_ops->get_rxnfc(nic->dev, nfc, NULL);
}

/*
 * Is the rule at our location ours? Drivers differ in what they read back of
 * VLAN and masks; MAC and queue are what we compare. Returns 0 or 1, or a
 * negative errno while the driver cannot tell.
 */
static int vmq_filter_is_ours(struct vmq_nic *nic, const struct vmq_filter *f)
{
	struct ethtool_rxnfc nfc;
	int err;

	err = vmq_filter_read(nic, f->location, &nfc);
	switch (err) {
	case 0:
		break;
	case -EOPNOTSUPP:
		return 1;	/* reads no rules back */
	case -EAGAIN:
	case -EBUSY:
	case -EIO:
	case -ENETDOWN:
	case -ENODEV:
	case -ENOMEM:
	case -ETIMEDOUT:
		return err;
	default:
		return 0;	/* drivers name "no such rule" in many ways */
	}
	return (nfc.fs.flow_type & ~(FLOW_EXT | FLOW_MAC_EXT | FLOW_RSS)) ==
	       ETHER_FLOW &&
	       ether_addr_equal_unaligned(nfc.fs.h_u.ether_spec.h_dest,
					  f->addr) &&
	       nfc.fs.ring_cookie == f->queue;
}

/**
 * vmq_filter_list_rtnl - where a NIC has rules, ours and others
 * @nic: nic, its driver ready for calls (vmq_nic_begin_rtnl())
 * @locs: out: their locations; kvfree() them
 * @cnt: out: how many
 * @size: out: size of the table, 0 when the driver does not tell
 *
 * Context: process context, RTNL held, and the instance lock where there is one.
 * Return: 0 or a negative errno, then there is nothing to free.
 */
int vmq_filter_list_rtnl(struct vmq_nic *nic, u32 **locs, u32 *cnt, u32 *size)
{
	const struct ethtool_ops *ops = nic->dev->ethtool_ops;
	struct ethtool_rxnfc nfc = { .cmd = ETHTOOL_GRXCLSRLCNT };
	u32 room;
	int err;

	ASSERT_RTNL();

	err = ops->get_rxnfc(nic->dev, &nfc, NULL);
	if (err)
		return err;
	*size = nfc.data & ~RX_CLS_LOC_SPECIAL;

	/* Drivers may refuse an array without room. */
	room = nfc.rule_cnt + 1;
	*locs = kvcalloc(room, sizeof(**locs), GFP_KERNEL);
	if (!*locs)
		return -ENOMEM;
	memset(&nfc, 0, sizeof(nfc));
	nfc.cmd = ETHTOOL_GRXCLSRLALL;
	nfc.rule_cnt = room;
	err = ops->get_rxnfc(nic->dev, &nfc, *locs);
	if (err) {
		kvfree(*locs);
		return err;
	}

	*cnt = min(nfc.rule_cnt, room);
	if (nfc.data & ~RX_CLS_LOC_SPECIAL)
		*size = nfc.data & ~RX_CLS_LOC_SPECIAL;
	return 0;
}

/* The highest location without a rule, or a negative errno. */
static int vmq_filter_free_slot(struct vmq_nic *nic)
{
	unsigned long *taken;
	u32 size, cnt, i;
	u32 *locs;
	int err;

	err = vmq_filter_list_rtnl(nic, &locs, &cnt, &size);
	if (err)
		return err;
	nic->rules = size ? size : VMQ_FILTER_SLOTS;

	err = -ENOMEM;
	taken = kvcalloc(BITS_TO_LONGS(nic->rules), sizeof(*taken),
			 GFP_KERNEL);
	if (!taken)
		goto out;
	for (i = 0; i < cnt; i++)
		if (locs[i] < nic->rules)
			__set_bit(locs[i], taken);
	err = -ENOSPC;
	for (i = nic->rules; i--;)
		if (!test_bit(i, taken)) {
			err = i;
			break;
		}
	kvfree(taken);
out:
	kvfree(locs);
	return err;
}

static int vmq_filter_insert(struct vmq_nic *nic, struct vmq_filter *f)
{
	struct ethtool_rxnfc nfc = { .cmd = ETHTOOL_SRXCLSRLINS };
	struct ethtool_rx_flow_spec *fs = &nfc.fs;
	int slot, err;

	fs->location = RX_CLS_LOC_ANY;
	if (!nic->loc_any) {
		/* Many drivers replace what is at a location: it must be free.
		 * RTNL keeps it so until the rule is in.
		 */
		slot = vmq_filter_free_slot(nic);
		if (slot < 0)
			return slot;
		fs->location = slot;
	}
	fs->flow_type = ETHER_FLOW;
	fs->ring_cookie = f->target;
	ether_addr_copy(fs->h_u.ether_spec.h_dest, f->addr);
	eth_broadcast_addr(fs->m_u.ether_spec.h_dest);

	err = nic->dev->ethtool_ops->set_rxnfc(nic->dev, &nfc);
	if (!err)
		f->location = fs->location;
	return err;
}

static void vmq_filter_install(struct vmq_nic *nic, struct vmq_filter *f)
{
	int err;

	err = vmq_nic_begin_rtnl(nic);
	if (!err) {
		err = vmq_filter_insert(nic, f);
		vmq_nic_end_rtnl(nic);
	}

	switch (err) {
	case 0:
		f->err = 0;
		f->tries = 0;
		f->settled = false;
		f->doubted = false;
		f->blind = false;
		f->since = jiffies;
		f->checked = jiffies;
		vmq_filter_recount(f);
		vmq_filter_set(f, VMQ_STEER_INSTALLED, VMQ_WHY_NONE);
		/* Last: the fast path counts from here on. */
		WRITE_ONCE(f->queue, f->target);
		nic->installs++;
		trace_vmq_steer(nic->dev->name, f->addr, f->queue, f->location);
		return;
	case -EBUSY:
	case -EAGAIN:
		f->err = err;
		vmq_filter_set(f, VMQ_STEER_PENDING, VMQ_WHY_BUSY);
		vmq_filter_back_off(f, VMQ_FILTER_BUSY_MIN,
				    VMQ_FILTER_BUSY_MAX);
		return;
	case -ENODEV:
		vmq_filter_shelve(nic, f, VMQ_WHY_GONE, err);
		return;
	case -ENOSPC:
		nic->full = true;
		vmq_filter_shelve(nic, f, VMQ_WHY_NO_SLOT, err);
		return;
	default:
		nic->refusals++;
		vmq_filter_shelve(nic, f, VMQ_WHY_REFUSED, err);
		return;
	}
}

/* Remove the rule of a filter, if it is still ours. */
static void vmq_filter_remove(struct vmq_nic *nic, struct vmq_filter *f)
{
	struct ethtool_rxnfc nfc = { .cmd = ETHTOOL_SRXCLSRLDEL };
	int ours, err;

	err = vmq_nic_begin_rtnl(nic);
	if (!err) {
		ours = vmq_filter_is_ours(nic, f);
		if (ours > 0) {
			nfc.fs.location = f->location;
			err = nic->dev->ethtool_ops->set_rxnfc(nic->dev, &nfc);
			nic->removals += !err;
		} else {
			err = ours;
			nic->lost += !err;
		}
		vmq_nic_end_rtnl(nic);
	}
	/* A NIC that is only detached, as in suspend, comes back. */
	if (err == -ENODEV ? !nic->gone : err && f->tries < VMQ_FILTER_GIVE_UP) {
		vmq_filter_back_off(f, VMQ_FILTER_BUSY_MIN,
				    VMQ_FILTER_BUSY_MAX);
		return;
	}
	if (err && err != -ENODEV)
		netdev_warn(nic->dev,
			    "vmq: rule %u for %pM could not be removed: %d\n",
			    f->location, f->addr, err);
	trace_vmq_unsteer(nic->dev->name, f->addr, f->queue, f->location);
	vmq_filter_out(nic, f);
}

static void vmq_filter_withdraw(struct vmq_nic *nic, struct vmq_filter *f)
{
	nic->withdrawals++;
	trace_vmq_verify(nic->dev->name, f->addr, f->queue,
			 atomic_read(&f->hits), atomic_read(&f->misses), false);
	vmq_queue_release_rtnl(nic, f);
	vmq_filter_set(f, VMQ_STEER_WITHDRAWN, VMQ_WHY_IGNORED);
}

/* Look whether the rule is still in the NIC; what is lost is put back. */
static void vmq_filter_check(struct vmq_nic *nic, struct vmq_filter *f)
{
	int ours;

	f->checked = jiffies;
	if (vmq_nic_begin_rtnl(nic))
		return;
	ours = vmq_filter_is_ours(nic, f);
	vmq_nic_end_rtnl(nic);
	if (ours)
		return;	/* still in, or nobody can tell */

	nic->lost++;
	trace_vmq_unsteer(nic->dev->name, f->addr, f->queue, f->location);
	vmq_filter_out(nic, f);
	vmq_filter_set(f, VMQ_STEER_PENDING, VMQ_WHY_LOST);
}

/*
 * Look at where the frames of a filter arrived. Frames that were in the old
 * queue's ring when the rule came are misses that prove nothing: what arrived
 * before the rule had settled is dropped, and, because a busy CPU may be late with
 * its ring, a rule is blamed only when what arrives next misses as well. Misses may
 * also mean that the rule is lost, so the NIC is asked first. A rule without effect
 * still gets its share of what RSS spreads, up to a half of all frames with two
 * queues, so a third of misses is too many. Returns whether the driver was
 * called.
 */
static bool vmq_filter_judge(struct vmq_nic *nic, struct vmq_filter *f)
{
	unsigned int hits = atomic_read(&f->hits);
	unsigned int misses = atomic_read(&f->misses);
	bool bad = misses >= VMQ_FILTER_BAD && hits < misses * 2;

	f->judged = jiffies;
	if (!f->settled) {
		f->settled = true;
		vmq_filter_recount(f);
		return false;
	}
	if (f->state == VMQ_STEER_VERIFIED && misses < VMQ_FILTER_BAD) {
		atomic_set(&f->misses, 0);
		return false;
	}
	if (f->state == VMQ_STEER_VERIFIED || bad) {
		vmq_filter_check(nic, f);
		if (!vmq_filter_is_in(f))
			return true;
		if (f->state != VMQ_STEER_VERIFIED && f->doubted) {
			vmq_filter_withdraw(nic, f);
			return true;
		}
		f->doubted = f->state != VMQ_STEER_VERIFIED;
		/* Hits of verified rules are not counted: count both anew. */
		vmq_filter_set(f, VMQ_STEER_INSTALLED, VMQ_WHY_NONE);
		f->since = jiffies;
		vmq_filter_recount(f);
		return true;
	}

	if (hits >= VMQ_FILTER_GOOD && misses <= hits / 8) {
		vmq_filter_set(f, VMQ_STEER_VERIFIED, VMQ_WHY_NONE);
		trace_vmq_verify(nic->dev->name, f->addr, f->queue, hits,
				 misses, true);
		f->doubted = false;
		vmq_filter_recount(f);
	} else if (hits + misses >= VMQ_FILTER_WINDOW) {
		vmq_filter_recount(f);
	} else if (f->blind && !hits && !misses) {
		WRITE_ONCE(f->why, VMQ_WHY_NO_RXQ);
	}
	return false;
}

static unsigned long vmq_filter_judge_due(const struct vmq_filter *f)
{
	if (!f->settled)
		return f->since + VMQ_FILTER_SETTLE;
	if (f->state == VMQ_STEER_VERIFIED)
		return f->judged + VMQ_FILTER_AUDIT;
	if (time_before(jiffies, f->since + VMQ_FILTER_YOUNG))
		return f->judged + VMQ_FILTER_TICK;
	return f->judged + VMQ_FILTER_SLOW;
}

static void vmq_filter_until(unsigned long when, unsigned long *wait)
{
	unsigned long now = jiffies;

	*wait = min(*wait, time_after(when, now) ? when - now : 1);
}

/* A filter whose rule is in the NIC. Returns whether the driver was called. */
static bool vmq_filter_step_in(struct vmq_nic *nic, struct vmq_filter *f,
			       unsigned long *wait)
{
	if (!f->doomed && f->target == f->queue &&
	    time_after_eq(jiffies, vmq_filter_judge_due(f)) &&
	    vmq_filter_judge(nic, f))
		return true;

	if (f->doomed || f->target != f->queue) {
		/* Whoever waits for a slot has it before one that may come back. */
		if (time_before(jiffies, f->retry) &&
		    (f->tries || !nic->full)) {
			vmq_filter_until(f->retry, wait);
			return false;
		}
		vmq_filter_remove(nic, f);
		return true;
	}
	if (nic->checks &&
	    time_after_eq(jiffies, f->checked + VMQ_FILTER_AUDIT)) {
		nic->checks--;
		vmq_filter_check(nic, f);
		return true;
	}
	vmq_filter_until(vmq_filter_judge_due(f), wait);
	return false;
}

/* Each rule may be a slow command to the NIC, and guests cause them. */
static bool vmq_filter_may_install(struct vmq_nic *nic, unsigned long *wait)
{
	if (time_after_eq(jiffies, nic->refill)) {
		nic->budget = VMQ_FILTER_RATE;
		nic->refill = jiffies + HZ;
	}
	if (!nic->budget) {
		vmq_filter_until(nic->refill, wait);
		return false;
	}
	nic->budget--;
	return true;
}

/* A filter without a rule. Returns whether the driver was called. */
static bool vmq_filter_step_out(struct vmq_nic *nic, struct vmq_filter *f,
				unsigned long *wait)
{
	if (f->doomed) {
		vmq_filter_free(nic, f);
		return false;
	}
	if (f->state == VMQ_STEER_WITHDRAWN && !f->tries) {
		/* The rule has just been removed: leave it so for long. */
		f->tries = 1;
		f->retry = jiffies + VMQ_FILTER_REFUSED_MAX;
	}
	if (f->why == VMQ_WHY_NO_SLOT && !nic->full)
		f->retry = jiffies;
	if (time_before(jiffies, f->retry)) {
		vmq_filter_until(f->retry, wait);
		return false;
	}
	if (!nic->has_rules) {
		vmq_filter_shelve(nic, f, nic->why_none, 0);
	} else if (nic->full) {
		vmq_filter_shelve(nic, f, VMQ_WHY_NO_SLOT, 0);
	} else if (!netif_running(nic->dev)) {
		vmq_filter_shelve(nic, f, VMQ_WHY_DOWN, 0);
	} else {
		vmq_queue_target_rtnl(nic, f);
		if (f->target != VMQ_NO_QUEUE) {
			if (!vmq_filter_may_install(nic, wait))
				return false;
			vmq_filter_install(nic, f);
			return true;
		}
		vmq_filter_shelve(nic, f, VMQ_WHY_NO_QUEUE, 0);
	}
	vmq_filter_until(f->retry, wait);
	return false;
}

/**
 * vmq_filter_step_rtnl - bring the rules of a nic one step nearer to the wish
 * @nic: nic
 * @wait: out: jiffies until there may be something to do, if it is sooner
 *
 * Rules that must go are removed before others are put in, so that slots are
 * free.
 *
 * Context: process context, RTNL held, no instance lock. Calls the driver for at
 *	most one change.
 * Return: whether the driver was called, so that RTNL should be given up.
 */
bool vmq_filter_step_rtnl(struct vmq_nic *nic, unsigned long *wait)
{
	struct vmq_filter *f, *next;

	ASSERT_RTNL();

	list_for_each_entry(f, &nic->filters, list)
		if (vmq_filter_is_in(f) && vmq_filter_step_in(nic, f, wait))
			return true;
	list_for_each_entry_safe(f, next, &nic->filters, list)
		if (!vmq_filter_is_in(f) && vmq_filter_step_out(nic, f, wait))
			return true;
	return false;
}

/**
 * vmq_filter_audit_rtnl - allow another round of looks at the rules
 * @nic: nic
 *
 * Context: process context, RTNL held, no instance lock.
 */
void vmq_filter_audit_rtnl(struct vmq_nic *nic)
{
	struct ethtool_rxnfc nfc = { .cmd = ETHTOOL_GRXCLSRLCNT };

	ASSERT_RTNL();

	nic->checks = VMQ_FILTER_CHECKS;
	if (!nic->full || vmq_nic_begin_rtnl(nic))
		return;
	/* The admin may have freed a slot. */
	if (!nic->dev->ethtool_ops->get_rxnfc(nic->dev, &nfc, NULL) &&
	    nfc.rule_cnt < nic->rules)
		nic->full = false;
	vmq_nic_end_rtnl(nic);
}

/**
 * vmq_filter_reset_rtnl - try and check everything anew
 * @nic: nic, of which something may have changed
 *
 * Context: RTNL.
 */
void vmq_filter_reset_rtnl(struct vmq_nic *nic)
{
	struct vmq_filter *f;

	ASSERT_RTNL();

	nic->checks = nic->nr_filters;
	list_for_each_entry(f, &nic->filters, list) {
		vmq_filter_retry_now(f);
		f->checked = jiffies - VMQ_FILTER_AUDIT;
		if (f->state == VMQ_STEER_WITHDRAWN && !vmq_filter_is_in(f))
			vmq_filter_set(f, VMQ_STEER_PENDING, VMQ_WHY_NONE);
	}
}

/**
 * vmq_filter_flush_rtnl - nobody wants the filters of a nic any more
 * @nic: nic
 * @forget: the NIC is gone or its driver will not have it: free them without a
 *	call; else the rules are removed by the next steps
 *
 * Context: RTNL.
 */
void vmq_filter_flush_rtnl(struct vmq_nic *nic, bool forget)
{
	struct vmq_filter *f, *next;

	ASSERT_RTNL();

	list_for_each_entry_safe(f, next, &nic->filters, list) {
		f->doomed = true;
		vmq_filter_retry_now(f);
		if (!forget)
			continue;
		if (vmq_filter_is_in(f) && !nic->gone &&
		    nic->dev->reg_state == NETREG_REGISTERED)
			netdev_warn(nic->dev, "vmq: rule %u for %pM is left\n",
				    f->location, f->addr);
		vmq_filter_free(nic, f);
	}
}

/**
 * vmq_filter_get_rtnl - want a MAC steered
 * @nic: nic
 * @addr: destination MAC
 *
 * Finds or makes the filter; the rule follows from the work item. Undone by
 * vmq_filter_put_rtnl().
 *
 * Context: process context, RTNL held.
 * Return: the filter, or NULL without memory.
 */
struct vmq_filter *vmq_filter_get_rtnl(struct vmq_nic *nic, const u8 *addr)
{
	struct vmq_filter *f;

	ASSERT_RTNL();

	list_for_each_entry(f, &nic->filters, list)
		if (ether_addr_equal(f->addr, addr))
			goto found;

	f = kzalloc_obj(*f, GFP_KERNEL);
	if (!f)
		return NULL;
	ether_addr_copy(f->addr, addr);
	f->queue = VMQ_NO_QUEUE;
	f->target = VMQ_NO_QUEUE;
	vmq_softsteer_reset(&f->soft);
	vmq_filter_set(f, VMQ_STEER_PENDING, VMQ_WHY_NONE);
	vmq_filter_retry_now(f);
	/* Without filters nobody watched the NIC. */
	nic->reread |= !nic->nr_filters;
	list_add_tail_rcu(&f->list, &nic->filters);
	nic->nr_filters++;
	vmq_nic_kick(nic);
found:
	if (f->doomed) {
		/* Its rule, if still in, may stay. */
		f->doomed = false;
		vmq_filter_retry_now(f);
		vmq_nic_kick(nic);
	}
	f->users++;
	return f;
}

/**
 * vmq_filter_put_rtnl - a vnic no longer wants its MAC steered
 * @nic: nic
 * @filter: filter; readers may still see it until a grace period has passed
 * @linger: the MAC may be back soon (it moves, or somebody plays with it)
 *
 * With the last user the work item removes the rule: a moment later with @linger,
 * unless others wait for its slot or for its queue.
 *
 * Context: RTNL.
 */
void vmq_filter_put_rtnl(struct vmq_nic *nic, struct vmq_filter *filter,
			 bool linger)
{
	ASSERT_RTNL();

	if (--filter->users)
		return;
	filter->doomed = true;
	vmq_filter_retry_now(filter);
	if (linger && vmq_filter_is_in(filter) &&
	    nic->queues[filter->queue].kind == VMQ_QUEUE_SHARED)
		filter->retry += VMQ_FILTER_LINGER;
	vmq_nic_kick(nic);
}
