// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: the VLANs of a bridge that filters them
 *
 * What __allowed_ingress(), br_allowed_egress() and br_handle_vlan() would say
 * (net/bridge/br_vlan.c) is worked out per address, because an address is known
 * by MAC and VLAN: whether the uplink, or the port, is in that VLAN, and whether
 * the tag goes. Switchdev tells of each change before it is made, under RTNL, by
 * thousands when a trunk is set up: the first one puts the device on the full
 * path, and the worker reads everything anew once RTNL is free, that is when the
 * change is made.
 *
 * The state of a single VLAN (MSTP without the bridge's MST, or an admin) has no
 * event that reaches us and no accessor. It is asked for once a second, in the
 * way of "bridge -d vlan show".
 */
#include <linux/if_bridge.h>
#include <linux/if_vlan.h>
#include <linux/net.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/switchdev.h>

#include "vmq.h"

#define VMQ_VLAN_DUMP	SZ_32K	/* of a dump at a time, as user space does */

/* A VLAN device takes its frames before they reach the bridge. */
static bool vmq_vlan_has_upper(struct net_device *dev)
{
	struct net_device *upper;
	struct list_head *iter;

	netdev_for_each_upper_dev_rcu(dev, upper, iter) {
		if (is_vlan_dev(upper))
			return true;
	}

	return false;
}

/**
 * vmq_vlan_upper_rtnl - look whether there are VLAN devices on the bridge's port
 * @vd: device
 *
 * Context: Process, RTNL, also in notifiers.
 */
void vmq_vlan_upper_rtnl(struct vmq_device *vd)
{
	ASSERT_RTNL();

	rcu_read_lock();
	WRITE_ONCE(vd->vlan_upper, vmq_vlan_has_upper(vmq_device_port(vd)));
	rcu_read_unlock();
}

/**
 * vmq_vlan_stale_rtnl - the bridge's VLANs are about to change
 * @vd: device
 *
 * The device is on the full path from now on, until vmq_vlan_refresh_rtnl().
 *
 * Context: Process, RTNL, also in notifiers.
 */
void vmq_vlan_stale_rtnl(struct vmq_device *vd)
{
	ASSERT_RTNL();

	WRITE_ONCE(vd->vlan_stale, true);
	WRITE_ONCE(vd->block, vd->block | BIT(VMQ_PASS_VLAN_CHANGE));
	vmq_fdb_kick(vd);
}

/**
 * vmq_vlan_unasked_rtnl - nothing is known of the states of the bridge's VLANs
 * @vd: device
 *
 * They are supposed not to forward until they were asked for, which is soon after
 * vmq_vlan_refresh_rtnl() has found that the bridge filters them.
 *
 * Context: Process, RTNL, also in notifiers.
 */
void vmq_vlan_unasked_rtnl(struct vmq_device *vd)
{
	ASSERT_RTNL();

	vd->vlan_state = true;
	vd->vlan_asked = false;
}

/**
 * vmq_vlan_event_rtnl - a VLAN comes to a port, changes or goes
 * @dev: the port
 *
 * Context: blocking switchdev notifier, RTNL.
 */
void vmq_vlan_event_rtnl(struct net_device *dev)
{
	struct vmq_device *vd;

	ASSERT_RTNL();

	list_for_each_entry(vd, &vmq_devices, list) {
		if (dev == vmq_device_port(vd) || vmq_port_find_rtnl(vd, dev))
			vmq_vlan_stale_rtnl(vd);
	}
}

/**
 * vmq_vlan_of_rtnl - what a port does with frames of a VLAN
 * @vd: device
 * @dev: the uplink's port, for frames from an address behind it, or the port of
 *	a VM, for frames to an address behind that
 * @vid: VLAN, 0 while the bridge does not filter them
 *
 * Context: Process, RTNL.
 * Return: vmq_addr.vlan.
 */
u8 vmq_vlan_of_rtnl(const struct vmq_device *vd, const struct net_device *dev,
		    u16 vid)
{
	struct bridge_vlan_info info;

	ASSERT_RTNL();

	/* Addresses from before the bridge filtered VLANs are not forgotten yet. */
	if (!vid)
		return vd->vlan_proto ? 0 : VMQ_VLAN_MEMBER;
	if (br_vlan_get_info(dev, vid, &info))
		return 0;
	return VMQ_VLAN_MEMBER |
	       (info.flags & BRIDGE_VLAN_INFO_UNTAGGED ? VMQ_VLAN_UNTAG : 0);
}

static void vmq_vlan_refresh_addr(struct vmq_device *vd, struct vmq_addr *addr)
{
	struct net_device *dev = vmq_device_port(vd);
	struct vmq_vnic *vnic;

	vnic = rtnl_dereference(addr->vnic);
	if (vnic)
		dev = rtnl_dereference(vnic->port)->dev;
	WRITE_ONCE(addr->vlan, vmq_vlan_of_rtnl(vd, dev, addr->key.vid));
}

/**
 * vmq_vlan_refresh_rtnl - read the bridge's VLANs anew, if they have changed
 * @vd: device
 *
 * Context: Process, RTNL; not from a notifier, where the change is not made yet.
 */
void vmq_vlan_refresh_rtnl(struct vmq_device *vd)
{
	struct net_device *br = rtnl_dereference(vd->bridge);
	struct vmq_addr *addr;
	u16 proto = 0, pvid = 0;

	ASSERT_RTNL();

	if (!vd->vlan_stale)
		return;

	if (br && br_vlan_enabled(br) && !br_vlan_get_proto(br, &proto) &&
	    br_vlan_get_pvid(vmq_device_port(vd), &pvid))
		pvid = 0;
	WRITE_ONCE(vd->vlan_proto, htons(proto));
	WRITE_ONCE(vd->pvid, pvid);
	list_for_each_entry(addr, &vd->addr_list, list)
		vmq_vlan_refresh_addr(vd, addr);

	if (proto && !vd->vlan_asked)
		vmq_eligible_kick(vd);

	WRITE_ONCE(vd->vlan_stale, false);
	/* Releases what was written above to the fast path. */
	vmq_eligible_update_rtnl(vd);
}

/* Is there a VLAN that does not forward in a message of the dump? */
static bool vmq_vlan_msg_blocks(const struct nlmsghdr *nlh)
{
	struct nlattr *entry, *state;
	int rem;

	nlmsg_for_each_attr(entry, nlh, sizeof(struct br_vlan_msg), rem) {
		if (nla_type(entry) != BRIDGE_VLANDB_ENTRY)
			continue;
		state = nla_find_nested(entry, BRIDGE_VLANDB_ENTRY_STATE);
		if (state && nla_get_u8(state) != BR_STATE_FORWARDING)
			return true;
	}

	return false;
}

/* Is a netdev a port of the bridge? Context: RCU. */
static bool vmq_vlan_is_port(struct net *net, u32 ifindex,
			     const struct net_device *br)
{
	struct net_device *dev = dev_get_by_index_rcu(net, ifindex);

	return dev && netif_is_bridge_port(dev) &&
	       netdev_master_upper_dev_get_rcu(dev) == br;
}

/*
 * One piece of the dump. Returns 1 when a VLAN does not forward, 0 when more may
 * come, -ENODATA at the end, or what the dump ended with.
 */
static int vmq_vlan_dump_judge(struct net *net, const struct net_device *br,
			       void *buf, int len)
{
	struct nlmsghdr *nlh = buf;
	struct br_vlan_msg *bvm;
	bool ours;

	for (; nlmsg_ok(nlh, len); nlh = nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_type == NLMSG_DONE)
			return -ENODATA;
		if (nlh->nlmsg_type == NLMSG_ERROR)
			return -EIO;
		if (nlmsg_len(nlh) < sizeof(*bvm))
			continue;
		bvm = nlmsg_data(nlh);
		rcu_read_lock();
		ours = vmq_vlan_is_port(net, bvm->ifindex, br);
		rcu_read_unlock();
		if (ours && vmq_vlan_msg_blocks(nlh))
			return 1;
	}

	return 0;
}

