// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: events of the bridge
 *
 * Events are triggers, never state: what makes a grant wrong is revoked inside
 * the notifier, and a key goes on a bounded queue for the worker (learn.c) to
 * ask the bridge about. Notifiers are global (every bridge, every netns), some
 * run under the bridge's hash lock, and two of them can race.
 *
 * Entries that the admin adds as dynamic ("bridge fdb add .. master dynamic")
 * change without a switchdev event (br_switchdev_fdb_notify() filters them).
 * They are marked unsure, and the bridge's tracepoints revoke them.
 *
 * Whatever a guest can make the bridge say must cost little: an address that is
 * on the queue is not queued again, and one for which there is no room is not
 * queued at all.
 */
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/switchdev.h>
#include <trace/events/bridge.h>
#include <trace/events/vmq.h>

#include "addr.h"
#include "vmq.h"

/**
 * vmq_fdb_kick - have the worker look at the queue
 * @vd: device
 *
 * The worker's reference travels with the queued work. Failing to queue means
 * that it is queued already with a reference of its own.
 *
 * Context: Any; RCU or a reference of the device.
 */
void vmq_fdb_kick(struct vmq_device *vd)
{
	if (!vmq_device_get(vd))
		return;
	if (!queue_work(vmq_wq, &vd->learn))
		vmq_device_put(vd);
}

/* Returns whether the key is on the queue. */
static bool vmq_fdb_push(struct vmq_device *vd, union vmq_key key)
{
	lockdep_assert_held(&vd->lock);

	if (vd->ev_head - vd->ev_tail >= VMQ_EVENTS) {
		vd->ev_lost++;
		vd->replay = true;
		return false;
	}

	vd->events[vd->ev_head++ % VMQ_EVENTS] = key.val;
	vd->ev_total++;
	return true;
}

/* Of a known address; a replay asks about these anyway. */
static void vmq_fdb_push_addr(struct vmq_device *vd, struct vmq_addr *addr)
{
	lockdep_assert_held(&vd->lock);

	if (addr->queued != vd->takes && vmq_fdb_push(vd, addr->key))
		addr->queued = vd->takes;
}

/* Context: any, also under the bridge's hash lock. */
static void vmq_fdb_queue(struct vmq_device *vd, union vmq_key key,
			  bool by_user)
{
	unsigned long flags;

	if (by_user)
		key.vid |= VMQ_EVENT_BY_USER;

	raw_spin_lock_irqsave(&vd->lock, flags);
	vmq_fdb_push(vd, key);
	raw_spin_unlock_irqrestore(&vd->lock, flags);

	vmq_fdb_kick(vd);
}

/**
 * vmq_fdb_ask - have the worker ask the bridge about a known address
 * @vd: device
 * @addr: address
 *
 * Context: Any; RCU or RTNL.
 */
void vmq_fdb_ask(struct vmq_device *vd, struct vmq_addr *addr)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vd->lock, flags);
	vmq_fdb_push_addr(vd, addr);
	raw_spin_unlock_irqrestore(&vd->lock, flags);

	vmq_fdb_kick(vd);
}

/**
 * vmq_fdb_replay - read the bridge's whole FDB again
 * @vd: device
 *
 * Context: Any.
 */
void vmq_fdb_replay(struct vmq_device *vd)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&vd->lock, flags);
	vd->replay = true;
	raw_spin_unlock_irqrestore(&vd->lock, flags);

	vmq_fdb_kick(vd);
}

/* Take back and ask again. Context: RCU. */
static void vmq_fdb_revoke(struct vmq_device *vd, struct vmq_addr *addr)
{
	if (vmq_addr_revoke(vd, addr))
		trace_vmq_revoke(vd->dev, addr->key.addr, addr->key.vid);
	vmq_fdb_ask(vd, addr);
}

/* Is @dev where the grant says that the address is? Context: RCU. */
static bool vmq_fdb_granted_at(const struct vmq_device *vd,
			       const struct vmq_addr *addr,
			       const struct net_device *dev)
{
	struct vmq_port *port = rcu_dereference(addr->port);

	if (port)
		return port->dev == dev;
	return READ_ONCE(addr->uplink) && dev == vmq_device_port(vd);
}

