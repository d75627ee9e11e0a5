// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: may frames bypass the bridge, else why not
 *
 * One word a device and one a port say what holds for every frame. They are
 * recomputed whenever an event says that something may have changed, and once a
 * second for what changes without one. What can be read per frame at the price
 * of a load is tested per frame instead (rx.c).
 */
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>

#include "vmq.h"

#define VMQ_ELIGIBLE_PERIOD	HZ
/* The bridge ages sources on its own clock; stay well ahead of it. */
#define VMQ_ELIGIBLE_AGEING_DIV	8
#define VMQ_ELIGIBLE_ROOM	(10 * HZ)	/* between two looks for those refused */

/*
 * Is any spanning tree running, in the kernel or in user space, are frames
 * counted by VLAN? The bridge has no accessors, but tells through its rtnetlink
 * attributes. What it does not tell is supposed to be so.
 */
static unsigned long vmq_eligible_options(struct net_device *br)
{
	unsigned long block = BIT(VMQ_PASS_STP) | BIT(VMQ_PASS_VLAN_STATS);
	const struct rtnl_link_ops *ops = br->rtnl_link_ops;
	struct nlattr *attr;
	struct sk_buff *skb;

	if (!ops || !ops->fill_info)
		return block;

	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return block;

	if (!ops->fill_info(skb, br)) {
		attr = nla_find((struct nlattr *)skb->data, skb->len,
				IFLA_BR_STP_STATE);
		if (attr && !nla_get_u32(attr))
			block &= ~BIT(VMQ_PASS_STP);
		attr = nla_find((struct nlattr *)skb->data, skb->len,
				IFLA_BR_VLAN_STATS_ENABLED);
		if (attr && !nla_get_u8(attr))
			block &= ~BIT(VMQ_PASS_VLAN_STATS);
	}

	kfree_skb(skb);
	return block;
}

/* MRP is set per port, and its states change without an exact event. */
static bool vmq_eligible_mrp(struct net_device *br)
{
	struct net_device *port;
	struct list_head *iter;

	netdev_for_each_lower_dev(br, port, iter) {
		if (br_port_flag_is_set(port, BR_MRP_AWARE) ||
		    br_port_flag_is_set(port, BR_MRP_LOST_CONT) ||
		    br_port_flag_is_set(port, BR_MRP_LOST_IN_CONT))
			return true;
	}

	return false;
}

static unsigned long vmq_eligible_bridge(const struct vmq_device *vd,
					 struct net_device *br)
{
	unsigned long block = vmq_eligible_options(br);

	/* Only a bridge that filters VLANs looks at any. */
	if (!br_vlan_enabled(br))
		block &= ~BIT(VMQ_PASS_VLAN_STATS);
	else if (vd->vlan_state)
		block |= BIT(VMQ_PASS_VLAN_STATE);
	if (vd->vlan_stale)
		block |= BIT(VMQ_PASS_VLAN_CHANGE);
	if (br_mst_enabled(br))
		block |= BIT(VMQ_PASS_MST);
	if (vmq_eligible_mrp(br))
		block |= BIT(VMQ_PASS_MRP);
	if (br_port_get_stp_state(vmq_device_port(vd)) != BR_STATE_FORWARDING)
		block |= BIT(VMQ_PASS_UPLINK_STATE);

	return block;
}

/**
 * vmq_eligible_port_rtnl - recompute what holds for a port
 * @vd: device
 * @port: port
 *
 * Context: Process, RTNL.
 */
void vmq_eligible_port_rtnl(struct vmq_device *vd, struct vmq_port *port)
{
	unsigned long block = 0;

	ASSERT_RTNL();

	if (!netif_is_bridge_port(port->dev) ||
	    br_port_get_stp_state(port->dev) != BR_STATE_FORWARDING)
		block |= BIT(VMQ_PASS_PORT_STATE);
	if (!netif_running(port->dev))
		block |= BIT(VMQ_PASS_PORT_DOWN);

	WRITE_ONCE(port->block, block);
}

/**
 * vmq_eligible_update_rtnl - recompute what holds for a device and its ports
 * @vd: device
 *
 * Context: Process, RTNL, also in notifiers: reads only.
 */
