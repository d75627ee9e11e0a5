// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqpkt - send numbered Ethernet frames, and count what of them arrives
 *
 *   vmqpkt send -i IF -d DMAC -s SMAC [-n COUNT] [-p PPS] [-l LEN] [-t TYPE]
 *               [-V VID] [-f FLOW] [-F FLOWS] [-M MACS] [-q FIRST] [-X NETNS]
 *   vmqpkt recv -i IF [-f FLOW] [-n COUNT] [-w SECONDS] [-X NETNS]
 *   vmqpkt try  -r NETNS:IF [-r NETNS:IF ...] and what send takes
 *
 * -X: in that network namespace (of "ip netns"), else in the own one.
 *
 * send: COUNT frames (0: until SIGTERM) numbered from FIRST. TYPE is ip4 (UDP,
 * the default), ip6 (UDP), arp, rarp, or an ethertype in hex. With -F the
 * frames take turns over that many UDP source ports and so over RSS queues; a
 * sequence runs within the whole, so only one flow at a time may be judged
 * for order. With -M they take turns over that many source MACs, counted up
 * from SMAC. Prints "sent=N".
 *
 * recv: prints "ready" once it listens, then at COUNT frames, after SECONDS
 * without a frame, or on SIGTERM one line:
 *   frames=N unique=N first=A last=B gaps=N late=N dup=N bad=N other=N
 *   tagged=N sum=HEX drops=N
 * gaps: numbers between first and last that never came; late: frames with a
 * lower number than one before; bad: payload is not what was sent; other:
 * frames the kernel marked as for another host; sum: hash over every frame's
 * bytes, packet type and VLAN tag that does not depend on their order; drops:
 * frames this program was too slow for.
 *
 * try: listens on every IF named by -r, sends, and when nothing has come for
 * QUIET milliseconds (environment VMQPKT_QUIET, 250) prints recv's line for
 * each IF, with "NETNS:IF " before it.
 *
 * The frame's numbered part is found behind the known headers:
 *   be32 magic, be32 flow, be64 number, then bytes that follow from both.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"

#define MAGIC		0x564d5150u	/* "VMQP" */
#define MAX_FRAME	65536
#define MAX_RECEIVERS	16
#define SEEN_BITS	(1u << 22)	/* numbers one recv can tell apart */

struct payload {
	uint32_t magic;
	uint32_t flow;
	uint64_t seq;
} __attribute__((packed));

