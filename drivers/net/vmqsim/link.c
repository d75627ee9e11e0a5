// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: the rtnl link type. Makes and deletes NIC and wire end as a pair.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/rtnetlink.h>

#include "vmqsim.h"

static struct rtnl_link_ops vmqsim_link_ops;

/**
 * vmqsim_link_carrier() - set both ends' carrier from their state
 * @nic: the NIC
 *
 * Carrier is on while both ends are up, the NIC works and the cable is not
 * cut. ndo_stop() runs with IFF_UP still set, so the state of the NIC is its
 * own; the wire end takes its carrier down before it calls.
 *
 * Context: process, rtnl held, so that the last one to look also sets it.
 */
void vmqsim_link_carrier(struct vmqsim_nic *nic)
{
	struct net_device *wire = rtnl_dereference(nic->wire);
	bool on;

	on = wire && READ_ONCE(nic->up) && !READ_ONCE(nic->cut) &&
	     !READ_ONCE(nic->suspended) && netif_running(wire);
	if (on) {
		netif_carrier_on(nic->dev);
		netif_carrier_on(wire);
	} else {
		netif_carrier_off(nic->dev);
		if (wire)
			netif_carrier_off(wire);
	}
}

static int vmqsim_link_validate(struct nlattr *tb[], struct nlattr *data[],
				struct netlink_ext_ack *extack)
{
	if (tb[IFLA_ADDRESS]) {
		if (nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN) {
			NL_SET_ERR_MSG(extack, "vmqsim: address must be a MAC");
			return -EINVAL;
		}
		if (!is_valid_ether_addr(nla_data(tb[IFLA_ADDRESS]))) {
			NL_SET_ERR_MSG(extack,
				       "vmqsim: address must be unicast");
			return -EADDRNOTAVAIL;
		}
	}
	return 0;
}

static unsigned int vmqsim_link_num_queues(void)
{
	return VMQSIM_DEF_QUEUES;
}

/* Everything of a NIC that is not its netdev, undone in reverse by
 * vmqsim_link_nic_destroy().
 */
static int vmqsim_link_nic_init(struct vmqsim_nic *nic)
{
	unsigned int i;
	int err;

	mutex_init(&nic->lock);
	nic->num_rx = nic->dev->num_rx_queues;
	nic->num_tx = nic->dev->num_tx_queues;
	nic->ring_size = VMQSIM_DEF_RING;
	nic->quirks = vmqsim_def_quirks;
	nic->vlan_mask = vmqsim_def_vlan_mask;
	nic->awake = true;

	nic->queues = kvcalloc(nic->num_rx, sizeof(*nic->queues), GFP_KERNEL);
	if (!nic->queues)
		return -ENOMEM;
	for (i = 0; i < nic->num_rx; i++) {
		nic->queues[i].nic = nic;
		nic->queues[i].index = i;
		u64_stats_init(&nic->queues[i].stats.syncp);
	}
	nic->tx = kvcalloc(nic->num_tx, sizeof(*nic->tx), GFP_KERNEL);
	if (!nic->tx) {
		err = -ENOMEM;
		goto err_queues;
	}
	for (i = 0; i < nic->num_tx; i++)
		u64_stats_init(&nic->tx[i].syncp);

	err = vmqsim_flow_init(nic, vmqsim_def_slots);
	if (err)
		goto err_tx;
	err = vmqsim_rss_init(nic);
	if (err)
		goto err_flow;
	err = vmqsim_pm_create(nic);
	if (err)
		goto err_rss;
	err = vmqsim_irq_init(nic);
	if (err)
		goto err_pm;
	err = vmqsim_irq_map(nic, nic->num_rx);
	if (err)
		goto err_irq;
	vmqsim_gen_init(nic);
	return 0;

err_irq:
	vmqsim_irq_destroy(nic);
err_pm:
	vmqsim_pm_destroy(nic);
err_rss:
	vmqsim_rss_destroy(nic);
err_flow:
	vmqsim_flow_destroy(nic);
err_tx:
	kvfree(nic->tx);
err_queues:
	kvfree(nic->queues);
	mutex_destroy(&nic->lock);
	return err;
}

static void vmqsim_link_nic_destroy(struct vmqsim_nic *nic)
{
	vmqsim_gen_destroy(nic);
	vmqsim_irq_unmap(nic);
	vmqsim_irq_destroy(nic);
	vmqsim_pm_destroy(nic);
	vmqsim_filter_destroy(nic);
	vmqsim_rss_destroy(nic);
	vmqsim_flow_destroy(nic);
	kvfree(nic->tx);
	kvfree(nic->queues);
	mutex_destroy(&nic->lock);
}

/* priv_destructor: runs without rtnl, after the last reference has gone, so
 * that unregistering the parent device cannot meet a suspend that holds the
 * parent's lock and waits for rtnl.
 */
static void vmqsim_link_free(struct net_device *dev)
{
	vmqsim_link_nic_destroy(netdev_priv(dev));
}

static int vmqsim_link_check(struct net_device *dev,
			     struct netlink_ext_ack *extack)
{
	if (dev->num_rx_queues > VMQSIM_MAX_QUEUES ||
	    dev->num_tx_queues > VMQSIM_MAX_QUEUES) {
		NL_SET_ERR_MSG(extack, "vmqsim: 1 to 64 queues");
		return -EINVAL;
	}
	if (strlen(dev->name) + 1 >= IFNAMSIZ) {
		NL_SET_ERR_MSG(extack,
			       "vmqsim: name too long for that of the wire end");
		return -EINVAL;
	}
	return 0;
}

