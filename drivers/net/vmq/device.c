// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: the object behind vmqN
 *
 * It outlives the netdev, because queued work and readers of the global list
 * may still hold it. Whoever holds a reference checks vmq_device.dead under
 * RTNL before it touches anything else.
 */
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "addr.h"
#include "flow.h"
#include "nic.h"
#include "vmq.h"

LIST_HEAD(vmq_devices);

/* Owns the memory and the object whose last reference is gone. */
static void vmq_device_free_work(struct work_struct *work)
{
	struct vmq_device *vd = container_of(work, struct vmq_device, learn);

	/* Readers of the global list and of the hash may still be at it. */
	synchronize_rcu();
	rhashtable_destroy(&vd->addrs);
	free_percpu(vd->flows);
	free_percpu(vd->stats);
	kvfree(vd->events);
	kfree(vd);
}

static void vmq_device_release(struct kref *ref)
{
	struct vmq_device *vd = container_of(ref, struct vmq_device, ref);

	/*
	 * The last put may come from an atomic notifier that lost the race to
	 * queue the learn work, while freeing the hash sleeps. No reference is
	 * left, so the learn work is idle and can be used for another job.
	 */
	INIT_WORK(&vd->learn, vmq_device_free_work);
	queue_work(vmq_wq, &vd->learn);
}

/**
 * vmq_device_alloc - allocate the object behind a new vmqN
 * @dev: the netdev, not yet registered
 *
 * Context: Process, RTNL.
 * Return: the device with one reference (the netdev's), or an ERR_PTR().
 */
struct vmq_device *vmq_device_alloc(struct net_device *dev)
{
	struct vmq_device *vd;
	int err = -ENOMEM;

	vd = kzalloc_obj(*vd, GFP_KERNEL);
	if (!vd)
		return ERR_PTR(-ENOMEM);

	vd->stats = netdev_alloc_pcpu_stats(struct vmq_stats);
	if (!vd->stats)
		goto err_free;

	vd->flows = alloc_percpu(struct vmq_flows);
	if (!vd->flows)
		goto err_stats;

	vd->events = kvcalloc(VMQ_EVENTS, sizeof(*vd->events), GFP_KERNEL);
	if (!vd->events)
		goto err_flows;

	err = rhashtable_init(&vd->addrs, &vmq_addr_params);
	if (err)
		goto err_events;

	kref_init(&vd->ref);
	raw_spin_lock_init(&vd->lock);
	INIT_LIST_HEAD(&vd->unsure);
	INIT_LIST_HEAD(&vd->list);
	INIT_LIST_HEAD(&vd->addr_list);
	INIT_LIST_HEAD(&vd->ports);
	INIT_WORK(&vd->learn, vmq_learn_work);
	INIT_DELAYED_WORK(&vd->period, vmq_eligible_period);
	vd->dev = dev;
	vd->max_vnics = VMQ_MAX_VNICS;
	vd->max_port_vnics = VMQ_MAX_PORT_VNICS;
	vd->block = BIT(VMQ_PASS_NO_BRIDGE);
	vd->refresh = HZ;
	/* What a flow has of zeros is of no generation. */
	vd->addr_gen = 1;
	vd->next_replay = jiffies;
	vd->next_room = jiffies;
	/* Of no address that was never queued. */
	vd->takes = 1;

	return vd;

err_events:
	kvfree(vd->events);
err_flows:
	free_percpu(vd->flows);
err_stats:
	free_percpu(vd->stats);
err_free:
	kfree(vd);
	return ERR_PTR(err);
}

/**
 * vmq_device_get - take a reference for a work item
 * @vd: device that the caller reached by a reference or under RCU
 *
 * Context: Any.
 * Return: false when the last reference is gone already.
 */
bool vmq_device_get(struct vmq_device *vd)
{
	return kref_get_unless_zero(&vd->ref);
}

