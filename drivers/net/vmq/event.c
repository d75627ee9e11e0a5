// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: netdevice events
 *
 * One notifier for all roles a netdev can have: a vmqN, an uplink, the NIC
 * below it, the bridge, a port. Revocations happen in here; nothing here calls
 * into a NIC's driver, because on 7.x its instance lock may be held.
 */
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>

#include "nic.h"
#include "team.h"
#include "vmq.h"

/* vmqN itself joins or leaves something. */
static int vmq_event_upper(struct vmq_device *vd,
			   const struct netdev_notifier_changeupper_info *info,
			   bool pre)
{
	struct netlink_ext_ack *extack;

	if (!info->master || !pre || !info->linking)
		return 0;

	extack = netdev_notifier_info_to_extack(&info->info);
	if (vd->hook == VMQ_HOOK_INGRESS) {
		NL_SET_ERR_MSG_MOD(extack,
				   "This device works in place: its uplink is the bridge's port");
		return -EBUSY;
	}

	if (!netif_is_bridge_master(info->upper_dev)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "A vmq device can only be the port of a bridge");
		return -EOPNOTSUPP;
	}

	return 0;
}

/* The bridge's port of the device (vmqN or the uplink) joins or leaves. */
static void vmq_event_bridge(struct vmq_device *vd,
			     const struct netdev_notifier_changeupper_info *info,
			     bool pre)
{
	if (!netif_is_bridge_master(info->upper_dev))
		return;

	/* Leaving: before it happens, joining: when it has happened. */
	if (pre && !info->linking)
		vmq_device_set_bridge_rtnl(vd, NULL);
	else if (!pre && info->linking)
		vmq_device_set_bridge_rtnl(vd, info->upper_dev);
}

static int vmq_event_changeupper(struct net_device *dev, void *ptr, bool pre)
{
	const struct netdev_notifier_changeupper_info *info = ptr;
	struct vmq_device *vd;
	struct vmq_port *port;
	int err;

	list_for_each_entry(vd, &vmq_devices, list) {
		if (dev == vd->dev) {
			err = vmq_event_upper(vd, info, pre);
			if (err)
				return err;
		}
		if (dev == vmq_device_port(vd)) {
			vmq_event_bridge(vd, info, pre);
			/* Linked before it takes its first frame. */
			vmq_vlan_upper_rtnl(vd);
		}

		port = vmq_port_find_rtnl(vd, dev);
		if (port && pre && !info->linking &&
		    info->upper_dev == rtnl_dereference(vd->bridge))
			vmq_port_drop_rtnl(vd, port);
	}

	if (!pre && netif_is_lag_master(info->upper_dev))
		vmq_team_event_rtnl(info->upper_dev);

	return 0;
}

/*
 * An uplink goes, or moves to another netns: vmqN goes with it, from the same
 * hold of RTNL, as a VLAN device does.
 */
static void vmq_event_unregister(struct net_device *dev)
{
	struct vmq_device *vd;
	struct vmq_port *port;
	LIST_HEAD(kill);

	list_for_each_entry(vd, &vmq_devices, list) {
		port = vmq_port_find_rtnl(vd, dev);
		if (port)
			vmq_port_drop_rtnl(vd, port);
		if (dev == rtnl_dereference(vd->bridge))
			vmq_device_set_bridge_rtnl(vd, NULL);
		if (dev != vd->lower)
			continue;
		vd->lower_gone = true;
		if (vd->dev->reg_state == NETREG_REGISTERED)
			unregister_netdevice_queue(vd->dev, &kill);
		else
			vmq_link_unlink_rtnl(vd);
	}

	unregister_netdevice_many(&kill);
}

static void vmq_event_state(struct net_device *dev, unsigned long event)
{
	struct vmq_device *vd;
	struct vmq_port *port;

	list_for_each_entry(vd, &vmq_devices, list) {
		if (dev == vd->lower)
			vmq_netdev_event_rtnl(vd, event);
		if (dev == vd->dev && event == NETDEV_CHANGENAME)
			vmq_debugfs_rename_device(vd);
		if (dev == vd->dev || dev == vd->lower ||
		    dev == rtnl_dereference(vd->bridge)) {
			vmq_eligible_update_rtnl(vd);
			continue;
		}
		port = vmq_port_find_rtnl(vd, dev);
		if (port)
			vmq_eligible_port_rtnl(vd, port);
	}
}

/* Context: process, RTNL. */
static int vmq_event_netdev(struct notifier_block *nb, unsigned long event,
			    void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	int err = 0;

	switch (event) {
	case NETDEV_PRECHANGEUPPER:
		err = vmq_event_changeupper(dev, ptr, true);
		break;
	case NETDEV_CHANGEUPPER:
		err = vmq_event_changeupper(dev, ptr, false);
		break;
	case NETDEV_UNREGISTER:
		vmq_event_unregister(dev);
		break;
	case NETDEV_UP:
	case NETDEV_GOING_DOWN:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
	case NETDEV_CHANGEMTU:
	case NETDEV_CHANGEADDR:
	case NETDEV_CHANGENAME:
	case NETDEV_FEAT_CHANGE:
		vmq_event_state(dev, event);
		break;
	default:
		return NOTIFY_DONE;
	}

	if (event != NETDEV_PRECHANGEUPPER && event != NETDEV_CHANGEUPPER)
		vmq_nic_event_rtnl(dev, event);

	return notifier_from_errno(err);
}

static struct notifier_block vmq_event_nb = {
	.notifier_call = vmq_event_netdev,
};

int vmq_event_init(void)
{
	return register_netdevice_notifier(&vmq_event_nb);
}

void vmq_event_exit(void)
{
	unregister_netdevice_notifier(&vmq_event_nb);
}
