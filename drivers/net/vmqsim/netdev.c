// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: the NIC's netdev. Up and down, transmit, features, reset.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/pm_runtime.h>
#include <linux/platform_device.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>

#include "vmqsim.h"

/**
 * vmqsim_netdev_lock() - lock a NIC for going up or down
 * @nic: the NIC
 *
 * The instance lock comes first on every NIC, whether the core has taken it
 * already (quirk ops_lock) or not, so that there is one order of locks.
 *
 * Context: process; rtnl held, and the instance lock where ops have it.
 */
void vmqsim_netdev_lock(struct vmqsim_nic *nic)
{
	netdev_lock_ops_to_full(nic->dev);
	mutex_lock(&nic->lock);
}

/**
 * vmqsim_netdev_unlock() - undo vmqsim_netdev_lock()
 * @nic: the NIC
 */
void vmqsim_netdev_unlock(struct vmqsim_nic *nic)
{
	mutex_unlock(&nic->lock);
	netdev_unlock_full_to_ops(nic->dev);
}

/**
 * vmqsim_netdev_map() - make the receive queues anew
 * @nic: the NIC; down
 * @rx: how many
 *
 * That is their interrupts, and the RSS table unless it was set.
 *
 * Context: process, vmqsim_netdev_lock() held.
 * Return: 0 or a negative errno, then there are none.
 */
int vmqsim_netdev_map(struct vmqsim_nic *nic, unsigned int rx)
{
	int err;

	lockdep_assert_held(&nic->lock);
	vmqsim_irq_unmap(nic);
	err = vmqsim_irq_map(nic, rx);
	if (err || netif_is_rxfh_configured(nic->dev))
		return err;
	err = vmqsim_rss_spread(nic, rx);
	/* The old table may name queues that are not there any more. */
	if (err)
		vmqsim_irq_unmap(nic);
	return err;
}

/**
 * vmqsim_netdev_up() - bring the hardware up
 * @nic: the NIC
 *
 * Context: process, vmqsim_netdev_lock() held.
 * Return: 0 or a negative errno.
 */
int vmqsim_netdev_up(struct vmqsim_nic *nic)
{
	int err;

	/* A change of channels failed and could not be taken back. */
	if (!nic->vectors) {
		err = vmqsim_netdev_map(nic, nic->dev->real_num_rx_queues);
		if (err)
			return err;
	}
	err = vmqsim_rx_up(nic);
	if (err)
		return err;
	/* What came in the meantime waits in the qdiscs: look there. */
	netif_tx_wake_all_queues(nic->dev);
	return 0;
}

/**
 * vmqsim_netdev_down() - bring the hardware down
 * @nic: the NIC
 *
 * Context: vmqsim_netdev_lock() held.
 */
void vmqsim_netdev_down(struct vmqsim_nic *nic)
{
	netif_tx_disable(nic->dev);
	vmqsim_rx_down(nic);
}

static int vmqsim_netdev_open(struct net_device *dev)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	int err;

	err = vmqsim_fault_take(nic, VMQSIM_F_OPEN);
	if (err)
		return err;
	err = pm_runtime_resume_and_get(&nic->pdev->dev);
	if (err < 0)
		return err;

	vmqsim_netdev_lock(nic);
	err = vmqsim_netdev_up(nic);
	vmqsim_netdev_unlock(nic);
	if (err) {
		pm_runtime_put(&nic->pdev->dev);
		return err;
	}
	vmqsim_link_carrier(nic);
	return 0;
}

static int vmqsim_netdev_stop(struct net_device *dev)
{
	struct vmqsim_nic *nic = netdev_priv(dev);

	vmqsim_netdev_lock(nic);
	vmqsim_netdev_down(nic);
	vmqsim_netdev_unlock(nic);
	vmqsim_link_carrier(nic);
	pm_runtime_put(&nic->pdev->dev);
	return 0;
}

