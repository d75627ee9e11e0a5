/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in linux/ethtool.h, 6.1 .. 7.3.
 */
#ifndef _COMPAT_LINUX_ETHTOOL_H
#define _COMPAT_LINUX_ETHTOOL_H

#include_next <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/netdevice.h>
#include "vmq_conftest.h"

/* 6.11 gave the kernel a struct of its own. */
#ifndef HAVE_KERNEL_ETHTOOL_TS_INFO
#define kernel_ethtool_ts_info ethtool_ts_info

static inline int ethtool_get_ts_info_by_layer(struct net_device *dev,
					       struct ethtool_ts_info *info)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;

	if (ops && ops->get_ts_info)
		return ops->get_ts_info(dev, info);

	info->so_timestamping = SOF_TIMESTAMPING_RX_SOFTWARE |
				SOF_TIMESTAMPING_SOFTWARE;
	info->phc_index = -1;
	return 0;
}
#endif

/**
 * compat_ethtool_rx_rings - number of receive rings as the driver tells
 * @dev: netdev
 *
 * A command of get_rxnfc() up to 6.17, an operation of its own since.
 *
 * Context: as for the operation.
 * Return: the number, or a negative errno.
 */
static inline int compat_ethtool_rx_rings(struct net_device *dev)
{
	const struct ethtool_ops *ops = dev->ethtool_ops;
#ifdef HAVE_ETHTOOL_RX_RING_COUNT
	return ops->get_rx_ring_count ? ops->get_rx_ring_count(dev) :
					-EOPNOTSUPP;
#else
	struct ethtool_rxnfc nfc = { .cmd = ETHTOOL_GRXRINGS };
	int err;

	if (!ops->get_rxnfc)
		return -EOPNOTSUPP;
	err = ops->get_rxnfc(dev, &nfc, NULL);
	return err ? err : (int)nfc.data;
#endif
}

/**
 * compat_ethtool_get_indir - read the RSS indirection table
 * @dev: netdev whose driver has get_rxfh()
 * @indir: the table, to be filled
 * @size: its size as the driver told
 *
 * 6.8 gathered the arguments in a struct; 7.x takes the rss_lock around it.
 *
 * Context: as for the operation, can sleep.
 * Return: 0 or a negative errno.
 */
static inline int compat_ethtool_get_indir(struct net_device *dev, u32 *indir,
					   u32 size)
{
#ifdef HAVE_ETHTOOL_RXFH_PARAM
	struct ethtool_rxfh_param rxfh = { .indir = indir, .indir_size = size };
	int err;

#ifdef HAVE_ETHTOOL_RX_RING_COUNT
	mutex_lock(&dev->ethtool->rss_lock);
#endif
	err = dev->ethtool_ops->get_rxfh(dev, &rxfh);
#ifdef HAVE_ETHTOOL_RX_RING_COUNT
	mutex_unlock(&dev->ethtool->rss_lock);
#endif
	return err;
#else
	return dev->ethtool_ops->get_rxfh(dev, indir, NULL, NULL);
#endif
}

/*
 * For vmqsim, which is written in the newest form. 6.8 gathered the arguments
 * of get_rxfh() and set_rxfh() in a struct, 6.11 made operations of contexts,
 * 6.17 one of the fields that the hash covers, 7.x those of the ring count and
 * the lock.
 */
#ifndef HAVE_ETHTOOL_RX_RING_COUNT
#define COMPAT_ETHTOOL_RING_COUNT_OP(fn)	.supported_ring_params = 0
#endif

#ifndef HAVE_ETHTOOL_RXFH_FIELDS
struct ethtool_rxfh_fields {
	u32	data;
	u32	flow_type;
	u32	rss_context;
};

#define COMPAT_ETHTOOL_RXFH_FIELDS_OP(fn)	.get_regs = NULL
#endif

#ifndef HAVE_ETHTOOL_PUTS
static inline void ethtool_puts(u8 **data, const char *str)
{
	ethtool_sprintf(data, "%s", str);
}
#endif

#ifndef HAVE_ETHTOOL_OP_NEEDS_RTNL
#define COMPAT_ETHTOOL_NEEDS_RTNL	.supported_coalesce_params = 0
#endif

#ifndef HAVE_ETHTOOL_RXFH_CONTEXT_OPS
#ifndef HAVE_ETHTOOL_RXFH_PARAM
struct ethtool_rxfh_param {
	u8	hfunc;
	u32	indir_size;
	u32	*indir;
	u32	key_size;
	u8	*key;
	u32	rss_context;
	u8	rss_delete;
};
#endif
struct ethtool_rxfh_context {
	u8	hfunc;
};

static inline u32 *ethtool_rxfh_context_indir(struct ethtool_rxfh_context *ctx)
{
	return NULL;
}

static inline u8 *ethtool_rxfh_context_key(struct ethtool_rxfh_context *ctx)
{
	return NULL;
}

/* Defines the operations in their old form, named fn_compat(). */
#define COMPAT_ETHTOOL_RXFH_WRAP(get, set, create, modify, remove, alloc)	\
static int get##_compat(struct net_device *dev, u32 *indir, u8 *key,		\
			u8 *hfunc)						\
{										\
	struct ethtool_rxfh_param p = { .indir = indir, .key = key };		\
	int err = get(dev, &p);							\
										\
	if (!err && hfunc)							\
		*hfunc = p.hfunc;						\
	return err;								\
}										\
static int set##_compat(struct net_device *dev, const u32 *indir,		\
			const u8 *key, const u8 hfunc)				\
{										\
	struct ethtool_rxfh_param p = {						\
		.indir = (u32 *)indir, .key = (u8 *)key, .hfunc = hfunc,	\
	};									\
										\
	return set(dev, &p, NULL);						\
}										\
static int get##_ctx_compat(struct net_device *dev, u32 *indir, u8 *key,	\
			    u8 *hfunc, u32 context)				\
{										\
	struct ethtool_rxfh_param p = {						\
		.indir = indir, .key = key, .rss_context = context,		\
	};									\
	int err = get(dev, &p);							\
										\
	if (!err && hfunc)							\
		*hfunc = p.hfunc;						\
	return err;								\
}										\
static int set##_ctx_compat(struct net_device *dev, const u32 *indir,		\
			    const u8 *key, const u8 hfunc, u32 *context,	\
			    bool del)						\
{										\
	struct ethtool_rxfh_param p = {						\
		.indir = (u32 *)indir, .key = (u8 *)key, .hfunc = hfunc,	\
		.rss_context = *context,					\
	};									\
	int err;								\
										\
	if (del)								\
		return remove(dev, NULL, *context, NULL);			\
	if (*context != ETH_RXFH_CONTEXT_ALLOC)					\
		return modify(dev, NULL, &p, NULL);				\
	err = alloc(dev);							\
	if (err < 0)								\
		return err;							\
	p.rss_context = err;							\
	err = create(dev, NULL, &p, NULL);					\
	if (!err)								\
		*context = p.rss_context;					\
	return err;								\
}

#define COMPAT_ETHTOOL_RXFH_OPS(get, set, create, modify, remove, max)		\
	.get_rxfh		= get##_compat,					\
	.set_rxfh		= set##_compat,					\
	.get_rxfh_context	= get##_ctx_compat,				\
	.set_rxfh_context	= set##_ctx_compat
#endif

#endif