static void vmq_fdb_one(struct vmq_device *vd, unsigned long event,
			const struct net_device *br,
			const struct net_device *dev,
			const struct switchdev_notifier_fdb_info *info)
{
	union vmq_key key = vmq_key(info->addr, info->vid);
	bool add = event == SWITCHDEV_FDB_ADD_TO_DEVICE;
	struct vmq_addr *addr;

	addr = vmq_addr_find(vd, key);
	if (!addr) {
		/* A VLAN trunk makes thousands of local entries. */
		if (add && !info->is_local && vmq_addr_is_used(br, key.vid) &&
		    vmq_addr_has_room(vd, dev, false))
			vmq_fdb_queue(vd, key, info->added_by_user);
		return;
	}

	if (add && !info->is_local) {
		/* The bridge's own: its changes come with events. */
		if (READ_ONCE(addr->by_user) && !info->added_by_user)
			vmq_addr_mark(vd, addr, false, false);
		/* Repeated for what is granted: activity, flags. */
		if (vmq_fdb_granted_at(vd, addr, dev))
			return;
	}

	vmq_fdb_revoke(vd, addr);
}

static struct net_device *vmq_fdb_bridge_of(struct net_device *dev)
{
	if (netif_is_bridge_master(dev))
		return dev;
	if (netif_is_bridge_port(dev))
		return netdev_master_upper_dev_get_rcu(dev);
	return NULL;
}

/* Context: atomic, RCU (atomic notifier chain). */
static int vmq_fdb_event(struct notifier_block *nb, unsigned long event,
			 void *ptr)
{
	struct net_device *dev = switchdev_notifier_info_to_dev(ptr);
	struct vmq_device *vd;
	struct net_device *br;

	switch (event) {
	case SWITCHDEV_FDB_ADD_TO_DEVICE:
	case SWITCHDEV_FDB_DEL_TO_DEVICE:
	case SWITCHDEV_FDB_ADD_TO_BRIDGE:
	case SWITCHDEV_FDB_DEL_TO_BRIDGE:
		break;
	default:
		return NOTIFY_DONE;
	}

	br = vmq_fdb_bridge_of(dev);
	if (!br)
		return NOTIFY_DONE;

	list_for_each_entry_rcu(vd, &vmq_devices, list) {
		if (rcu_access_pointer(vd->bridge) == br)
			vmq_fdb_one(vd, event, br, dev, ptr);
	}

	return NOTIFY_DONE;
}

/* Context: process, RTNL. */
static void vmq_fdb_attr(const struct switchdev_notifier_port_attr_info *info)
{
	struct vmq_device *vd;
	struct net_device *br;

	rcu_read_lock();
	br = vmq_fdb_bridge_of(info->attr->orig_dev);
	rcu_read_unlock();
	if (!br || !rtnl_is_locked())
		return;

	list_for_each_entry(vd, &vmq_devices, list) {
		if (rcu_access_pointer(vd->bridge) != br)
			continue;
		vmq_eligible_update_rtnl(vd);
		if (info->attr->id != SWITCHDEV_ATTR_ID_BRIDGE_VLAN_FILTERING &&
		    info->attr->id != SWITCHDEV_ATTR_ID_BRIDGE_VLAN_PROTOCOL)
			continue;
		/* The states of VLANs count from now on; they are asked for. */
		if (info->attr->id == SWITCHDEV_ATTR_ID_BRIDGE_VLAN_FILTERING)
			vmq_vlan_unasked_rtnl(vd);
		/* Said before it is done: hold the fast path back until then. */
		vmq_vlan_stale_rtnl(vd);
		/* Other addresses count from now on; read after RTNL is free. */
		vmq_fdb_replay(vd);
	}
}

/* Context: process, RTNL (blocking notifier chain). Never marks it handled. */
static int vmq_fdb_blocking(struct notifier_block *nb, unsigned long event,
			    void *ptr)
{
	struct switchdev_notifier_port_obj_info *info = ptr;

	switch (event) {
	case SWITCHDEV_PORT_ATTR_SET:
		vmq_fdb_attr(ptr);
		break;
	case SWITCHDEV_PORT_OBJ_ADD:
	case SWITCHDEV_PORT_OBJ_DEL:
		if (info->obj->id == SWITCHDEV_OBJ_ID_PORT_VLAN &&
		    rtnl_is_locked())
			vmq_vlan_event_rtnl(info->obj->orig_dev);
		break;
	}

	return NOTIFY_DONE;
}

