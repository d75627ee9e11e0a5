// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: bodies of the tracepoints
 */
#define CREATE_TRACE_POINTS
#include <trace/events/vmq.h>
