// SPDX-License-Identifier: GPL-2.0-only
/*
 * twin: the operations: what an admin changes on a bridge, a table of settings
 * with their values, the first of which is how the bridge was made
 *
 * All take effect when the call returns, on the plain bridge and for vmq, and
 * frames follow at once. Waited for (net_settle) are only those that the kernel
 * itself defers, flagged SETTLE: carriers and the states of ports that follow them,
 * and the state of a port that was set by hand, of which the bridge tells by a
 * work item. Learning by vmq is never waited for here: until it has learnt, a
 * frame takes the bridge.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include "twin.h"

/* newer than the headers of the oldest kernel that this is built on */
#define BRPORT_LOCKED	39
#define BRPORT_MAB	40

enum kind {
	BRIDGE, PORT, BRIDGE_EVENT, PORT_EVENT, PROMISC, BRIDGE_DOWN, ISOLATED,
	BACKUP, VLAN, VLAN_SELF, VLAN_AWARE,
	FDB, FDB_DEL, DOWN, LEAVE, MTU, OFFLOAD,
	TAP_OFFLOAD, TC, NFT, CAPTURE, VLAN_DEV, VMQ_BYPASS, VMQ_STEER,
	VMQ_DETACH,
};

#define SETTLE		1	/* see above */
#define UPLINK_ONLY	2
#define NOT_UPLINK	4
#define ONCE		8	/* no state: nothing to be reverted */

struct op {
	const char *name;
	uint8_t kind, weight, flags, size;
	int attr;
	unsigned int nvalues;
	uint32_t values[6];
};

