// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: the fast path
 *
 * A frame that the bridge would forward to one port, and to which nothing on
 * the way could do anything else, goes to that port from here. Everything else
 * takes the bridge, and the reason is counted. The comments name the place in
 * the bridge that a test stands for (net/bridge, 6.12).
 */
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/ipv6.h>
#include <linux/netfilter_bridge.h>
#include <net/busy_poll.h>
#include <net/sch_generic.h>
#include <trace/events/vmq.h>

#include "flow.h"
#include "nic.h"
#include "team.h"
#include "vmq.h"

/*
 * Port flags with which a forwarded unicast IP frame may fare differently:
 * locked (and MAB), isolated, VLAN tunnels, a switch that forwards what the
 * bridge has marked (br_handle_frame(), br_handle_frame_finish(),
 * should_deliver(), nbp_switchdev_frame_mark_tx_fwd_offload()).
 */
#define VMQ_RX_UPLINK_FLAGS	(BR_PORT_LOCKED | BR_ISOLATED | BR_VLAN_TUNNEL)
#define VMQ_RX_PORT_FLAGS	(BR_ISOLATED | BR_VLAN_TUNNEL | \
				 BR_TX_FWD_OFFLOAD)

/**
 * struct vmq_rx_frame - what is known of the frame in hand
 * @addr: the destination's entry, NULL when the destination is unknown
 * @src: the source's entry, NULL when the source is unknown
 * @vnic: the destination's vnic, NULL when it is none
 * @filter: the destination's filter on the NIC that received the frame, NULL when
 *	there is none or the NIC is not known
 * @port: where it may go to, valid with VMQ_FAST
 * @block: vmq_device.block before anything else was read: what is decided by the
 *	settings before a change is decided of a frame that came before it
 * @vlan_proto: protocol of the bridge's VLANs, 0 while it filters none
 * @vid: VLAN that the bridge's FDB is asked for
 * @vlan: vmq_addr.vlan of the destination, valid with VMQ_FAST
 *
 * On the stack of one frame, RCU.
 */
struct vmq_rx_frame {
	struct vmq_addr *addr;
	struct vmq_addr *src;
	struct vmq_vnic *vnic;
	struct vmq_filter *filter;
	struct net_device *port;
	unsigned long block;
	__be16 vlan_proto;
	u16 vid;
	u8 vlan;
};

/* br_handle_frame(), br_forward_finish(): any bridge hook of the netns. */
static bool vmq_rx_netfilter(const struct net_device *br)
{
#ifdef CONFIG_NETFILTER_FAMILY_BRIDGE
	struct nf_hook_entries __rcu **hooks = dev_net(br)->nf.hooks_bridge;

	return (unsigned long)rcu_access_pointer(hooks[NF_BR_PRE_ROUTING]) |
	       (unsigned long)rcu_access_pointer(hooks[NF_BR_FORWARD]) |
	       (unsigned long)rcu_access_pointer(hooks[NF_BR_POST_ROUTING]);
#else
	return false;
#endif
}

/*
 * Whoever listens on vmqN would see the frame on its way to the bridge. In place
 * all listeners on the uplink have seen it already: the hook is behind them.
 */
static enum vmq_pass vmq_rx_listeners(const struct net_device *dev)
{
	if (unlikely(dev_nit_active_rcu(dev)))
		return VMQ_PASS_TAP;
	if (unlikely(compat_netdev_has_tc_ingress(dev)))
		return VMQ_PASS_TC;
	if (unlikely(compat_netdev_has_nf_ingress(dev)))
		return VMQ_PASS_NFT_INGRESS;
	if (unlikely(rcu_access_pointer(dev->xdp_prog)))
		return VMQ_PASS_XDP;
	return VMQ_FAST;
}

/* What only the frame itself can tell. */
static enum vmq_pass vmq_rx_skb(const struct sk_buff *skb)
{
	if (unlikely(skb->pkt_type == PACKET_LOOPBACK))
		return VMQ_PASS_LOOPBACK;
	if (unlikely(skb_pfmemalloc(skb)))
		return VMQ_PASS_PFMEMALLOC;
	/* __br_forward() warns and drops. */
	if (unlikely(skb_is_gso(skb) && !skb_shinfo(skb)->gso_type))
		return VMQ_PASS_LRO;
#ifdef CONFIG_SKB_EXTENSIONS
	if (unlikely(skb->active_extensions))
		return VMQ_PASS_SKB_EXT;
#endif
#ifdef CONFIG_NET_SWITCHDEV
	/* nbp_switchdev_allowed_egress() */
	if (unlikely(skb->offload_fwd_mark))
		return VMQ_PASS_FWD_MARK;
#endif
	return VMQ_FAST;
}

