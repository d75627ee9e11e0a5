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

#include "softsteer.h"
#include "vmq.h"

/* Stacked, a frame on its way to the bridge: vmqN's. NULL without memory. */
static struct sk_buff *vmq_hook_to_upper(struct net_device *dev,
					 struct sk_buff *skb)
{
	/* A tap on the uplink may hold the skb that is about to change hands. */
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (unlikely(!skb))
		return NULL;

	/*
	 * The driver judged by the uplink's address; vmqN may have another one,
	 * as in vlan_do_receive() (net/8021q/vlan_core.c).
	 */
	if (unlikely(skb->pkt_type == PACKET_OTHERHOST) &&
	    ether_addr_equal_64bits(eth_hdr(skb)->h_dest, dev->dev_addr))
		skb->pkt_type = PACKET_HOST;

	skb->dev = dev;
	return skb;
}

/* Context: softirq, RCU. */
static rx_handler_result_t vmq_hook_rx_handler(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct vmq_device *vd = rcu_dereference(skb->dev->rx_handler_data);

	/* Without a bridge vmqN leads nowhere: the uplink works as before. */
	if (!rcu_access_pointer(vd->bridge))
		return RX_HANDLER_PASS;

	if (vmq_rx_deliver(vd, skb, false))
		return RX_HANDLER_CONSUMED;

	*pskb = vmq_hook_to_upper(vd->dev, skb);
	return *pskb ? RX_HANDLER_ANOTHER : RX_HANDLER_CONSUMED;
}

/* Context: softirq, RCU. */
static unsigned int vmq_hook_ingress(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	return vmq_rx_deliver(priv, skb, false) ? NF_STOLEN : NF_ACCEPT;
}

/**
 * vmq_hook_can_resume - may a frame leave the hook and go on later?
 * @vd: device
 *
 * Context: RCU.
 * Return: in place not with generic XDP on the uplink, which would see it again; not
 * with PREEMPT_RT, which wants no softirq raised by an interrupt from another CPU
 * (use_backlog_threads(), net/core/dev.c).
 */
bool vmq_hook_can_resume(const struct vmq_device *vd)
{
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return false;
	return vd->hook == VMQ_HOOK_RX_HANDLER ||
	       (IS_ENABLED(CONFIG_NET_CLS_ACT) &&
		!rcu_access_pointer(vd->lower->xdp_prog));
}

/**
 * vmq_hook_resume - go on with a frame that vmq_softsteer_take() took
 * @vd: device
 * @skb: frame, which nobody else has
 *
 * Where it would have gone on if the hook had judged it at once.
 *
 * Context: softirq, RCU.
 */
void vmq_hook_resume(struct vmq_device *vd, struct sk_buff *skb)
{
	/* It has left the bridge since, or is being removed. */
	if (unlikely(!rcu_access_pointer(vd->bridge))) {
		vmq_softsteer_count_drop(vd);
		kfree_skb(skb);
		return;
	}

	if (vmq_rx_deliver(vd, skb, true))
		return;

	if (vd->hook == VMQ_HOOK_RX_HANDLER) {
		skb = vmq_hook_to_upper(vd->dev, skb);
	} else {
#ifdef CONFIG_NET_CLS_ACT
		/*
		 * Taps, tc and netfilter at ingress have seen it: from behind
		 * them, as a frame that ifb hands back (__netif_receive_skb_core()).
		 */
		skb_reset_redirect(skb);
		skb->tc_skip_classify = 1;
#endif
	}
	netif_receive_skb_core(skb);
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
