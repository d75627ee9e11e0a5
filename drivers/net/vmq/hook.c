// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: the two ways to see an uplink's frames
 *
 * Stacked: the uplink's rx_handler. What does not bypass the bridge goes on as
 * a frame of vmqN, which is the bridge's port.
 *
 * In place: a netfilter hook at netdev ingress, behind all of the admin's own.
 * The uplink stays the bridge's port; what does not bypass simply goes on.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "vmq.h"

/* Context: softirq, RCU. */
static rx_handler_result_t vmq_hook_rx_handler(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct vmq_device *vd = rcu_dereference(skb->dev->rx_handler_data);
	struct net_device *dev = vd->dev;

	/* Without a bridge vmqN leads nowhere: the uplink works as before. */
	if (!rcu_access_pointer(vd->bridge))
		return RX_HANDLER_PASS;

	if (vmq_rx_deliver(vd, skb))
		return RX_HANDLER_CONSUMED;

	/* A tap on the uplink may hold the skb that is about to change hands. */
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (unlikely(!skb))
		return RX_HANDLER_CONSUMED;
	*pskb = skb;

	/*
	 * The driver judged by the uplink's address; vmqN may have another one,
	 * as in vlan_do_receive() (net/8021q/vlan_core.c).
	 */
	if (unlikely(skb->pkt_type == PACKET_OTHERHOST) &&
	    ether_addr_equal_64bits(eth_hdr(skb)->h_dest, dev->dev_addr))
		skb->pkt_type = PACKET_HOST;

	skb->dev = dev;
	return RX_HANDLER_ANOTHER;
}

/* Context: softirq, RCU. */
static unsigned int vmq_hook_ingress(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	return vmq_rx_deliver(priv, skb) ? NF_STOLEN : NF_ACCEPT;
}

static int vmq_hook_register_ingress(struct vmq_device *vd,
				     struct netlink_ext_ack *extack)
{
	struct nf_hook_ops *ops;
	int err;

	if (!IS_ENABLED(CONFIG_NETFILTER_INGRESS)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "This kernel has no netdev ingress hook (CONFIG_NETFILTER_INGRESS)");
		return -EOPNOTSUPP;
	}

	ops = kzalloc_obj(*ops, GFP_KERNEL);
	if (!ops)
		return -ENOMEM;

	ops->hook = vmq_hook_ingress;
	ops->priv = vd;
	ops->dev = vd->lower;
	ops->pf = NFPROTO_NETDEV;
	ops->hooknum = NF_NETDEV_INGRESS;
	/* Behind everything the admin may have put there. */
	ops->priority = INT_MAX;

	err = nf_register_net_hook(dev_net(vd->lower), ops);
	if (err) {
		NL_SET_ERR_MSG_MOD(extack,
				   "Cannot hook the uplink's ingress");
		kfree(ops);
		return err;
	}

	vd->nf_ops = ops;
	return 0;
}

/**
 * vmq_hook_register_rtnl - start to see the uplink's frames
 * @vd: device, complete: frames may arrive before this returns
 * @extack: where a refusal is explained
 *
 * Context: Process, RTNL.
 * Return: 0 or a negative errno.
 */
int vmq_hook_register_rtnl(struct vmq_device *vd,
			   struct netlink_ext_ack *extack)
{
	int err;

	ASSERT_RTNL();

	if (vd->hook == VMQ_HOOK_INGRESS) {
		err = vmq_hook_register_ingress(vd, extack);
	} else {
		err = netdev_rx_handler_register(vd->lower, vmq_hook_rx_handler,
						 vd);
		if (err)
			NL_SET_ERR_MSG_MOD(extack,
					   "The uplink's rx_handler is taken");
	}

	vd->hooked = !err;
	return err;
}

/**
 * vmq_hook_unregister_rtnl - stop seeing the uplink's frames
 * @vd: device
 *
 * When this returns no CPU is in the hook any more.
 *
 * Context: Process, RTNL. Waits for an RCU grace period.
 */
void vmq_hook_unregister_rtnl(struct vmq_device *vd)
{
	ASSERT_RTNL();

	if (!vd->hooked)
		return;

	vd->hooked = false;
	if (vd->hook == VMQ_HOOK_INGRESS) {
		nf_unregister_net_hook(dev_net(vd->lower), vd->nf_ops);
		synchronize_net();
		kfree(vd->nf_ops);
		vd->nf_ops = NULL;
	} else {
		netdev_rx_handler_unregister(vd->lower);
	}
}
