#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# conftest.sh OUT CC [FLAGS...]: what does this kernel have?
#
# Writes OUT, a header with one "#define HAVE_..." for each probe below that
# compiles with the kernel's own compiler and flags.  Only include/compat reads
# it.  Distribution kernels carry backports, so a probe is right where a version
# number is a guess.
#
# A probe is a line "probe NAME 'C statements'", true when the statements
# compile inside a function.  All of them go into ONE translation unit, each
# under a #line name of its own, and the compiler's error messages say which
# fail: half a second for all instead of half a second each.  Statements must
# therefore be syntactically whole (balanced brackets, declarations before use)
# and headers go into the list below.  A macro is probed with a statement that
# uses it, or with "#ifndef X" / "#error" / "#endif" on lines of their own.

set -eu
LC_ALL=C
export LC_ALL

out=$1
shift
tmp=$(mktemp -d "${out%/*}/conftest.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

: >"$tmp/names"
: >"$tmp/body.c"

# Headers, each only if the kernel has it.
for h in linux/version.h linux/module.h linux/kernel.h linux/etherdevice.h \
	 linux/netdevice.h linux/if_vlan.h linux/if_bridge.h linux/rtnetlink.h \
	 linux/ethtool.h linux/ethtool_netlink.h linux/interrupt.h \
	 linux/irq.h linux/irqnr.h \
	 linux/irqdomain.h linux/hrtimer.h linux/timer.h linux/workqueue.h \
	 linux/netfilter_netdev.h linux/net_tstamp.h linux/unaligned.h \
	 linux/u64_stats_sync.h linux/debugfs.h linux/slab.h linux/hex.h \
	 net/netdev_lock.h net/netdev_queues.h net/netdev_rx_queue.h \
	 net/switchdev.h net/rtnetlink.h \
	 net/genetlink.h net/gro.h net/gso.h net/sch_generic.h net/pkt_cls.h net/tcx.h; do
	printf '#if __has_include(<%s>)\n#include <%s>\n#define PROBE_%s 1\n#endif\n' \
		"$h" "$h" "$(echo "$h" | tr 'a-z/.-' 'A-Z___')"
done >"$tmp/head.c"

# probe NAME STATEMENTS: NAME is a C identifier, HAVE_ included
probe()
{
	echo "$1" >>"$tmp/names"
	printf '#line 1 "probe:%s"\nvoid vmq_%s(void);\nvoid vmq_%s(void)\n{\n%s\n}\n' \
		"$1" "$1" "$1" "$2" >>"$tmp/body.c"
}

# header NAME HEADER: is there such a header?
header()
{
	probe "$1" "
#ifndef PROBE_$(echo "$2" | tr 'a-z/.-' 'A-Z___')
#error absent
#endif"
}

# The two that keep this script honest.
probe SELFTEST_TRUE  'struct net_device *d = NULL; (void)d->ifindex;'
probe SELFTEST_FALSE 'struct net_device *d = NULL; (void)d->no_such_member;'

# struct net_device
probe HAVE_NETDEV_LLTX 'struct net_device *d = NULL; d->lltx = true;'
probe HAVE_NETDEV_NETNS_LOCAL 'struct net_device *d = NULL; d->netns_local = true;'
probe HAVE_NETDEV_NETNS_IMMUTABLE 'struct net_device *d = NULL; d->netns_immutable = true;'
probe HAVE_NETDEV_CHANGE_PROTO_DOWN 'struct net_device *d = NULL; d->change_proto_down = true;'
probe HAVE_NETDEV_REQUEST_OPS_LOCK 'struct net_device *d = NULL; d->request_ops_lock = true;'
probe HAVE_NETDEV_PCPU_STAT_TYPE 'struct net_device *d = NULL; d->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;'
probe HAVE_NETDEV_TCX_INGRESS 'struct net_device *d = NULL; (void)rcu_access_pointer(d->tcx_ingress);'
probe HAVE_NETDEV_MINIQ_INGRESS 'struct net_device *d = NULL; (void)rcu_access_pointer(d->miniq_ingress);'
probe HAVE_NETDEV_MINIQ_EGRESS 'struct net_device *d = NULL; (void)rcu_access_pointer(d->miniq_egress);'
probe HAVE_NETDEV_NF_HOOKS_EGRESS 'struct net_device *d = NULL; (void)rcu_access_pointer(d->nf_hooks_egress);'
probe HAVE_ALLOC_NETDEV_DUMMY '(void)alloc_netdev_dummy(0);'
probe HAVE_DEV_NIT_ACTIVE_RCU '(void)dev_nit_active_rcu(NULL);'
probe HAVE_NETDEV_NF_HOOKS_INGRESS 'struct net_device *d = NULL; (void)rcu_access_pointer(d->nf_hooks_ingress);'
probe HAVE_NETDEV_LOCK_OPS 'struct net_device *d = NULL; netdev_lock_ops(d); netdev_unlock_ops(d);'
probe HAVE_NAPI_IRQ 'struct napi_struct *n = NULL; netif_napi_set_irq(n, 1);'
probe HAVE_NETIF_QUEUE_SET_NAPI 'netif_queue_set_napi(NULL, 0, NETDEV_QUEUE_TYPE_RX, NULL);'
probe HAVE_NAPI_ENABLE_LOCKED 'napi_enable_locked(NULL); netif_napi_add_config_locked(NULL, NULL, NULL, 0);'
probe HAVE_NETIF_NAPI_ADD_CONFIG 'netif_napi_add_config(NULL, NULL, NULL, 0);'
probe HAVE_NETDEV_STAT_OPS 'struct netdev_stat_ops o = {}; (void)o.get_queue_stats_rx;'
probe HAVE_NETIF_GET_PORT_PARENT_ID 'struct netdev_phys_item_id i; netif_get_port_parent_id(NULL, &i, true);'
probe HAVE_NETIF_SET_TSO_MAX_SIZE 'netif_set_tso_max_size(NULL, 65536);'

# struct net_device_ops
probe HAVE_NDO_HWTSTAMP 'struct net_device_ops o = {}; (void)o.ndo_hwtstamp_get;'
probe HAVE_NDO_NETPOLL_SETUP_NPINFO 'struct net_device_ops o = {}; struct netpoll_info *n = NULL; (void)o.ndo_netpoll_setup(NULL, n);'
probe HAVE_NDO_FDB_ADD_NOTIFIED 'struct net_device_ops o = {}; bool n; o.ndo_fdb_add(NULL, NULL, NULL, NULL, 0, 0, &n, NULL);'
probe HAVE_NDO_SET_RX_MODE_ASYNC 'struct net_device_ops o = {}; (void)o.ndo_set_rx_mode_async;'
probe HAVE_DEV_SET_MAC_ADDRESS_STORAGE 'struct sockaddr_storage s; dev_set_mac_address(NULL, &s, NULL);'

# rtnetlink
header HAVE_NET_NETDEV_LOCK_H net/netdev_lock.h
probe HAVE_RTNL_NEWLINK_PARAMS 'struct rtnl_newlink_params *p = NULL; (void)rtnl_newlink_link_net(p);'

# ethtool
probe HAVE_KERNEL_ETHTOOL_TS_INFO 'struct kernel_ethtool_ts_info i; struct ethtool_ops o = {}; o.get_ts_info(NULL, &i);'
probe HAVE_ETHTOOL_RXFH_PARAM 'struct ethtool_rxfh_param p; struct ethtool_ops o = {}; o.get_rxfh(NULL, &p);'
probe HAVE_ETHTOOL_RXFH_CONTEXT_OPS 'struct ethtool_ops o = {}; (void)o.create_rxfh_context;'
probe HAVE_ETHTOOL_RXFH_CONTEXT_PRIV_SIZE 'struct ethtool_ops o = {}; o.rxfh_priv_size = 1;'
probe HAVE_ETHTOOL_CAP_RSS_CTX 'struct ethtool_ops o = {}; o.cap_rss_ctx_supported = 1;'
probe HAVE_ETHTOOL_RX_RING_COUNT 'struct ethtool_ops o = {}; (void)o.get_rx_ring_count;'
probe HAVE_ETHTOOL_PUTS 'u8 *p = NULL; ethtool_puts(&p, "x");'
probe HAVE_ETHTOOL_OP_NEEDS_RTNL 'struct ethtool_ops o = {}; o.op_needs_rtnl = 1;'
probe HAVE_ETHTOOL_RXFH_FIELDS 'struct ethtool_ops o = {}; (void)o.get_rxfh_fields;'
probe HAVE_ETHTOOL_SUPPORTED_INPUT_XFRM 'struct ethtool_ops o = {}; o.supported_input_xfrm = 0;'

# bridge, switchdev
probe HAVE_SWITCHDEV_BRIDGE_PORT_REPLAY 'switchdev_bridge_port_replay(NULL, NULL, NULL, NULL, NULL, NULL);'
probe HAVE_SWITCHDEV_FDB_LOCKED 'struct switchdev_notifier_fdb_info i; i.locked = true;'

# timers, interrupts
probe HAVE_HRTIMER_SETUP 'hrtimer_setup(NULL, NULL, CLOCK_MONOTONIC, HRTIMER_MODE_REL);'
probe HAVE_TIMER_CONTAINER_OF '
#ifndef timer_container_of
#error absent
#endif'
probe HAVE_IRQ_MOVE_PCNTXT 'irq_set_status_flags(1, IRQ_MOVE_PCNTXT);'
probe HAVE_WQ_PERCPU '(void)alloc_workqueue("x", WQ_PERCPU, 0);'

# the rest
header HAVE_NET_NETDEV_RX_QUEUE_H net/netdev_rx_queue.h
header HAVE_NET_GSO_H net/gso.h
probe HAVE_DEBUGFS_CHANGE_NAME 'debugfs_change_name(NULL, "x");'
probe HAVE_IRQ_GET_NR_IRQS '(void)irq_get_nr_irqs();'
header HAVE_LINUX_HEX_H linux/hex.h
header HAVE_LINUX_UNALIGNED_H linux/unaligned.h
probe HAVE_GENL_SPLIT_OPS 'struct genl_split_ops o = {}; (void)o.cmd;'
probe HAVE_KZALLOC_OBJ 'struct list_head *p = kzalloc_obj(*p, GFP_KERNEL); (void)p;'

cat "$tmp/head.c" "$tmp/body.c" >"$tmp/probe.c"

# Warnings stay off the output only by not being errors; -w would turn off
# -Werror=incompatible-pointer-types and with it half of the probes.
"$@" -fmax-errors=0 -fno-diagnostics-show-caret -fdiagnostics-color=never \
	-Wno-error -Werror=implicit-function-declaration \
	-Werror=incompatible-pointer-types -Werror=int-conversion \
	-fsyntax-only -x c "$tmp/probe.c" >"$tmp/log" 2>&1 || :

# An error inside a macro of the kernel's is reported at the macro; the note
# that follows ("in expansion of macro") names the probe.
awk '
	match($0, /probe:[A-Z0-9_]+:/) {
		name = substr($0, RSTART + 6, RLENGTH - 7)
		if ($0 ~ /error:/) { bad[name] = 1; lost = 0; next }
		if (lost && $0 ~ /note:/) { bad[name] = 1; lost = 0 }
		next
	}
	/error:/ { lost = 1; where = $0; unknown++ ; next }
	END { for (n in bad) print n }
' "$tmp/log" | sort >"$tmp/bad"

if grep -qx SELFTEST_TRUE "$tmp/bad" || ! grep -qx SELFTEST_FALSE "$tmp/bad"; then
	echo "conftest.sh: the kernel's headers do not compile with: $*" >&2
	grep -m 20 'error' "$tmp/log" >&2 || head -n 20 "$tmp/log" >&2
	exit 1
fi

{
	echo "/* SPDX-License-Identifier: GPL-2.0 */"
	echo "/* Made by include/compat/conftest.sh. */"
	echo "#ifndef _VMQ_CONFTEST_H"
	echo "#define _VMQ_CONFTEST_H"
	grep '^HAVE_' "$tmp/names" | while read -r n; do
		if grep -qx "$n" "$tmp/bad"; then
			echo "/* $n: no */"
		else
			echo "#define $n 1"
		fi
	done
	echo "#endif"
} >"$tmp/new.h"

if cmp -s "$tmp/new.h" "$out"; then
	# Same answers: keep the time, so that nothing is rebuilt.
	exit 0
fi
mv "$tmp/new.h" "$out"