/* Apart, because a header on the stack costs all frames a stack protector. */
static noinline enum vmq_pass vmq_rx_ipv6(const struct sk_buff *skb)
{
	const struct ipv6hdr *ip6;
	struct ipv6hdr buf;

	ip6 = skb_header_pointer(skb, 0, sizeof(buf), &buf);
	if (!ip6)
		return VMQ_PASS_PROTOCOL;
	return ip6->nexthdr == IPPROTO_ICMPV6 ? VMQ_PASS_ICMPV6 : VMQ_FAST;
}

/* Only IPv4, and IPv6 that is not ICMPv6 (br_do_suppress_nd() and friends). */
static enum vmq_pass vmq_rx_protocol(const struct sk_buff *skb)
{
	if (likely(skb->protocol == htons(ETH_P_IP)))
		return VMQ_FAST;
	if (skb->protocol != htons(ETH_P_IPV6))
		return VMQ_PASS_PROTOCOL;
	return vmq_rx_ipv6(skb);
}

/*
 * What holds for every frame of the device and has no event. The compiler would
 * keep this apart, as it has two callers, and the registers of the frame on the
 * stack.
 */
static __always_inline enum vmq_pass
vmq_rx_device(const struct vmq_device *vd, const struct net_device *br)
{
	enum vmq_pass pass;

	if (unlikely(vmq_rx_netfilter(br)) && !vmq_netfilter_is_quiet(vd, br))
		return VMQ_PASS_NETFILTER;
	/* br_handle_frame_finish(): a copy for the host */
	if (unlikely(READ_ONCE(br->flags) & IFF_PROMISC))
		return VMQ_PASS_PROMISC;

	if (vd->hook == VMQ_HOOK_RX_HANDLER) {
		pass = vmq_rx_listeners(vd->dev);
		if (unlikely(pass))
			return pass;
	}

	if (unlikely(br_port_flag_is_set(vmq_device_port(vd),
					 VMQ_RX_UPLINK_FLAGS)))
		return VMQ_PASS_UPLINK_FLAGS;
	return VMQ_FAST;
}

/* What holds for every frame to the port and has no event. */
static __always_inline enum vmq_pass
vmq_rx_port(const struct net_device *port)
{
	if (unlikely(br_port_flag_is_set(port, VMQ_RX_PORT_FLAGS)))
		return VMQ_PASS_PORT_FLAGS;

	/* br_forward(): a backup port takes over */
	if (unlikely(!netif_running(port) || !netif_carrier_ok(port)))
		return VMQ_PASS_CARRIER;
	return VMQ_FAST;
}

/**
 * vmq_rx_standing - would a frame take the fast path, else why not
 * @vd: device
 * @port: port that it would go to, or NULL to ask of the device alone
 *
 * For those who look: all that does not depend on the frame itself.
 *
 * Context: RCU.
 * Return: the first reason, VMQ_FAST when there is none.
 */
enum vmq_pass vmq_rx_standing(const struct vmq_device *vd,
			      const struct vmq_port *port)
{
	unsigned long block = READ_ONCE(vd->block);
	const struct net_device *br;
	enum vmq_pass pass;

	if (port)
		block |= READ_ONCE(port->block);
	if (block)
		return __ffs(block);
	br = rcu_dereference_rtnl(vd->bridge);
	if (!br)
		return VMQ_PASS_NO_BRIDGE;
	pass = vmq_rx_device(vd, br);
	return pass || !port ? pass : vmq_rx_port(port->dev);
}

/*
 * The bridge must go on learning: the entries of both ends are refreshed by a
 * frame through the bridge every now and then.
 */
static enum vmq_pass vmq_rx_refresh(struct vmq_device *vd,
				    struct vmq_addr *src,
				    struct vmq_addr *dst)
{
	unsigned long now = jiffies;

	if (time_after_eq(now, READ_ONCE(src->refresh)) ||
	    time_after_eq(now, READ_ONCE(dst->refresh))) {
		/* Two CPUs may both send a frame: harmless. */
		WRITE_ONCE(src->refresh, now + READ_ONCE(vd->refresh));
		WRITE_ONCE(dst->refresh, now + READ_ONCE(vd->refresh));
		return VMQ_PASS_REFRESH;
	}

