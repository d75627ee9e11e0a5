// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: the NICs of an uplink that is a bond or a team
 *
 * Rules, queues and pins are the members'. A member has a place in
 * vmq_device.nics from its joining to its leaving, and each vnic a filter in the
 * same place. Members come and go in notifiers, which make no driver calls: the
 * nic's work item does what is to be done in the NIC.
 *
 * A bond in which one frame may come in by any member (balance-xor, 802.3ad ...) has
 * what Hyper-V calls Min-Queues: a VM has a queue on each of them, best with one
 * home CPU. In one where the members are switch-independent (active-backup,
 * balance-tlb, balance-alb) the queues add up, Sum-of-Queues.
 */
#include <linux/if_team.h>
#include <linux/log2.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/bonding.h>
#include <net/busy_poll.h>
#include <net/netdev_lock.h>

#include "nic.h"
#include "team.h"
#include "vmq.h"

/* The bond or team that the uplink is, or is on; NULL for none */
static struct net_device *vmq_team_master(struct net_device *uplink)
{
	struct net_device *dev = vmq_nic_of_uplink(uplink);

	return netif_is_lag_master(dev) ? dev : NULL;
}

static bool vmq_team_is_alb(const struct net_device *master)
{
	const struct bonding *bond = netdev_priv(master);

	return netif_is_bond_master(master) && BOND_MODE(bond) == BOND_MODE_ALB;
}

/* Sum-of-Queues, else Min-Queues */
static bool vmq_team_is_sum(const struct net_device *master)
{
	const struct bonding *bond;
	const struct team *team;

	if (netif_is_bond_master(master)) {
		bond = netdev_priv(master);
		return BOND_MODE(bond) == BOND_MODE_ACTIVEBACKUP ||
		       BOND_MODE(bond) == BOND_MODE_TLB ||
		       BOND_MODE(bond) == BOND_MODE_ALB;
	}
	team = netdev_priv(master);
	return team->mode && !strcmp(team->mode->kind, "activebackup");
}

/**
 * vmq_team_check_rtnl - refuse a bond that would not work below a vmqN
 * @uplink: the candidate
 * @stacked: vmqN is to be between it and the bridge
 * @extack: where the reason goes
 *
 * Context: process context, RTNL.
 * Return: 0 or a negative errno.
 */
int vmq_team_check_rtnl(struct net_device *uplink, bool stacked,
			struct netlink_ext_ack *extack)
{
	struct net_device *master = vmq_team_master(uplink);

	ASSERT_RTNL();

	/* bond_handle_frame() gives frames the bond's address for a bridge only. */
	if (!master || !stacked || !vmq_team_is_alb(master))
		return 0;
	NL_SET_ERR_MSG_FMT_MOD(extack,
			       "%s is balance-alb: put it into the bridge itself first",
			       master->name);
	return -EOPNOTSUPP;
}

/**
 * vmq_team_find - a netdev's nic, if it is one of the device's
 * @vd: device
 * @dev: netdev
 *
 * Context: RTNL or RCU read side.
 * Return: the nic or NULL.
 */
struct vmq_nic *vmq_team_find(const struct vmq_device *vd,
			      const struct net_device *dev)
{
	struct vmq_nic *nic;
	unsigned int slot;

	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++)
		if (nic->dev == dev)
			return nic;
	return NULL;
}

static int vmq_team_join(struct vmq_device *vd, struct net_device *dev,
			 struct netlink_ext_ack *extack)
{
	struct vmq_addr *addr;
	struct vmq_nic *nic;
	unsigned int slot;

