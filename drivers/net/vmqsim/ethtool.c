// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: the NIC's ethtool operations.
 *
 * With the quirk ops_lock they run under the instance lock alone, otherwise
 * under rtnl; vmqsim_nic::lock serves both. Those that use helpers which want
 * rtnl ask for it in op_needs_rtnl.
 */
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>

#include "vmqsim.h"

/* Kernels before 7.3 have other forms of these: include/compat. */
#ifndef COMPAT_ETHTOOL_RXFH_OPS
#define COMPAT_ETHTOOL_RXFH_WRAP(get, set, create, modify, remove, alloc)
#define COMPAT_ETHTOOL_RXFH_OPS(get, set, create, modify, remove, max)	\
	.rxfh_max_num_contexts	= (max),				\
	.get_rxfh		= get,					\
	.set_rxfh		= set,					\
	.create_rxfh_context	= create,				\
	.modify_rxfh_context	= modify,				\
	.remove_rxfh_context	= remove
#endif
#ifndef COMPAT_ETHTOOL_RING_COUNT_OP
#define COMPAT_ETHTOOL_RING_COUNT_OP(fn)	.get_rx_ring_count = fn
#endif
#ifndef COMPAT_ETHTOOL_RXFH_FIELDS_OP
#define COMPAT_ETHTOOL_RXFH_FIELDS_OP(fn)	.get_rxfh_fields = fn
#endif
#ifndef COMPAT_ETHTOOL_NEEDS_RTNL
#define COMPAT_ETHTOOL_NEEDS_RTNL					\
	.op_needs_rtnl = ETHTOOL_OP_NEEDS_RTNL_SCHANNELS |	\
			 ETHTOOL_OP_NEEDS_RTNL_SRINGPARAM |	\
			 ETHTOOL_OP_NEEDS_RTNL_GLINK
#endif

/* Counters of a receive queue, in the order of the strings. */
static const char * const vmqsim_ethtool_rx_names[] = {
	"packets", "bytes", "drops", "irqs", "polls", "moved",
};

static const char * const vmqsim_ethtool_tx_names[] = {
	"packets", "bytes",
};

static const char * const vmqsim_ethtool_nic_names[] = {
	"rx_down", "rx_filter", "rx_vlan_filter", "rx_oversize",
	"rx_rule_drops", "rx_errors", "resets",
};

static int vmqsim_ethtool_begin(struct net_device *dev)
{
	struct vmqsim_nic *nic = netdev_priv(dev);

	/* Registers of a sleeping device do not answer: the caller forgot
	 * pm_runtime_get().
	 */
	return READ_ONCE(nic->awake) ? 0 : -ENETDOWN;
}

static void vmqsim_ethtool_get_drvinfo(struct net_device *dev,
				       struct ethtool_drvinfo *info)
{
	struct vmqsim_nic *nic = netdev_priv(dev);

	strscpy(info->driver, VMQSIM_NAME, sizeof(info->driver));
	strscpy(info->bus_info, dev_name(&nic->pdev->dev),
		sizeof(info->bus_info));
}

static int vmqsim_ethtool_get_link_ksettings(struct net_device *dev,
					     struct ethtool_link_ksettings *cmd)
{
	ethtool_link_ksettings_zero_link_mode(cmd, supported);
	ethtool_link_ksettings_zero_link_mode(cmd, advertising);
	cmd->base.speed = netif_carrier_ok(dev) ? VMQSIM_SPEED : SPEED_UNKNOWN;
	cmd->base.duplex = netif_carrier_ok(dev) ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	cmd->base.port = PORT_DA;
	cmd->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

static int vmqsim_ethtool_get_sset_count(struct net_device *dev, int sset)
{
	struct vmqsim_nic *nic = netdev_priv(dev);

	if (sset != ETH_SS_STATS)
		return -EOPNOTSUPP;
	return nic->num_rx * ARRAY_SIZE(vmqsim_ethtool_rx_names) +
	       nic->num_tx * ARRAY_SIZE(vmqsim_ethtool_tx_names) +
	       ARRAY_SIZE(vmqsim_ethtool_nic_names);
}

static void vmqsim_ethtool_get_strings(struct net_device *dev, u32 sset,
				       u8 *data)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	unsigned int i;
	unsigned int k;

