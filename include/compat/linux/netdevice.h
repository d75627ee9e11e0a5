/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in linux/netdevice.h, 6.1 .. 7.3.
 */
#ifndef _COMPAT_LINUX_NETDEVICE_H
#define _COMPAT_LINUX_NETDEVICE_H

#include_next <linux/netdevice.h>
#include "vmq_conftest.h"

/* 7.2 renamed it when the instance lock came. */
#ifndef HAVE_NETIF_GET_PORT_PARENT_ID
#define netif_get_port_parent_id dev_get_port_parent_id
#endif

/**
 * compat_netdev_set_lltx - the driver locks its own transmit path
 * @dev: netdev not yet registered
 *
 * A feature bit up to 6.11, a member since.
 */
static inline void compat_netdev_set_lltx(struct net_device *dev)
{
#ifdef HAVE_NETDEV_LLTX
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/**
 * compat_netdev_set_netns_immutable - the netdev cannot change its netns
 * @dev: netdev not yet registered
 *
 * A feature bit up to 6.11, two names of a member since.
 */
static inline void compat_netdev_set_netns_immutable(struct net_device *dev)
{
#if defined(HAVE_NETDEV_NETNS_IMMUTABLE)
	dev->netns_immutable = true;
#elif defined(HAVE_NETDEV_NETNS_LOCAL)
	dev->netns_local = true;
#else
	dev->features |= NETIF_F_NETNS_LOCAL;
#endif
}

/**
 * compat_netdev_has_tc_ingress - is there a tc program or filter at ingress
 * @dev: netdev
 *
 * Context: RCU.
 * Return: true when there is.
 */
static inline bool compat_netdev_has_tc_ingress(const struct net_device *dev)
{
#if defined(HAVE_NETDEV_TCX_INGRESS)
	return rcu_access_pointer(dev->tcx_ingress);
#elif defined(HAVE_NETDEV_MINIQ_INGRESS)
	return rcu_access_pointer(dev->miniq_ingress);
#else
	return false;
#endif
}

/**
 * compat_netdev_has_nf_ingress - is there a netfilter hook at ingress
 * @dev: netdev
 *
 * Context: RCU.
 * Return: true when there is.
 */
static inline bool compat_netdev_has_nf_ingress(const struct net_device *dev)
{
#ifdef HAVE_NETDEV_NF_HOOKS_INGRESS
	return rcu_access_pointer(dev->nf_hooks_ingress);
#else
	return false;
#endif
}

/**
 * compat_netdev_has_egress - is there a hook of tc or netfilter at egress
 * @dev: netdev
 *
 * Context: RCU.
 * Return: true when there is.
 */
static inline bool compat_netdev_has_egress(const struct net_device *dev)
{
	bool found = false;

#ifdef HAVE_NETDEV_NF_HOOKS_EGRESS
	found = rcu_access_pointer(dev->nf_hooks_egress);
#endif
#if defined(HAVE_NETDEV_TCX_INGRESS)
	return found || rcu_access_pointer(dev->tcx_egress);
#elif defined(HAVE_NETDEV_MINIQ_EGRESS)
	return found || rcu_access_pointer(dev->miniq_egress);
#else
	return found;
#endif
}

/* The name since the function asks for RCU, its context in all kernels. */
#ifndef HAVE_DEV_NIT_ACTIVE_RCU
static inline bool dev_nit_active_rcu(const struct net_device *dev)
{
	return dev_nit_active((struct net_device *)dev);
}
#endif

/* Up to 6.9 a dummy netdev was any memory, which free_netdev() does not take. */
#ifdef HAVE_ALLOC_NETDEV_DUMMY
#define compat_free_netdev_dummy free_netdev
#else
static inline struct net_device *alloc_netdev_dummy(int sizeof_priv)
{
	struct net_device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (dev)
		init_dummy_netdev(dev);
	return dev;
}

#define compat_free_netdev_dummy kfree
#endif

/* Up to 6.5 hardware timestamps were set by ioctl. */
#ifndef HAVE_NDO_HWTSTAMP
#define COMPAT_NO_NDO_HWTSTAMP
#endif

/* 7.2 dropped the netpoll_info argument. */
#ifdef HAVE_NDO_NETPOLL_SETUP_NPINFO
#define COMPAT_NETPOLL_SETUP_ARGS struct net_device *dev, \
				  struct netpoll_info *npinfo
#else
#define COMPAT_NETPOLL_SETUP_ARGS struct net_device *dev
#endif

/*
 * For vmqsim, which is written in the newest form: 6.8 links NAPIs, queues and
 * interrupts, 6.14 has the *_locked() calls, 6.15 the instance lock, 7.2 the
 * sleeping variant of ndo_set_rx_mode.
 */
#define COMPAT_SET_LLTX(dev) compat_netdev_set_lltx(dev)

#ifndef HAVE_NETIF_QUEUE_SET_NAPI
enum netdev_queue_type {
	NETDEV_QUEUE_TYPE_RX,
	NETDEV_QUEUE_TYPE_TX,
};

static inline void netif_queue_set_napi(struct net_device *dev,
					unsigned int queue_index,
					enum netdev_queue_type type,
					struct napi_struct *napi)
{
}
#endif

#ifndef HAVE_NAPI_ENABLE_LOCKED
#define napi_enable_locked	napi_enable
#define napi_disable_locked	napi_disable
#define __netif_napi_del_locked	__netif_napi_del
#define netif_napi_add_config_locked(dev, napi, poll, index) \
	netif_napi_add(dev, napi, poll)

static inline void netif_napi_set_irq_locked(struct napi_struct *napi, int irq)
{
#ifdef HAVE_NAPI_IRQ
	netif_napi_set_irq(napi, irq);
#endif
}
#endif

#ifndef HAVE_NETDEV_REQUEST_OPS_LOCK
#define COMPAT_HAS_OPS_LOCK		0
#define COMPAT_REQUEST_OPS_LOCK(dev)	((void)(dev))
#endif

#ifndef HAVE_NDO_SET_RX_MODE_ASYNC
#define COMPAT_NDO_RX_MODE_ASYNC(fn)	.ndo_set_rx_mode = NULL
#endif

#ifndef netdev_hw_addr_list_for_each
#error "netdev_hw_addr_list_for_each() is gone"
#endif

#endif