	return VMQ_FAST;
}

/*
 * Is the tag one that stays as it is, or that the bridge would put or take off?
 * A VLAN device on the bridge's port gets its frames before the bridge does; of
 * another protocol than the bridge's, or with priority only, __allowed_ingress()
 * rewrites them. Grants and vmq_device.block were read before.
 */
static enum vmq_pass vmq_rx_vlan(const struct vmq_device *vd,
				 const struct sk_buff *skb,
				 struct vmq_rx_frame *frame)
{
	if (skb_vlan_tag_present(skb)) {
		if (unlikely(READ_ONCE(vd->vlan_upper)))
			return VMQ_PASS_VLAN;
		if (frame->vlan_proto &&
		    (skb->vlan_proto != frame->vlan_proto ||
		     !skb_vlan_tag_get_id(skb)))
			return VMQ_PASS_VLAN;
	}
	if (likely(!frame->vlan_proto))
		return VMQ_FAST;

	/* Pairs with smp_wmb() in vmq_addr_grant_rtnl(). */
	smp_rmb();
	frame->vlan = READ_ONCE(frame->addr->vlan);
	if (unlikely(!(frame->vlan & READ_ONCE(frame->src->vlan) &
		       VMQ_VLAN_MEMBER)))
		return VMQ_PASS_VLAN;
	return VMQ_FAST;
}

/*
 * The whole question, cheapest and most telling answers first. Inline, so that
 * what is known of the frame stays in registers.
 */
static __always_inline enum vmq_pass
vmq_rx_judge(struct vmq_device *vd, struct net_device *br,
	     const struct sk_buff *skb, struct vmq_rx_frame *frame)
{
	unsigned long block = frame->block;
	struct vmq_port *port;
	enum vmq_pass pass;

	if (!frame->vnic)
		return VMQ_PASS_NO_VNIC;

	port = rcu_dereference(frame->addr->port);
	if (port)
		block |= READ_ONCE(port->block);
	if (unlikely(block))
		return __ffs(block);
	if (unlikely(!port))
		return VMQ_PASS_REVOKED;

	pass = vmq_rx_protocol(skb);
	if (unlikely(pass))
		return pass;

	pass = vmq_rx_skb(skb);
	if (unlikely(pass))
		return pass;

	pass = vmq_rx_device(vd, br);
	if (unlikely(pass))
		return pass;

	pass = vmq_rx_port(port->dev);
	if (unlikely(pass))
		return pass;

	/* br_dev_queue_push_xmit(), is_skb_forwardable() */
	if (unlikely(skb->len + ETH_HLEN > READ_ONCE(port->dev->mtu) +
		     port->dev->hard_header_len + VLAN_HLEN &&
		     !skb_is_gso(skb)))
		return VMQ_PASS_MTU;

	if (unlikely(!frame->src || !READ_ONCE(frame->src->uplink)))
		return VMQ_PASS_SOURCE;

	pass = vmq_rx_vlan(vd, skb, frame);
	if (unlikely(pass))
		return pass;

	/* Last: it counts as a visit to the bridge. */
	pass = vmq_rx_refresh(vd, frame->src, frame->addr);
	if (unlikely(pass))
		return pass;

	frame->port = port->dev;
	return VMQ_FAST;
}

/* The VLAN that the bridge's FDB is asked for, as in __allowed_ingress(). */
static u16 vmq_rx_vid(const struct vmq_device *vd, const struct sk_buff *skb,
		      __be16 vlan_proto)
{
	if (likely(!vlan_proto))
		return 0;
	if (skb_vlan_tag_present(skb) && skb->vlan_proto == vlan_proto &&
	    skb_vlan_tag_get_id(skb))
		return skb_vlan_tag_get_id(skb);
	return READ_ONCE(vd->pvid);
}

/* The filter on the NIC that received the frame. */
static __always_inline struct vmq_filter *
vmq_rx_filter(const struct vmq_device *vd, const struct vmq_vnic *vnic,
	      const struct sk_buff *skb)
{
	unsigned int slot = vmq_team_slot(vd, skb);

	return slot < VMQ_MAX_NICS ? rcu_dereference(vnic->filter[slot]) : NULL;
}