	if (sset != ETH_SS_STATS)
		return;
	for (i = 0; i < nic->num_rx; i++)
		for (k = 0; k < ARRAY_SIZE(vmqsim_ethtool_rx_names); k++)
			ethtool_sprintf(&data, "rx_queue_%u_%s", i,
					vmqsim_ethtool_rx_names[k]);
	for (i = 0; i < nic->num_tx; i++)
		for (k = 0; k < ARRAY_SIZE(vmqsim_ethtool_tx_names); k++)
			ethtool_sprintf(&data, "tx_queue_%u_%s", i,
					vmqsim_ethtool_tx_names[k]);
	for (k = 0; k < ARRAY_SIZE(vmqsim_ethtool_nic_names); k++)
		ethtool_puts(&data, vmqsim_ethtool_nic_names[k]);
}

static void vmqsim_ethtool_get_stats(struct net_device *dev,
				     struct ethtool_stats *stats, u64 *data)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	struct vmqsim_drops *drops = &nic->drops;
	unsigned int start;
	unsigned int i;

	for (i = 0; i < nic->num_rx; i++) {
		struct vmqsim_queue *q = &nic->queues[i];

		data[2] = atomic64_read(&q->drops);
		data[3] = atomic64_read(&q->irqs);
		do {
			start = u64_stats_fetch_begin(&q->stats.syncp);
			data[0] = u64_stats_read(&q->stats.frames);
			data[1] = u64_stats_read(&q->stats.bytes);
			data[4] = u64_stats_read(&q->stats.polls);
			data[5] = u64_stats_read(&q->stats.moved);
		} while (u64_stats_fetch_retry(&q->stats.syncp, start));
		data += ARRAY_SIZE(vmqsim_ethtool_rx_names);
	}
	for (i = 0; i < nic->num_tx; i++) {
		struct vmqsim_tx_stats *tx = &nic->tx[i];

		do {
			start = u64_stats_fetch_begin(&tx->syncp);
			data[0] = u64_stats_read(&tx->frames);
			data[1] = u64_stats_read(&tx->bytes);
		} while (u64_stats_fetch_retry(&tx->syncp, start));
		data += ARRAY_SIZE(vmqsim_ethtool_tx_names);
	}
	*data++ = atomic64_read(&drops->down);
	*data++ = atomic64_read(&drops->filter);
	*data++ = atomic64_read(&drops->vlan);
	*data++ = atomic64_read(&drops->oversize);
	*data++ = atomic64_read(&drops->rule);
	*data++ = atomic64_read(&drops->error);
	*data++ = READ_ONCE(nic->resets);
}

static void vmqsim_ethtool_get_channels(struct net_device *dev,
					struct ethtool_channels *ch)
{
	struct vmqsim_nic *nic = netdev_priv(dev);

	ch->max_rx = nic->num_rx;
	ch->max_tx = nic->num_tx;
	ch->max_combined = min(nic->num_rx, nic->num_tx);
	if (dev->real_num_rx_queues == dev->real_num_tx_queues) {
		ch->combined_count = dev->real_num_rx_queues;
	} else {
		ch->rx_count = dev->real_num_rx_queues;
		ch->tx_count = dev->real_num_tx_queues;
	}
}

/* May the NIC shrink to this many receive queues? The core asks this in newer
 * kernels only, and not for the changes that it takes for growth.
 */
static int vmqsim_ethtool_check_rx(struct vmqsim_nic *nic, unsigned int rx)
{
	int err = 0;

	mutex_lock(&nic->lock);
	if (vmqsim_flow_max_queue(nic) >= (int)rx)
		err = -EINVAL;
	if (vmqsim_rss_max_queue(nic, !netif_is_rxfh_configured(nic->dev)) >= rx)
		err = -EINVAL;
	mutex_unlock(&nic->lock);
	return err;
}

