// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: the mirror of the bridge's FDB
 *
 * An address is in one place at a time, behind our uplink or behind a port, so
 * one table serves both directions: the destination's entry names the port a
 * frame may go to, the source's entry says that it may bypass the bridge. One
 * revocation covers both.
 */
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "addr.h"
#include "vmq.h"

/*
 * Odd, so that no two addresses become one, and secret, so that a guest cannot
 * choose addresses that meet in one bucket.
 */
u64 vmq_addr_secret __read_mostly;

/**
 * vmq_addr_init - once, before the first device
 *
 * Context: Process.
 */
void vmq_addr_init(void)
{
	vmq_addr_secret = get_random_u64() | 1;
}

/*
 * An entry has come or gone: what the fast path remembers is void (flow.h). Before
 * an entry that was unhooked is freed.
 */
static void vmq_addr_changed(struct vmq_device *vd)
{
	ASSERT_RTNL();

	/* Pairs with smp_load_acquire() in vmq_flow_find(). */
	smp_store_release(&vd->addr_gen, vd->addr_gen + 1);
}

/**
 * vmq_addr_add_rtnl - add an address of which nothing is granted yet
 * @vd: device
 * @key: address, not in the table
 *
 * Context: Process, RTNL.
 * Return: the entry, or NULL without memory.
 */
struct vmq_addr *vmq_addr_add_rtnl(struct vmq_device *vd, union vmq_key key)
{
	struct vmq_addr *addr;

	ASSERT_RTNL();

	addr = kzalloc_obj(*addr, GFP_KERNEL);
	if (!addr)
		return NULL;

	addr->key = key;
	addr->refresh = jiffies;
	INIT_LIST_HEAD(&addr->unsure_list);
	if (rhashtable_insert_fast(&vd->addrs, &addr->node, vmq_addr_params)) {
		kfree(addr);
		return NULL;
	}
	list_add_tail_rcu(&addr->list, &vd->addr_list);
	vmq_addr_changed(vd);

	return addr;
}

static bool vmq_addr_is_granted(const struct vmq_addr *addr)
{
	return addr->uplink || rcu_access_pointer(addr->port);
}

/* Whoever is unsure and granted has to be found when the bridge deletes. */
static void vmq_addr_relist(struct vmq_device *vd, struct vmq_addr *addr)
{
	lockdep_assert_held(&vd->lock);

	list_del_init(&addr->unsure_list);
	if (addr->unsure && vmq_addr_is_granted(addr))
		list_add(&addr->unsure_list, &vd->unsure);
}

/**
 * vmq_addr_mark - remember whether changes of an address come with an event
 * @vd: device
 * @addr: address
 * @by_user: a user made the entry, or may have
 * @dynamic: it is neither static nor from outside; if a user made it, changes
 *	come without an event
 *
 * Context: Any.
 */
void vmq_addr_mark(struct vmq_device *vd, struct vmq_addr *addr, bool by_user,
		   bool dynamic)
{
	bool unsure = by_user && dynamic;
	unsigned long flags;

	raw_spin_lock_irqsave(&vd->lock, flags);
	WRITE_ONCE(addr->by_user, by_user);
	vd->nr_unsure += unsure - addr->unsure;
	WRITE_ONCE(addr->unsure, unsure);
	vmq_addr_relist(vd, addr);
	raw_spin_unlock_irqrestore(&vd->lock, flags);
}

/**
 * vmq_addr_revoke_locked - vmq_addr_revoke() for those who hold the lock
 * @vd: device, vmq_device.lock held
 * @addr: address
 *
 * Context: Any.
 * Return: true when something had been granted.
 */
bool vmq_addr_revoke_locked(struct vmq_device *vd, struct vmq_addr *addr)
{
	bool granted;

	lockdep_assert_held(&vd->lock);

	addr->gen++;
	granted = vmq_addr_is_granted(addr);
	RCU_INIT_POINTER(addr->port, NULL);
	WRITE_ONCE(addr->uplink, false);
	vmq_addr_relist(vd, addr);
	if (granted)
		vd->revokes++;

	return granted;
}

/**
 * vmq_addr_revoke - take back whatever was granted to an address
 * @vd: device
 * @addr: address
 *
 * From the instant this returns no frame that enters the fast path uses the
 * grant, and no grant whose question to the bridge is older can be given.
 *
 * Context: Any, also under the bridge's hash lock.
 * Return: true when something had been granted.
 */
bool vmq_addr_revoke(struct vmq_device *vd, struct vmq_addr *addr)
{
	unsigned long flags;
	bool granted;

	raw_spin_lock_irqsave(&vd->lock, flags);
	granted = vmq_addr_revoke_locked(vd, addr);
	raw_spin_unlock_irqrestore(&vd->lock, flags);

	return granted;
}

/**
 * vmq_addr_gen - generations to be read before the bridge is asked
 * @vd: device
 * @addr: address
 *
 * Context: Any.
 * Return: the generations.
 */
struct vmq_addr_gen vmq_addr_gen(struct vmq_device *vd, struct vmq_addr *addr)
{
	struct vmq_addr_gen gen;
	unsigned long flags;

	raw_spin_lock_irqsave(&vd->lock, flags);
	gen.own = addr->gen;
	gen.unsure = vd->unsure_gen;
	raw_spin_unlock_irqrestore(&vd->lock, flags);

	return gen;
}