static const struct op ops[] = {
	{ "vlan_filtering", BRIDGE, 4, 0, 1, IFLA_BR_VLAN_FILTERING, 2, { 0, 1 } },
	{ "vlan_default_pvid", BRIDGE, 1, 0, 2, IFLA_BR_VLAN_DEFAULT_PVID, 3, { 1, 0, 7 } },
	{ "vlan_protocol", BRIDGE, 1, 0, 2, IFLA_BR_VLAN_PROTOCOL, 2, { 0x0081, 0xa888 } },
	{ "vlan_stats_enabled", BRIDGE, 1, 0, 1, IFLA_BR_VLAN_STATS_ENABLED, 2, { 0, 1 } },
	{ "stp_state", BRIDGE, 2, SETTLE, 4, IFLA_BR_STP_STATE, 2, { 0, 1 } },
	{ "mcast_snooping", BRIDGE, 2, 0, 1, IFLA_BR_MCAST_SNOOPING, 2, { 0, 1 } },
	{ "group_fwd_mask", BRIDGE, 2, 0, 2, IFLA_BR_GROUP_FWD_MASK, 3, { 0, 0x4000, 0xfff8 } },
	{ "no_linklocal_learn", BRIDGE, 1, 0, 8, IFLA_BR_MULTI_BOOLOPT, 2, { 0x00001, 0x10001 } },
	{ "fdb_flush", BRIDGE_EVENT, 3, ONCE, 0, IFLA_BR_FDB_FLUSH, 1, { 0 } },
	{ "promisc", PROMISC, 3, 0, 0, 0, 2, { 0, 1 } },
	{ "down", BRIDGE_DOWN, 1, SETTLE, 0, 0, 2, { 0, 1 } },

	{ "isolated", ISOLATED, 5, 0, 1, IFLA_BRPORT_ISOLATED, 3, { 0, 1, 2 } },
	{ "locked", PORT, 3, 0, 1, BRPORT_LOCKED, 2, { 0, 1 } },
	{ "mab", PORT, 1, 0, 1, BRPORT_MAB, 2, { 0, 1 } },
	{ "learning", PORT, 3, 0, 1, IFLA_BRPORT_LEARNING, 2, { 1, 0 } },
	{ "flood", PORT, 3, 0, 1, IFLA_BRPORT_UNICAST_FLOOD, 2, { 1, 0 } },
	{ "mcast_flood", PORT, 1, 0, 1, IFLA_BRPORT_MCAST_FLOOD, 2, { 1, 0 } },
	{ "bcast_flood", PORT, 1, 0, 1, IFLA_BRPORT_BCAST_FLOOD, 2, { 1, 0 } },
	{ "neigh_suppress", PORT, 2, 0, 1, IFLA_BRPORT_NEIGH_SUPPRESS, 2, { 0, 1 } },
	{ "proxy_arp", PORT, 1, 0, 1, IFLA_BRPORT_PROXYARP, 2, { 0, 1 } },
	{ "proxy_arp_wifi", PORT, 1, 0, 1, IFLA_BRPORT_PROXYARP_WIFI, 2, { 0, 1 } },
	{ "hairpin", PORT, 2, 0, 1, IFLA_BRPORT_MODE, 2, { 0, 1 } },
	{ "guard", PORT, 1, 0, 1, IFLA_BRPORT_GUARD, 2, { 0, 1 } },
	{ "root_block", PORT, 1, 0, 1, IFLA_BRPORT_PROTECT, 2, { 0, 1 } },
	{ "fastleave", PORT, 1, 0, 1, IFLA_BRPORT_FAST_LEAVE, 2, { 0, 1 } },
	{ "mcast_to_unicast", PORT, 1, 0, 1, IFLA_BRPORT_MCAST_TO_UCAST, 2, { 0, 1 } },
	{ "vlan_tunnel", PORT, 1, 0, 1, IFLA_BRPORT_VLAN_TUNNEL, 2, { 0, 1 } },
	{ "state", PORT, 6, SETTLE, 1, IFLA_BRPORT_STATE, 5, { 3, 0, 1, 2, 4 } },
	{ "backup_port", BACKUP, 2, NOT_UPLINK, 4, IFLA_BRPORT_BACKUP_PORT, 2, { 0, 1 } },
	{ "flush", PORT_EVENT, 2, ONCE, 0, IFLA_BRPORT_FLUSH, 1, { 0 } },

	{ "vlan", VLAN, 4, 0, 0, 0, 6, { 0, 1, 2, 3, 4, 5 } },
	{ "vlan self", VLAN_SELF, 1, UPLINK_ONLY, 0, 0, 3, { 0, 1, 2 } },
	{ "vlan aware", VLAN_AWARE, 4, UPLINK_ONLY, 0, 0, 5, { 0, 1, 2, 3, 4 } },
	{ "fdb", FDB, 9, 0, 0, 0, 2, { 0, 1 } },
	{ "fdb del", FDB_DEL, 5, UPLINK_ONLY | ONCE, 0, 0, 1, { 0 } },
	{ "down", DOWN, 5, SETTLE, 0, 0, 3, { 0, 1, 2 } },
	{ "nomaster", LEAVE, 4, SETTLE, 0, 0, 2, { 0, 1 } },
	{ "mtu", MTU, 4, 0, 0, 0, 3, { 1500, 600, 1400 } },
	{ "offload", OFFLOAD, 4, 0, 0, 0, 3, { 0, 1, 2 } },
	{ "offload of the tap's guest", TAP_OFFLOAD, 1, UPLINK_ONLY, 0, 0, 2, { 0, 1 } },
	{ "tc", TC, 4, 0, 0, 0, 6, { 0, 1, 2, 3, 4, 5 } },
	{ "nft", NFT, 4, UPLINK_ONLY, 0, 0, 6, { 0, 1, 2, 3, 4, 5 } },
	{ "capture", CAPTURE, 2, UPLINK_ONLY, 0, 0, 2, { 0, 1 } },
	{ "vlan device", VLAN_DEV, 2, UPLINK_ONLY, 0, 0, 3, { 0, 1, 2 } },
	{ "vmq bypass", VMQ_BYPASS, 1, UPLINK_ONLY, 0, 0, 2, { 1, 0 } },
	{ "vmq steer", VMQ_STEER, 1, UPLINK_ONLY, 0, 0, 2, { 1, 0 } },
	{ "vmq detach", VMQ_DETACH, 2, UPLINK_ONLY, 0, 0, 2, { 0, 1 } },
};

