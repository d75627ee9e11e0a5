// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: NICs below uplinks, and the work item that keeps them as desired
 *
 * A nic is shared by the devices above it (several VLAN uplinks on one NIC). It
 * holds the desired state: filters with a target queue, queues that are to be
 * pinned. One work item, the reconciler, makes the NIC match it. All driver
 * calls come from there, one to a hold of RTNL, because a call can be a slow
 * firmware command. Notifiers only mark and kick: on kernels with an instance
 * lock many of them run with that lock held, which ethtool operations need.
 *
 * The one exception is the release of a nic by the last device's dellink: that
 * removes our rules on the spot, so that nothing is left when "ip link del"
 * returns.
 */
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netdev_lock.h>

#include "nic.h"
#include "team.h"
#include "vmq.h"

#define VMQ_NIC_AUDIT	(5 * HZ)	/* between two audits of rules and pins */

LIST_HEAD(vmq_nics);

/* Drivers that return 0 for a rule on a MAC and do not match the MAC. */
static const char *const vmq_nic_ignorant[] = {
	"atlantic",	/* takes it for an ethertype rule */
	"cxgb4",	/* the flow rule loses the MAC: matches nothing */
	"iavf",		/* only the ethertype reaches the PF */
	"macb",		/* reads the MAC as IPv4 addresses */
	"mvpp2",	/* the flow rule loses the MAC: matches everything */
};

/* Of the igb family only i210 has the queue select bit; the others take the
 * rule and program a VMDq pool. Intel device ids of i210.
 */
static const u16 vmq_nic_i210[] = {
	0x1533, 0x1534, 0x1535, 0x1536, 0x1537, 0x1538, 0x157b, 0x157c,
};

static bool vmq_nic_driver_ignores(const struct net_device *dev)
{
	struct device *parent = dev->dev.parent;
	const char *name;
	unsigned int i;

	if (!parent)
		return false;
	name = dev_driver_string(parent);
	for (i = 0; i < ARRAY_SIZE(vmq_nic_ignorant); i++)
		if (!strcmp(name, vmq_nic_ignorant[i]))
			return true;
	if (strcmp(name, "igb") || !dev_is_pci(parent))
		return false;
	for (i = 0; i < ARRAY_SIZE(vmq_nic_i210); i++)
		if (to_pci_dev(parent)->device == vmq_nic_i210[i])
			return false;
	return true;
}

/**
 * vmq_nic_of_uplink - the NIC below an uplink
 * @uplink: a NIC or a VLAN device, on whatever many VLAN devices
 *
 * Context: RTNL or RCU read side.
 * Return: the real device; no reference is taken.
 */
struct net_device *vmq_nic_of_uplink(struct net_device *uplink)
{
	while (is_vlan_dev(uplink))
		uplink = vlan_dev_priv(uplink)->real_dev;
	return uplink;
}

/**
 * vmq_nic_begin_rtnl - make a NIC ready for calls of its ethtool operations
 * @nic: nic
 *
 * What the core does around each of them. Undone by vmq_nic_end_rtnl().
 *
 * Context: process context, RTNL held, no instance lock held. Never from a
 *	notifier. Takes the NIC's instance lock where the driver wants it.
 * Return: 0, or -ENODEV when the NIC is going away or detached, or what the
 *	driver's begin() returned.
 */
int vmq_nic_begin_rtnl(struct vmq_nic *nic)
{
	struct net_device *dev = nic->dev;
	int err = -ENODEV;

	ASSERT_RTNL();

	if (nic->gone || dev->reg_state != NETREG_REGISTERED)
		return -ENODEV;

	netdev_lock_ops(dev);
	if (dev->dev.parent)
		pm_runtime_get_sync(dev->dev.parent);
	if (!netif_device_present(dev))
		goto err_put;
	if (dev->ethtool_ops->begin) {
		err = dev->ethtool_ops->begin(dev);
		if (err)
			goto err_put;
	}
	return 0;

err_put:
	if (dev->dev.parent)
		pm_runtime_put(dev->dev.parent);
	netdev_unlock_ops(dev);
	return err;
}