struct options {
	const char *ifname;
	uint8_t dmac[6];
	uint8_t smac[6];
	uint64_t count;
	uint64_t first;
	unsigned int pps;
	unsigned int len;
	unsigned int flow;
	unsigned int flows;
	unsigned int macs;
	unsigned int wait;
	int vid;
	uint16_t type;
	bool have_flow;
	const char *netns;
	const char *recv[MAX_RECEIVERS];	/* "NETNS:IF" */
	int nrecv;
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void usage(void)
{
	fprintf(stderr,
		"usage: vmqpkt send -i IF -d DMAC -s SMAC [-n COUNT] [-p PPS] [-l LEN]\n"
		"                   [-t ip4|ip6|arp|rarp|HEX] [-V VID] [-f FLOW] [-F FLOWS]\n"
		"                   [-M MACS] [-q FIRST] [-X NETNS]\n"
		"       vmqpkt recv -i IF [-f FLOW] [-n COUNT] [-w SECONDS] [-X NETNS]\n"
		"       vmqpkt try -r NETNS:IF [-r NETNS:IF ...] and what send takes\n");
	exit(2);
}

static uint16_t parse_type(const char *s)
{
	if (!strcmp(s, "ip4"))
		return ETHERTYPE_IP;
	if (!strcmp(s, "ip6"))
		return ETHERTYPE_IPV6;
	if (!strcmp(s, "arp"))
		return ETHERTYPE_ARP;
	if (!strcmp(s, "rarp"))
		return ETHERTYPE_REVARP;
	return strtoul(s, NULL, 16);
}

static uint8_t fill(uint32_t flow, uint64_t seq, unsigned int i)
{
	return flow * 31 + seq * 7 + i;
}

/* UDP header at @p, @len bytes with the payload, @sum: pseudo header */
static void put_udp(uint8_t *p, unsigned int len, uint16_t sport, uint32_t sum)
{
	uint16_t c;

	put16(p, sport);
	put16(p + 2, 9);
	put16(p + 4, len);
	put16(p + 6, 0);
	c = fold(sum16(p, len, sum + 17 + len));
	put16(p + 6, c ? c : 0xffff);
}

/* Where the numbered part begins behind @type's headers */
static unsigned int payload_offset(uint16_t type)
{
	switch (type) {
	case ETHERTYPE_IP:
		return 14 + 20 + 8;
	case ETHERTYPE_IPV6:
		return 14 + 40 + 8;
	case ETHERTYPE_ARP:
	case ETHERTYPE_REVARP:
		return 14 + 28;
	}
	return 14;
}

/* The low three bytes of @mac, counted up by @n */
static void mac_add(uint8_t *mac, uint32_t n)
{
	n += mac[3] << 16 | mac[4] << 8 | mac[5];
	mac[3] = n >> 16;
	mac[4] = n >> 8;
	mac[5] = n;
}

static unsigned int frame_build(const struct options *o, uint64_t seq,
				uint8_t *f)
{
	unsigned int sport = 1024 + o->flow + (o->flows ? seq % o->flows : 0);
	unsigned int off = payload_offset(o->type);
	unsigned int min = off + sizeof(struct payload);
	unsigned int len = o->len < min ? min : o->len;
	struct payload pl = {
		htonl(MAGIC), htonl(o->flow), htobe64(seq),
	};
	unsigned int i;

	memset(f, 0, off);
	memcpy(f, o->dmac, 6);
	memcpy(f + 6, o->smac, 6);
	if (o->macs)
		mac_add(f + 6, seq % o->macs);
	put16(f + 12, o->type);
	memcpy(f + off, &pl, sizeof(pl));
	for (i = min; i < len; i++)
		f[i] = fill(o->flow, seq, i - min);

	switch (o->type) {
	case ETHERTYPE_IP:
		f[14] = 0x45;
		put16(f + 16, len - 14);
		put16(f + 18, seq);
		f[22] = 64;
		f[23] = 17;
		memcpy(f + 26, (uint8_t[]){ 198, 18, 0, 2 }, 4);
		memcpy(f + 30, (uint8_t[]){ 198, 18, 0, 1 }, 4);
		put16(f + 24, fold(sum16(f + 14, 20, 0)));
		put_udp(f + 34, len - 34, sport, sum16(f + 26, 8, 0));
		break;
	case ETHERTYPE_IPV6:
		f[14] = 0x60;
		put16(f + 18, len - 54);
		f[20] = 17;
		f[21] = 64;
		f[22] = 0xfd;
		f[37] = 2;
		f[38] = 0xfd;
		f[53] = 1;
		put_udp(f + 54, len - 54, sport, sum16(f + 22, 32, 0));
		break;
	case ETHERTYPE_ARP:
	case ETHERTYPE_REVARP:
		put16(f + 14, 1);
		put16(f + 16, ETHERTYPE_IP);
		f[18] = 6;
		f[19] = 4;
		put16(f + 20, o->type == ETHERTYPE_ARP ? 1 : 3);
		memcpy(f + 22, f + 6, 6);
		memcpy(f + 28, (uint8_t[]){ 198, 18, 0, 2 }, 4);
		memcpy(f + 38, (uint8_t[]){ 198, 18, 0, 3 }, 4);
		break;
	}

	if (o->vid >= 0) {
		memmove(f + 16, f + 12, len - 12);
		put16(f + 12, ETHERTYPE_VLAN);
		put16(f + 14, o->vid);
		len += 4;
	}
	return len;
}

/* sockets opened from now on are in this network namespace */
static void enter_netns(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
}

static int packet_socket(const char *ifname, int protocol)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = if_nametoindex(ifname),
	};
	int fd;

	if (!sll.sll_ifindex)
		die(ifname);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0)
		die("socket");
	if (protocol) {
		int size = 64 << 20, one = 1;

		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
		setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one));
	}
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		die("bind");
	return fd;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* returns the number of frames sent */
static uint64_t send_frames(const struct options *o, int fd)
{
	static uint8_t frame[MAX_FRAME];
	uint64_t i, start = now_ns();

	for (i = 0; !stop && (!o->count || i < o->count); i++) {
		unsigned int len = frame_build(o, o->first + i, frame);

		while (send(fd, frame, len, 0) < 0) {
			if (errno == EINTR && stop)
				goto out;
			if (errno != ENOBUFS && errno != EINTR)
				die("send");
			usleep(500);
		}
		if (o->pps) {
			uint64_t due = start + (i + 1) * 1000000000ull / o->pps;
			uint64_t now = now_ns();

			/* sleep in steps of 2 ms: timers are coarse */
			if (due > now + 2000000)
				usleep((due - now) / 1000);
		}
	}
out:
	return i;
}

