// SPDX-License-Identifier: GPL-2.0-only
/*
 * twin: the state of the two sides: counters of the links, the FDB without its
 * ages, statistics of the VLANs
 */
#define _GNU_SOURCE
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "twin.h"

/* the ports, then the bridge device, then the NIC (below vmqN when stacked) */
enum { LINK_BRIDGE = PORTS, LINK_NIC, LINKS };

#define FDB_MAX		2048
#define VLANS_MAX	256

struct fdb {
	uint8_t mac[6];
	uint16_t vid;
	uint16_t state;
	uint8_t flags;
	uint8_t port;		/* LINK_BRIDGE: the bridge itself */
	uint32_t ext;
};

struct vlan {
	unsigned int link;
	struct bridge_vlan_xstats x;
};

static struct side_state {
	const struct side *side;
	struct rtnl_link_stats64 base[LINKS], now[LINKS];
	struct fdb fdb[FDB_MAX];
	unsigned int nfdb;
	struct vlan vlans[VLANS_MAX];
	unsigned int nvlans;
	unsigned int link;	/* of the answer that is being read */
} states[SIDES];

static const char *link_name(unsigned int i)
{
	static char buf[32];

	if (i == LINK_BRIDGE)
		return "the bridge device";
	if (i == LINK_NIC)
		return "the NIC";
	if (i == END_WIRE)
		return "the uplink";
	snprintf(buf, sizeof(buf), "port %u", i);
	return buf;
}

static int link_index(const struct side *s, unsigned int i)
{
	return i == LINK_BRIDGE ? s->ifbr : i == LINK_NIC ? s->ifnic :
	       s->ifport[i];
}

static void vlan_entries(struct side_state *st, const struct rtattr *nest)
{
	const struct rtattr *a = RTA_DATA(nest);
	int len = RTA_PAYLOAD(nest);

	for (; RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		unsigned int type = a->rta_type & NLA_TYPE_MASK;

		if (type == LINK_XSTATS_TYPE_BRIDGE &&
		    RTA_PAYLOAD(a) > sizeof(struct bridge_vlan_xstats)) {
			vlan_entries(st, a);
		} else if (type == BRIDGE_XSTATS_VLAN &&
			   RTA_PAYLOAD(a) == sizeof(struct bridge_vlan_xstats) &&
			   st->nvlans < VLANS_MAX) {
			st->vlans[st->nvlans].link = st->link;
			memcpy(&st->vlans[st->nvlans++].x, RTA_DATA(a),
			       sizeof(struct bridge_vlan_xstats));
		}
	}
}

static void stats_answer(const void *nlh, void *arg)
{
	struct side_state *st = arg;
	const struct nlmsghdr *h = nlh;
	const struct if_stats_msg *m = NLMSG_DATA(h);
	const struct rtattr *a = (const void *)((const char *)m +
				 NLMSG_ALIGN(sizeof(*m)));
	int len = h->nlmsg_len - NLMSG_LENGTH(sizeof(*m));

	for (; RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		switch (a->rta_type & NLA_TYPE_MASK) {
		case IFLA_STATS_LINK_64:
			memcpy(&st->now[st->link], RTA_DATA(a),
			       RTA_PAYLOAD(a) < sizeof(st->now[0]) ?
			       RTA_PAYLOAD(a) : sizeof(st->now[0]));
			break;
		case IFLA_STATS_LINK_XSTATS:
		case IFLA_STATS_LINK_XSTATS_SLAVE:
			vlan_entries(st, a);
			break;
		}
	}
}

static void read_stats(struct side_state *st)
{
	struct if_stats_msg m = { 0 };
	unsigned int xstats;
	struct nlreq r;

	st->nvlans = 0;
	for (st->link = 0; st->link < LINKS; st->link++) {
		m.ifindex = link_index(st->side, st->link);
		m.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
		/* the NIC is no port where vmqN is one */
		xstats = st->link == LINK_BRIDGE ? IFLA_STATS_LINK_XSTATS :
						   IFLA_STATS_LINK_XSTATS_SLAVE;
		if (st->link != LINK_NIC)
			m.filter_mask |= IFLA_STATS_FILTER_BIT(xstats);
		nl_begin(&r, RTM_GETSTATS, 0, &m, sizeof(m));
		nl_get(&r, stats_answer, st);
	}
}

