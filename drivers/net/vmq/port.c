// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: bridge ports that vnics lead to
 *
 * A port object holds the reference of a netdev that is not ours, so it must go
 * the moment that netdev leaves the bridge or is unregistered: event.c drops it
 * from the notifier, and the core waits for a grace period after that.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "vmq.h"

/**
 * vmq_port_find_rtnl - the device's object for a netdev, if there is one
 * @vd: device
 * @dev: netdev
 *
 * Context: Process, RTNL.
 * Return: the object, or NULL.
 */
struct vmq_port *vmq_port_find_rtnl(struct vmq_device *vd,
				    const struct net_device *dev)
{
	ASSERT_RTNL();

	return vmq_port_find_rcu(vd, dev);
}

/**
 * vmq_port_find_rcu - the device's object for a netdev, if there is one
 * @vd: device
 * @dev: netdev
 *
 * Context: Any, RCU or RTNL.
 * Return: the object, or NULL.
 */
struct vmq_port *vmq_port_find_rcu(struct vmq_device *vd,
				   const struct net_device *dev)
{
	struct vmq_port *port;

	list_for_each_entry_rcu(port, &vd->ports, list,
				lockdep_rtnl_is_held()) {
		if (port->dev == dev)
			return port;
	}

	return NULL;
}

/**
 * vmq_port_get_rtnl - find or create the object for a port of the bridge
 * @vd: device
 * @dev: a port of the device's bridge
 *
 * Context: Process, RTNL.
 * Return: the port, or NULL without memory.
 */
struct vmq_port *vmq_port_get_rtnl(struct vmq_device *vd,
				   struct net_device *dev)
{
	struct vmq_port *port = vmq_port_find_rtnl(vd, dev);

	if (port)
		return port;

	port = kzalloc_obj(*port, GFP_KERNEL);
	if (!port)
		return NULL;

	port->dev = dev;
	netdev_hold(dev, &port->tracker, GFP_KERNEL);
	vmq_eligible_port_rtnl(vd, port);
	list_add_tail_rcu(&port->list, &vd->ports);

	return port;
}

/**
 * vmq_port_drop_rtnl - a port left: nothing may be delivered to it any more
 * @vd: device
 * @port: port; freed after a grace period
 *
 * Context: Process, RTNL, also in notifiers.
 */
void vmq_port_drop_rtnl(struct vmq_device *vd, struct vmq_port *port)
{
	struct vmq_addr *addr, *next;
	struct vmq_vnic *vnic;

	ASSERT_RTNL();

	list_for_each_entry_safe(addr, next, &vd->addr_list, list) {
		vnic = rtnl_dereference(addr->vnic);
		if (vnic && rtnl_dereference(vnic->port) == port)
			vmq_addr_del_rtnl(vd, addr);
	}

	list_del_rcu(&port->list);
	/*
	 * Frames on the fast path still use the netdev; whoever unlinks it from
	 * the bridge or unregisters it waits for them (synchronize_net()).
	 */
	netdev_put(port->dev, &port->tracker);
	kfree_rcu(port, rcu);
}