#define OPS (sizeof(ops) / sizeof(ops[0]))

static const struct {
	uint16_t vid, flags;
} vlans[] = {
	{ 0, 0 }, { 7, 0 }, { 7, BRIDGE_VLAN_INFO_UNTAGGED },
	{ 7, BRIDGE_VLAN_INFO_UNTAGGED | BRIDGE_VLAN_INFO_PVID },
	{ 5, BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED }, { 4094, 0 },
};

/* entries of the FDB that a user makes */
static const struct {
	const char *name;
	uint16_t state;
	uint8_t flags;
} fdbs[] = {
	{ "static", NUD_NOARP, 0 },
	{ "local", NUD_PERMANENT, 0 },
	{ "dynamic", NUD_REACHABLE, 0 },
	{ "static sticky", NUD_NOARP, NTF_STICKY },
	{ "dynamic sticky", NUD_REACHABLE, NTF_STICKY },
	{ "static extern_learn", NUD_NOARP, NTF_EXT_LEARNED },
	{ "dynamic extern_learn", NUD_REACHABLE, NTF_EXT_LEARNED },
};

#define FDBS (sizeof(fdbs) / sizeof(fdbs[0]))

static struct op_state cur;
static bool nics_differ, uplink_left, was_down[PORTS];
static bool allowed[OPS];
static bool limited;

/* of the value of a "fdb" operation: which MAC, kind and VLAN, plus 1 */
static const uint8_t *fdb_mac(unsigned int value)
{
	return frame_mac((value - 1) % frame_macs(), NULL);
}

static unsigned int fdb_kind(unsigned int value)
{
	return (value - 1) / frame_macs() % FDBS;
}

static int fdb_vid(unsigned int value)
{
	return (value - 1) / frame_macs() / FDBS ? 7 : -1;
}

static unsigned int op_state_of(const struct op_state *st, enum kind kind,
				unsigned int port)
{
	unsigned int i;

	for (i = 0; i < OPS; i++)
		if (ops[i].kind == kind)
			return st->v[i][port];
	return 0;
}

static unsigned int op_named(const struct op_state *st, int attr, bool bridge,
			     unsigned int port)
{
	unsigned int i;

	for (i = 0; i < OPS; i++)
		if (ops[i].attr == attr &&
		    ops[i].kind == (bridge ? BRIDGE : PORT))
			return st->v[i][port];
	return 0;
}

/* does a spanning tree, and so the bridge's clock, decide about ports? */
bool op_stp(void)
{
	return op_named(&cur, IFLA_BR_STP_STATE, true, 0);
}

/* is the port one that forwards unless a spanning tree forbids it? */
bool op_port_up(unsigned int port)
{
	return !op_state_of(&cur, DOWN, port) &&
	       !op_state_of(&cur, LEAVE, port) &&
	       !op_state_of(&cur, BRIDGE_DOWN, 0) &&
	       !op_named(&cur, IFLA_BRPORT_STATE, false, port);
}

/* has the port itself been set down? then its carrier is of no interest */
bool op_port_down(unsigned int port)
{
	return op_state_of(&cur, DOWN, port) % 2;
}

/* Until the core tells its carrier, frames die in a port that is down: or before. */
bool op_port_was_down(unsigned int port)
{
	return was_down[port];
}

/* Without a bridge vmqN counts nothing, */
bool op_uplink_left(void)
{
	return uplink_left;
}

/* and no frames come to it. */
bool op_uplink_out(void)
{
	return op_state_of(&cur, LEAVE, END_WIRE);
}

/* vmqN was down, or the NIC only on the plain side: the NICs count otherwise */
bool op_nics_differ(void)
{
	return nics_differ;
}

/* A port that leaves forgets its settings. */
static void forget_port(struct op_state *st, unsigned int port)
{
	unsigned int i;

	for (i = 0; i < OPS; i++)
		if (ops[i].kind == PORT || ops[i].kind == ISOLATED ||
		    ops[i].kind == BACKUP || ops[i].kind == VLAN ||
		    ops[i].kind == FDB)
			st->v[i][port] = 0;
}

