/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in net/netdev_lock.h: 6.15 brought the instance lock of a netdev. Before
 * it RTNL alone protects the operations of a driver.
 */
#ifndef _COMPAT_NET_NETDEV_LOCK_H
#define _COMPAT_NET_NETDEV_LOCK_H

#include "vmq_conftest.h"
#ifdef HAVE_NET_NETDEV_LOCK_H
#include_next <net/netdev_lock.h>
#else
#include <linux/netdevice.h>

static inline void netdev_lock(struct net_device *dev)
{
}

static inline void netdev_unlock(struct net_device *dev)
{
}

static inline void netdev_lock_ops(struct net_device *dev)
{
}

static inline void netdev_unlock_ops(struct net_device *dev)
{
}

static inline void netdev_lock_ops_to_full(struct net_device *dev)
{
}

static inline void netdev_unlock_full_to_ops(struct net_device *dev)
{
}
#endif

#endif
