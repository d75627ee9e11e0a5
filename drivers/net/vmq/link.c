// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: link type "vmq", life of vmqN
 *
 * "ip link add link UPLINK name vmq0 type vmq" is all the set-up. Whether the
 * device is stacked or in place follows from what the uplink is at that moment.
 */
#include <linux/debugfs.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>
#include <net/switchdev.h>
#include <uapi/linux/vmq.h>

#include "nic.h"
#include "team.h"
#include "vmq.h"

static bool vmq_link_enable = true;
module_param_named(enable, vmq_link_enable, bool, 0644);
MODULE_PARM_DESC(enable, "Whether new devices start with steer, softsteer, pin and bypass switched on (default: yes)");

/**
 * vmq_link_is - is this netdev a vmqN
 * @dev: any netdev
 *
 * Context: Any.
 * Return: true when it is.
 */
bool vmq_link_is(const struct net_device *dev)
{
	return dev->rtnl_link_ops == &vmq_link_ops;
}

static const struct nla_policy vmq_link_policy[IFLA_VMQ_MAX + 1] = {
	[IFLA_VMQ_HOOK]		= { .type = NLA_REJECT },
	[IFLA_VMQ_STEER]	= NLA_POLICY_MAX(NLA_U8, 1),
	[IFLA_VMQ_PIN]		= NLA_POLICY_MAX(NLA_U8, 1),
	[IFLA_VMQ_BYPASS]	= NLA_POLICY_MAX(NLA_U8, 1),
	[IFLA_VMQ_SOFTSTEER]	= NLA_POLICY_MAX(NLA_U8, 1),
};

static int vmq_link_validate(struct nlattr *tb[], struct nlattr *data[],
			     struct netlink_ext_ack *extack)
{
	if (!tb[IFLA_ADDRESS])
		return 0;

	if (nla_len(tb[IFLA_ADDRESS]) != ETH_ALEN) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "A MAC address has 6 bytes");
		return -EINVAL;
	}

	if (!is_valid_ether_addr(nla_data(tb[IFLA_ADDRESS]))) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "Not a unicast MAC address");
		return -EADDRNOTAVAIL;
	}

	return 0;
}

/* Who has the rx_handler of @dev, as well as can be told from outside. */
static struct net_device *vmq_link_rx_owner(struct net_device *dev)
{
	struct net_device *upper;
	struct list_head *iter;

	upper = netdev_master_upper_dev_get(dev);
	if (upper)
		return upper;

	netdev_for_each_upper_dev_rcu(dev, upper, iter) {
		if (!is_vlan_dev(upper))
			return upper;
	}

	return NULL;
}

static const char *vmq_link_kind(const struct net_device *dev)
{
	return dev && dev->rtnl_link_ops ? dev->rtnl_link_ops->kind : "unknown";
}

/* The vmqN above @dev, or NULL. */
static struct net_device *vmq_link_above(struct net_device *dev)
{
	struct net_device *upper;
	struct list_head *iter;

	netdev_for_each_upper_dev_rcu(dev, upper, iter) {
		if (vmq_link_is(upper))
			return upper;
	}

	return NULL;
}

/**
 * vmq_link_check_uplink - refuse what cannot be an uplink, with the reason
 * @lower: the candidate
 * @extack: where the reason goes
 *
 * Context: Process, RTNL.
 * Return: 0 or a negative errno.
 */
static int vmq_link_check_uplink(struct net_device *lower,
				 struct netlink_ext_ack *extack)
{
	struct netdev_phys_item_id id;
	struct net_device *nic = vmq_nic_of_uplink(lower);
	struct net_device *above, *owner;
	int err;

	if (lower->flags & IFF_LOOPBACK || lower->type != ARPHRD_ETHER) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "%s is not an Ethernet device",
				       lower->name);
		return -EINVAL;
	}

	if (vmq_link_is(nic)) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "%s is a vmq device itself",
				       nic->name);
		return -ELOOP;
	}

	if (netif_is_bridge_master(nic) || netif_is_ovs_master(nic) ||
	    netif_is_macvlan(nic)) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "%s has no receive queues of its own; name the NIC below",
				       nic->name);
		return -EINVAL;
	}

	err = vmq_team_check_rtnl(lower, !netif_is_bridge_port(lower), extack);
	if (err)
		return err;

	if (!netif_get_port_parent_id(lower, &id, true)) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "%s is a switch port: the switch forwards, not the host",
				       lower->name);
		return -EOPNOTSUPP;
	}

	rcu_read_lock();
	above = vmq_link_above(lower);
	if (above) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "%s already has %s",
				       lower->name, above->name);
		err = -EBUSY;
	} else if (!netif_is_bridge_port(lower) &&
		   netdev_is_rx_handler_busy(lower)) {
		owner = vmq_link_rx_owner(lower);
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "%s is in use by %s %s (rx_handler)",
				       lower->name, vmq_link_kind(owner),
				       owner ? owner->name : "");
		err = -EBUSY;
	}
	rcu_read_unlock();

	return err;
}