static void fdb_answer(const void *nlh, void *arg)
{
	struct side_state *st = arg;
	const struct nlmsghdr *h = nlh;
	const struct ndmsg *ndm = NLMSG_DATA(h);
	const struct rtattr *a = (const void *)((const char *)ndm +
				 NLMSG_ALIGN(sizeof(*ndm)));
	int len = h->nlmsg_len - NLMSG_LENGTH(sizeof(*ndm));
	struct fdb *e = &st->fdb[st->nfdb];
	unsigned int i;

	if (ndm->ndm_flags & NTF_SELF || st->nfdb == FDB_MAX)
		return;
	memset(e, 0, sizeof(*e));
	for (i = 0; i < PORTS; i++)
		if (st->side->ifport[i] == ndm->ndm_ifindex)
			break;
	if (i == PORTS && ndm->ndm_ifindex != st->side->ifbr)
		return;
	e->port = i;
	e->state = ndm->ndm_state;
	e->flags = ndm->ndm_flags;
	for (; RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if (a->rta_type == NDA_LLADDR)
			memcpy(e->mac, RTA_DATA(a), 6);
		else if (a->rta_type == NDA_VLAN)
			memcpy(&e->vid, RTA_DATA(a), 2);
		else if (a->rta_type == NDA_FLAGS_EXT)
			memcpy(&e->ext, RTA_DATA(a), 4);
	}
	st->nfdb++;
}

static int fdb_order(const void *x, const void *y)
{
	return memcmp(x, y, offsetof(struct fdb, state));
}

static void read_fdb(struct side_state *st)
{
	struct ifinfomsg ifi = { .ifi_family = AF_BRIDGE };
	struct nlreq r;

	st->nfdb = 0;
	nl_begin(&r, RTM_GETNEIGH, 0, &ifi, sizeof(ifi));
	nl_put_u32(&r, IFLA_MASTER, st->side->ifbr);
	nl_dump(&r, fdb_answer, st);
	qsort(st->fdb, st->nfdb, sizeof(st->fdb[0]), fdb_order);
}

/* counts begin here: the bridges were made afresh */
void state_mark(void)
{
	unsigned int i;

	memset(own, 0, sizeof(own));
	for (i = 0; i < SIDES; i++) {
		states[i].side = &sides[i];
		read_stats(&states[i]);
		memcpy(states[i].base, states[i].now, sizeof(states[i].base));
	}
}

