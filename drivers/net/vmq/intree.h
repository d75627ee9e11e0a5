/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmq: in a kernel tree, what include/compat gives outside of one
 *
 * The driver is written for the newest kernel. Where older ones differ in more
 * than a name, it calls a helper that include/compat has for all of them; these
 * are the same helpers for the tree that the driver is part of.
 */
#ifndef _VMQ_INTREE_H
#define _VMQ_INTREE_H

#ifndef _VMQ_CONFTEST_H
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <net/netdev_rx_queue.h>
#include <net/rtnetlink.h>

#define RTNL_NEWLINK(fn)	(fn)
#define DEFINE_RTNL_NEWLINK(fn)
#define compat_free_netdev_dummy free_netdev
#define COMPAT_NETPOLL_SETUP_ARGS struct net_device *dev

static inline void compat_netdev_set_lltx(struct net_device *dev)
{
	dev->lltx = true;
}

static inline void compat_netdev_set_netns_immutable(struct net_device *dev)
{
	dev->netns_immutable = true;
}

static inline bool compat_netdev_has_tc_ingress(const struct net_device *dev)
{
#ifdef CONFIG_NET_XGRESS
	return rcu_access_pointer(dev->tcx_ingress);
#else
	return false;
#endif
}

static inline bool compat_netdev_has_nf_ingress(const struct net_device *dev)
{
#ifdef CONFIG_NETFILTER_INGRESS
	return rcu_access_pointer(dev->nf_hooks_ingress);
#else
	return false;
#endif
}

static inline bool compat_netdev_has_egress(const struct net_device *dev)
{
	bool found = false;

#ifdef CONFIG_NETFILTER_EGRESS
	found = rcu_access_pointer(dev->nf_hooks_egress);
#endif
#ifdef CONFIG_NET_XGRESS
	found |= !!rcu_access_pointer(dev->tcx_egress);
#endif
	return found;
}

static inline unsigned int
compat_netdev_rx_queue_irq(struct net_device *dev, unsigned int rxq)
{
	const struct napi_struct *napi = READ_ONCE(dev->_rx[rxq].napi);

	return napi && napi->irq > 0 ? napi->irq : 0;
}

static inline int compat_ethtool_rx_rings(struct net_device *dev)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;

	return ops->get_rx_ring_count ? ops->get_rx_ring_count(dev) :
					-EOPNOTSUPP;
}

static inline int compat_ethtool_get_indir(struct net_device *dev, u32 *indir,
					   u32 size)
{
	struct ethtool_rxfh_param rxfh = { .indir = indir, .indir_size = size };
	int err;

	mutex_lock(&dev->ethtool->rss_lock);
	err = dev->ethtool_ops->get_rxfh(dev, &rxfh);
	mutex_unlock(&dev->ethtool->rss_lock);
	return err;
}
#endif

#endif /* _VMQ_INTREE_H */