static int set_isolated(const struct side *s, unsigned int port,
			unsigned int value, unsigned int was)
{
	int err = net_port_set(s->ifport[port], IFLA_BRPORT_ISOLATED, 1,
			       value != 0);

	if (value == 2 || was == 2)
		net_port_set(s->ifuplink, IFLA_BRPORT_ISOLATED, 1, value == 2);
	return err;
}

static int set_vlan(int ifindex, bool self, unsigned int value,
		    unsigned int was)
{
	int err = 0;

	if (was) {
		err = net_vlan(ifindex, self, vlans[was].vid, 0, false);
		/* it may have been the PVID */
		if (vlans[was].flags & BRIDGE_VLAN_INFO_PVID)
			net_vlan(ifindex, self, 1, BRIDGE_VLAN_INFO_PVID |
				 BRIDGE_VLAN_INFO_UNTAGGED, true);
	}
	if (value)
		err = net_vlan(ifindex, self, vlans[value].vid,
			       vlans[value].flags, true);
	return err;
}

/*
 * What hosts of VMs have: the bridge filters, and VLAN 7 is on all ports, tagged (1)
 * or, at the VMs' ports, as the only one (2); or VLAN 5 is the one of all (3); or
 * VLAN 7 is the uplink's native one and tagged at the VMs' ports (4).
 */
static int set_vlan_aware(const struct side *s, unsigned int value,
			  unsigned int was)
{
	static const uint8_t uplink[] = { 0, 1, 1, 4, 3 }, port[] = { 0, 1, 3, 4, 1 };
	unsigned int i;

	for (i = 0; i < PORTS; i++)
		set_vlan(s->ifport[i], false, i ? port[value] : uplink[value],
			 i ? port[was] : uplink[was]);
	return net_bridge_set(s, IFLA_BR_VLAN_FILTERING, 1, value != 0);
}

static int set_fdb(const struct side *s, unsigned int port, unsigned int value,
		   unsigned int was)
{
	unsigned int k;
	int err = 0;

	if (was)
		err = net_fdb(s->ifport[port], fdb_mac(was), fdb_vid(was), 0,
			      0, 0, false);
	if (value) {
		k = fdb_kind(value);
		err = net_fdb(s->ifport[port], fdb_mac(value), fdb_vid(value),
			      fdbs[k].state, fdbs[k].flags,
			      NLM_F_CREATE | NLM_F_REPLACE, true);
	}
	return err;
}

/* an entry goes, wherever it is */
static int del_fdb(const struct side *s, unsigned int value)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < PORTS; i++) {
		err = net_fdb(s->ifport[i],
			      frame_mac(value % frame_macs(), NULL), 0, 0, 0, 0,
			      false);
		if (!err)
			break;
	}
	return err;
}

/*
 * 1: this end of the port, 2: its far end. Stacked, the NIC goes down with
 * vmqN's carrier (1), or vmqN itself (3), which on the plain side is the NIC.
 */
static int set_down(const struct side *s, unsigned int port,
		    unsigned int value, unsigned int was)
{
	int near = port == END_WIRE ? s->ifnic : s->ifport[port];
	int err = 0;

	if (was == 1)
		err = net_flags(near, IFF_UP, IFF_UP);
	else if (was == 3)
		err = net_flags(s->ifuplink, IFF_UP, IFF_UP);
	else if (was == 2 && port != END_TAP)
		err = net_flags(s->ifpeer[port], IFF_UP, IFF_UP);
	if (value == 1)
		err = net_flags(near, 0, IFF_UP);
	else if (value == 3)
		err = net_flags(s->ifuplink, 0, IFF_UP);
	else if (value == 2 && port != END_TAP)
		err = net_flags(s->ifpeer[port], 0, IFF_UP);
	return err;
}