	for (slot = 0; vd->nics[slot]; slot++) {
		if (slot == VMQ_MAX_NICS - 1) {
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "Too many members to steer on %s",
					       dev->name);
			return -E2BIG;
		}
	}

	nic = vmq_nic_get_rtnl(dev, extack);
	if (IS_ERR(nic))
		return PTR_ERR(nic);
	WRITE_ONCE(vd->nics[slot], nic);
	if (vd->pin)
		vmq_nic_set_pin_rtnl(nic, true);
	if (vd->softsteer)
		vmq_nic_set_soft_rtnl(nic, true);
	if (vd->steer)
		list_for_each_entry(addr, &vd->addr_list, list)
			vmq_vnic_steer_rtnl(vd, addr, slot, true);
	/* The work item, kicked already, reads the NIC and learns its NAPIs. */
	nic->reread = true;
	return 0;
}

static void vmq_team_leave(struct vmq_device *vd, unsigned int slot,
			   bool notifier)
{
	struct vmq_nic *nic = vd->nics[slot];
	struct vmq_addr *addr;

	list_for_each_entry(addr, &vd->addr_list, list)
		vmq_vnic_steer_rtnl(vd, addr, slot, false);
	if (vd->softsteer)
		vmq_nic_set_soft_rtnl(nic, false);
	if (vd->pin)
		vmq_nic_set_pin_rtnl(nic, false);
	WRITE_ONCE(vd->nics[slot], NULL);
	vmq_nic_put_rtnl(nic, notifier);
}

/* Is the NIC below a member of the bond? */
static bool vmq_team_has(struct net_device *master, const struct net_device *dev)
{
	struct net_device *member;
	struct list_head *iter;

	netdev_for_each_lower_dev(master, member, iter)
		if (vmq_nic_of_uplink(member) == dev)
			return true;
	return false;
}

static void vmq_team_update(struct vmq_device *vd, struct net_device *master)
{
	struct net_device *member, *dev;
	struct list_head *iter;
	struct vmq_nic *nic;
	unsigned int slot;

	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++)
		if (!vmq_team_has(master, nic->dev))
			vmq_team_leave(vd, slot, true);

	netdev_for_each_lower_dev(master, member, iter) {
		dev = vmq_nic_of_uplink(member);
		/* Of a bond of bonds nothing is steered but by software above. */
		if (netif_is_lag_master(dev) || vmq_team_find(vd, dev))
			continue;
		if (vmq_team_join(vd, dev, NULL))
			netdev_warn(vd->dev,
				    "%s, a member of %s, gets no rules: there are more than %u, or no memory\n",
				    dev->name, master->name, VMQ_MAX_NICS);
	}
}

/**
 * vmq_team_open_rtnl - get the NICs below a new device's uplink
 * @vd: device
 * @extack: for the reason of a refusal
 *
 * One for a NIC or a VLAN on it; the members for a bond or team, which may have
 * none. Undone by vmq_team_close_rtnl().
 *
 * Context: process context, RTNL. No driver call.
 * Return: 0 or a negative errno.
 */
int vmq_team_open_rtnl(struct vmq_device *vd, struct netlink_ext_ack *extack)
{
	struct net_device *master = vmq_team_master(vd->lower);
	struct vmq_team *team;

	ASSERT_RTNL();

	if (!master)
		return vmq_team_join(vd, vmq_nic_of_uplink(vd->lower), extack);

	team = kvzalloc(struct_size(team, napis, 1), GFP_KERNEL);
	if (!team)
		return -ENOMEM;
	rcu_assign_pointer(vd->team, team);
	vmq_team_update(vd, master);
	return 0;
}

/**
 * vmq_team_close_rtnl - let go of a device's NICs
 * @vd: device, which steers and pins nothing any more
 *
 * Context: process context, RTNL; drivers are called unless
 *	vmq_device.lower_gone tells that it is a notifier. Idempotent.
 */
void vmq_team_close_rtnl(struct vmq_device *vd)
{
	struct vmq_team *team = rtnl_dereference(vd->team);
	struct vmq_nic *nic;
	unsigned int slot;

	ASSERT_RTNL();

	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++)
		vmq_team_leave(vd, slot, vd->lower_gone);
	RCU_INIT_POINTER(vd->team, NULL);
	if (team)
		kvfree_rcu(team, rcu);
}

