// SPDX-License-Identifier: GPL-2.0-only
/*
 * twin: rtnetlink, in the process itself: a fork is dear in an emulated guest
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "twin.h"

static int nl_fd = -1;
static uint32_t nl_seq;

void net_open(void)
{
	int size = 1 << 20;

	nl_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (nl_fd < 0)
		die("netlink");
	setsockopt(nl_fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
}

void nl_begin(struct nlreq *r, int type, int flags, const void *hdr,
	      unsigned int len)
{
	struct nlmsghdr *h = (void *)r->buf;

	memset(r, 0, sizeof(*r));
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(r->buf + NLMSG_HDRLEN, hdr, len);
	r->len = NLMSG_HDRLEN + NLMSG_ALIGN(len);
}

void nl_put(struct nlreq *r, int type, const void *p, unsigned int len)
{
	struct rtattr *a = (void *)(r->buf + r->len);

	if (r->len + RTA_SPACE(len) > sizeof(r->buf)) {
		fprintf(stderr, "twin: netlink request too long\n");
		exit(1);
	}
	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), p, len);
	r->len += RTA_SPACE(len);
}

void nl_put_u8(struct nlreq *r, int type, uint8_t v)
{
	nl_put(r, type, &v, sizeof(v));
}

void nl_put_u16(struct nlreq *r, int type, uint16_t v)
{
	nl_put(r, type, &v, sizeof(v));
}

void nl_put_u32(struct nlreq *r, int type, uint32_t v)
{
	nl_put(r, type, &v, sizeof(v));
}

void nl_put_str(struct nlreq *r, int type, const char *s)
{
	nl_put(r, type, s, strlen(s) + 1);
}

unsigned int nl_nest(struct nlreq *r, int type)
{
	unsigned int at = r->len;

	nl_put(r, type | NLA_F_NESTED, NULL, 0);
	return at;
}

void nl_end(struct nlreq *r, unsigned int nest)
{
	struct rtattr *a = (void *)(r->buf + nest);

	a->rta_len = r->len - nest;
}

static void nl_send(struct nlreq *r)
{
	struct nlmsghdr *h = (void *)r->buf;

	h->nlmsg_len = r->len;
	h->nlmsg_seq = ++nl_seq;
	if (send(nl_fd, r->buf, r->len, 0) < 0)
		die("netlink send");
}

/* Hands every message of the answer to @each; 0 or the errno at its end. */
static int nl_answer(void (*each)(const void *nlh, void *arg), void *arg)
{
	static char buf[65536];
	struct nlmsghdr *h;
	int len;

	for (;;) {
		len = recv(nl_fd, buf, sizeof(buf), 0);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			die("netlink");
		for (h = (void *)buf; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
			if (h->nlmsg_seq != nl_seq)
				continue;
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)NLMSG_DATA(h))->error;
			if (each)
				each(h, arg);
		}
	}
}

/* 0 or the errno of the answer */
int nl_talk(struct nlreq *r)
{
	return nl_get(r, NULL, NULL);
}

int nl_get(struct nlreq *r, void (*each)(const void *nlh, void *arg), void *arg)
{
	((struct nlmsghdr *)r->buf)->nlmsg_flags |= NLM_F_ACK;
	nl_send(r);
	return nl_answer(each, arg);
}

void nl_dump(struct nlreq *r, void (*each)(const void *nlh, void *arg),
	     void *arg)
{
	((struct nlmsghdr *)r->buf)->nlmsg_flags |= NLM_F_DUMP;
	nl_send(r);
	nl_answer(each, arg);
}

static void nl_put_sized(struct nlreq *r, int attr, unsigned int size,
			 uint32_t value)
{
	uint16_t v16 = value;
	uint8_t v8 = value;

	if (size == 1)
		nl_put(r, attr, &v8, 1);
	else if (size == 2)
		nl_put(r, attr, &v16, 2);
	else
		nl_put(r, attr, &value, 4);
}

/* ip link set BR type bridge ATTR VALUE; @size 8: a struct br_boolopt_multi */
int net_bridge_set(const struct side *s, int attr, unsigned int size,
		   uint32_t value)
{
	struct ifinfomsg ifi = { .ifi_index = s->ifbr };
	unsigned int info, data;
	struct nlreq r;

	nl_begin(&r, RTM_NEWLINK, 0, &ifi, sizeof(ifi));
	info = nl_nest(&r, IFLA_LINKINFO);
	nl_put_str(&r, IFLA_INFO_KIND, "bridge");
	data = nl_nest(&r, IFLA_INFO_DATA);
	if (size == 8) {
		struct br_boolopt_multi bm = { value >> 16, value & 0xffff };

		nl_put(&r, attr, &bm, sizeof(bm));
	} else {
		nl_put_sized(&r, attr, size, value);
	}
	nl_end(&r, data);
	nl_end(&r, info);
	return nl_talk(&r);
}