/* what the port's, or the NIC's, transmit side does itself, or leaves */
static int set_offload(const struct side *s, unsigned int port,
		       unsigned int value)
{
	const char *dev = port == END_WIRE ? s->nic : s->port[port];
	uint32_t flags;
	int err;

	if (port == END_WIRE) {
		flags = net_ethtool_get(dev, ETHTOOL_GFLAGS) | ETH_FLAG_RXVLAN;
		if (value == 2)
			flags &= ~ETH_FLAG_RXVLAN;
		err = net_ethtool(dev, ETHTOOL_SFLAGS, flags);
		net_ethtool(dev, ETHTOOL_SRXCSUM, value != 1);
		return err;
	}
	err = net_ethtool(dev, ETHTOOL_STXCSUM, value != 2);
	net_ethtool(dev, ETHTOOL_SSG, value != 2);
	net_ethtool(dev, ETHTOOL_SGSO, value == 0);
	net_ethtool(dev, ETHTOOL_STSO, value == 0);
	return err;
}

static void tc_command(const struct side *s, unsigned int port,
		       unsigned int value, char *buf, unsigned int len)
{
	static const char * const rules[] = {
		"",
		"ingress matchall action drop",
		"egress matchall action drop",
		"ingress matchall action mirred egress mirror dev",
		"ingress flower dst_mac 02:00:00:00:01:01 action mirred egress redirect dev",
		"egress flower src_mac 02:00:00:00:ee:01 action drop",
	};
	const char *dev = s->port[port], *to = "";

	if (value == 3)
		to = s->port[port == END_VM3 ? END_VM1 : END_VM3];
	else if (value == 4)
		to = s->port[port == END_VM2 ? END_VM1 : END_VM2];
	if (value)
		snprintf(buf, len,
			 "qdisc add dev %s clsact\nfilter add dev %s %s %s\n",
			 dev, dev, rules[value], to);
	else
		snprintf(buf, len, "qdisc del dev %s clsact\n", dev);
}

/* rules hold for all bridges of the host: one command for both sides */
static void nft_command(unsigned int value, unsigned int was, char *buf,
			unsigned int len)
{
	static const char * const rules[] = {
		"",
		"hook forward priority 0; ether daddr 02:00:00:00:01:01 drop",
		"hook prerouting priority 0; ether saddr 02:00:00:00:ee:01 drop",
		"hook postrouting priority 0; ether daddr 02:00:00:00:01:02 drop",
		"hook input priority 0; drop",
		"priority 0; ether daddr 02:00:00:00:01:02 drop",
	};
	char hook[80] = "";

	if (!value) {
		snprintf(buf, len, "delete table %s t_twin\n",
			 was == 5 ? "netdev" : "bridge");
		return;
	}
	if (value == 5)
		snprintf(hook, sizeof(hook), "hook ingress devices = { %s, %s }",
			 sides[SIDE_A].uplink, sides[SIDE_B].uplink);
	snprintf(buf, len, "table %s t_twin { chain c { type filter %s %s; }; }\n",
		 value == 5 ? "netdev" : "bridge", hook, rules[value]);
}

/* with STP on, the longest delay there is: longer than a round, see bridge_make() */
static int set_stp(const struct side *s, bool on)
{
	unsigned int i;
	int err;

	if (on)
		net_bridge_set(s, IFLA_BR_FORWARD_DELAY, 4, 3000);
	err = net_bridge_set(s, IFLA_BR_STP_STATE, 4, on);
	if (on)
		return err;
	net_bridge_set(s, IFLA_BR_FORWARD_DELAY, 4, 0);
	/* ports that were left on their way to forwarding arrive */
	for (i = 0; i < PORTS; i++)
		net_port_set(s->ifport[i], IFLA_BRPORT_STATE, 1, 3);
	return err;
}