/* what is compared of a link's counters */
static const struct {
	const char *name;
	size_t at;
	bool upper;	/* of vmqN too, which counts whole frames, without tags */
	bool tx;	/* not of the bridge: the host sends by its own clock */
} counters[] = {
#define COUNTER(name, upper, tx) \
	{ #name, offsetof(struct rtnl_link_stats64, name), upper, tx }
	COUNTER(rx_packets, true, false),
	COUNTER(rx_bytes, false, false),
	COUNTER(rx_dropped, false, false),
	COUNTER(rx_errors, false, false),
	COUNTER(multicast, false, false),
	COUNTER(tx_packets, false, true),
	COUNTER(tx_bytes, false, true),
	COUNTER(tx_dropped, false, true),
};

static uint64_t counted(const struct side_state *st, unsigned int link,
			unsigned int c)
{
	uint64_t now, base;

	memcpy(&now, (const char *)&st->now[link] + counters[c].at, 8);
	memcpy(&base, (const char *)&st->base[link] + counters[c].at, 8);
	return now - base;
}

/*
 * Of frames that no one takes, the kernel counts those as dropped that no packet
 * socket saw; with a hook at netdev ingress it forgets about the sockets
 * (nf_ingress() in net/core/dev.c). In a bridge none is left over.
 */
static bool drops_differ(unsigned int link)
{
	return hook == HOOK_INGRESS && op_uplink_left() &&
	       (link == LINK_NIC || link == END_WIRE);
}

static bool compare_link(unsigned int link, bool quiet)
{
	/* vmqN: side B has it on top of the NIC */
	bool upper = link == END_WIRE && hook == HOOK_STACKED;
	unsigned int end = link == LINK_NIC ? END_WIRE : link;
	uint64_t n[SIDES];
	unsigned int c, i;
	bool ok = true;

	if (op_nics_differ() && (link == LINK_NIC || link == END_WIRE))
		return true;
	if (upper && op_uplink_left())
		return true;
	for (c = 0; c < sizeof(counters) / sizeof(counters[0]); c++) {
		if ((upper && !counters[c].upper) ||
		    (link == LINK_BRIDGE && counters[c].tx))
			continue;
		if (!strcmp(counters[c].name, "rx_dropped") &&
		    (drops_differ(link) ||
		     (link != LINK_BRIDGE && op_port_was_down(end))))
			continue;
		for (i = 0; i < SIDES; i++) {
			n[i] = counted(&states[i], link, c);
			if (link == LINK_BRIDGE)
				continue;
			if (!strcmp(counters[c].name, "tx_packets"))
				n[i] -= own[i][end].packets;
			else if (!strcmp(counters[c].name, "tx_bytes"))
				n[i] -= own[i][end].bytes;
		}
		/* what the host has no use for is counted where it ended */
		if (link == LINK_NIC && hook == HOOK_STACKED &&
		    !strcmp(counters[c].name, "rx_dropped"))
			n[SIDE_B] += counted(&states[SIDE_B], END_WIRE, c);
		if (n[SIDE_A] == n[SIDE_B])
			continue;
		ok = false;
		if (!quiet)
			printf("# %s of %s: %lld on the %s side, %lld on the %s side\n",
			       counters[c].name, link_name(link),
			       (long long)n[SIDE_A], sides[SIDE_A].name,
			       (long long)n[SIDE_B], sides[SIDE_B].name);
	}
	return ok;
}

static void print_fdb(const struct fdb *e, const char *where)
{
	printf("#   %s side: %02x:%02x:%02x:%02x:%02x:%02x vlan %u on %s, ",
	       where, e->mac[0], e->mac[1], e->mac[2], e->mac[3], e->mac[4],
	       e->mac[5], e->vid, link_name(e->port));
	printf("state 0x%x flags 0x%x 0x%x\n", e->state, e->flags, e->ext);
}

static void print_vlan(const struct vlan *v, const char *where)
{
	printf("#   %s side: %s, VLAN %u: rx %llu, tx %llu\n", where,
	       link_name(v->link), v->x.vid,
	       (unsigned long long)v->x.rx_packets,
	       (unsigned long long)v->x.tx_packets);
}

/* the first of two lists' entries that differs; -1: they are the same */
static int first_other(const void *a, unsigned int na, const void *b,
		       unsigned int nb, size_t size)
{
	unsigned int i, n = na < nb ? na : nb;

	for (i = 0; i < n; i++)
		if (memcmp((const char *)a + i * size,
			   (const char *)b + i * size, size))
			return i;
	return na == nb ? -1 : (int)n;
}

static bool compare_fdb(bool quiet)
{
	const struct side_state *s;
	int i, n;

	n = first_other(states[SIDE_A].fdb, states[SIDE_A].nfdb,
			states[SIDE_B].fdb, states[SIDE_B].nfdb,
			sizeof(struct fdb));
	for (i = 0; n >= 0 && !quiet && i < SIDES; i++) {
		s = &states[i];
		printf("# FDB: %u entries on the %s side\n", s->nfdb,
		       s->side->name);
		if (n < (int)s->nfdb)
			print_fdb(&s->fdb[n], s->side->name);
	}
	return n < 0;
}

static bool compare_vlans(bool quiet)
{
	const struct side_state *s;
	int i, n;

	n = first_other(states[SIDE_A].vlans, states[SIDE_A].nvlans,
			states[SIDE_B].vlans, states[SIDE_B].nvlans,
			sizeof(struct vlan));
	for (i = 0; n >= 0 && !quiet && i < SIDES; i++) {
		s = &states[i];
		printf("# VLANs: %u on the %s side\n", s->nvlans,
		       s->side->name);
		if (n < (int)s->nvlans)
			print_vlan(&s->vlans[n], s->side->name);
	}
	return n < 0;
}

/* @late: frames came that are not the same; no second reading mends that */
static bool compare_once(bool quiet, bool *late)
{
	unsigned int i, link;
	bool ok = true;

	end_run(NULL, 0);
	for (i = 0; i < SIDES; i++) {
		read_stats(&states[i]);
		read_fdb(&states[i]);
	}
	/* what came since the last batch can only be the bridges' own */
	ok = compare_frames(quiet || *late);
	*late |= !ok;
	end_release();
	for (link = 0; link < LINKS; link++)
		ok &= compare_link(link, quiet);
	ok &= compare_fdb(quiet);
	ok &= compare_vlans(quiet);
	return ok;
}

/* A BPDU or a timer between the two readings is not a difference. */
bool compare_state(bool quiet)
{
	bool late = false;
	unsigned int i;

	for (i = 0; i < 4 && !late; i++) {
		if (compare_once(true, &late))
			return true;
		usleep(3000);
	}
	if (late && !quiet)
		printf("# frames left after the last batch, not the same\n");
	return !late && compare_once(quiet, &late);
}