/* bridge link set dev PORT ATTR VALUE; @size 0: a flag without value */
int net_port_set(int ifindex, int attr, unsigned int size, uint32_t value)
{
	struct ifinfomsg ifi = { .ifi_family = AF_BRIDGE,
				 .ifi_index = ifindex };
	unsigned int info;
	struct nlreq r;

	nl_begin(&r, RTM_SETLINK, 0, &ifi, sizeof(ifi));
	info = nl_nest(&r, IFLA_PROTINFO);
	if (size)
		nl_put_sized(&r, attr, size, value);
	else
		nl_put(&r, attr, NULL, 0);
	nl_end(&r, info);
	return nl_talk(&r);
}

int net_master(int ifindex, int master)
{
	struct ifinfomsg ifi = { .ifi_index = ifindex };
	struct nlreq r;

	nl_begin(&r, RTM_NEWLINK, 0, &ifi, sizeof(ifi));
	nl_put_u32(&r, IFLA_MASTER, master);
	return nl_talk(&r);
}

int net_flags(int ifindex, unsigned int flags, unsigned int mask)
{
	struct ifinfomsg ifi = { .ifi_index = ifindex, .ifi_flags = flags,
				 .ifi_change = mask };
	struct nlreq r;

	nl_begin(&r, RTM_NEWLINK, 0, &ifi, sizeof(ifi));
	return nl_talk(&r);
}

int net_mtu(int ifindex, unsigned int mtu)
{
	struct ifinfomsg ifi = { .ifi_index = ifindex };
	struct nlreq r;

	nl_begin(&r, RTM_NEWLINK, 0, &ifi, sizeof(ifi));
	nl_put_u32(&r, IFLA_MTU, mtu);
	return nl_talk(&r);
}

/* bridge vlan add|del vid VID dev DEV [FLAGS] [self] */
int net_vlan(int ifindex, bool self, uint16_t vid, uint16_t flags, bool add)
{
	struct ifinfomsg ifi = { .ifi_family = AF_BRIDGE,
				 .ifi_index = ifindex };
	struct bridge_vlan_info vi = { .flags = flags, .vid = vid };
	unsigned int spec;
	struct nlreq r;

	nl_begin(&r, add ? RTM_SETLINK : RTM_DELLINK, 0, &ifi, sizeof(ifi));
	spec = nl_nest(&r, IFLA_AF_SPEC);
	if (self)
		nl_put_u16(&r, IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF);
	nl_put(&r, IFLA_BRIDGE_VLAN_INFO, &vi, sizeof(vi));
	nl_end(&r, spec);
	return nl_talk(&r);
}

/* bridge fdb add|del MAC dev DEV master ...; @vid -1: none is named */
int net_fdb(int ifindex, const uint8_t *mac, int vid, uint16_t state,
	    uint8_t flags, uint16_t nlflags, bool add)
{
	struct ndmsg ndm = {
		.ndm_family = AF_BRIDGE, .ndm_ifindex = ifindex,
		.ndm_state = state, .ndm_flags = flags | NTF_MASTER,
	};
	struct nlreq r;

	nl_begin(&r, add ? RTM_NEWNEIGH : RTM_DELNEIGH, nlflags, &ndm,
		 sizeof(ndm));
	nl_put(&r, NDA_LLADDR, mac, 6);
	if (vid >= 0)
		nl_put_u16(&r, NDA_VLAN, vid);
	return nl_talk(&r);
}

static int ethtool_ioctl(const char *dev, struct ethtool_value *ev)
{
	struct ifreq ifr = { .ifr_data = (void *)ev };
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	return ioctl(fd, SIOCETHTOOL, &ifr) ? errno : 0;
}

/* ETHTOOL_S* of one value */
int net_ethtool(const char *dev, uint32_t cmd, uint32_t value)
{
	struct ethtool_value ev = { .cmd = cmd, .data = value };

	return ethtool_ioctl(dev, &ev);
}

uint32_t net_ethtool_get(const char *dev, uint32_t cmd)
{
	struct ethtool_value ev = { .cmd = cmd };

	return ethtool_ioctl(dev, &ev) ? 0 : ev.data;
}

/* a VLAN device t_{a,b}vVID on @lower */
int net_vlan_link(const struct side *s, int lower, uint16_t vid, bool add)
{
	struct ifinfomsg ifi = { .ifi_flags = add ? IFF_UP : 0,
				 .ifi_change = add ? IFF_UP : 0 };
	unsigned int info, data;
	struct nlreq r;
	char name[16];

	snprintf(name, sizeof(name), "t_%cv%u%s", s == sides ? 'a' : 'b', vid,
		 lower == s->ifbr ? "br" : "");
	nl_begin(&r, add ? RTM_NEWLINK : RTM_DELLINK,
		 add ? NLM_F_CREATE | NLM_F_EXCL : 0, &ifi, sizeof(ifi));
	nl_put_str(&r, IFLA_IFNAME, name);
	if (add) {
		nl_put_u32(&r, IFLA_LINK, lower);
		info = nl_nest(&r, IFLA_LINKINFO);
		nl_put_str(&r, IFLA_INFO_KIND, "vlan");
		data = nl_nest(&r, IFLA_INFO_DATA);
		nl_put_u16(&r, IFLA_VLAN_ID, vid);
		nl_end(&r, data);
		nl_end(&r, info);
	}
	return nl_talk(&r);
}
