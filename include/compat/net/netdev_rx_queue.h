/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in net/netdev_rx_queue.h: split off linux/netdevice.h in 6.6. The link
 * from a queue to its NAPI came in 6.7, from the NAPI to its interrupt likewise.
 */
#ifndef _COMPAT_NET_NETDEV_RX_QUEUE_H
#define _COMPAT_NET_NETDEV_RX_QUEUE_H

#include <linux/netdevice.h>
#include "vmq_conftest.h"
#ifdef HAVE_NET_NETDEV_RX_QUEUE_H
#include_next <net/netdev_rx_queue.h>
#endif

/**
 * compat_netdev_rx_queue_irq - the interrupt of a receive queue
 * @dev: netdev
 * @rxq: receive queue, less than @dev->num_rx_queues
 *
 * Context: RTNL, and the instance lock where the netdev has one.
 * Return: interrupt number, 0 when the driver does not tell.
 */
static inline unsigned int
compat_netdev_rx_queue_irq(struct net_device *dev, unsigned int rxq)
{
#if defined(HAVE_NETIF_QUEUE_SET_NAPI) && defined(HAVE_NAPI_IRQ)
	const struct napi_struct *napi = READ_ONCE(dev->_rx[rxq].napi);

	return napi && napi->irq > 0 ? napi->irq : 0;
#else
	return 0;
#endif
}

#endif