static int vmqsim_ethtool_resize(struct vmqsim_nic *nic, unsigned int rx,
				 unsigned int tx)
{
	struct net_device *dev = nic->dev;
	unsigned int old_rx = dev->real_num_rx_queues;
	unsigned int old_tx = dev->real_num_tx_queues;
	bool was_up;
	int err = 0;

	vmqsim_netdev_lock(nic);
	was_up = nic->up;
	vmqsim_netdev_down(nic);
	if (rx != old_rx)
		err = vmqsim_netdev_map(nic, rx);
	vmqsim_netdev_unlock(nic);
	if (err)
		goto err_remap;

	err = netif_set_real_num_tx_queues(dev, tx);
	if (err)
		goto err_remap;
	err = netif_set_real_num_rx_queues(dev, rx);
	if (err)
		goto err_tx;

	if (was_up) {
		vmqsim_netdev_lock(nic);
		err = vmqsim_netdev_up(nic);
		vmqsim_netdev_unlock(nic);
		if (err)
			goto err_rx;
	}
	return 0;

err_rx:
	WARN_ON_ONCE(netif_set_real_num_rx_queues(dev, old_rx));
err_tx:
	WARN_ON_ONCE(netif_set_real_num_tx_queues(dev, old_tx));
err_remap:
	/* Back to what worked before. If even that fails the NIC has no
	 * function until it is opened again, as the log says.
	 */
	vmqsim_netdev_lock(nic);
	if ((rx != old_rx && vmqsim_netdev_map(nic, old_rx)) ||
	    (was_up && vmqsim_netdev_up(nic)))
		netdev_err(dev, "cannot restore %u queues\n", old_rx);
	vmqsim_netdev_unlock(nic);
	return err;
}

/* What has changed against get_channels() decides: "combined" sets both
 * directions, "rx" and "tx" one each.
 */
static int vmqsim_ethtool_set_channels(struct net_device *dev,
				       struct ethtool_channels *ch)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	struct ethtool_channels cur = {};
	unsigned int rx;
	unsigned int tx;
	int err;

	err = vmqsim_fault_take(nic, VMQSIM_F_CHANNELS_SET);
	if (err)
		return err;

	vmqsim_ethtool_get_channels(dev, &cur);
	rx = dev->real_num_rx_queues;
	tx = dev->real_num_tx_queues;
	if (ch->combined_count != cur.combined_count && ch->combined_count) {
		if ((ch->rx_count && ch->rx_count != cur.rx_count) ||
		    (ch->tx_count && ch->tx_count != cur.tx_count))
			return -EINVAL;
		rx = ch->combined_count;
		tx = ch->combined_count;
	} else {
		if (ch->rx_count)
			rx = ch->rx_count;
		if (ch->tx_count)
			tx = ch->tx_count;
	}
	if (rx > nic->num_rx || tx > nic->num_tx)
		return -EINVAL;
	if (rx == dev->real_num_rx_queues && tx == dev->real_num_tx_queues)
		return 0;

	err = vmqsim_ethtool_check_rx(nic, rx);
	if (err)
		return err;
	err = vmqsim_ethtool_resize(nic, rx, tx);
	vmqsim_link_carrier(nic);
	return err;
}

static void vmqsim_ethtool_get_ringparam(struct net_device *dev,
					 struct ethtool_ringparam *ring,
					 struct kernel_ethtool_ringparam *kring,
					 struct netlink_ext_ack *extack)
{
	struct vmqsim_nic *nic = netdev_priv(dev);

	ring->rx_max_pending = VMQSIM_MAX_RING;
	ring->rx_pending = nic->ring_size;
}

static int vmqsim_ethtool_set_ringparam(struct net_device *dev,
					struct ethtool_ringparam *ring,
					struct kernel_ethtool_ringparam *kring,
					struct netlink_ext_ack *extack)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	unsigned int old;
	bool was_up;
	int err;

	err = vmqsim_fault_take(nic, VMQSIM_F_RING_SET);
	if (err)
		return err;
	if (ring->rx_pending < VMQSIM_MIN_RING) {
		NL_SET_ERR_MSG(extack, "vmqsim: rx ring has 64 to 8192 entries");
		return -EINVAL;
	}

	vmqsim_netdev_lock(nic);
	old = nic->ring_size;
	was_up = nic->up;
	vmqsim_netdev_down(nic);
	nic->ring_size = ring->rx_pending;
	if (was_up) {
		err = vmqsim_netdev_up(nic);
		if (err) {
			nic->ring_size = old;
			if (vmqsim_netdev_up(nic))
				netdev_err(dev, "cannot restore the rings\n");
		}
	}
	vmqsim_netdev_unlock(nic);
	vmqsim_link_carrier(nic);
	return err;
}

static u32 __maybe_unused vmqsim_ethtool_ring_count(struct net_device *dev)
{
	return dev->real_num_rx_queues;
}

