/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in net/switchdev.h, 6.1 .. 7.3.
 */
#ifndef _COMPAT_NET_SWITCHDEV_H
#define _COMPAT_NET_SWITCHDEV_H

#include_next <net/switchdev.h>
#include "vmq_conftest.h"

#ifndef HAVE_SWITCHDEV_BRIDGE_PORT_REPLAY
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>

/*
 * 6.1 replays a bridge's FDB only to a port that it takes for a switch's, which
 * shows in sysfs (phys_switch_id) and takes one of 63 hardware domains. The same
 * table comes out of the bridge's own FDB dump without any side effect.
 */
static inline int compat_fdb_replay_skb(struct net_device *br, struct sk_buff *skb,
					const void *ctx,
					struct notifier_block *nb)
{
	struct switchdev_notifier_fdb_info item = {};
	struct nlmsghdr *nlh = nlmsg_hdr(skb);
	struct nlattr *lladdr, *vlan;
	int left = skb->len;
	struct ndmsg *ndm;
	int err, n = 0;

	for (; nlmsg_ok(nlh, left); nlh = nlmsg_next(nlh, &left), n++) {
		ndm = nlmsg_data(nlh);
		lladdr = nlmsg_find_attr(nlh, sizeof(*ndm), NDA_LLADDR);
		vlan = nlmsg_find_attr(nlh, sizeof(*ndm), NDA_VLAN);
		if (!lladdr)
			continue;

		item.info.dev = __dev_get_by_index(dev_net(br),
						   ndm->ndm_ifindex);
		if (!item.info.dev)
			continue;
		item.info.ctx = ctx;
		item.addr = nla_data(lladdr);
		item.vid = vlan ? nla_get_u16(vlan) : 0;
		item.is_local = !!(ndm->ndm_state & NUD_PERMANENT);
		/* The dump does not tell who made a dynamic entry. */
		item.added_by_user = true;
		/* As the replay of newer kernels does. */
		rcu_read_lock();
		err = notifier_to_errno(nb->notifier_call(nb, SWITCHDEV_FDB_ADD_TO_DEVICE,
							  &item));
		rcu_read_unlock();
		if (err)
			return err;
	}

	return n;
}

static inline int
switchdev_bridge_port_replay(struct net_device *brport_dev,
			     struct net_device *dev, const void *ctx,
			     struct notifier_block *atomic_nb,
			     struct notifier_block *blocking_nb,
			     struct netlink_ext_ack *extack)
{
	struct net_device *br = netdev_master_upper_dev_get(brport_dev);
	struct nlmsghdr nlh = {};
	struct netlink_callback cb = { .nlh = &nlh };
	struct net_device *port;
	struct list_head *iter;
	int err = 0, n = 0;
	struct sk_buff *skb;
	int idx;

	ASSERT_RTNL();

	/* Somebody behind us in the notifiers' chain has refused that it joins. */
	if (!br || !netif_is_bridge_master(br))
		return -ENODEV;

	/* Each call walks the FDB from its start: few calls, with much room. */
	skb = nlmsg_new(SZ_128K, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
	if (!skb)
		skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	cb.skb = skb;

	/* br_fdb_dump() takes one port at a time and goes on at cb.args[2]. */
	netdev_for_each_lower_dev(br, port, iter) {
		cb.args[2] = 0;
		do {
			skb_trim(skb, 0);
			idx = 0;
			err = br->netdev_ops->ndo_fdb_dump(skb, &cb, br, port,
							   &idx);
			n = compat_fdb_replay_skb(br, skb, ctx, atomic_nb);
			cb.args[2] = idx;
		} while (err == -EMSGSIZE && n > 0);
		if (n < 0)
			break;
	}

	kfree_skb(skb);
	return n < 0 ? n : err == -EMSGSIZE ? err : 0;
}
#endif

#endif