/* returns an errno */
static int apply(const struct op *o, unsigned int side, unsigned int port,
		 unsigned int value, unsigned int was)
{
	const struct side *s = &sides[side];
	unsigned int off = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
	char cmd[1024];

	switch (o->kind) {
	case BRIDGE:
		if (o->attr == IFLA_BR_STP_STATE)
			return set_stp(s, value);
		return net_bridge_set(s, o->attr, o->size, o->values[value]);
	case BRIDGE_EVENT:
		return net_bridge_set(s, o->attr, 1, 1);
	case PORT:
		return net_port_set(s->ifport[port], o->attr, o->size,
				    o->values[value]);
	case PORT_EVENT:
		return net_port_set(s->ifport[port], o->attr, 0, 0);
	case PROMISC:
		return net_flags(s->ifbr, value ? IFF_PROMISC : 0, IFF_PROMISC);
	case BRIDGE_DOWN:
		return net_flags(s->ifbr, value ? 0 : IFF_UP, IFF_UP);
	case ISOLATED:
		return set_isolated(s, port, value, was);
	case BACKUP:
		return net_port_set(s->ifport[port], o->attr, 4, value ?
				    s->ifport[port == END_VM1 ? END_VM2 :
					      port - 1] : 0);
	case VLAN:
		return set_vlan(s->ifport[port], false, value, was);
	case VLAN_SELF:
		return set_vlan(s->ifbr, true, value, was);
	case VLAN_AWARE:
		return set_vlan_aware(s, value, was);
	case FDB:
		return set_fdb(s, port, value, was);
	case FDB_DEL:
		return del_fdb(s, value);
	case DOWN:
		if (value == 3 || was == 3)
			nics_differ = true;
		was_down[port] = true;
		return set_down(s, port, value, was);
	case LEAVE:
		return net_master(s->ifport[port], value ? 0 : s->ifbr);
	case MTU:
		return net_mtu(port == END_WIRE ? s->ifnic : s->ifport[port],
			       o->values[value]);
	case OFFLOAD:
		return set_offload(s, port, value);
	case TAP_OFFLOAD:
		return ioctl(s->tap, TUNSETOFFLOAD, value ? 0 : off) ? errno : 0;
	case TC:
		if (was) {
			tc_command(s, port, 0, cmd, sizeof(cmd));
			net_batch("tc", "%s", cmd);
		}
		if (!value)
			return 0;
		tc_command(s, port, value, cmd, sizeof(cmd));
		return net_batch("tc", "%s", cmd);
	case NFT:
		if (side != SIDE_A)
			return 0;
		if (was) {
			nft_command(0, was, cmd, sizeof(cmd));
			net_batch("nft", "%s", cmd);
		}
		if (value) {
			nft_command(value, was, cmd, sizeof(cmd));
			net_batch("nft", "%s", cmd);
		}
		return 0;
	case CAPTURE:
		return end_capture(side, value);
	case VLAN_DEV:
		if (was)
			net_vlan_link(s, was == 1 ? s->ifuplink : s->ifbr, 7,
				      false);
		return value ? net_vlan_link(s, value == 1 ? s->ifuplink :
					     s->ifbr, 7, true) : 0;
	case VMQ_BYPASS:
	case VMQ_STEER:
		if (side == SIDE_B)
			net_write(value ? "0" : "1",
				  "/sys/class/net/t_bvmq/vmq/%s",
				  o->kind == VMQ_STEER ? "steer" : "bypass");
		return 0;
	case VMQ_DETACH:
		if (side == SIDE_A || value == was)
			return 0;
		if (value)
			net_detach();
		else
			net_attach();
		return 0;
	}
	return 0;
}

/* does this hook have the operation? */
static bool exists(const struct op *o)
{
	switch (o->kind) {
	case VMQ_BYPASS:
	case VMQ_STEER:
		return hook != HOOK_PLAIN;
	case VMQ_DETACH:
		return hook == HOOK_INGRESS;
	}
	return true;
}