/**
 * vmq_nic_end_rtnl - done with calls of a NIC's ethtool operations
 * @nic: nic, after a successful vmq_nic_begin_rtnl()
 *
 * Context: process context, RTNL held.
 */
void vmq_nic_end_rtnl(struct vmq_nic *nic)
{
	struct net_device *dev = nic->dev;

	if (dev->ethtool_ops->complete)
		dev->ethtool_ops->complete(dev);
	if (dev->dev.parent)
		pm_runtime_put(dev->dev.parent);
	netdev_unlock_ops(dev);
}

/* Rule table: is there one for MACs, how large, who picks locations? */
static void vmq_nic_read_table(struct vmq_nic *nic)
{
	const struct ethtool_ops *ops = nic->dev->ethtool_ops;
	struct ethtool_rxnfc nfc = { .cmd = ETHTOOL_GRXCLSRLCNT };
	int err;

	nic->has_rules = false;
	nic->why_none = VMQ_WHY_NO_NTUPLE;
	if (!ops->set_rxnfc || !ops->get_rxnfc)
		return;
	if (vmq_nic_driver_ignores(nic->dev)) {
		nic->why_none = VMQ_WHY_DRIVER;
		return;
	}
	err = ops->get_rxnfc(nic->dev, &nfc, NULL);
	if (err) {
		if (err != -EOPNOTSUPP)
			nic->why_none = VMQ_WHY_BUSY;
		return;
	}
	nic->loc_any = nfc.data & RX_CLS_LOC_SPECIAL;
	nic->rules = nfc.data & ~RX_CLS_LOC_SPECIAL;
	nic->has_rules = true;
	nic->why_none = VMQ_WHY_NONE;
}

/* Look at the NIC as if for the first time, and try everything anew. */
static void vmq_nic_read_rtnl(struct vmq_nic *nic)
{
	nic->reread = false;
	nic->full = false;
	if (vmq_nic_begin_rtnl(nic)) {
		/* Going away, or detached: the audit looks again. */
		nic->has_rules = false;
		nic->why_none = VMQ_WHY_GONE;
		nic->nr_queues = min(nic->nr_queues,
				     nic->dev->real_num_rx_queues);
	} else {
		vmq_nic_read_table(nic);
		vmq_queue_read_rtnl(nic);
		vmq_nic_end_rtnl(nic);
	}
	vmq_queue_repool_rtnl(nic);
	vmq_filter_reset_rtnl(nic);
	vmq_team_refresh_rtnl(nic);
	nic->audit = jiffies + VMQ_NIC_AUDIT;
}

/* Nobody tells when "ethtool -L" or "-X" has changed the queues. */
static void vmq_nic_audit_rtnl(struct vmq_nic *nic)
{
	bool changed;

	nic->audit = jiffies + VMQ_NIC_AUDIT;
	vmq_team_refresh_rtnl(nic);
	if (vmq_nic_begin_rtnl(nic))
		return;
	changed = vmq_queue_read_rtnl(nic);
	vmq_nic_end_rtnl(nic);

	if (changed || nic->why_none == VMQ_WHY_GONE ||
	    nic->why_none == VMQ_WHY_BUSY)
		vmq_nic_read_rtnl(nic);
	else
		vmq_filter_audit_rtnl(nic);
}

static void vmq_nic_free_rcu(struct rcu_head *rcu)
{
	struct vmq_nic *nic = container_of(rcu, struct vmq_nic, rcu);

	vmq_queue_free(nic);
	free_cpumask_var(nic->cpus);
	kfree(nic);
}

static void vmq_nic_release(struct kref *ref)
{
	struct vmq_nic *nic = container_of(ref, struct vmq_nic, ref);

	call_rcu(&nic->rcu, vmq_nic_free_rcu);
}