void vmq_eligible_update_rtnl(struct vmq_device *vd)
{
	struct net_device *br = rtnl_dereference(vd->bridge);
	unsigned long refresh = HZ;
	struct vmq_port *port;
	unsigned long block = 0;

	ASSERT_RTNL();

	if (!vd->bypass)
		block |= BIT(VMQ_PASS_OFF);
	/* In place vmqN is only a handle: down is how it is created. */
	if (vd->hook == VMQ_HOOK_RX_HANDLER && !netif_running(vd->dev))
		block |= BIT(VMQ_PASS_DOWN);

	if (!br || !netif_is_bridge_port(vmq_device_port(vd))) {
		block |= BIT(VMQ_PASS_NO_BRIDGE);
	} else {
		block |= vmq_eligible_bridge(vd, br);
		refresh = min_t(unsigned long, HZ,
				br_get_ageing_time(br) /
				VMQ_ELIGIBLE_AGEING_DIV);
	}

	list_for_each_entry(port, &vd->ports, list)
		vmq_eligible_port_rtnl(vd, port);
	vmq_vlan_upper_rtnl(vd);

	WRITE_ONCE(vd->refresh, refresh);
	/* Pairs with smp_load_acquire() in vmq_rx_deliver(): vlan.c. */
	smp_store_release(&vd->block, block);
}

/* Is some VLAN not forwarding? Without RTNL, which the question takes. */
static void vmq_eligible_vlans(struct vmq_device *vd)
{
	struct net *net = NULL;
	struct net_device *br;
	bool blocks;

	/* Without VLANs nobody looks at vlan_state, and RTNL is not taken. */
	if (!READ_ONCE(vd->vlan_proto))
		return;

	rtnl_lock();
	br = vd->dead ? NULL : rtnl_dereference(vd->bridge);
	if (br && br_vlan_enabled(br))
		net = maybe_get_net(dev_net(br));
	else
		vd->vlan_state = false;
	vd->vlan_asked = true;
	rtnl_unlock();
	if (!net)
		return;

	blocks = vmq_vlan_blocks(net, br);
	put_net(net);

	rtnl_lock();
	/* Unless they are to be asked for once more, of another bridge maybe. */
	if (!vd->dead && rtnl_dereference(vd->bridge) == br && vd->vlan_asked)
		vd->vlan_state = blocks;
	rtnl_unlock();
}

/*
 * The bridge that we were told of is not the port's: somebody behind us in the
 * chain of notifiers has refused that it joins.
 */
static void vmq_eligible_bridge_left(struct vmq_device *vd)
{
	struct net_device *br = rtnl_dereference(vd->bridge);

	if (br && netdev_master_upper_dev_get(vmq_device_port(vd)) != br)
		vmq_device_set_bridge_rtnl(vd, NULL);
}

/**
 * vmq_eligible_kick - re-read what has no event as soon as RTNL is free
 * @vd: device
 *
 * Context: Any.
 */
void vmq_eligible_kick(struct vmq_device *vd)
{
	if (vmq_device_get(vd) && mod_delayed_work(vmq_wq, &vd->period, 0))
		vmq_device_put(vd);	/* was queued, with a reference */
}

/**
 * vmq_eligible_period - re-read what has no event, once a second
 * @work: vmq_device.period; comes with a reference of the device
 *
 * Context: Process. Nothing waits for this work under RTNL.
 */
void vmq_eligible_period(struct work_struct *work)
{
	struct vmq_device *vd = container_of(work, struct vmq_device,
					     period.work);
	bool again = false;

	vmq_eligible_vlans(vd);

	rtnl_lock();
	if (!vd->dead) {
		vmq_eligible_bridge_left(vd);
		vmq_vlan_refresh_rtnl(vd);
		vmq_netfilter_update_rtnl(vd);
		vmq_eligible_update_rtnl(vd);
		if (READ_ONCE(vd->room) &&
		    time_after_eq(jiffies, vd->next_room)) {
			WRITE_ONCE(vd->room, false);
			vd->next_room = jiffies + VMQ_ELIGIBLE_ROOM;
			vmq_fdb_replay(vd);
		}
		/* What found no memory, or came too soon after a replay. */
		if (READ_ONCE(vd->replay) ||
		    READ_ONCE(vd->ev_head) != READ_ONCE(vd->ev_tail))
			vmq_fdb_kick(vd);
		again = queue_delayed_work(vmq_wq, &vd->period,
					   VMQ_ELIGIBLE_PERIOD);
	}
	rtnl_unlock();

	/* Dead, or queued already, with a reference. */
	if (!again)
		vmq_device_put(vd);
}