static struct notifier_block vmq_fdb_nb = {
	.notifier_call = vmq_fdb_event,
};

static struct notifier_block vmq_fdb_blocking_nb = {
	.notifier_call = vmq_fdb_blocking,
};

/* A bridge's private area is that of its netdev (net/bridge/br_device.c). */
static bool vmq_fdb_is_bridge(const struct vmq_device *vd,
			      const struct net_bridge *br)
{
	const struct net_device *dev = rcu_dereference(vd->bridge);

	return dev && netdev_priv(dev) == br;
}

/* Revoke an address of a bridge, if it is known. Context: preemption disabled. */
static void vmq_fdb_revoke_of(const struct net_bridge *br, const u8 *mac,
			      u16 vid)
{
	union vmq_key key = vmq_key(mac, vid);
	struct vmq_addr *addr;
	struct vmq_device *vd;

	rcu_read_lock();
	list_for_each_entry_rcu(vd, &vmq_devices, list) {
		if (!vmq_fdb_is_bridge(vd, br))
			continue;
		addr = vmq_addr_find(vd, key);
		if (addr)
			vmq_fdb_revoke(vd, addr);
	}
	rcu_read_unlock();
}

/* A user makes an entry of a known address. Context: RCU, RTNL. */
static void vmq_fdb_doubt(struct vmq_device *vd, struct vmq_addr *addr)
{
	vmq_addr_mark(vd, addr, true, true);
	vmq_fdb_revoke(vd, addr);
}

/**
 * vmq_fdb_doubt_all_rtnl - a user makes entries of a MAC in VLANs not named
 * @vd: device
 * @mac: MAC
 *
 * Without a VLAN a bridge that filters them makes the entry in every VLAN of the
 * port (br_fdb_add()), and the tracepoint is called once, for VLAN 0; the worker
 * calls again, for addresses that became known in between.
 *
 * Context: Process, RTNL, may be under RCU.
 */
void vmq_fdb_doubt_all_rtnl(struct vmq_device *vd, const u8 *mac)
{
	struct vmq_addr *addr;

	ASSERT_RTNL();

	list_for_each_entry(addr, &vd->addr_list, list) {
		if (ether_addr_equal(addr->key.addr, mac))
			vmq_fdb_doubt(vd, addr);
	}
}

/*
 * "bridge fdb add|replace": called with RTNL before anything is changed. An
 * address that is not known yet may be on its way through the worker: it has to
 * learn that the entry is a user's, whose changes come without an event.
 */
static void vmq_fdb_probe_add(void *data, struct ndmsg *ndm,
			      struct net_device *dev,
			      const unsigned char *mac, u16 vid,
			      u16 nlh_flags)
{
	union vmq_key key = vmq_key(mac, vid);
	struct vmq_addr *addr;
	struct vmq_device *vd;
	struct net_device *br;

	rcu_read_lock();
	br = vmq_fdb_bridge_of(dev);
	list_for_each_entry_rcu(vd, &vmq_devices, list) {
		if (!br || rcu_access_pointer(vd->bridge) != br)
			continue;
		addr = vmq_addr_find(vd, key);
		if (!vid && br_vlan_enabled(br)) {
			vmq_fdb_doubt_all_rtnl(vd, mac);
			vmq_fdb_queue(vd, key, true);
		} else if (addr) {
			vmq_fdb_doubt(vd, addr);
		} else if (vmq_addr_is_used(br, vid)) {
			vmq_fdb_queue(vd, key, true);
		}
	}
	rcu_read_unlock();
}

/* A switch port learnt an address: called before anything is changed. */
static void vmq_fdb_probe_ext(void *data, struct net_bridge *br,
			      struct net_bridge_port *p,
			      const unsigned char *addr, u16 vid)
{
	vmq_fdb_revoke_of(br, addr, vid);
}

