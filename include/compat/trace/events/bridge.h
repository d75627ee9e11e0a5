/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bridge's tracepoints for modules outside the kernel tree: the kernel's own
 * trace/events/bridge.h includes net/bridge/br_private.h, which no headers
 * package has. The tracepoints themselves are exported (net/core/net-traces.c).
 */
#ifndef _COMPAT_TRACE_EVENTS_BRIDGE_H
#define _COMPAT_TRACE_EVENTS_BRIDGE_H

#include <linux/tracepoint.h>

struct net_bridge;
struct net_bridge_port;
struct net_bridge_fdb_entry;

extern struct tracepoint __tracepoint_br_fdb_add;
extern struct tracepoint __tracepoint_br_fdb_external_learn_add;
extern struct tracepoint __tracepoint_br_fdb_update;
extern struct tracepoint __tracepoint_fdb_delete;

#endif