static int do_send(const struct options *o)
{
	uint64_t sent = send_frames(o, packet_socket(o->ifname, 0));

	printf("sent=%llu\n", (unsigned long long)sent);
	return 0;
}

struct seen {
	uint64_t frames, unique, first, last, late, dup, bad, other, tagged;
	uint64_t sum;
	uint8_t *map;
};

static uint64_t fnv(const uint8_t *p, unsigned int len, uint64_t h)
{
	while (len--)
		h = (h ^ *p++) * 0x100000001b3ull;
	return h;
}

static void seen_frame(struct seen *s, const struct options *o,
		       const uint8_t *f, unsigned int len,
		       unsigned char pkttype, int tci)
{
	uint16_t type = f[12] << 8 | f[13];
	unsigned int off, i, min;
	struct payload pl;
	uint32_t flow;
	uint64_t seq, h;
	bool tagged = tci >= 0;

	off = payload_offset(type);
	if (type == ETHERTYPE_VLAN && len > 18) {
		tagged = true;
		off = 4 + payload_offset(f[16] << 8 | f[17]);
	}
	min = off + sizeof(pl);
	if (len < min)
		return;
	memcpy(&pl, f + off, sizeof(pl));
	if (pl.magic != htonl(MAGIC))
		return;
	flow = ntohl(pl.flow);
	if (o->have_flow && flow != o->flow)
		return;
	seq = be64toh(pl.seq);

	if (!s->frames || seq < s->first)
		s->first = seq;
	if (s->frames && seq < s->last)
		s->late++;
	if (!s->frames || seq > s->last)
		s->last = seq;
	s->frames++;
	i = seq % SEEN_BITS;
	if (s->map[i / 8] & (1 << (i % 8)))
		s->dup++;
	else
		s->unique++;
	s->map[i / 8] |= 1 << (i % 8);

	/* short frames are padded on the wire: only what was sent is judged */
	if (len > 60)
		for (i = min; i < len; i++)
			if (f[i] != fill(flow, seq, i - min)) {
				s->bad++;
				break;
			}
	if (pkttype == PACKET_OTHERHOST)
		s->other++;
	if (tagged)
		s->tagged++;
	h = fnv(f, len, 0xcbf29ce484222325ull);
	h = fnv(&pkttype, 1, h);
	s->sum += fnv((uint8_t *)&tci, sizeof(tci), h);
}

/* reads one frame; false when there is none */
static bool recv_frame(int fd, struct seen *s, const struct options *o)
{
	static uint8_t frame[MAX_FRAME];
	char ctl[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct sockaddr_ll from;
	struct iovec iov = { frame, sizeof(frame) };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = ctl, .msg_controllen = sizeof(ctl),
	};
	struct cmsghdr *c;
	int tci = -1;
	ssize_t len;

	len = recvmsg(fd, &msg, MSG_DONTWAIT);
	if (len < 0) {
		/* the interface went down: there may be frames before that */
		if (errno == ENETDOWN || errno == ENETUNREACH)
			return true;
		if (errno != EAGAIN && errno != EINTR)
			die("recvmsg");
		return false;
	}
	if (from.sll_pkttype == PACKET_OUTGOING || len < 14)
		return true;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		struct tpacket_auxdata *aux = (void *)CMSG_DATA(c);

		if (c->cmsg_level == SOL_PACKET &&
		    c->cmsg_type == PACKET_AUXDATA &&
		    aux->tp_status & TP_STATUS_VLAN_VALID)
			tci = aux->tp_vlan_tci;
	}
	seen_frame(s, o, frame, len, from.sll_pkttype, tci);
	return true;
}

static void seen_print(const struct seen *s, int fd)
{
	struct tpacket_stats st = { 0 };
	socklen_t stlen = sizeof(st);

	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &st, &stlen);
	printf("frames=%llu unique=%llu first=%llu last=%llu ",
	       (unsigned long long)s->frames, (unsigned long long)s->unique,
	       (unsigned long long)s->first, (unsigned long long)s->last);
	printf("gaps=%llu late=%llu dup=%llu bad=%llu other=%llu ",
	       (unsigned long long)(s->frames ?
				    s->last - s->first + 1 - s->unique : 0),
	       (unsigned long long)s->late, (unsigned long long)s->dup,
	       (unsigned long long)s->bad, (unsigned long long)s->other);
	printf("tagged=%llu sum=%016llx drops=%u\n",
	       (unsigned long long)s->tagged, (unsigned long long)s->sum,
	       st.tp_drops);
}