/* Frames of the vnic: where they went and on which queue they came. */
static void vmq_rx_count_vnic(struct vmq_vnic *vnic, struct vmq_filter *filter,
			      const struct sk_buff *skb, enum vmq_pass pass)
{
	struct vmq_vnic_stats *stats = this_cpu_ptr(vnic->stats);
	bool steered, onq = false;

	steered = filter && READ_ONCE(filter->queue) != VMQ_NO_QUEUE;
	if (steered)
		onq = vmq_filter_saw(filter, skb_rx_queue_recorded(skb) ?
				     skb_get_rx_queue(skb) : VMQ_NO_QUEUE);

	u64_stats_update_begin(&stats->syncp);
	if (likely(pass == VMQ_FAST)) {
		u64_stats_inc(&stats->fast);
		u64_stats_add(&stats->fast_bytes, skb->len + ETH_HLEN);
	} else {
		u64_stats_inc(&stats->full);
	}
	if (steered) {
		if (likely(onq))
			u64_stats_inc(&stats->onq);
		else
			u64_stats_inc(&stats->offq);
	}
	u64_stats_update_end(&stats->syncp);
}

/* To the home CPU of an address that has no rule? Then it is gone. */
static __always_inline bool vmq_rx_hand_over(struct vmq_device *vd,
					     struct vmq_filter *filter,
					     struct sk_buff *skb)
{
	return filter && unlikely(vmq_softsteer_is_on(&filter->soft)) &&
	       vmq_softsteer_take(vd, &filter->soft, skb);
}

static void vmq_rx_count(struct vmq_device *vd, const struct sk_buff *skb,
			 enum vmq_pass pass)
{
	struct vmq_stats *stats = this_cpu_ptr(vd->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->rx_bytes, skb->len + ETH_HLEN);
	u64_stats_inc(&stats->pass[pass]);
	u64_stats_update_end(&stats->syncp);
}

/*
 * Would dev_queue_xmit() do no more with the frame than have the port's driver
 * take it? Left to it: several queues to choose from, a qdisc, hooks and listeners
 * at egress, a stopped queue, a queue that this CPU is transmitting on already;
 * and what validate_xmit_skb() might have to work on: frames in fragments, GSO,
 * checksums to be completed; frames of a socket (priority by cgroup, timestamps)
 * with a tag, and with a route. Extensions were passed to the bridge before.
 */
static bool vmq_rx_is_direct(const struct net_device *port,
			     const struct netdev_queue *txq,
			     const struct sk_buff *skb)
{
	const struct skb_shared_info *info = skb_shinfo(skb);

	if (READ_ONCE(port->real_num_tx_queues) != 1 ||
	    rcu_dereference(txq->qdisc)->enqueue || netif_xmit_stopped(txq) ||
	    READ_ONCE(txq->xmit_lock_owner) == smp_processor_id())
		return false;
	if (skb->data_len | info->gso_size | info->tx_flags |
	    skb->_skb_refdst | (unsigned long)skb->sk)
		return false;
	if (skb->ip_summed == CHECKSUM_PARTIAL || skb_vlan_tag_present(skb) ||
	    skb_at_tc_ingress(skb))
		return false;
	return !compat_netdev_has_egress(port) && !vmq_trace_tx_heard() &&
	       !dev_nit_active_rcu(port);
}

/* Hand the frame to the port's driver, as pktgen does. */
static void vmq_rx_xmit_direct(struct net_device *port,
			       struct netdev_queue *txq, struct sk_buff *skb)
{
	int cpu = smp_processor_id();
	int ret = NETDEV_TX_BUSY;

	/* netdev_core_pick_tx() */
	skb_set_queue_mapping(skb, 0);
#ifdef CONFIG_XPS
	if (!skb->sender_cpu || skb->sender_cpu >= MIN_NAPI_ID)
		skb->sender_cpu = cpu + 1;
#endif

	HARD_TX_LOCK(port, txq, cpu);
	if (likely(!netif_xmit_stopped(txq)))
		ret = netdev_start_xmit(skb, port, txq, false);
	HARD_TX_UNLOCK(port, txq);

	if (unlikely(!dev_xmit_complete(ret))) {
		/* As a virtual device's frame fares in dev_queue_xmit(). */
		dev_core_stats_tx_dropped_inc(port);
		kfree_skb(skb);
	}
}

