// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: the receive filter. Unicast and multicast addresses, promiscuity,
 * VLANs.
 */
#include <linux/bsearch.h>
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "vmqsim.h"

static int vmqsim_filter_cmp(const void *a, const void *b)
{
	return memcmp(a, b, ETH_ALEN);
}

/**
 * vmqsim_filter_set() - take over the netdev's address lists
 * @nic: the NIC
 * @uc: unicast addresses
 * @mc: multicast addresses
 * @gfp: how to allocate
 *
 * A NIC whose table overflows goes promiscuous, as do the drivers; so does
 * this one when it has no memory for the table.
 *
 * Context: address list lock held, or instance lock with private lists.
 * Return: 0, or -ENOMEM with the filter left as it was.
 */
int vmqsim_filter_set(struct vmqsim_nic *nic,
		      struct netdev_hw_addr_list *uc,
		      struct netdev_hw_addr_list *mc, gfp_t gfp)
{
	struct net_device *dev = nic->dev;
	struct vmqsim_filter *filter;
	struct vmqsim_filter *old;
	struct netdev_hw_addr *ha;
	unsigned int num = 0;
	bool overflow;

	overflow = netdev_hw_addr_list_count(uc) > VMQSIM_MAX_UC;
	if (!overflow)
		num = netdev_hw_addr_list_count(uc);
	num += netdev_hw_addr_list_count(mc);

	filter = kzalloc(struct_size(filter, addr, num), gfp);
	if (!filter) {
		/* The core asks only once: let everything in until it does again. */
		WRITE_ONCE(nic->filter_lost, true);
		return -ENOMEM;
	}
	filter->promisc = overflow || (dev->flags & IFF_PROMISC);
	filter->allmulti = dev->flags & IFF_ALLMULTI;
	num = 0;
	if (!overflow)
		netdev_hw_addr_list_for_each(ha, uc)
			ether_addr_copy(filter->addr[num++], ha->addr);
	netdev_hw_addr_list_for_each(ha, mc)
		ether_addr_copy(filter->addr[num++], ha->addr);
	filter->num = num;
	sort(filter->addr, num, ETH_ALEN, vmqsim_filter_cmp, NULL);

	/* Only one of the two callers exists on a NIC, and the core
	 * serializes it.
	 */
	old = rcu_replace_pointer(nic->filter, filter, true);
	WRITE_ONCE(nic->filter_lost, false);
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/**
 * vmqsim_filter_destroy() - free the filter
 * @nic: the NIC; nothing uses it any more
 */
void vmqsim_filter_destroy(struct vmqsim_nic *nic)
{
	kfree(rcu_replace_pointer(nic->filter, NULL, true));
}

/**
 * vmqsim_filter_pass() - does the NIC take this frame?
 * @nic: the NIC
 * @pkt: the parsed frame
 *
 * A refused frame is counted here. Promiscuity opens the VLAN filter too, as
 * on igb and ixgbe.
 *
 * Context: RCU read section.
 * Return: true if it does.
 */
bool vmqsim_filter_pass(struct vmqsim_nic *nic, const struct vmqsim_pkt *pkt)
{
	const struct vmqsim_filter *filter = rcu_dereference(nic->filter);
	const struct net_device *dev = nic->dev;
	u16 vid = pkt->tci & VLAN_VID_MASK;

	if (READ_ONCE(nic->filter_lost) || (filter && filter->promisc))
		return true;

	if (pkt->tagged && vid && (dev->features & NETIF_F_HW_VLAN_CTAG_FILTER) &&
	    !test_bit(vid, nic->vlans)) {
		atomic64_inc(&nic->drops.vlan);
		return false;
	}

	if (ether_addr_equal(pkt->dst, dev->dev_addr) ||
	    is_broadcast_ether_addr(pkt->dst))
		return true;
	if (filter && filter->allmulti && is_multicast_ether_addr(pkt->dst))
		return true;
	if (filter && bsearch(pkt->dst, filter->addr, filter->num, ETH_ALEN,
			      vmqsim_filter_cmp))
		return true;

	atomic64_inc(&nic->drops.filter);
	return false;
}