static void vmq_nic_unref(struct vmq_nic *nic)
{
	kref_put(&nic->ref, vmq_nic_release);
}

/* The queued work item owns a reference of the object. */
static void vmq_nic_queue(struct vmq_nic *nic, unsigned long delay)
{
	kref_get(&nic->ref);
	if (mod_delayed_work(vmq_wq, &nic->work, delay))
		vmq_nic_unref(nic);
}

/**
 * vmq_nic_kick - have the reconciler look at a nic soon
 * @nic: nic
 *
 * Context: any but hard interrupts; the caller knows the nic to be alive.
 */
void vmq_nic_kick(struct vmq_nic *nic)
{
	vmq_nic_queue(nic, 0);
}

/* Nothing of ours is left in the NIC, or the NIC is no more: let go of it. */
static void vmq_nic_close_rtnl(struct vmq_nic *nic)
{
	ASSERT_RTNL();

	vmq_irq_restore_rtnl(nic);
	vmq_filter_flush_rtnl(nic, true);
	nic->dead = true;
	list_del(&nic->list);
	vmq_debugfs_del_nic(nic);
	/* A running work item finds the nic dead; it must not be waited for
	 * here, because it may be waiting for RTNL.
	 */
	if (cancel_delayed_work(&nic->work))
		vmq_nic_unref(nic);
	netdev_put(nic->dev, &nic->tracker);
	vmq_nic_unref(nic);
}

/*
 * One round of the reconciler, with at most one change made through the driver.
 * Returns jiffies until the next round, MAX_SCHEDULE_TIMEOUT for never.
 */
static unsigned long vmq_nic_step_rtnl(struct vmq_nic *nic)
{
	unsigned long wait = MAX_SCHEDULE_TIMEOUT;

	if (nic->dead)
		return MAX_SCHEDULE_TIMEOUT;

	/* Fewer queues: "ethtool -L" tells nobody. */
	if (nic->reread || nic->dev->real_num_rx_queues < nic->nr_queues) {
		vmq_nic_read_rtnl(nic);
		return 0;
	}
	if (vmq_filter_step_rtnl(nic, &wait))
		return 0;
	if (!nic->users && !nic->nr_filters) {
		vmq_nic_close_rtnl(nic);
		return MAX_SCHEDULE_TIMEOUT;
	}
	if (vmq_softsteer_update_rtnl(nic))
		return 0;
	/* Without filters there is nothing to pin and nothing to watch. */
	vmq_irq_update_rtnl(nic);
	if (!nic->nr_filters)
		return MAX_SCHEDULE_TIMEOUT;

	if (time_after_eq(jiffies, nic->audit)) {
		vmq_nic_audit_rtnl(nic);
		vmq_irq_audit_rtnl(nic);
		return 0;
	}
	return min(wait, nic->audit - jiffies);
}

static void vmq_nic_work(struct work_struct *work)
{
	struct vmq_nic *nic = container_of(to_delayed_work(work),
					   struct vmq_nic, work);
	unsigned long wait;

	do {
		rtnl_lock();
		wait = vmq_nic_step_rtnl(nic);
		/* Under RTNL, so that a nic that is closed stays unqueued; a
		 * kick that came meanwhile is not to be delayed.
		 */
		if (wait && wait != MAX_SCHEDULE_TIMEOUT) {
			kref_get(&nic->ref);
			if (!queue_delayed_work(vmq_wq, &nic->work, wait))
				vmq_nic_unref(nic);
		}
		rtnl_unlock();
		cond_resched();
	} while (!wait);

	vmq_nic_unref(nic);
}

static struct vmq_nic *vmq_nic_find_rtnl(const struct net_device *dev)
{
	struct vmq_nic *nic;

	list_for_each_entry(nic, &vmq_nics, list)
		if (nic->dev == dev)
			return nic;
	return NULL;
}

