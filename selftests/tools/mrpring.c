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
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "frame.h"
#include "request.h"

static void attr_u32(struct request *r, int type, uint32_t v)
{
	attr(r, type, &v, sizeof(v));
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
	spec = nest(&r, IFLA_AF_SPEC | NLA_F_NESTED);
	attr(&r, IFLA_BRIDGE_FLAGS, &flags, sizeof(flags));
	mrp = nest(&r, IFLA_BRIDGE_MRP | NLA_F_NESTED);
	ring = nest(&r, IFLA_BRIDGE_MRP_INSTANCE | NLA_F_NESTED);
	attr_u32(&r, IFLA_BRIDGE_MRP_INSTANCE_RING_ID, 1);
	attr_u32(&r, IFLA_BRIDGE_MRP_INSTANCE_P_IFINDEX, index_of(argv[3]));
	attr_u32(&r, IFLA_BRIDGE_MRP_INSTANCE_S_IFINDEX, index_of(argv[4]));
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