/* Which fields the hash covers. They cannot be changed, so there is no set. */
static int vmqsim_ethtool_get_rxfh_fields(struct net_device *dev,
					  struct ethtool_rxfh_fields *fields)
{
	fields->data = 0;
	switch (fields->flow_type) {
	case TCP_V4_FLOW:
	case UDP_V4_FLOW:
	case TCP_V6_FLOW:
	case UDP_V6_FLOW:
		fields->data = RXH_L4_B_0_1 | RXH_L4_B_2_3;
		fallthrough;
	case SCTP_V4_FLOW:
	case SCTP_V6_FLOW:
	case IPV4_FLOW:
	case IPV6_FLOW:
		fields->data |= RXH_IP_SRC | RXH_IP_DST;
		return 0;
	}
	return -EINVAL;
}

/* The same as a command of get_rxnfc(), for kernels without the operation. */
static int vmqsim_ethtool_get_grxfh(struct net_device *dev,
				    struct ethtool_rxnfc *nfc)
{
	struct ethtool_rxfh_fields fields = { .flow_type = nfc->flow_type };
	int err;

	err = vmqsim_ethtool_get_rxfh_fields(dev, &fields);
	nfc->data = fields.data;
	return err;
}

static int vmqsim_ethtool_get_rxnfc(struct net_device *dev,
				    struct ethtool_rxnfc *nfc, u32 *locs)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	int err;

	/* The first two are operations of their own in newer kernels. */
	if (nfc->cmd == ETHTOOL_GRXRINGS) {
		nfc->data = dev->real_num_rx_queues;
		return 0;
	}
	if (nfc->cmd == ETHTOOL_GRXFH)
		return vmqsim_ethtool_get_grxfh(dev, nfc);

	if (vmqsim_quirk_on(nic, VMQSIM_Q_NO_NTUPLE))
		return -EOPNOTSUPP;
	err = vmqsim_fault_take(nic, VMQSIM_F_RXNFC_GET);
	if (err)
		return err;

	mutex_lock(&nic->lock);
	switch (nfc->cmd) {
	case ETHTOOL_GRXCLSRLCNT:
		vmqsim_flow_count(nic, nfc);
		break;
	case ETHTOOL_GRXCLSRULE:
		err = vmqsim_flow_get(nic, nfc);
		break;
	case ETHTOOL_GRXCLSRLALL:
		err = vmqsim_flow_list(nic, nfc, locs);
		break;
	default:
		err = -EOPNOTSUPP;
	}
	mutex_unlock(&nic->lock);
	return err;
}

static int vmqsim_ethtool_set_rxnfc(struct net_device *dev,
				    struct ethtool_rxnfc *nfc)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	int err;

	if (nfc->cmd != ETHTOOL_SRXCLSRLINS && nfc->cmd != ETHTOOL_SRXCLSRLDEL)
		return -EOPNOTSUPP;
	err = vmqsim_fault_take(nic, nfc->cmd == ETHTOOL_SRXCLSRLINS ?
				VMQSIM_F_RXNFC_INS : VMQSIM_F_RXNFC_DEL);
	if (err)
		return err;

	mutex_lock(&nic->lock);
	if (nfc->cmd == ETHTOOL_SRXCLSRLINS)
		err = vmqsim_flow_insert(nic, nfc);
	else
		err = vmqsim_flow_delete(nic, nfc->fs.location);
	mutex_unlock(&nic->lock);
	return err;
}

static u32 vmqsim_ethtool_get_rxfh_key_size(struct net_device *dev)
{
	return VMQSIM_KEY_SIZE;
}

static u32 vmqsim_ethtool_get_rxfh_indir_size(struct net_device *dev)
{
	return VMQSIM_INDIR_SIZE;
}

static int vmqsim_ethtool_get_rxfh(struct net_device *dev,
				   struct ethtool_rxfh_param *rxfh)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	int err;

	mutex_lock(&nic->lock);
	err = vmqsim_rss_get(nic, rxfh->rss_context, rxfh->indir, rxfh->key,
			     &rxfh->hfunc);
	mutex_unlock(&nic->lock);
	return err;
}

static int vmqsim_ethtool_rss_set(struct net_device *dev,
				  const struct ethtool_rxfh_param *rxfh)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	int err;

	err = vmqsim_fault_take(nic, VMQSIM_F_RXFH_SET);
	if (err)
		return err;
	mutex_lock(&nic->lock);
	err = vmqsim_rss_set(nic, rxfh->rss_context, rxfh->indir, rxfh->key,
			     rxfh->hfunc);
	mutex_unlock(&nic->lock);
	return err;
}

static int vmqsim_ethtool_set_rxfh(struct net_device *dev,
				   struct ethtool_rxfh_param *rxfh,
				   struct netlink_ext_ack *extack)
{
	return vmqsim_ethtool_rss_set(dev, rxfh);
}

