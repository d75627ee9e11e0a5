// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: the wire end, the netdev at the other end of the NIC's cable.
 *
 * What is sent on it arrives at the NIC, what the NIC sends is received on
 * it. It has no hardware of its own to simulate.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <net/netdev_lock.h>

#include "vmqsim.h"

static netdev_tx_t vmqsim_wire_xmit(struct sk_buff *skb,
				    struct net_device *dev)
{
	struct vmqsim_wire *wire = netdev_priv(dev);
	unsigned int len = skb->len;
	struct vmqsim_nic *nic;
	bool sent = false;

	skb_tx_timestamp(skb);

	rcu_read_lock();
	nic = rcu_dereference(wire->nic);
	if (nic)
		sent = vmqsim_rx_ingest(nic, skb);
	else
		kfree_skb(skb);
	rcu_read_unlock();

	if (sent)
		dev_sw_netstats_tx_add(dev, 1, len);
	else
		dev_core_stats_tx_dropped_inc(dev);
	return NETDEV_TX_OK;
}

/**
 * vmqsim_wire_deliver() - a frame of the NIC arrives on the wire end
 * @wire: the wire end
 * @skb: the frame, data at the MAC header; consumed
 *
 * Context: RCU read section, BHs disabled.
 */
void vmqsim_wire_deliver(struct net_device *wire, struct sk_buff *skb)
{
	unsigned int len = skb->len;

	if (!vmqsim_pkt_fits(wire, skb)) {
		dev_core_stats_rx_dropped_inc(wire);
		kfree_skb(skb);
		return;
	}
	/* Frees the frame when it refuses it, and counts that. */
	if (__dev_forward_skb(wire, skb))
		return;
	/* The sender's transmit queue would pass for one that received. */
	skb_set_queue_mapping(skb, 0);
	skb_reset_redirect(skb);
	skb_clear_hash(skb);
	if (netif_rx(skb) == NET_RX_SUCCESS)
		dev_sw_netstats_rx_add(wire, len);
}

static void vmqsim_wire_carrier(struct net_device *dev)
{
	struct vmqsim_wire *wire = netdev_priv(dev);
	struct vmqsim_nic *nic = rtnl_dereference(wire->nic);

	if (nic)
		vmqsim_link_carrier(nic);
}

static int vmqsim_wire_open(struct net_device *dev)
{
	vmqsim_wire_carrier(dev);
	netif_tx_start_all_queues(dev);
	return 0;
}

static int vmqsim_wire_stop(struct net_device *dev)
{
	netif_tx_stop_all_queues(dev);
	/* IFF_UP is still set here. */
	netif_carrier_off(dev);
	vmqsim_wire_carrier(dev);
	return 0;
}

static int vmqsim_wire_init(struct net_device *dev)
{
	netdev_lockdep_set_classes(dev);
	return 0;
}

static const struct net_device_ops vmqsim_wire_ops = {
	.ndo_init		= vmqsim_wire_init,
	.ndo_open		= vmqsim_wire_open,
	.ndo_stop		= vmqsim_wire_stop,
	.ndo_start_xmit		= vmqsim_wire_xmit,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_get_stats64	= dev_get_tstats64,
};

/**
 * vmqsim_wire_setup() - rtnl setup of a wire end
 * @dev: netdev just allocated
 */
void vmqsim_wire_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &vmqsim_wire_ops;
	dev->ethtool_ops = &vmqsim_wire_ethtool_ops;
	dev->needs_free_netdev = true;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->min_mtu = VMQSIM_MIN_MTU;
	dev->max_mtu = VMQSIM_MAX_MTU;
	/* The NIC keeps what it is sent, so pktgen must not share it. */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	/* netpoll sends with interrupts off; the rings and the wire need BHs. */
	dev->priv_flags |= IFF_DISABLE_NETPOLL;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE;
	COMPAT_SET_LLTX(dev);
	dev->features |= NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA |
			 NETIF_F_HW_CSUM | NETIF_F_RXCSUM |
			 NETIF_F_GSO_SOFTWARE | NETIF_F_HW_VLAN_CTAG_TX;
	dev->hw_features = dev->features;
	dev->vlan_features = dev->features & ~NETIF_F_HW_VLAN_CTAG_TX;
	eth_hw_addr_random(dev);
}