/* on both sides; false when they answer differently */
bool op_apply(const struct item *it, bool quiet)
{
	const struct op *o = &ops[it->op];
	uint16_t *now = &cur.v[it->op][it->port];
	int err[SIDES];
	unsigned int i;

	if (!(o->flags & ONCE) && *now == it->value)
		return true;
	for (i = 0; i < SIDES; i++)
		err[i] = apply(o, i, it->port, it->value, *now);
	if (!(o->flags & ONCE))
		*now = it->value;
	if (o->kind == LEAVE) {
		forget_port(&cur, it->port);
		uplink_left |= it->port == END_WIRE;
	}
	if (o->flags & SETTLE && !net_settle()) {
		if (!quiet)
			printf("# the ports' states did not become what they should\n");
		return false;
	}
	if (err[SIDE_A] == err[SIDE_B])
		return true;
	if (!quiet)
		printf("# the operation: \"%s\" on the %s side, \"%s\" on the %s side\n",
		       strerror(err[SIDE_A]), sides[SIDE_A].name,
		       strerror(err[SIDE_B]), sides[SIDE_B].name);
	return false;
}

/* all back; the bridges themselves are made afresh after this */
void op_reset(void)
{
	struct item it = { .type = ITEM_OP };
	unsigned int i, p;

	for (i = 0; i < OPS; i++)
		for (p = 0; p < PORTS; p++) {
			if (!cur.v[i][p])
				continue;
			for (it.port = 0; it.port < SIDES; it.port++)
				apply(&ops[i], it.port, p, 0, cur.v[i][p]);
		}
	memset(&cur, 0, sizeof(cur));
	nics_differ = false;
	uplink_left = false;
	memset(was_down, 0, sizeof(was_down));
}

static unsigned int active(const struct op_state *st, unsigned int nth,
			   struct item *it)
{
	unsigned int i, p, n = 0;

	for (i = 0; i < OPS; i++)
		for (p = 0; p < PORTS; p++) {
			if (!st->v[i][p])
				continue;
			if (n++ == nth && it) {
				it->op = i;
				it->port = p;
				it->value = 0;
			}
		}
	return n;
}

static unsigned int pick_value(struct rnd *r, const struct op *o,
			       unsigned int port)
{
	if (o->kind == FDB)
		return 1 + rnd_below(r, frame_macs()) + frame_macs() *
		       (rnd_below(r, FDBS) + FDBS * (rnd_below(r, 6) == 0));
	if (o->kind == FDB_DEL)
		return rnd_below(r, frame_macs());
	if (o->flags & ONCE)
		return 0;
	if (o->kind == DOWN && port == END_WIRE && hook == HOOK_STACKED)
		return 1 + rnd_below(r, 3);
	return 1 + rnd_below(r, o->nvalues - 1);
}

/*
 * The next operation. Few settings deviate at a time: with more of them nothing
 * would take the fast path.
 */
void op_pick(struct rnd *r, struct op_state *model, struct item *it)
{
	unsigned int n = active(model, 0, NULL), i, sum = 0, x;

	it->type = ITEM_OP;
	if (n && (n > 3 || rnd_below(r, 2))) {
		active(model, rnd_below(r, n), it);
	} else {
		for (i = 0; i < OPS; i++)
			if (exists(&ops[i]) && (!limited || allowed[i]))
				sum += ops[i].weight;
		x = rnd_below(r, sum);
		for (i = 0; i < OPS; i++) {
			if (!exists(&ops[i]) || (limited && !allowed[i]))
				continue;
			if (x < ops[i].weight)
				break;
			x -= ops[i].weight;
		}
		it->op = i;
		it->port = rnd_below(r, 3) ? END_VM1 + rnd_below(r, 5) :
			   END_WIRE;
		if (ops[i].flags & NOT_UPLINK && it->port == END_WIRE)
			it->port = END_VM1;
		if (ops[i].flags & UPLINK_ONLY || ops[i].kind == BRIDGE ||
		    ops[i].kind == BRIDGE_EVENT || ops[i].kind == PROMISC ||
		    ops[i].kind == BRIDGE_DOWN)
			it->port = END_WIRE;
		it->value = pick_value(r, &ops[i], it->port);
	}
	if (!(ops[it->op].flags & ONCE))
		model->v[it->op][it->port] = it->value;
	if (ops[it->op].kind == LEAVE)
		forget_port(model, it->port);
}