static int vmqsim_ethtool_create_ctx(struct net_device *dev,
				     struct ethtool_rxfh_context *ctx,
				     const struct ethtool_rxfh_param *rxfh,
				     struct netlink_ext_ack *extack)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	int err;

	err = vmqsim_fault_take(nic, VMQSIM_F_RXFH_SET);
	if (err)
		return err;
	mutex_lock(&nic->lock);
	err = vmqsim_rss_create(nic, rxfh->rss_context, rxfh->indir, rxfh->key,
				rxfh->hfunc);
	/* The core keeps table, key and function of a context, and wants from
	 * us what the user did not give.
	 */
	if (!err && ctx)
		err = vmqsim_rss_get(nic, rxfh->rss_context,
				     ethtool_rxfh_context_indir(ctx),
				     ethtool_rxfh_context_key(ctx),
				     &ctx->hfunc);
	mutex_unlock(&nic->lock);
	return err;
}

static int vmqsim_ethtool_modify_ctx(struct net_device *dev,
				     struct ethtool_rxfh_context *ctx,
				     const struct ethtool_rxfh_param *rxfh,
				     struct netlink_ext_ack *extack)
{
	return vmqsim_ethtool_rss_set(dev, rxfh);
}

static int vmqsim_ethtool_remove_ctx(struct net_device *dev,
				     struct ethtool_rxfh_context *ctx,
				     u32 context,
				     struct netlink_ext_ack *extack)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	int err;

	err = vmqsim_fault_take(nic, VMQSIM_F_RXFH_SET);
	if (err)
		return err;
	mutex_lock(&nic->lock);
	err = vmqsim_rss_remove(nic, context);
	mutex_unlock(&nic->lock);
	return err;
}

static int __maybe_unused vmqsim_ethtool_alloc_ctx(struct net_device *dev)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	int id;

	mutex_lock(&nic->lock);
	id = vmqsim_rss_free_id(nic);
	mutex_unlock(&nic->lock);
	return id;
}

COMPAT_ETHTOOL_RXFH_WRAP(vmqsim_ethtool_get_rxfh,
			 vmqsim_ethtool_set_rxfh,
			 vmqsim_ethtool_create_ctx,
			 vmqsim_ethtool_modify_ctx,
			 vmqsim_ethtool_remove_ctx,
			 vmqsim_ethtool_alloc_ctx)

const struct ethtool_ops vmqsim_ethtool_ops = {
	COMPAT_ETHTOOL_NEEDS_RTNL,
	COMPAT_ETHTOOL_RING_COUNT_OP(vmqsim_ethtool_ring_count),
	COMPAT_ETHTOOL_RXFH_FIELDS_OP(vmqsim_ethtool_get_rxfh_fields),
	COMPAT_ETHTOOL_RXFH_OPS(vmqsim_ethtool_get_rxfh,
				vmqsim_ethtool_set_rxfh,
				vmqsim_ethtool_create_ctx,
				vmqsim_ethtool_modify_ctx,
				vmqsim_ethtool_remove_ctx, VMQSIM_MAX_CTX),
	.begin			= vmqsim_ethtool_begin,
	.get_drvinfo		= vmqsim_ethtool_get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= vmqsim_ethtool_get_link_ksettings,
	.get_ts_info		= ethtool_op_get_ts_info,
	.get_sset_count		= vmqsim_ethtool_get_sset_count,
	.get_strings		= vmqsim_ethtool_get_strings,
	.get_ethtool_stats	= vmqsim_ethtool_get_stats,
	.get_channels		= vmqsim_ethtool_get_channels,
	.set_channels		= vmqsim_ethtool_set_channels,
	.get_ringparam		= vmqsim_ethtool_get_ringparam,
	.set_ringparam		= vmqsim_ethtool_set_ringparam,
	.get_rxnfc		= vmqsim_ethtool_get_rxnfc,
	.set_rxnfc		= vmqsim_ethtool_set_rxnfc,
	.get_rxfh_key_size	= vmqsim_ethtool_get_rxfh_key_size,
	.get_rxfh_indir_size	= vmqsim_ethtool_get_rxfh_indir_size,
};

/* A bond that is to talk LACP over the cable asks for speed and duplex. */
const struct ethtool_ops vmqsim_wire_ethtool_ops = {
	.get_link		= ethtool_op_get_link,
	.get_link_ksettings	= vmqsim_ethtool_get_link_ksettings,
};