/**
 * vmq_team_event_rtnl - a bond or team has other members now
 * @master: the bond or team
 *
 * Context: netdevice notifier, RTNL, maybe the instance lock of a member.
 */
void vmq_team_event_rtnl(struct net_device *master)
{
	struct vmq_device *vd;

	ASSERT_RTNL();

	list_for_each_entry(vd, &vmq_devices, list) {
		if (vd->dead || vmq_team_master(vd->lower) != master)
			continue;
		vmq_team_update(vd, master);
		/* A bond without members may change its mode. */
		if (vd->hook == VMQ_HOOK_RX_HANDLER && vmq_team_is_alb(master))
			netdev_warn(vd->dev,
				    "%s is balance-alb now, which has to be the bridge's port itself: frames to the host may be lost\n",
				    master->name);
	}
}

static unsigned int vmq_team_count_napis(const struct vmq_device *vd)
{
	struct napi_struct *napi;
	unsigned int slot, n = 0;
	struct vmq_nic *nic;

	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++) {
		netdev_lock(nic->dev);
		list_for_each_entry(napi, &nic->dev->napi_list, dev_list)
			n++;
		netdev_unlock(nic->dev);
	}
	return n;
}

/* Drivers without busy polling have NAPIs without an id. */
static void vmq_team_add_napi(struct vmq_team *team, u32 id, u32 slot,
			      unsigned int *room)
{
	u32 at = id;

	if (id < MIN_NAPI_ID || !*room)
		return;
	while (team->napis[at & team->mask].id)
		at++;
	team->napis[at & team->mask].id = id;
	team->napis[at & team->mask].slot = slot;
	--*room;
}

static void vmq_team_read_napis(struct vmq_device *vd)
{
	struct vmq_team *team, *old = rtnl_dereference(vd->team);
	unsigned int slot, room = vmq_team_count_napis(vd);
	struct napi_struct *napi;
	struct vmq_nic *nic;
	unsigned int places;

	places = roundup_pow_of_two(2 * room + 1);
	team = kvzalloc(struct_size(team, napis, places), GFP_KERNEL);
	if (!team)
		return;		/* the next audit looks again */
	team->mask = places - 1;
	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++) {
		netdev_lock(nic->dev);
		list_for_each_entry(napi, &nic->dev->napi_list, dev_list)
			vmq_team_add_napi(team, napi->napi_id, slot, &room);
		netdev_unlock(nic->dev);
	}

	if (old->mask == team->mask &&
	    !memcmp(old->napis, team->napis,
		    flex_array_size(team, napis, places))) {
		kvfree(team);
		return;
	}
	rcu_assign_pointer(vd->team, team);
	kvfree_rcu(old, rcu);
}

/**
 * vmq_team_refresh_rtnl - learn anew which NAPIs a member has
 * @nic: nic
 *
 * A driver may make new ones at any time: its restart is seen by events, the rest
 * by looking at each audit. Frames of one that is not known are judged where
 * they arrive, and prove nothing for or against a rule.
 *
 * Context: process context, RTNL, no instance lock.
 */
void vmq_team_refresh_rtnl(struct vmq_nic *nic)
{
	struct vmq_device *vd;

	ASSERT_RTNL();

	list_for_each_entry(vd, &vmq_devices, list)
		if (rcu_access_pointer(vd->team) && vmq_team_find(vd, nic->dev))
			vmq_team_read_napis(vd);
}

/* The CPU set that a member is to have, NULL while it is left to us */
static const struct cpumask *vmq_team_set(const struct vmq_device *vd,
					  const struct vmq_team_cpus *cpus,
					  unsigned int slot)
{
	const struct vmq_nic *nic = vd->nics[slot];

	if (cpus->mask[slot])
		return cpus->mask[slot];
	return nic && nic->cpus_set ? nic->cpus : NULL;
}

