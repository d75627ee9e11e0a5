/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An rtnetlink request about a link, attribute by attribute
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>

struct request {
	struct nlmsghdr nh;
	struct ifinfomsg ifi;
	char attrs[256];
};

static inline void attr(struct request *r, int type, const void *data, int len)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->nh.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	r->nh.nlmsg_len = NLMSG_ALIGN(r->nh.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

/* An attribute for others to lie in, until nest_end() */
static inline struct rtattr *nest(struct request *r, int type)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->nh.nlmsg_len));

	attr(r, type, NULL, 0);
	return a;
}

static inline void nest_end(struct request *r, struct rtattr *a)
{
	a->rta_len = (char *)r + r->nh.nlmsg_len - (char *)a;
}

#endif