/* The switches a new or changed device is to have. */
static void vmq_link_set(struct vmq_device *vd, struct nlattr *data[],
			 bool initial)
{
	bool steer = initial ? vmq_link_enable : vd->steer;
	bool pin = initial ? vmq_link_enable : vd->pin;
	bool bypass = initial ? vmq_link_enable : vd->bypass;
	bool softsteer = initial ? vmq_link_enable : vd->softsteer;

	if (data && data[IFLA_VMQ_STEER])
		steer = nla_get_u8(data[IFLA_VMQ_STEER]);
	if (data && data[IFLA_VMQ_PIN])
		pin = nla_get_u8(data[IFLA_VMQ_PIN]);
	if (data && data[IFLA_VMQ_BYPASS])
		bypass = nla_get_u8(data[IFLA_VMQ_BYPASS]);
	if (data && data[IFLA_VMQ_SOFTSTEER])
		softsteer = nla_get_u8(data[IFLA_VMQ_SOFTSTEER]);

	vmq_device_set_steer_rtnl(vd, steer);
	vmq_device_set_pin_rtnl(vd, pin);
	vmq_device_set_bypass_rtnl(vd, bypass);
	vmq_device_set_softsteer_rtnl(vd, softsteer);
}

static int vmq_link_newlink(struct net_device *dev,
			    struct rtnl_newlink_params *params,
			    struct netlink_ext_ack *extack)
{
	struct net *net = rtnl_newlink_link_net(params);
	struct vmq_link *link = netdev_priv(dev);
	struct nlattr **tb = params->tb;
	struct net_device *lower;
	struct vmq_device *vd;
	int err;

	ASSERT_RTNL();

	if (!tb[IFLA_LINK]) {
		NL_SET_ERR_MSG_MOD(extack,
				   "An uplink is needed: ip link add link UPLINK type vmq");
		return -EINVAL;
	}

	lower = __dev_get_by_index(net, nla_get_u32(tb[IFLA_LINK]));
	if (!lower) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_LINK], "No such uplink");
		return -ENODEV;
	}

	if (!net_eq(dev_net(lower), dev_net(dev))) {
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "%s is in another network namespace",
				       lower->name);
		return -EXDEV;
	}

	err = vmq_link_check_uplink(lower, extack);
	if (err)
		return err;

	/* Stacked, the two MTUs are one (vmq_netdev_change_mtu()). */
	if (tb[IFLA_MTU] && !netif_is_bridge_port(lower) &&
	    nla_get_u32(tb[IFLA_MTU]) != lower->mtu) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "The MTU is that of %s, %u",
				       lower->name, lower->mtu);
		return -EINVAL;
	}

	vd = vmq_device_alloc(dev);
	if (IS_ERR(vd))
		return PTR_ERR(vd);

	/* From here on priv_destructor drops the reference. */
	link->vd = vd;
	vd->hook = netif_is_bridge_port(lower) ? VMQ_HOOK_INGRESS :
						 VMQ_HOOK_RX_HANDLER;
	vd->lower = lower;
	netdev_hold(lower, &vd->tracker, GFP_KERNEL);
	vmq_netdev_inherit(vd, tb[IFLA_ADDRESS], tb[IFLA_MTU]);

	err = vmq_team_open_rtnl(vd, extack);
	if (err)
		goto err_destroy;

	err = register_netdevice(dev);
	if (err)
		goto err_destroy;

	err = netdev_upper_dev_link(lower, dev, extack);
	if (err == -EMLINK)
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "%s is on top of too many devices",
				       lower->name);
	if (err)
		goto err_unregister;
	vd->linked = true;

	vmq_link_set(vd, params->data, true);
	list_add_tail_rcu(&vd->list, &vmq_devices);
	vmq_debugfs_add_device(vd);

	err = vmq_hook_register_rtnl(vd, extack);
	if (err)
		goto err_unregister;

	/* The period work's reference, handed on from run to run. */
	kref_get(&vd->ref);
	queue_delayed_work(vmq_wq, &vd->period, HZ);

	if (vd->hook == VMQ_HOOK_INGRESS)
		vmq_device_set_bridge_rtnl(vd,
					   netdev_master_upper_dev_get(lower));
	vmq_netdev_carrier(vd);

	return 0;

err_unregister:
	unregister_netdevice(dev);
	return err;
