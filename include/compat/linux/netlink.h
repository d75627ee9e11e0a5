/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in linux/netlink.h, 6.1 .. 7.3.
 */
#ifndef _COMPAT_LINUX_NETLINK_H
#define _COMPAT_LINUX_NETLINK_H

#include_next <linux/netlink.h>

/*
 * 6.1 has no formatted extack messages and sends the text after RTNL was
 * released, so the buffer has to stay. One buffer a call site: when two refusals
 * of the same site overlap, one of them may name the other's device.
 */
#ifndef NL_SET_ERR_MSG_FMT_MOD
#define NL_SET_ERR_MSG_FMT_MOD(extack, fmt, args...) do {		\
	static char __compat_msg[80];					\
	struct netlink_ext_ack *__compat_extack = (extack);		\
									\
	scnprintf(__compat_msg, sizeof(__compat_msg),			\
		  KBUILD_MODNAME ": " fmt, ##args);			\
	if (__compat_extack)						\
		__compat_extack->_msg = __compat_msg;			\
} while (0)
#endif

#endif