/**
 * vmq_team_check_cpus_rtnl - do CPU sets go with each other?
 * @vd: device
 * @cpus: what its NICs are to have
 *
 * Says which do not, in the kernel's log.
 *
 * Context: process context, RTNL.
 * Return: 0 or -EINVAL.
 */
int vmq_team_check_cpus_rtnl(const struct vmq_device *vd,
			     const struct vmq_team_cpus *cpus)
{
	struct net_device *master = vmq_team_master(vd->lower);
	const struct cpumask *one, *two;
	unsigned int a, b;
	const char *why;
	bool sum;

	ASSERT_RTNL();

	if (!master)
		return 0;
	sum = vmq_team_is_sum(master);
	why = sum ? "overlap, and switch-independent members have CPUs of their own" :
		    "differ, and members that share one load share their CPUs";
	for (a = 0; a < VMQ_MAX_NICS; a++) {
		for (b = a + 1; b < VMQ_MAX_NICS; b++) {
			one = vmq_team_set(vd, cpus, a);
			two = vmq_team_set(vd, cpus, b);
			if (!one || !two)
				continue;
			if (sum ? !cpumask_intersects(one, two) :
				  cpumask_equal(one, two))
				continue;
			netdev_err(vd->dev,
				   "CPUs %*pbl of %s and %*pbl of %s %s: they stay as they are\n",
				   cpumask_pr_args(one),
				   vd->nics[a]->dev->name,
				   cpumask_pr_args(two),
				   vd->nics[b]->dev->name,
				   why);
			return -EINVAL;
		}
	}
	return 0;
}

/* Another member of a Min-Queues team that @nic is in, after @nic's @pos of them */
static const struct vmq_nic *vmq_team_fellow(const struct vmq_nic *nic,
					     unsigned int pos)
{
	const struct vmq_nic *other;
	struct net_device *master;
	struct vmq_device *vd;
	unsigned int slot;

	list_for_each_entry(vd, &vmq_devices, list) {
		if (!rcu_access_pointer(vd->team) ||
		    !vmq_team_find(vd, nic->dev))
			continue;
		master = vmq_team_master(vd->lower);
		if (!master || vmq_team_is_sum(master))
			continue;
		for (slot = 0; (other = vmq_device_nic(vd, &slot)); slot++)
			if (other != nic && !pos--)
				return other;
	}
	return NULL;
}

/**
 * vmq_team_queue_home_rtnl - where the same queue of another member is at home
 * @nic: nic
 * @queue: number of the queue
 *
 * Context: process context, RTNL.
 * Return: a CPU, which may not be allowed to @nic, or -1.
 */
int vmq_team_queue_home_rtnl(const struct vmq_nic *nic, unsigned int queue)
{
	const struct vmq_nic *other;
	unsigned int pos;

	ASSERT_RTNL();

	for (pos = 0; (other = vmq_team_fellow(nic, pos)); pos++)
		if (queue < other->max_queues && other->queues[queue].home >= 0)
			return other->queues[queue].home;
	return -1;
}

/**
 * vmq_team_addr_home_rtnl - where an address is at home by another member
 * @nic: nic
 * @addr: MAC
 *
 * Context: process context, RTNL.
 * Return: a CPU, which may not be allowed to @nic, or -1.
 */
int vmq_team_addr_home_rtnl(const struct vmq_nic *nic, const u8 *addr)
{
	const struct vmq_filter *f;
	const struct vmq_nic *other;
	unsigned int pos;

	ASSERT_RTNL();

	for (pos = 0; (other = vmq_team_fellow(nic, pos)); pos++) {
		list_for_each_entry(f, &other->filters, list) {
			if (!ether_addr_equal(f->addr, addr))
				continue;
			if (f->soft.home >= 0)
				return f->soft.home;
			if (f->queue < other->max_queues &&
			    other->queues[f->queue].home >= 0)
				return other->queues[f->queue].home;
		}
	}
	return -1;
}