static int vmq_vlan_dump(struct net *net, const struct net_device *br,
			 struct socket *sock, void *buf)
{
	struct {
		struct nlmsghdr nlh;
		struct br_vlan_msg bvm;
	} req = {
		.nlh.nlmsg_len = sizeof(req),
		.nlh.nlmsg_type = RTM_GETVLAN,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		.bvm.family = PF_BRIDGE,
	};
	struct kvec iov = { &req, sizeof(req) };
	struct msghdr msg = {};
	int err;

	err = kernel_sendmsg(sock, &msg, &iov, 1, sizeof(req));
	while (err >= 0) {
		iov.iov_base = buf;
		iov.iov_len = VMQ_VLAN_DUMP;
		memset(&msg, 0, sizeof(msg));
		/* Each call makes the next piece: there is nothing to wait for. */
		err = kernel_recvmsg(sock, &msg, &iov, 1, VMQ_VLAN_DUMP,
				     MSG_DONTWAIT);
		if (err < 0)
			break;
		err = vmq_vlan_dump_judge(net, br, buf, err);
		if (err)
			break;
	}

	return err;
}

/**
 * vmq_vlan_blocks - does some VLAN of some port of a bridge not forward?
 * @net: netns of the bridge, held by the caller
 * @br: the bridge; only compared, may be gone
 *
 * Context: Process, without RTNL, which the dump takes.
 * Return: whether one does not, also when the bridge could not be asked.
 */
bool vmq_vlan_blocks(struct net *net, const struct net_device *br)
{
	struct socket *sock;
	int err = -ENOMEM;
	void *buf;

	buf = kvmalloc(VMQ_VLAN_DUMP, GFP_KERNEL);
	if (!buf)
		return true;

	if (!sock_create_kern(net, PF_NETLINK, SOCK_RAW, NETLINK_ROUTE,
			      &sock)) {
		err = vmq_vlan_dump(net, br, sock, buf);
		sock_release(sock);
	}
	kvfree(buf);

	return err != -ENODATA;
}
