// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: netdev operations of vmqN, transmit
 *
 * Stacked, vmqN stands for the uplink in the bridge: whatever the bridge asks
 * of its port (promiscuity, addresses, VLAN filters, MTU) is asked of the
 * uplink, and what is sent leaves through it unchanged. In place, vmqN is only
 * a handle: it carries no frames and asks nothing.
 */
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/netpoll.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netlink.h>
#include <net/pkt_sched.h>

#include "vmq.h"

#define VMQ_NETDEV_FEATURES \
	(NETIF_F_SG | NETIF_F_CSUM_MASK | NETIF_F_HIGHDMA | NETIF_F_FRAGLIST | \
	 NETIF_F_GSO_SOFTWARE | NETIF_F_RXCSUM | NETIF_F_RXHASH | \
	 NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_RX | \
	 NETIF_F_HW_VLAN_CTAG_FILTER | NETIF_F_HW_VLAN_STAG_TX | \
	 NETIF_F_HW_VLAN_STAG_RX | NETIF_F_HW_VLAN_STAG_FILTER)

static bool vmq_netdev_stacked(const struct vmq_device *vd)
{
	return vd->hook == VMQ_HOOK_RX_HANDLER;
}

static int vmq_netdev_open(struct net_device *dev)
{
	struct vmq_device *vd = vmq_link_device(dev);
	int err;

	if (vmq_netdev_stacked(vd)) {
		/* A multiset: the uplink's own address is counted there too. */
		err = dev_uc_add(vd->lower, dev->dev_addr);
		if (err)
			return err;
		if (dev->flags & IFF_ALLMULTI)
			dev_set_allmulti(vd->lower, 1);
		if (dev->flags & IFF_PROMISC)
			dev_set_promiscuity(vd->lower, 1);
	}

	vmq_netdev_carrier(vd);
	return 0;
}

static int vmq_netdev_stop(struct net_device *dev)
{
	struct vmq_device *vd = vmq_link_device(dev);

	netif_carrier_off(dev);
	if (!vmq_netdev_stacked(vd))
		return 0;

	dev_mc_unsync(vd->lower, dev);
	dev_uc_unsync(vd->lower, dev);
	if (dev->flags & IFF_PROMISC)
		dev_set_promiscuity(vd->lower, -1);
	if (dev->flags & IFF_ALLMULTI)
		dev_set_allmulti(vd->lower, -1);
	dev_uc_del(vd->lower, dev->dev_addr);
	return 0;
}

static void vmq_netdev_change_rx_flags(struct net_device *dev, int change)
{
	struct vmq_device *vd = vmq_link_device(dev);

	/* Down: open() asks for what is set by then. */
	if (!(dev->flags & IFF_UP) || !vmq_netdev_stacked(vd))
		return;

	if (change & IFF_ALLMULTI)
		dev_set_allmulti(vd->lower, dev->flags & IFF_ALLMULTI ? 1 : -1);
	if (change & IFF_PROMISC)
		dev_set_promiscuity(vd->lower,
				    dev->flags & IFF_PROMISC ? 1 : -1);
}

static void vmq_netdev_set_rx_mode(struct net_device *dev)
{
	struct vmq_device *vd = vmq_link_device(dev);

	if (!vmq_netdev_stacked(vd))
		return;

	dev_mc_sync(vd->lower, dev);
	dev_uc_sync(vd->lower, dev);
}

static int vmq_netdev_set_mac_address(struct net_device *dev, void *p)
{
	struct vmq_device *vd = vmq_link_device(dev);
	struct sockaddr *addr = p;
	int err;

	if (!is_valid_ether_addr(addr->sa_data))
		return -EADDRNOTAVAIL;

	if (dev->flags & IFF_UP && vmq_netdev_stacked(vd)) {
		err = dev_uc_add(vd->lower, addr->sa_data);
		if (err)
			return err;
		dev_uc_del(vd->lower, dev->dev_addr);
	}

	dev->addr_assign_type = NET_ADDR_SET;
	eth_hw_addr_set(dev, addr->sa_data);
	return 0;
}

/*
 * The MTU of a stacked device is the uplink's, whichever is set. The uplink's
 * notifier comes back here for the same value and finds nothing to do.
 */