/* An entry moved or was made. */
static void vmq_fdb_probe_update(void *data, struct net_bridge *br,
				 struct net_bridge_port *source,
				 const unsigned char *addr, u16 vid,
				 unsigned long flags)
{
	vmq_fdb_revoke_of(br, addr, vid);
}

#define VMQ_FDB_REVOKES	64	/* with interrupts off */

/* Revoke some of the addresses that are unsure. Returns whether there are more. */
static bool vmq_fdb_revoke_unsure(struct vmq_device *vd)
{
	unsigned int n = VMQ_FDB_REVOKES;
	struct vmq_addr *addr, *next;
	unsigned long flags;
	bool more;

	raw_spin_lock_irqsave(&vd->lock, flags);
	list_for_each_entry_safe(addr, next, &vd->unsure, unsure_list) {
		if (!n--)
			break;
		vmq_addr_revoke_locked(vd, addr);
		trace_vmq_revoke(vd->dev, addr->key.addr, addr->key.vid);
		vmq_fdb_push_addr(vd, addr);
	}
	more = !list_empty(&vd->unsure);
	raw_spin_unlock_irqrestore(&vd->lock, flags);

	return more;
}

/*
 * Some entry goes; which one is the bridge's secret. A flush is thousands of
 * these under the bridge's hash lock: what the first has revoked costs the others
 * nothing.
 */
static void vmq_fdb_probe_delete(void *data, struct net_bridge *br,
				 struct net_bridge_fdb_entry *f)
{
	struct vmq_device *vd;
	unsigned long flags;
	bool any;

	rcu_read_lock();
	list_for_each_entry_rcu(vd, &vmq_devices, list) {
		if (!vmq_fdb_is_bridge(vd, br))
			continue;
		/* No grant by an older answer from here on: this comes to an end. */
		raw_spin_lock_irqsave(&vd->lock, flags);
		vd->unsure_gen++;
		any = !list_empty(&vd->unsure);
		raw_spin_unlock_irqrestore(&vd->lock, flags);
		if (!any)
			continue;
		while (vmq_fdb_revoke_unsure(vd))
			;
		vmq_fdb_kick(vd);
	}
	rcu_read_unlock();
}

static const struct {
	struct tracepoint *tp;
	void *probe;
} vmq_fdb_probes[] = {
	{ &__tracepoint_br_fdb_add, vmq_fdb_probe_add },
	{ &__tracepoint_br_fdb_external_learn_add, vmq_fdb_probe_ext },
	{ &__tracepoint_br_fdb_update, vmq_fdb_probe_update },
	{ &__tracepoint_fdb_delete, vmq_fdb_probe_delete },
};

static void vmq_fdb_unprobe(unsigned int n)
{
	while (n--)
		tracepoint_probe_unregister(vmq_fdb_probes[n].tp,
					    vmq_fdb_probes[n].probe, NULL);
	tracepoint_synchronize_unregister();
}

/**
 * vmq_fdb_init - listen to every bridge of the host
 *
 * Context: Process.
 * Return: 0 or a negative errno.
 */
int vmq_fdb_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(vmq_fdb_probes); i++) {
		err = tracepoint_probe_register(vmq_fdb_probes[i].tp,
						vmq_fdb_probes[i].probe, NULL);
		if (err)
			goto err_probes;
	}

	err = register_switchdev_notifier(&vmq_fdb_nb);
	if (err)
		goto err_probes;

	err = register_switchdev_blocking_notifier(&vmq_fdb_blocking_nb);
	if (err)
		goto err_atomic;

	return 0;

err_atomic:
	unregister_switchdev_notifier(&vmq_fdb_nb);
err_probes:
	vmq_fdb_unprobe(i);
	return err;
}

/**
 * vmq_fdb_exit - stop listening; no handler runs any more on return
 *
 * Context: Process.
 */
void vmq_fdb_exit(void)
{
	unregister_switchdev_blocking_notifier(&vmq_fdb_blocking_nb);
	unregister_switchdev_notifier(&vmq_fdb_nb);
	vmq_fdb_unprobe(ARRAY_SIZE(vmq_fdb_probes));
}