err_destroy:
	/*
	 * register_netdevice() calls ndo_uninit and priv_destructor only when it
	 * came as far as ndo_init, and rtnetlink frees the netdev without them.
	 */
	if (link->vd) {
		vmq_link_destroy_rtnl(vd);
		vmq_netdev_free(dev);
	}
	return err;
}

/**
 * vmq_link_unlink_rtnl - vmqN is no upper device of its uplink any more
 * @vd: device
 *
 * For an uplink that is unregistered in one go with vmqN and comes first: the
 * core expects it to have no uppers after its notifiers.
 *
 * Context: Process, RTNL, also in the NETDEV_UNREGISTER of the uplink. Idempotent.
 */
void vmq_link_unlink_rtnl(struct vmq_device *vd)
{
	ASSERT_RTNL();

	if (!vd->linked)
		return;
	vd->linked = false;
	netdev_upper_dev_unlink(vd->lower, vd->dev);
}

/**
 * vmq_link_destroy_rtnl - take a device out of service and off the hardware
 * @vd: device, complete or as far as newlink came
 *
 * Called by ndo_uninit, that is after the bridge has taken back through vmqN
 * what it had asked of the uplink (promiscuity, addresses, VLAN filters).
 *
 * Context: Process, RTNL. Idempotent. The netdev itself stays.
 */
void vmq_link_destroy_rtnl(struct vmq_device *vd)
{
	ASSERT_RTNL();

	if (vd->dead)
		return;

	if (!vd->lower_gone)
		vmq_softsteer_stop_rtnl(vd);
	vmq_hook_unregister_rtnl(vd);
	/* Frames that wait for their CPU are the last that know the device. */
	vmq_softsteer_flush();
	if (!list_empty(&vd->list))
		list_del_rcu(&vd->list);
	/* Waits for open files, whose readers never wait for RTNL. */
	debugfs_remove_recursive(vd->debugfs);
	vd->debugfs = NULL;
	vmq_device_set_bridge_rtnl(vd, NULL);
	vmq_device_set_steer_rtnl(vd, false);
	vmq_device_set_pin_rtnl(vd, false);
	vmq_device_set_softsteer_rtnl(vd, false);
	vd->dead = true;
	if (cancel_delayed_work(&vd->period))
		vmq_device_put(vd);
	vmq_link_unlink_rtnl(vd);
	vmq_team_close_rtnl(vd);
	netdev_put(vd->lower, &vd->tracker);
}

static void vmq_link_dellink(struct net_device *dev, struct list_head *head)
{
	unregister_netdevice_queue(dev, head);
}

static int vmq_link_changelink(struct net_device *dev, struct nlattr *tb[],
			       struct nlattr *data[],
			       struct netlink_ext_ack *extack)
{
	vmq_link_set(vmq_link_device(dev), data, false);
	return 0;
}

static size_t vmq_link_get_size(const struct net_device *dev)
{
	return 5 * nla_total_size(sizeof(u8));
}

static int vmq_link_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct vmq_device *vd = vmq_link_device(dev);

	if (nla_put_u8(skb, IFLA_VMQ_HOOK, vd->hook) ||
	    nla_put_u8(skb, IFLA_VMQ_STEER, READ_ONCE(vd->steer)) ||
	    nla_put_u8(skb, IFLA_VMQ_PIN, READ_ONCE(vd->pin)) ||
	    nla_put_u8(skb, IFLA_VMQ_BYPASS, READ_ONCE(vd->bypass)) ||
	    nla_put_u8(skb, IFLA_VMQ_SOFTSTEER, READ_ONCE(vd->softsteer)))
		return -EMSGSIZE;

	return 0;
}

static unsigned int vmq_link_num_queues(void)
{
	return VMQ_MAX_QUEUES;
}

DEFINE_RTNL_NEWLINK(vmq_link_newlink);

struct rtnl_link_ops vmq_link_ops __read_mostly = {
	.kind			= VMQ_DRV_NAME,
	.priv_size		= sizeof(struct vmq_link),
	.maxtype		= IFLA_VMQ_MAX,
	.policy			= vmq_link_policy,
	.setup			= vmq_netdev_setup,
	.validate		= vmq_link_validate,
	.newlink		= RTNL_NEWLINK(vmq_link_newlink),
	.changelink		= vmq_link_changelink,
	.dellink		= vmq_link_dellink,
	.get_size		= vmq_link_get_size,
	.fill_info		= vmq_link_fill_info,
	.get_num_tx_queues	= vmq_link_num_queues,
	.get_num_rx_queues	= vmq_link_num_queues,
};

int vmq_link_init(void)
{
	return rtnl_link_register(&vmq_link_ops);
}

void vmq_link_exit(void)
{
	rtnl_link_unregister(&vmq_link_ops);
}