/**
 * vmq_addr_has_room - may the device take one more address there?
 * @vd: device
 * @dev: where the bridge has it: the port of a VM, or the uplink's
 * @moves: it is a vnic already and changes its port only
 *
 * A guest that makes up addresses must not be able to take the host's memory,
 * the NIC's rules or the worker's time. A refusal is counted.
 *
 * Context: Any, RCU or RTNL.
 * Return: false at a bound.
 */
bool vmq_addr_has_room(struct vmq_device *vd, const struct net_device *dev,
		       bool moves)
{
	u64 *refused = NULL;
	struct vmq_port *port;
	unsigned long flags;

	port = vmq_port_find_rcu(vd, dev);

	/* Not to miss that somebody leaves: vmq_addr_made_room_locked(). */
	raw_spin_lock_irqsave(&vd->lock, flags);
	if (dev == vmq_device_port(vd)) {
		if (vd->nr_sources >= VMQ_MAX_SOURCES)
			refused = &vd->refused_sources;
	} else if (port && port->vnics >= READ_ONCE(vd->max_port_vnics)) {
		refused = &port->refused;
	} else if (!moves && vd->nr_vnics >= READ_ONCE(vd->max_vnics)) {
		refused = &vd->refused_vnics;
	}
	if (refused) {
		WRITE_ONCE(*refused, *refused + 1);
		vd->crowded = true;
	}
	raw_spin_unlock_irqrestore(&vd->lock, flags);

	return !refused;
}

/**
 * vmq_addr_made_room_locked - an address went: one that was refused may come in
 * @vd: device, vmq_device.lock held since the address was taken off its count
 *
 * The FDB is read again by vmq_eligible_period(), not too often.
 *
 * Context: Any.
 */
void vmq_addr_made_room_locked(struct vmq_device *vd)
{
	lockdep_assert_held(&vd->lock);

	if (!vd->crowded)
		return;

	vd->crowded = false;
	WRITE_ONCE(vd->room, true);
}

/**
 * vmq_addr_grant_rtnl - let frames to or from an address bypass the bridge
 * @vd: device
 * @addr: address
 * @gen: generations read before the bridge was asked
 * @port: port behind which the bridge has the address, NULL: behind the uplink
 * @vlan: VMQ_VLAN_* of that port in the address's VLAN
 *
 * Context: Process, RTNL.
 * Return: false when an event came in between and nothing was granted.
 */
bool vmq_addr_grant_rtnl(struct vmq_device *vd, struct vmq_addr *addr,
			 struct vmq_addr_gen gen, struct vmq_port *port,
			 u8 vlan)
{
	unsigned long flags;
	bool valid;

	ASSERT_RTNL();

	raw_spin_lock_irqsave(&vd->lock, flags);
	valid = addr->gen == gen.own &&
		(!addr->unsure || vd->unsure_gen == gen.unsure);
	if (valid) {
		WRITE_ONCE(addr->vlan, vlan);
		smp_wmb(); /* before the grant: smp_rmb() in vmq_rx_vlan() */
		rcu_assign_pointer(addr->port, port);
		WRITE_ONCE(addr->uplink, !port);
		vmq_addr_relist(vd, addr);
		vd->grants++;
	}
	raw_spin_unlock_irqrestore(&vd->lock, flags);

	return valid;
}

/**
 * vmq_addr_del_rtnl - forget an address
 * @vd: device
 * @addr: address; freed after a grace period
 *
 * Context: Process, RTNL.
 */
void vmq_addr_del_rtnl(struct vmq_device *vd, struct vmq_addr *addr)
{
	ASSERT_RTNL();

	vmq_addr_revoke(vd, addr);
	vmq_addr_mark(vd, addr, false, false);
	vmq_addr_set_source_rtnl(vd, addr, false);
	vmq_vnic_destroy_rtnl(vd, addr);
	list_del_rcu(&addr->list);
	rhashtable_remove_fast(&vd->addrs, &addr->node, vmq_addr_params);
	vmq_addr_changed(vd);
	kfree_rcu(addr, rcu);
}

/**
 * vmq_addr_set_source_rtnl - count an address among the sources, or not
 * @vd: device
 * @addr: address
 * @source: the bridge has it behind the uplink
 *
 * Context: Process, RTNL.
 */
void vmq_addr_set_source_rtnl(struct vmq_device *vd, struct vmq_addr *addr,
			      bool source)
{
	unsigned long flags;

	ASSERT_RTNL();

	if (addr->source == source)
		return;

	raw_spin_lock_irqsave(&vd->lock, flags);
	addr->source = source;
	vd->nr_sources += source ? 1 : -1;
	if (!source)
		vmq_addr_made_room_locked(vd);
	raw_spin_unlock_irqrestore(&vd->lock, flags);
}

/**
 * vmq_addr_flush_rtnl - forget every address and port
 * @vd: device
 *
 * Context: Process, RTNL.
 */
void vmq_addr_flush_rtnl(struct vmq_device *vd)
{
	struct vmq_port *port, *next_port;
	struct vmq_addr *addr, *next;
	unsigned long flags;

	ASSERT_RTNL();

	list_for_each_entry_safe(addr, next, &vd->addr_list, list)
		vmq_addr_del_rtnl(vd, addr);
	list_for_each_entry_safe(port, next_port, &vd->ports, list)
		vmq_port_drop_rtnl(vd, port);

	raw_spin_lock_irqsave(&vd->lock, flags);
	vd->ev_tail = vd->ev_head;
	vd->replay = false;
	vd->crowded = false;
	vd->room = false;
	raw_spin_unlock_irqrestore(&vd->lock, flags);
}