static int vmqsim_link_wire_create(struct vmqsim_nic *nic,
				   struct netlink_ext_ack *extack)
{
	struct net_device *dev = nic->dev;
	struct vmqsim_wire *priv;
	struct net_device *wire;
	char name[IFNAMSIZ];
	int err;

	if (snprintf(name, sizeof(name), "%sw", dev->name) >= IFNAMSIZ) {
		NL_SET_ERR_MSG(extack,
			       "vmqsim: name too long for that of the wire end");
		return -EINVAL;
	}
	wire = alloc_netdev_mqs(sizeof(*priv), name, NET_NAME_ENUM,
				vmqsim_wire_setup, nic->num_rx, nic->num_tx);
	if (!wire)
		return -ENOMEM;
	dev_net_set(wire, dev_net(dev));
	wire->rtnl_link_ops = &vmqsim_link_ops;
	wire->mtu = dev->mtu;

	err = register_netdevice(wire);
	if (err) {
		NL_SET_ERR_MSG(extack, "vmqsim: cannot register the wire end");
		free_netdev(wire);
		return err;
	}
	netif_carrier_off(wire);

	priv = netdev_priv(wire);
	rcu_assign_pointer(priv->nic, nic);
	rcu_assign_pointer(nic->wire, wire);
	return 0;
}

static int vmqsim_link_newlink(struct net_device *dev,
			       struct rtnl_newlink_params *params,
			       struct netlink_ext_ack *extack)
{
	struct vmqsim_nic *nic = netdev_priv(dev);
	int err;

	err = vmqsim_link_check(dev, extack);
	if (err)
		return err;
	if (!params->tb[IFLA_ADDRESS])
		eth_hw_addr_random(dev);

	nic->dev = dev;
	err = vmqsim_link_nic_init(nic);
	if (err) {
		NL_SET_ERR_MSG(extack, "vmqsim: cannot make the NIC");
		return err;
	}
	SET_NETDEV_DEV(dev, &nic->pdev->dev);
	vmqsim_netdev_features(nic);

	err = register_netdevice(dev);
	if (err)
		goto err_nic;
	dev->priv_destructor = vmqsim_link_free;
	netif_carrier_off(dev);

	err = vmqsim_link_wire_create(nic, extack);
	if (err)
		goto err_unregister;
	vmqsim_debugfs_add(nic);
	return 0;

err_unregister:
	/* The destructor does the rest, when rtnl is released. */
	unregister_netdevice(dev);
	return err;

err_nic:
	/* A notifier's veto leaves the netdev to be torn down later. */
	if (dev->reg_state == NETREG_UNREGISTERING)
		dev->priv_destructor = vmqsim_link_free;
	else
		vmqsim_link_nic_destroy(nic);
	return err;
}

DEFINE_RTNL_NEWLINK(vmqsim_link_newlink)

static void vmqsim_link_dellink(struct net_device *dev, struct list_head *head)
{
	struct net_device *wire = NULL;
	struct vmqsim_nic *nic = NULL;

	if (vmqsim_netdev_is_nic(dev)) {
		nic = netdev_priv(dev);
		wire = rtnl_dereference(nic->wire);
	} else {
		struct vmqsim_wire *priv = netdev_priv(dev);

		wire = dev;
		nic = rtnl_dereference(priv->nic);
	}

	/* Either end may have been through here with the other already. */
	if (nic && wire) {
		struct vmqsim_wire *priv = netdev_priv(wire);

		vmqsim_debugfs_del(nic);
		vmqsim_gen_set_sink(nic, VMQSIM_GEN_SINK_NONE);
		RCU_INIT_POINTER(nic->wire, NULL);
		RCU_INIT_POINTER(priv->nic, NULL);
		unregister_netdevice_queue(nic->dev, head);
		unregister_netdevice_queue(wire, head);
	} else {
		unregister_netdevice_queue(dev, head);
	}
}

static struct rtnl_link_ops vmqsim_link_ops = {
	.kind			= VMQSIM_NAME,
	.priv_size		= sizeof(struct vmqsim_nic),
	.setup			= vmqsim_netdev_setup,
	.validate		= vmqsim_link_validate,
	.newlink		= RTNL_NEWLINK(vmqsim_link_newlink),
	.dellink		= vmqsim_link_dellink,
	.get_num_tx_queues	= vmqsim_link_num_queues,
	.get_num_rx_queues	= vmqsim_link_num_queues,
};

/* The debugfs directory follows the NIC's name. */
static int vmqsim_link_event(struct notifier_block *nb, unsigned long event,
			     void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (event == NETDEV_CHANGENAME && vmqsim_netdev_is_nic(dev))
		vmqsim_debugfs_rename(netdev_priv(dev));
	return NOTIFY_DONE;
}

static struct notifier_block vmqsim_link_nb = {
	.notifier_call = vmqsim_link_event,
};

/**
 * vmqsim_link_init() - register the link type
 *
 * Return: 0 or a negative errno.
 */
int vmqsim_link_init(void)
{
	int err;

	err = register_netdevice_notifier(&vmqsim_link_nb);
	if (err)
		return err;
	err = rtnl_link_register(&vmqsim_link_ops);
	if (err)
		unregister_netdevice_notifier(&vmqsim_link_nb);
	return err;
}

/**
 * vmqsim_link_exit() - delete every NIC and the link type
 */
void vmqsim_link_exit(void)
{
	rtnl_link_unregister(&vmqsim_link_ops);
	unregister_netdevice_notifier(&vmqsim_link_nb);
}
