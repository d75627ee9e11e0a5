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
	if (rhashtable_insert_fast(&vd->addrs, &addr->node, vmq_addr_params)) {
		kfree(addr);
		return NULL;
	}
	list_add_tail_rcu(&addr->list, &vd->addr_list);
	vmq_addr_changed(vd);

	return addr;
}

static void vmq_addr_set_unsure(struct vmq_device *vd, struct vmq_addr *addr,
				bool unsure)
{
	lockdep_assert_held(&vd->lock);

	if (addr->unsure == unsure)
		return;

	addr->unsure = unsure;
	WRITE_ONCE(vd->unsure, vd->unsure + (unsure ? 1 : -1));
}

/**
 * vmq_addr_mark - remember whether changes of an address come with an event
 * @vd: device
 * @addr: address
 * @unsure: they may come without
 *
 * Context: Any.
 */
void vmq_addr_mark(struct vmq_device *vd, struct vmq_addr *addr, bool unsure)
{
	unsigned long flags;

	spin_lock_irqsave(&vd->lock, flags);
	vmq_addr_set_unsure(vd, addr, unsure);
	spin_unlock_irqrestore(&vd->lock, flags);
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

	spin_lock_irqsave(&vd->lock, flags);
	addr->gen++;
	granted = addr->uplink || rcu_access_pointer(addr->port);
	RCU_INIT_POINTER(addr->port, NULL);
	WRITE_ONCE(addr->uplink, false);
	if (granted)
		vd->revokes++;
	spin_unlock_irqrestore(&vd->lock, flags);

	return granted;
}

/**
 * vmq_addr_gen - generation to be read before the bridge is asked
 * @vd: device
 * @addr: address
 *
 * Context: Any.
 * Return: the generation.
 */
u32 vmq_addr_gen(struct vmq_device *vd, struct vmq_addr *addr)
{
	unsigned long flags;
	u32 gen;

	spin_lock_irqsave(&vd->lock, flags);
	gen = addr->gen;
	spin_unlock_irqrestore(&vd->lock, flags);

	return gen;
}

/**
 * vmq_addr_grant_rtnl - let frames to or from an address bypass the bridge
 * @vd: device
 * @addr: address
 * @gen: generation read before the bridge was asked
 * @port: port behind which the bridge has the address, or NULL
 * @uplink: the bridge has the address behind the uplink
 *
 * Context: Process, RTNL.
 * Return: false when an event came in between and nothing was granted.
 */
bool vmq_addr_grant_rtnl(struct vmq_device *vd, struct vmq_addr *addr, u32 gen,
			 struct vmq_port *port, bool uplink)
{
	unsigned long flags;
	bool valid;

	ASSERT_RTNL();

	spin_lock_irqsave(&vd->lock, flags);
	valid = addr->gen == gen;
	if (valid) {
		rcu_assign_pointer(addr->port, port);
		WRITE_ONCE(addr->uplink, uplink);
		vd->grants++;
	}
	spin_unlock_irqrestore(&vd->lock, flags);

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
	vmq_addr_mark(vd, addr, false);
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
	ASSERT_RTNL();

	if (addr->source == source)
		return;

	addr->source = source;
	vd->nr_sources += source ? 1 : -1;
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

	spin_lock_irqsave(&vd->lock, flags);
	vd->ev_tail = vd->ev_head;
	vd->replay = false;
	spin_unlock_irqrestore(&vd->lock, flags);
}
