// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: bodies of the tracepoints, and who listens to the core's own
 */
#include <linux/string.h>
#include <linux/tracepoint.h>

#define CREATE_TRACE_POINTS
#include <trace/events/vmq.h>

#include "vmq.h"

/* Found by name, because the core exports none of them (net/core/dev.c). */
static const char *const vmq_trace_tx_names[VMQ_TRACE_TX] = {
	"net_dev_queue",
	"net_dev_start_xmit",
	"net_dev_xmit",
};

/* Stands for one that this kernel does not have. */
static struct tracepoint vmq_trace_none;

struct tracepoint *vmq_trace_tx[VMQ_TRACE_TX] __ro_after_init = {
	&vmq_trace_none, &vmq_trace_none, &vmq_trace_none,
};

static void __init vmq_trace_find(struct tracepoint *tp, void *priv)
{
	int i = match_string(vmq_trace_tx_names,
			     ARRAY_SIZE(vmq_trace_tx_names), tp->name);

	if (i >= 0)
		vmq_trace_tx[i] = tp;
}

/**
 * vmq_trace_init - find the core's tracepoints of transmission, once
 *
 * Context: Process.
 */
void __init vmq_trace_init(void)
{
	for_each_kernel_tracepoint(vmq_trace_find, NULL);
}