static void seen_init(struct seen *s)
{
	memset(s, 0, sizeof(*s));
	s->map = calloc(1, SEEN_BITS / 8);
	if (!s->map)
		die("memory");
}

static int do_recv(const struct options *o)
{
	int fd = packet_socket(o->ifname, ETH_P_ALL);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct seen s;

	seen_init(&s);
	printf("ready\n");
	fflush(stdout);

	while (!stop && (!o->count || s.frames < o->count)) {
		if (recv_frame(fd, &s, o))
			continue;
		if (!poll(&pfd, 1, o->wait ? (int)o->wait * 1000 : -1))
			break;
	}
	seen_print(&s, fd);
	return 0;
}

static int do_try(const struct options *o)
{
	const char *quiet = getenv("VMQPKT_QUIET");
	struct pollfd pfd[MAX_RECEIVERS];
	struct seen s[MAX_RECEIVERS];
	int i, fd;

	for (i = 0; i < o->nrecv; i++) {
		char *name = strdup(o->recv[i]), *colon;

		colon = name ? strchr(name, ':') : NULL;
		if (!colon)
			usage();
		*colon = 0;
		enter_netns(name);
		pfd[i].fd = packet_socket(colon + 1, ETH_P_ALL);
		pfd[i].events = POLLIN;
		seen_init(&s[i]);
		free(name);
	}
	enter_netns(o->netns);
	fd = packet_socket(o->ifname, 0);
	send_frames(o, fd);
	while (!stop && poll(pfd, o->nrecv, quiet ? atoi(quiet) : 250) > 0)
		for (i = 0; i < o->nrecv; i++)
			while (pfd[i].revents && recv_frame(pfd[i].fd, &s[i], o))
				;
	for (i = 0; i < o->nrecv; i++) {
		printf("%s ", o->recv[i]);
		seen_print(&s[i], pfd[i].fd);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .count = 1, .len = 60, .vid = -1,
			     .type = ETHERTYPE_IP };
	struct sigaction sa = { .sa_handler = on_signal };
	bool sender, trier;
	int opt;

	if (argc < 2)
		usage();
	sender = !strcmp(argv[1], "send");
	trier = !strcmp(argv[1], "try");
	if (!sender && !trier && strcmp(argv[1], "recv"))
		usage();
	if (!sender && !trier)
		o.count = 0;
	optind = 2;
	while ((opt = getopt(argc, argv, "i:d:s:n:p:l:t:V:f:F:M:q:w:X:r:")) != -1) {
		switch (opt) {
		case 'i':
			o.ifname = optarg;
			break;
		case 'd':
			parse_mac(optarg, o.dmac);
			break;
		case 's':
			parse_mac(optarg, o.smac);
			break;
		case 'n':
			o.count = strtoull(optarg, NULL, 0);
			break;
		case 'p':
			o.pps = strtoul(optarg, NULL, 0);
			break;
		case 'l':
			o.len = strtoul(optarg, NULL, 0);
			if (o.len > 9000)
				usage();
			break;
		case 't':
			o.type = parse_type(optarg);
			break;
		case 'V':
			o.vid = strtoul(optarg, NULL, 0);
			break;
		case 'f':
			o.flow = strtoul(optarg, NULL, 0);
			o.have_flow = true;
			break;
		case 'F':
			o.flows = strtoul(optarg, NULL, 0);
			break;
		case 'M':
			o.macs = strtoul(optarg, NULL, 0);
			break;
		case 'q':
			o.first = strtoull(optarg, NULL, 0);
			break;
		case 'w':
			o.wait = strtoul(optarg, NULL, 0);
			break;
		case 'X':
			o.netns = optarg;
			break;
		case 'r':
			if (o.nrecv == MAX_RECEIVERS)
				usage();
			o.recv[o.nrecv++] = optarg;
			break;
		default:
			usage();
		}
	}
	if (!o.ifname || optind != argc || (trier && (!o.netns || !o.nrecv)))
		usage();
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	if (trier)
		return do_try(&o);
	if (o.netns)
		enter_netns(o.netns);
	return sender ? do_send(&o) : do_recv(&o);
}
