// SPDX-License-Identifier: GPL-2.0-only
/*
 * mrpring - a ring of the Media Redundancy Protocol on a bridge
 *
 *   mrpring add|del BRIDGE PORT1 PORT2
 *
 * What the protocol's daemon asks of the kernel first (iproute2 cannot). The
 * kernel's answer is the exit status: 0, or 1 with its text.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "frame.h"

struct request {
	struct nlmsghdr nh;
	struct ifinfomsg ifi;
	char attrs[256];
};

static struct rtattr *put(struct request *r, int type, const void *data, int len)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->nh.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	r->nh.nlmsg_len = NLMSG_ALIGN(r->nh.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void put_u32(struct request *r, int type, uint32_t v)
{
	put(r, type, &v, sizeof(v));
}

static void nest_end(struct request *r, struct rtattr *a)
{
	a->rta_len = (char *)r + r->nh.nlmsg_len - (char *)a;
}

static uint32_t index_of(const char *name)
{
	uint32_t i = if_nametoindex(name);

	if (!i)
		die(name);
	return i;
}

int main(int argc, char **argv)
{
	struct request r = { .ifi.ifi_family = AF_BRIDGE };
	uint16_t flags = BRIDGE_FLAGS_SELF;
	struct rtattr *spec, *mrp, *ring;
	char buf[4096];
	struct nlmsghdr *nh = (void *)buf;
	int fd, err, add;

	if (argc != 5) {
		fprintf(stderr, "usage: mrpring add|del BRIDGE PORT1 PORT2\n");
		return 2;
	}
	add = !strcmp(argv[1], "add");
	r.nh.nlmsg_len = NLMSG_LENGTH(sizeof(r.ifi));
	r.nh.nlmsg_type = add ? RTM_SETLINK : RTM_DELLINK;
	r.nh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	r.ifi.ifi_index = index_of(argv[2]);
	spec = put(&r, IFLA_AF_SPEC | NLA_F_NESTED, NULL, 0);
	put(&r, IFLA_BRIDGE_FLAGS, &flags, sizeof(flags));
	mrp = put(&r, IFLA_BRIDGE_MRP | NLA_F_NESTED, NULL, 0);
	ring = put(&r, IFLA_BRIDGE_MRP_INSTANCE | NLA_F_NESTED, NULL, 0);
	put_u32(&r, IFLA_BRIDGE_MRP_INSTANCE_RING_ID, 1);
	put_u32(&r, IFLA_BRIDGE_MRP_INSTANCE_P_IFINDEX, index_of(argv[3]));
	put_u32(&r, IFLA_BRIDGE_MRP_INSTANCE_S_IFINDEX, index_of(argv[4]));
	nest_end(&r, ring);
	nest_end(&r, mrp);
	nest_end(&r, spec);

	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (fd < 0 || send(fd, &r, r.nh.nlmsg_len, 0) < 0 ||
	    recv(fd, buf, sizeof(buf), 0) < (int)NLMSG_LENGTH(sizeof(int)))
		die("netlink");
	err = *(int *)NLMSG_DATA(nh);
	if (nh->nlmsg_type != NLMSG_ERROR || err) {
		fprintf(stderr, "mrpring: %s\n", strerror(-err));
		return 1;
	}
	return 0;
}