/**
 * vmq_device_put - drop a reference
 * @vd: device
 *
 * Context: Any; the memory is freed from the workqueue.
 */
void vmq_device_put(struct vmq_device *vd)
{
	kref_put(&vd->ref, vmq_device_release);
}

/**
 * vmq_device_set_bridge_rtnl - tie the device to a bridge, or untie it
 * @vd: device
 * @br: bridge that has the device's port as a member now, or NULL
 *
 * Everything known about a former bridge is revoked and forgotten first. While
 * a stacked device is a bridge's port, removing the module would take the host
 * off the network: it holds the module. In place nothing depends on us.
 *
 * Context: Process, RTNL.
 */
void vmq_device_set_bridge_rtnl(struct vmq_device *vd, struct net_device *br)
{
	struct net_device *old = rtnl_dereference(vd->bridge);
	bool hold = vd->hook == VMQ_HOOK_RX_HANDLER;

	ASSERT_RTNL();

	if (old == br)
		return;

	if (old) {
		RCU_INIT_POINTER(vd->bridge, NULL);
		vmq_addr_flush_rtnl(vd);
		if (hold)
			module_put(THIS_MODULE);
	}

	if (br) {
		if (hold)
			__module_get(THIS_MODULE);
		/* Frames of the bridge before are not for this one. */
		vmq_softsteer_flush();
		rcu_assign_pointer(vd->bridge, br);
	}

	vmq_netfilter_update_rtnl(vd);
	WRITE_ONCE(vd->vlan_stale, br);
	vmq_vlan_unasked_rtnl(vd);
	vmq_eligible_update_rtnl(vd);
	if (br)
		vmq_fdb_replay(vd);
}

/**
 * vmq_device_set_steer_rtnl - switch hardware rules for a device's vnics
 * @vd: device
 * @on: wanted state
 *
 * Context: Process, RTNL.
 */
void vmq_device_set_steer_rtnl(struct vmq_device *vd, bool on)
{
	struct vmq_addr *addr;
	struct vmq_nic *nic;
	unsigned int slot;

	ASSERT_RTNL();

	if (vd->steer == on)
		return;

	vd->steer = on;
	if (!on)
		vmq_softsteer_stop_rtnl(vd);
	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++) {
		list_for_each_entry(addr, &vd->addr_list, list)
			vmq_vnic_steer_rtnl(vd, addr, slot, on);
		vmq_nic_kick(nic);
	}
}

/**
 * vmq_device_set_pin_rtnl - switch pinning of the interrupts of used queues
 * @vd: device
 * @on: wanted state
 *
 * Context: Process, RTNL.
 */
void vmq_device_set_pin_rtnl(struct vmq_device *vd, bool on)
{
	struct vmq_nic *nic;
	unsigned int slot;

	ASSERT_RTNL();

	if (vd->pin == on)
		return;

	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++)
		vmq_nic_set_pin_rtnl(nic, on);
	vd->pin = on;
}

/**
 * vmq_device_set_softsteer_rtnl - switch steering in software
 * @vd: device
 * @on: wanted state
 *
 * For addresses without a rule, while vmq_device.steer is on.
 *
 * Context: Process, RTNL.
 */
void vmq_device_set_softsteer_rtnl(struct vmq_device *vd, bool on)
{
	struct vmq_nic *nic;
	unsigned int slot;

	ASSERT_RTNL();

	if (vd->softsteer == on)
		return;

	for (slot = 0; (nic = vmq_device_nic(vd, &slot)); slot++)
		vmq_nic_set_soft_rtnl(nic, on);
	vd->softsteer = on;
}

/**
 * vmq_device_set_bypass_rtnl - switch the fast path
 * @vd: device
 * @on: wanted state
 *
 * Context: Process, RTNL.
 */
void vmq_device_set_bypass_rtnl(struct vmq_device *vd, bool on)
{
	ASSERT_RTNL();

	vd->bypass = on;
	vmq_eligible_update_rtnl(vd);
}
