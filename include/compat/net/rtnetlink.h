/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in net/rtnetlink.h, 6.1 .. 7.3: 6.15 gathered the arguments of
 * rtnl_link_ops::newlink in a struct.
 */
#ifndef _COMPAT_NET_RTNETLINK_H
#define _COMPAT_NET_RTNETLINK_H

#include_next <net/rtnetlink.h>
#include "vmq_conftest.h"

#ifdef HAVE_RTNL_NEWLINK_PARAMS
#define RTNL_NEWLINK(fn) fn
#define DEFINE_RTNL_NEWLINK(fn)
#else
struct rtnl_newlink_params {
	struct net *src_net;
	struct nlattr **tb;
	struct nlattr **data;
};

static inline struct net *
rtnl_newlink_link_net(const struct rtnl_newlink_params *p)
{
	return p->src_net;
}

#define rtnl_newlink_peer_net rtnl_newlink_link_net

#define RTNL_NEWLINK(fn) fn##_compat

/* Defines fn_compat(), which has the old arguments and calls fn(). */
#define DEFINE_RTNL_NEWLINK(fn)						\
static int fn##_compat(struct net *src_net, struct net_device *dev,	\
		       struct nlattr *tb[], struct nlattr *data[],	\
		       struct netlink_ext_ack *extack)			\
{									\
	struct rtnl_newlink_params params = {				\
		.src_net = src_net,					\
		.tb = tb,						\
		.data = data,						\
	};								\
									\
	return fn(dev, &params, extack);				\
}
#endif

#endif