/* only operations of these names (a comma list); false: there is none such */
bool op_limit(const char *names)
{
	char *list = strdup(names), *p;
	unsigned int i;
	bool found;

	limited = true;
	for (p = strtok(list, ","); p; p = strtok(NULL, ",")) {
		found = false;
		for (i = 0; i < OPS; i++)
			if (!strcmp(ops[i].name, p)) {
				allowed[i] = true;
				found = true;
			}
		if (!found)
			return false;
	}
	free(list);
	return true;
}

static void print_mac(FILE *f, const char *what, const uint8_t *m)
{
	fprintf(f, "%s %02x:%02x:%02x:%02x:%02x:%02x", what, m[0], m[1], m[2],
		m[3], m[4], m[5]);
}

/* what net_batch() was given, in one line */
static void print_batch(FILE *f, const char *program, char *lines)
{
	char *line;

	for (line = strtok(lines, "\n"); line; line = strtok(NULL, "\n"))
		fprintf(f, "%s%s %s", line == lines ? "" : "; ", program, line);
}

/* as a command on side B, as far as there is one */
void op_print(const struct item *it, FILE *f)
{
	const struct op *o = &ops[it->op];
	const struct side *s = &sides[SIDE_B];
	const char *dev = s->port[it->port];
	char cmd[1024];

	switch (o->kind) {
	case BRIDGE:
	case BRIDGE_EVENT:
		fprintf(f, "ip link set %s type bridge %s %u", s->br, o->name,
			o->values[it->value]);
		break;
	case PROMISC:
		fprintf(f, "ip link set %s promisc %s", s->br,
			it->value ? "on" : "off");
		break;
	case BRIDGE_DOWN:
		fprintf(f, "ip link set %s %s", s->br,
			it->value ? "down" : "up");
		break;
	case ISOLATED:
		fprintf(f, "bridge link set dev %s isolated %s%s", dev,
			it->value ? "on" : "off", it->value == 2 ?
			", and the uplink" : "");
		break;
	case VLAN:
	case VLAN_SELF:
		fprintf(f, "bridge vlan add vid %u flags %u dev %s%s (0: del)",
			vlans[it->value].vid, vlans[it->value].flags,
			o->kind == VLAN ? dev : s->br,
			o->kind == VLAN ? "" : " self");
		break;
	case FDB: {
		const uint8_t *m;
		const char *what;

		if (!it->value) {
			fprintf(f, "bridge fdb del (what was added) dev %s master",
				dev);
			break;
		}
		m = frame_mac((it->value - 1) % frame_macs(), &what);
		print_mac(f, "bridge fdb replace", m);
		fprintf(f, " dev %s master %s%s (%s)", dev,
			fdbs[fdb_kind(it->value)].name,
			fdb_vid(it->value) < 0 ? "" : " vlan 7", what);
		break;
	}
	case FDB_DEL: {
		const uint8_t *m = frame_mac(it->value % frame_macs(), NULL);

		print_mac(f, "bridge fdb del", m);
		fprintf(f, " master, on whichever port");
		break;
	}
	case DOWN:
		fprintf(f, "ip link set %s %s", it->value == 2 ?
			s->peer[it->port] : it->port == END_WIRE &&
			it->value != 3 ? s->nic : dev,
			it->value ? "down" : "up");
		break;
	case LEAVE:
		fprintf(f, it->value ? "ip link set %s nomaster" :
			"ip link set %s master %s", dev, s->br);
		break;
	case MTU:
		fprintf(f, "ip link set %s mtu %u", it->port == END_WIRE ?
			s->nic : dev, o->values[it->value]);
		break;
	case TC:
		tc_command(s, it->port, it->value, cmd, sizeof(cmd));
		print_batch(f, "tc", cmd);
		break;
	case NFT:
		nft_command(it->value, 0, cmd, sizeof(cmd));
		print_batch(f, "nft", cmd);
		break;
	case PORT:
	case PORT_EVENT:
	case BACKUP:
		fprintf(f, "bridge link set dev %s %s %u", dev, o->name,
			o->values[it->value]);
		break;
	default:
		fprintf(f, "%s of %s: %u", o->name, dev, it->value);
	}
	fprintf(f, "\n");
}