static netdev_tx_t vmqsim_netdev_xmit(struct sk_buff *skb,
				      struct net_device *dev)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	struct vmqsim_tx_stats *stats;
	unsigned int len = skb->len;
	struct net_device *wire;

	stats = &nic->tx[skb_get_queue_mapping(skb)];
	skb_tx_timestamp(skb);

	rcu_read_lock();
	wire = rcu_dereference(nic->wire);
	if (likely(wire && READ_ONCE(nic->up) && netif_carrier_ok(dev) &&
		   !READ_ONCE(nic->cut))) {
		u64_stats_update_begin(&stats->syncp);
		u64_stats_inc(&stats->frames);
		u64_stats_add(&stats->bytes, len);
		u64_stats_update_end(&stats->syncp);
		vmqsim_wire_deliver(wire, skb);
	} else {
		dev_core_stats_tx_dropped_inc(dev);
		kfree_skb(skb);
	}
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

static void vmqsim_netdev_get_stats64(struct net_device *dev,
				      struct rtnl_link_stats64 *stats)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	struct vmqsim_drops *drops = &nic->drops;
	unsigned int start;
	unsigned int i;
	u64 frames;
	u64 bytes;

	for (i = 0; i < nic->num_rx; i++) {
		struct vmqsim_queue *q = &nic->queues[i];

		do {
			start = u64_stats_fetch_begin(&q->stats.syncp);
			frames = u64_stats_read(&q->stats.frames);
			bytes = u64_stats_read(&q->stats.bytes);
		} while (u64_stats_fetch_retry(&q->stats.syncp, start));
		stats->rx_packets += frames;
		stats->rx_bytes += bytes;
		stats->rx_missed_errors += atomic64_read(&q->drops);
	}
	for (i = 0; i < nic->num_tx; i++) {
		struct vmqsim_tx_stats *tx = &nic->tx[i];

		do {
			start = u64_stats_fetch_begin(&tx->syncp);
			frames = u64_stats_read(&tx->frames);
			bytes = u64_stats_read(&tx->bytes);
		} while (u64_stats_fetch_retry(&tx->syncp, start));
		stats->tx_packets += frames;
		stats->tx_bytes += bytes;
	}
	stats->rx_dropped = atomic64_read(&drops->rule) +
			    atomic64_read(&drops->error);
	stats->rx_length_errors = atomic64_read(&drops->oversize);
	stats->rx_errors = stats->rx_length_errors;
}

static void vmqsim_netdev_set_rx_mode(struct net_device *dev)
{
	vmqsim_filter_set(netdev_priv(dev), &dev->uc, &dev->mc, GFP_ATOMIC);
}

static int __maybe_unused
vmqsim_netdev_set_rx_mode_async(struct net_device *dev,
				struct netdev_hw_addr_list *uc,
				struct netdev_hw_addr_list *mc)
{
	return vmqsim_filter_set(netdev_priv(dev), uc, mc, GFP_KERNEL);
}

static int vmqsim_netdev_vlan_add(struct net_device *dev, __be16 proto,
				  u16 vid)
{
	struct vmqsim_nic *nic = netdev_priv(dev);

	set_bit(vid, nic->vlans);
	return 0;
}

static int vmqsim_netdev_vlan_del(struct net_device *dev, __be16 proto,
				  u16 vid)
{
	struct vmqsim_nic *nic = netdev_priv(dev);

	clear_bit(vid, nic->vlans);
	return 0;
}

static int vmqsim_netdev_set_features(struct net_device *dev,
				      netdev_features_t features)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	netdev_features_t off = dev->features & ~features;

	if ((off & NETIF_F_NTUPLE) &&
	    vmqsim_quirk_on(nic, VMQSIM_Q_WIPE_ON_NTUPLE)) {
		mutex_lock(&nic->lock);
		vmqsim_flow_wipe(nic);
		mutex_unlock(&nic->lock);
	}
	return 0;
}

static int vmqsim_netdev_init(struct net_device *dev)
{
	netdev_lockdep_set_classes(dev);
	return 0;
}

#define VMQSIM_NETDEV_OPS						\
	.ndo_init		= vmqsim_netdev_init,			\
	.ndo_open		= vmqsim_netdev_open,			\
	.ndo_stop		= vmqsim_netdev_stop,			\
	.ndo_start_xmit		= vmqsim_netdev_xmit,			\
	.ndo_validate_addr	= eth_validate_addr,			\
	.ndo_set_mac_address	= eth_mac_addr,				\
	.ndo_get_stats64	= vmqsim_netdev_get_stats64,		\
	.ndo_vlan_rx_add_vid	= vmqsim_netdev_vlan_add,		\
	.ndo_vlan_rx_kill_vid	= vmqsim_netdev_vlan_del,		\
	.ndo_set_features	= vmqsim_netdev_set_features