static void vmq_rx_transmit(struct vmq_device *vd, struct net_device *port,
			    struct sk_buff *skb)
{
	struct netdev_queue *txq = netdev_get_tx_queue(port, 0);
	struct vmq_stats *stats;

	if (!vmq_rx_is_direct(port, txq, skb)) {
		dev_queue_xmit(skb);
		return;
	}

	stats = this_cpu_ptr(vd->stats);
	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->direct);
	u64_stats_update_end(&stats->syncp);
	vmq_rx_xmit_direct(port, txq, skb);
}

/* __allowed_ingress() puts the PVID's tag, br_handle_vlan() takes tags off. */
static void vmq_rx_retag(struct sk_buff *skb, const struct vmq_rx_frame *frame)
{
	if (frame->vlan & VMQ_VLAN_UNTAG)
		__vlan_hwaccel_clear_tag(skb);
	else if (!skb_vlan_tag_present(skb))
		__vlan_hwaccel_put_tag(skb, frame->vlan_proto, frame->vid);
}

/* The frame as the bridge would have handed it to the port. */
static void vmq_rx_forward(struct vmq_device *vd, struct sk_buff *skb,
			   const struct vmq_rx_frame *frame)
{
	struct vmq_stats *stats;

	/* br_handle_frame(): a tap may hold the skb too */
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (unlikely(!skb)) {
		stats = this_cpu_ptr(vd->stats);
		u64_stats_update_begin(&stats->syncp);
		u64_stats_inc(&stats->fast_drops);
		u64_stats_update_end(&stats->syncp);
		return;
	}

	/* __netif_receive_skb_core() would have come round with vmqN. */
	skb->skb_iif = vmq_device_port(vd)->ifindex;
	memset(skb->cb, 0, sizeof(skb->cb));
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	/* In place the core would have done it after the hook. */
	skb_reset_redirect(skb);
	if (frame->vlan_proto)
		vmq_rx_retag(skb, frame);
	skb->dev = frame->port;
	__skb_push(skb, ETH_HLEN);
	vmq_rx_transmit(vd, frame->port, skb);
}

/**
 * vmq_rx_deliver - take a frame past the bridge if nobody could tell
 * @vd: device whose uplink received the frame
 * @skb: frame, data at the network header, tag in skb->vlan_tci
 * @handed: it has come to its home CPU by vmq_softsteer_take()
 *
 * Context: softirq (or BH disabled), RCU.
 * Return: true when the frame was delivered, dropped or handed to another CPU and
 * is no longer the caller's; false when it must go on to the bridge, unchanged.
 */
bool vmq_rx_deliver(struct vmq_device *vd, struct sk_buff *skb, bool handed)
{
	struct net_device *br = rcu_dereference(vd->bridge);
	const struct ethhdr *eth = eth_hdr(skb);
	struct vmq_rx_frame frame = {};
	enum vmq_pass pass;

	if (unlikely(!br)) {
		pass = VMQ_PASS_NO_BRIDGE;
		goto full;
	}

	if (unlikely(is_multicast_ether_addr(eth->h_dest))) {
		pass = VMQ_PASS_MULTICAST;
		goto full;
	}

	/* Pairs with smp_store_release() in vmq_eligible_update_rtnl(). */
	frame.block = smp_load_acquire(&vd->block);
	frame.vlan_proto = READ_ONCE(vd->vlan_proto);
	frame.vid = vmq_rx_vid(vd, skb, frame.vlan_proto);
	vmq_flow_find(vd, vmq_key_val(eth->h_dest, frame.vid),
		      vmq_key_val(eth->h_source, frame.vid), &frame.addr,
		      &frame.src);
	if (frame.addr)
		frame.vnic = rcu_dereference(frame.addr->vnic);
	if (frame.vnic)
		frame.filter = vmq_rx_filter(vd, frame.vnic, skb);
	if (!handed && vmq_rx_hand_over(vd, frame.filter, skb))
		return true;

	pass = vmq_rx_judge(vd, br, skb, &frame);
	if (frame.vnic)
		vmq_rx_count_vnic(frame.vnic, frame.filter, skb, pass);
	if (unlikely(pass))
		goto full;

	vmq_rx_count(vd, skb, VMQ_FAST);
	vmq_rx_forward(vd, skb, &frame);
	return true;

full:
	trace_vmq_pass(vd->dev, skb, vmq_pass_names[pass]);
	vmq_rx_count(vd, skb, pass);
	return false;
}