static struct vmq_nic *vmq_nic_create_rtnl(struct net_device *dev)
{
	struct vmq_nic *nic;

	nic = kzalloc_obj(*nic, GFP_KERNEL);
	if (!nic)
		return NULL;
	if (!zalloc_cpumask_var(&nic->cpus, GFP_KERNEL))
		goto err_free;

	nic->dev = dev;
	nic->max_queues = dev->num_rx_queues;
	if (vmq_queue_alloc(nic))
		goto err_cpus;

	kref_init(&nic->ref);
	INIT_LIST_HEAD(&nic->filters);
	INIT_DELAYED_WORK(&nic->work, vmq_nic_work);
	nic->why_none = VMQ_WHY_NO_NTUPLE;
	nic->refill = jiffies;
	/* The caller may be in a notifier: the work item asks the driver. */
	nic->reread = true;
	netdev_hold(dev, &nic->tracker, GFP_KERNEL);
	list_add_tail(&nic->list, &vmq_nics);
	vmq_debugfs_add_nic(nic);
	return nic;

err_cpus:
	free_cpumask_var(nic->cpus);
err_free:
	kfree(nic);
	return NULL;
}

/**
 * vmq_nic_get_rtnl - find or make the nic of a NIC
 * @dev: NIC below a device's uplink
 * @extack: for the reason of a refusal
 *
 * Makes no driver call. Undone by vmq_nic_put_rtnl().
 *
 * Context: process context, RTNL held.
 * Return: the nic with one more user, or ERR_PTR(-ENODEV) when the NIC is going
 *	away, ERR_PTR(-ENOMEM).
 */
struct vmq_nic *vmq_nic_get_rtnl(struct net_device *dev,
				 struct netlink_ext_ack *extack)
{
	struct vmq_nic *nic;

	ASSERT_RTNL();

	if (dev->reg_state != NETREG_REGISTERED) {
		NL_SET_ERR_MSG(extack, "The NIC below the uplink is going away");
		return ERR_PTR(-ENODEV);
	}
	nic = vmq_nic_find_rtnl(dev);
	if (!nic)
		nic = vmq_nic_create_rtnl(dev);
	if (!nic) {
		NL_SET_ERR_MSG(extack, "No memory for the state of the NIC");
		return ERR_PTR(-ENOMEM);
	}
	nic->users++;
	vmq_nic_kick(nic);
	return nic;
}

/**
 * vmq_nic_put_rtnl - a device no longer needs its nic
 * @nic: nic
 * @unregister: called from a notifier
 *
 * With the last user our rules are removed and affinities put back as found. In
 * a notifier the driver must not be called: UNREGISTER comes for a move to
 * another netns too, when the NIC lives on. The work item does it then, and
 * holds the netdev until it is through. A NIC that is being unregistered takes
 * its rules along and is let go of at once.
 *
 * Context: process context, RTNL held; without @unregister no instance lock.
 */
void vmq_nic_put_rtnl(struct vmq_nic *nic, bool unregister)
{
	ASSERT_RTNL();

	if (--nic->users)
		return;

	nic->pin_users = 0;
	nic->soft_users = 0;
	if (nic->dev->reg_state != NETREG_REGISTERED) {
		vmq_nic_close_rtnl(nic);
		return;
	}
	vmq_filter_flush_rtnl(nic, false);
	vmq_irq_restore_rtnl(nic);
	if (!unregister) {
		unsigned long wait = MAX_SCHEDULE_TIMEOUT;

		while (vmq_filter_step_rtnl(nic, &wait))
			cond_resched();
		if (!nic->nr_filters) {
			vmq_nic_close_rtnl(nic);
			return;
		}
		/* The driver is busy: the work item goes on trying. */
	}
	vmq_nic_kick(nic);
}

/**
 * vmq_nic_exit - let go of every nic
 *
 * For module exit, when no device is left: what the work items could not yet
 * remove gets its last try. After it no work item is queued.
 *
 * Context: process context, takes RTNL.
 */