const struct net_device_ops vmqsim_netdev_ops = {
	VMQSIM_NETDEV_OPS,
	.ndo_set_rx_mode	= vmqsim_netdev_set_rx_mode,
};

/* For the quirk ops_lock: there the core wants the sleeping variant. */
const struct net_device_ops vmqsim_netdev_locked_ops = {
	VMQSIM_NETDEV_OPS,
	COMPAT_NDO_RX_MODE_ASYNC(vmqsim_netdev_set_rx_mode_async),
};

/**
 * vmqsim_netdev_is_nic() - is this netdev one of ours, and the NIC's
 * @dev: any netdev
 *
 * Return: true if so.
 */
bool vmqsim_netdev_is_nic(const struct net_device *dev)
{
	return dev->netdev_ops == &vmqsim_netdev_ops ||
	       dev->netdev_ops == &vmqsim_netdev_locked_ops;
}

/**
 * vmqsim_netdev_features() - set the features that depend on the quirks
 * @nic: the NIC, not yet registered
 */
void vmqsim_netdev_features(struct vmqsim_nic *nic)
{
	struct net_device *dev = nic->dev;

	if (vmqsim_quirk_on(nic, VMQSIM_Q_NO_NTUPLE)) {
		dev->features &= ~NETIF_F_NTUPLE;
		dev->hw_features &= ~NETIF_F_NTUPLE;
	}
	if (vmqsim_quirk_on(nic, VMQSIM_Q_OPS_LOCK)) {
		dev->netdev_ops = &vmqsim_netdev_locked_ops;
		COMPAT_REQUEST_OPS_LOCK(dev);
	}
}

/**
 * vmqsim_netdev_setup() - rtnl setup of a NIC
 * @dev: netdev just allocated
 */
void vmqsim_netdev_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &vmqsim_netdev_ops;
	dev->ethtool_ops = &vmqsim_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->min_mtu = VMQSIM_MIN_MTU;
	dev->max_mtu = VMQSIM_MAX_MTU;
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	/* netpoll sends with interrupts off; the rings and the wire need BHs. */
	dev->priv_flags |= IFF_DISABLE_NETPOLL;
	dev->priv_flags |= IFF_UNICAST_FLT | IFF_LIVE_ADDR_CHANGE;
	dev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_RXCSUM |
			   NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_TSO_ECN |
			   NETIF_F_GSO_UDP_L4 | NETIF_F_RXHASH |
			   NETIF_F_NTUPLE | NETIF_F_HW_VLAN_CTAG_TX |
			   NETIF_F_HW_VLAN_CTAG_RX |
			   NETIF_F_HW_VLAN_CTAG_FILTER;
	dev->features = dev->hw_features | NETIF_F_HIGHDMA;
	dev->vlan_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_TSO |
			     NETIF_F_TSO6 | NETIF_F_TSO_ECN |
			     NETIF_F_GSO_UDP_L4 | NETIF_F_HIGHDMA;
}

/**
 * vmqsim_netdev_reset() - reset the NIC, as drivers do after a hang
 * @nic: the NIC
 *
 * Stops, drops what is on the rings, and starts again if the NIC was up. The
 * interrupts are freed and requested again, their affinity survives.
 *
 * Context: process; rtnl held, and the instance lock where ops have it.
 * Return: 0 or the error of starting again; then the NIC stays without
 * function until it is closed and opened.
 */
int vmqsim_netdev_reset(struct vmqsim_nic *nic)
{
	int err = 0;
	bool was_up;

	vmqsim_netdev_lock(nic);
	was_up = nic->up;
	vmqsim_netdev_down(nic);
	WRITE_ONCE(nic->resets, nic->resets + 1);
	if (vmqsim_quirk_on(nic, VMQSIM_Q_WIPE_ON_RESET))
		vmqsim_flow_wipe(nic);
	if (was_up)
		err = vmqsim_netdev_up(nic);
	vmqsim_netdev_unlock(nic);
	vmqsim_link_carrier(nic);
	return err;
}