static int vmq_netdev_change_mtu(struct net_device *dev, int mtu)
{
	struct vmq_device *vd = vmq_link_device(dev);
	int err;

	if (vmq_netdev_stacked(vd) && vd->lower->mtu != mtu) {
		err = dev_set_mtu(vd->lower, mtu);
		if (err)
			return err;
	}

	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static netdev_features_t vmq_netdev_fix_features(struct net_device *dev,
						 netdev_features_t features)
{
	struct vmq_device *vd = vmq_link_device(dev);

	return features & (vd->lower->features | ~VMQ_NETDEV_FEATURES |
			   NETIF_F_SOFT_FEATURES);
}

/*
 * What is made of a frame here (segments, a tag in the header) is what the uplink
 * would have made of it: a capture sees no other frames than there. As in
 * netif_skb_features().
 */
static netdev_features_t
vmq_netdev_features_check(struct sk_buff *skb, struct net_device *dev,
			  netdev_features_t features)
{
	struct net_device *lower = vmq_link_device(dev)->lower;

	if (lower->netdev_ops->ndo_features_check)
		return lower->netdev_ops->ndo_features_check(skb, lower,
							     features);
	return vlan_features_check(skb, features);
}

static int vmq_netdev_vlan_add(struct net_device *dev, __be16 proto, u16 vid)
{
	struct vmq_device *vd = vmq_link_device(dev);

	return vmq_netdev_stacked(vd) ? vlan_vid_add(vd->lower, proto, vid) : 0;
}

static int vmq_netdev_vlan_kill(struct net_device *dev, __be16 proto, u16 vid)
{
	struct vmq_device *vd = vmq_link_device(dev);

	if (vmq_netdev_stacked(vd))
		vlan_vid_del(vd->lower, proto, vid);
	return 0;
}

static u16 vmq_netdev_select_queue(struct net_device *dev, struct sk_buff *skb,
				   struct net_device *sb_dev)
{
	/*
	 * vmqN has no queueing of its own. The number that the skb carries is
	 * for the uplink's choice: kept aside as bond_select_queue() does
	 * (drivers/net/bonding/bond_main.c), since the core writes the field.
	 */
	qdisc_skb_cb(skb)->slave_dev_queue_mapping = skb_get_queue_mapping(skb);

	if (skb_rx_queue_recorded(skb))
		return skb_get_rx_queue(skb) % dev->real_num_tx_queues;
	return 0;
}

/* Context: softirq or BH disabled, lockless (LLTX). */
static netdev_tx_t vmq_netdev_start_xmit(struct sk_buff *skb,
					 struct net_device *dev)
{
	struct vmq_device *vd = vmq_link_device(dev);
	unsigned int len = skb->len;
	struct vmq_stats *stats;
	int ret;

	if (unlikely(!vmq_netdev_stacked(vd))) {
		dev_core_stats_tx_dropped_inc(dev);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}

	/* With one queue the core asks no ndo_select_queue() to keep it. */
	if (dev->real_num_tx_queues != 1)
		skb_set_queue_mapping(skb, qdisc_skb_cb(skb)->slave_dev_queue_mapping);
	skb->dev = vd->lower;
#ifdef CONFIG_NET_POLL_CONTROLLER
	if (unlikely(netpoll_tx_running(dev)))
		return netpoll_send_skb(vd->netpoll, skb);
#endif
	ret = dev_queue_xmit(skb);

	stats = this_cpu_ptr(vd->stats);
	u64_stats_update_begin(&stats->syncp);
	if (likely(ret == NET_XMIT_SUCCESS || ret == NET_XMIT_CN)) {
		u64_stats_inc(&stats->tx_packets);
		u64_stats_add(&stats->tx_bytes, len);
	} else {
		u64_stats_inc(&stats->tx_dropped);
	}
	u64_stats_update_end(&stats->syncp);

	return NETDEV_TX_OK;
}

#ifdef CONFIG_NET_POLL_CONTROLLER
static int vmq_netdev_netpoll_setup(COMPAT_NETPOLL_SETUP_ARGS)
{
	struct vmq_device *vd = vmq_link_device(dev);
	struct netpoll *netpoll;
	int err;

	if (!vmq_netdev_stacked(vd))
		return -EOPNOTSUPP;

	netpoll = kzalloc_obj(*netpoll, GFP_KERNEL);
	if (!netpoll)
		return -ENOMEM;

	err = __netpoll_setup(netpoll, vd->lower);
	if (err) {
		kfree(netpoll);
		return err;
	}

	vd->netpoll = netpoll;
	return 0;
}

static void vmq_netdev_netpoll_cleanup(struct net_device *dev)
{
	struct vmq_device *vd = vmq_link_device(dev);
	struct netpoll *netpoll = vd->netpoll;

	if (!netpoll)
		return;

	vd->netpoll = NULL;
	__netpoll_free(netpoll);
}
#endif

#ifndef COMPAT_NO_NDO_HWTSTAMP
static int vmq_netdev_hwtstamp_get(struct net_device *dev,
				   struct kernel_hwtstamp_config *cfg)
{
	return generic_hwtstamp_get_lower(vmq_link_device(dev)->lower, cfg);
}

static int vmq_netdev_hwtstamp_set(struct net_device *dev,
				   struct kernel_hwtstamp_config *cfg,
				   struct netlink_ext_ack *extack)
{
	return generic_hwtstamp_set_lower(vmq_link_device(dev)->lower, cfg,
					  extack);
}
#else
static int vmq_netdev_eth_ioctl(struct net_device *dev, struct ifreq *ifr,
				int cmd)
{
	struct net_device *lower = vmq_link_device(dev)->lower;

	if (cmd != SIOCSHWTSTAMP && cmd != SIOCGHWTSTAMP)
		return -EOPNOTSUPP;
	if (!netif_device_present(lower) || !lower->netdev_ops->ndo_eth_ioctl)
		return -EOPNOTSUPP;

	return lower->netdev_ops->ndo_eth_ioctl(lower, ifr, cmd);
}
#endif

static void vmq_netdev_get_stats64(struct net_device *dev,
				   struct rtnl_link_stats64 *stats)
{
	vmq_stats_get64(vmq_link_device(dev), stats);
}

static int vmq_netdev_get_iflink(const struct net_device *dev)
{
	const struct vmq_device *vd = vmq_link_device(dev);

	return vd->dead ? dev->ifindex : vd->lower->ifindex;
}

static void vmq_netdev_uninit(struct net_device *dev)
{
	vmq_link_destroy_rtnl(vmq_link_device(dev));
}

/**
 * vmq_netdev_free - drop the netdev's reference of the device (priv_destructor)
 * @dev: vmqN; may come here twice when its registration failed
 *
 * Context: Process, with or without RTNL.
 */
void vmq_netdev_free(struct net_device *dev)
{
	struct vmq_link *link = netdev_priv(dev);

	if (!link->vd)
		return;

	vmq_device_put(link->vd);
	link->vd = NULL;
}

static const struct net_device_ops vmq_netdev_ops = {
	.ndo_uninit		= vmq_netdev_uninit,
	.ndo_open		= vmq_netdev_open,
	.ndo_stop		= vmq_netdev_stop,
	.ndo_start_xmit		= vmq_netdev_start_xmit,
	.ndo_select_queue	= vmq_netdev_select_queue,
	.ndo_change_rx_flags	= vmq_netdev_change_rx_flags,
	.ndo_set_rx_mode	= vmq_netdev_set_rx_mode,
	.ndo_set_mac_address	= vmq_netdev_set_mac_address,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_change_mtu		= vmq_netdev_change_mtu,
	.ndo_fix_features	= vmq_netdev_fix_features,
	.ndo_features_check	= vmq_netdev_features_check,
	.ndo_vlan_rx_add_vid	= vmq_netdev_vlan_add,
	.ndo_vlan_rx_kill_vid	= vmq_netdev_vlan_kill,
	.ndo_get_stats64	= vmq_netdev_get_stats64,
	.ndo_get_iflink		= vmq_netdev_get_iflink,
#ifdef CONFIG_NET_POLL_CONTROLLER
	.ndo_netpoll_setup	= vmq_netdev_netpoll_setup,
	.ndo_netpoll_cleanup	= vmq_netdev_netpoll_cleanup,
#endif
#ifndef COMPAT_NO_NDO_HWTSTAMP
	.ndo_hwtstamp_get	= vmq_netdev_hwtstamp_get,
	.ndo_hwtstamp_set	= vmq_netdev_hwtstamp_set,
#else
	.ndo_eth_ioctl		= vmq_netdev_eth_ioctl,
#endif
};

static void vmq_netdev_get_drvinfo(struct net_device *dev,
				   struct ethtool_drvinfo *info)
{
	const struct vmq_device *vd = vmq_link_device(dev);

	strscpy(info->driver, VMQ_DRV_NAME, sizeof(info->driver));
	strscpy(info->bus_info, vd->lower->name, sizeof(info->bus_info));
}

static int vmq_netdev_get_link_ksettings(struct net_device *dev,
					 struct ethtool_link_ksettings *cmd)
{
	return __ethtool_get_link_ksettings(vmq_link_device(dev)->lower, cmd);
}

static int vmq_netdev_get_ts_info(struct net_device *dev,
				  struct kernel_ethtool_ts_info *info)
{
	return ethtool_get_ts_info_by_layer(vmq_link_device(dev)->lower, info);
}

static const struct ethtool_ops vmq_netdev_ethtool_ops = {
	.get_drvinfo		= vmq_netdev_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= vmq_netdev_get_link_ksettings,
	.get_ts_info		= vmq_netdev_get_ts_info,
};

static const struct device_type vmq_netdev_type = {
	.name = VMQ_DRV_NAME,
};

/**
 * vmq_netdev_setup - fill in a fresh vmqN (rtnl_link_ops.setup)
 * @dev: netdev
 *
 * Context: Process, RTNL.
 */
void vmq_netdev_setup(struct net_device *dev)
{
	ether_setup(dev);
	/* The uplink's count, from newlink on. */
	dev->max_mtu = ETH_MAX_MTU;
	dev->netdev_ops = &vmq_netdev_ops;
	dev->ethtool_ops = &vmq_netdev_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = vmq_netdev_free;
	dev->priv_flags |= IFF_UNICAST_FLT | IFF_NO_QUEUE;
	/* The uplink decides what it still needs of the skb. */
	netif_keep_dst(dev);
	compat_netdev_set_lltx(dev);
	compat_netdev_set_netns_immutable(dev);
	dev->sysfs_groups[0] = &vmq_sysfs_group;
	SET_NETDEV_DEVTYPE(dev, &vmq_netdev_type);
}

static void vmq_netdev_inherit_limits(struct vmq_device *vd)
{
	struct net_device *lower = vd->lower;
	struct net_device *dev = vd->dev;

	dev->vlan_features = lower->vlan_features;
	dev->hw_enc_features = lower->hw_enc_features;
	dev->mpls_features = lower->mpls_features;
	netif_inherit_tso_max(dev, lower);
	netif_set_real_num_queues(dev,
				  min_t(unsigned int, lower->real_num_tx_queues,
					dev->num_tx_queues),
				  min_t(unsigned int, lower->real_num_rx_queues,
					dev->num_rx_queues));
}

/**
 * vmq_netdev_inherit - make a new vmqN look like its uplink
 * @vd: device, its netdev not yet registered
 * @addr: address the admin asked for, or NULL for the uplink's
 * @mtu: MTU the admin asked for, or NULL for the uplink's
 *
 * Context: Process, RTNL.
 */
void vmq_netdev_inherit(struct vmq_device *vd, const struct nlattr *addr,
			const struct nlattr *mtu)
{
	struct net_device *lower = vd->lower;
	struct net_device *dev = vd->dev;

	if (!addr)
		eth_hw_addr_inherit(dev, lower);
	if (!mtu)
		dev->mtu = lower->mtu;
	dev->min_mtu = lower->min_mtu;
	dev->max_mtu = lower->max_mtu;
	dev->hard_header_len = lower->hard_header_len;
	dev->needed_headroom = lower->needed_headroom;
	dev->needed_tailroom = lower->needed_tailroom;
	dev->hw_features = lower->features & VMQ_NETDEV_FEATURES;
	dev->hw_features |= NETIF_F_GSO_SOFTWARE;
	dev->features |= dev->hw_features;
	/* vmqN segments nothing itself: the uplink's core does when it must. */
	vmq_netdev_inherit_limits(vd);
}

/**
 * vmq_netdev_carrier - let vmqN's carrier follow the uplink's
 * @vd: device
 *
 * Context: Process, RTNL; only flags and the asynchronous link watch.
 */
void vmq_netdev_carrier(struct vmq_device *vd)
{
	ASSERT_RTNL();

	if (netif_running(vd->lower))
		netif_stacked_transfer_operstate(vd->lower, vd->dev);
	else
		netif_carrier_off(vd->dev);
}

static void vmq_netdev_follow_addr(struct vmq_device *vd)
{
	struct net_device *dev = vd->dev;

	/* Only an address that was the uplink's to begin with. */
	if (dev->addr_assign_type != NET_ADDR_STOLEN ||
	    ether_addr_equal(dev->dev_addr, vd->lower->dev_addr))
		return;

	if (dev->flags & IFF_UP && vmq_netdev_stacked(vd)) {
		if (dev_uc_add(vd->lower, vd->lower->dev_addr))
			return;
		dev_uc_del(vd->lower, dev->dev_addr);
	}
	eth_hw_addr_set(dev, vd->lower->dev_addr);
	call_netdevice_notifiers(NETDEV_CHANGEADDR, dev);
}

/**
 * vmq_netdev_event_rtnl - follow what happened to the uplink
 * @vd: device
 * @event: NETDEV_* of the uplink
 *
 * Context: Process, RTNL, in the netdevice notifier: on 7.x perhaps with the
 * uplink's instance lock, so no call here may come back to the uplink.
 */
void vmq_netdev_event_rtnl(struct vmq_device *vd, unsigned long event)
{
	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		vmq_netdev_carrier(vd);
		break;
	case NETDEV_CHANGEMTU:
		if (vmq_netdev_stacked(vd))
			dev_set_mtu(vd->dev, vd->lower->mtu);
		break;
	case NETDEV_CHANGEADDR:
		vmq_netdev_follow_addr(vd);
		break;
	case NETDEV_FEAT_CHANGE:
		vmq_netdev_inherit_limits(vd);
		netdev_update_features(vd->dev);
		break;
	}
}