void vmq_nic_exit(void)
{
	unsigned long wait = MAX_SCHEDULE_TIMEOUT;
	struct vmq_nic *nic, *next;

	rtnl_lock();
	list_for_each_entry_safe(nic, next, &vmq_nics, list) {
		vmq_filter_reset_rtnl(nic);
		while (vmq_filter_step_rtnl(nic, &wait))
			cond_resched();
		vmq_nic_close_rtnl(nic);
	}
	rtnl_unlock();
}

/**
 * vmq_nic_event_rtnl - something happened to a netdev that may be a nic
 * @dev: netdev
 * @event: NETDEV_*
 *
 * Marks and kicks; the driver is not called. Affinities are put back before the
 * driver frees its interrupts.
 *
 * Context: netdevice notifier, RTNL held, maybe the instance lock.
 */
void vmq_nic_event_rtnl(struct net_device *dev, unsigned long event)
{
	struct vmq_nic *nic = vmq_nic_find_rtnl(dev);

	if (!nic)
		return;

	switch (event) {
	case NETDEV_GOING_DOWN:
		vmq_irq_restore_rtnl(nic);
		return;
	case NETDEV_UP:
	case NETDEV_CHANGE:
	case NETDEV_FEAT_CHANGE:
		/* What was refused may be taken now, what was in may be lost */
		nic->reread = true;
		vmq_nic_kick(nic);
		return;
	case NETDEV_CHANGENAME:
		vmq_debugfs_rename_nic(nic);
		return;
	case NETDEV_UNREGISTER:
		if (dev->reg_state == NETREG_REGISTERED)
			return;	/* moves to another netns */
		nic->gone = true;
		if (!nic->users)
			vmq_nic_close_rtnl(nic);
		return;
	}
}

/**
 * vmq_nic_set_pin_rtnl - count the devices that want interrupts pinned
 * @nic: nic
 * @on: one more, or one less
 *
 * With the last one gone all affinities are put back before it returns. Queues
 * that somebody else has pinned since are taken again by switching off and on.
 *
 * Context: process context, RTNL held.
 */
void vmq_nic_set_pin_rtnl(struct vmq_nic *nic, bool on)
{
	ASSERT_RTNL();

	if (on)
		nic->pin_users++;
	else if (!--nic->pin_users)
		vmq_irq_restore_rtnl(nic);
	vmq_nic_kick(nic);
}

/**
 * vmq_nic_set_soft_rtnl - count the devices that want steering in software
 * @nic: nic
 * @on: one more, or one less
 *
 * Context: process context, RTNL held.
 */
void vmq_nic_set_soft_rtnl(struct vmq_nic *nic, bool on)
{
	ASSERT_RTNL();

	if (on)
		nic->soft_users++;
	else
		nic->soft_users--;
	vmq_nic_kick(nic);
}

/**
 * vmq_nic_set_cpus_rtnl - set the CPUs that may become homes
 * @nic: nic
 * @mask: CPUs, absolute: isolated ones are used when named; NULL for the default
 *
 * The default is every online CPU that is neither isolated nor nohz_full.
 * Homes of interrupts are chosen anew at once, those of addresses by the work item.
 *
 * Context: process context, RTNL held, no instance lock.
 * Return: 0, or -EINVAL for a set without an online CPU.
 */
int vmq_nic_set_cpus_rtnl(struct vmq_nic *nic, const struct cpumask *mask)
{
	ASSERT_RTNL();

	if (!mask) {
		nic->cpus_set = false;
	} else {
		if (!cpumask_intersects(mask, cpu_online_mask))
			return -EINVAL;
		cpumask_copy(nic->cpus, mask);
		nic->cpus_set = true;
	}
	vmq_irq_audit_rtnl(nic);
	vmq_irq_replace_rtnl(nic);
	vmq_softsteer_replace_rtnl(nic);
	return 0;
}
