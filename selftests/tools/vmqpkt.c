// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqpkt - send numbered Ethernet frames, and count what of them arrives
 *
 *   vmqpkt send -i IF -d DMAC -s SMAC [-n COUNT] [-p PPS] [-l LEN] [-t TYPE]
 *               [-V VID] [-f FLOW] [-F FLOWS] [-M MACS] [-q FIRST] [-b BURST]
 *               [-X NETNS]
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
 * from SMAC. With -b they go out BURST at a time, PPS a second in the mean.
 * Prints "sent=N".
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
 * try: listens on every IF named by -r, sends, and when nothing that counts has
 * come for QUIET milliseconds (environment VMQPKT_QUIET, 250) prints recv's line
 * for each IF, with "NETNS:IF " before it.
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
#include "numbered.h"

#define MAX_FRAME	65536
#define MAX_RECEIVERS	16

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
	unsigned int burst;
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
		"                   [-M MACS] [-q FIRST] [-b BURST] [-X NETNS]\n"
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
	unsigned int off = numbered_offset(o->type);
	unsigned int min = off + sizeof(struct numbered);
	unsigned int len = o->len < min ? min : o->len;
	struct numbered pl = {
		htonl(NUMBERED_MAGIC), htonl(o->flow), htobe64(seq),
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
		f[i] = numbered_fill(o->flow, seq, i - min);

	switch (o->type) {
	case ETHERTYPE_IP:
		f[14] = 0x45;
		put16(f + 16, len - 14);
		put16(f + 18, seq);
		f[22] = 64;
		f[23] = 17;
		memcpy(f + 26, (uint8_t[]){ 198, 18, 0, 2 }, 4);
		memcpy(f + 30, (uint8_t[]){ 198, 18, 0, 1 }, 4);
		/* the group that the MAC stands for, as snooping looks at it */
		if (!memcmp(f, "\x01\x00\x5e", 3)) {
			f[30] = 239;
			memcpy(f + 31, f + 3, 3);
		}
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
		if (o->pps && !((i + 1) % o->burst)) {
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
	seen_frame(s, o->have_flow ? (int64_t)o->flow : -1, frame, len,
		   from.sll_pkttype, tci);
	return true;
}

static void recv_print(const struct seen *s, int fd)
{
	struct tpacket_stats st = { 0 };
	socklen_t stlen = sizeof(st);

	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &st, &stlen);
	printf("frames=%llu ", (unsigned long long)s->frames);
	seen_print(s, stdout);
	printf(" other=%llu tagged=%llu sum=%016llx drops=%u\n",
	       (unsigned long long)s->other, (unsigned long long)s->tagged,
	       (unsigned long long)s->sum, st.tp_drops);
}

static int do_recv(const struct options *o)
{
	int fd = packet_socket(o->ifname, ETH_P_ALL);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct seen s;
	unsigned int i;

	seen_init(&s);
	printf("ready\n");
	fflush(stdout);

	while (!stop && (!o->count || s.frames < o->count)) {
		if (recv_frame(fd, &s, o))
			continue;
		if (!poll(&pfd, 1, o->wait ? (int)o->wait * 1000 : -1))
			break;
	}
	/* what had come before the signal; not what comes without end */
	for (i = 0; stop && i < SEEN_BITS && recv_frame(fd, &s, o); i++)
		;
	recv_print(&s, fd);
	return 0;
}

static int do_try(const struct options *o)
{
	const char *env = getenv("VMQPKT_QUIET");
	int quiet = env ? atoi(env) : 250;
	struct pollfd pfd[MAX_RECEIVERS];
	struct seen s[MAX_RECEIVERS];
	uint64_t last;
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
	/* frames that are not counted may come all the time */
	last = now_ns();
	while (!stop && now_ns() - last < quiet * 1000000ull) {
		poll(pfd, o->nrecv, quiet);
		for (i = 0; i < o->nrecv; i++) {
			uint64_t old = s[i].frames;

			while (pfd[i].revents && recv_frame(pfd[i].fd, &s[i], o))
				;
			if (s[i].frames != old)
				last = now_ns();
		}
	}
	for (i = 0; i < o->nrecv; i++) {
		printf("%s ", o->recv[i]);
		recv_print(&s[i], pfd[i].fd);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .count = 1, .len = 60, .vid = -1, .burst = 1,
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
	while ((opt = getopt(argc, argv, "i:d:s:n:p:l:t:V:f:F:M:q:b:w:X:r:")) != -1) {
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
		case 'b':
			o.burst = strtoul(optarg, NULL, 0);
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
	if (!o.ifname || optind != argc || !o.burst ||
	    (trier && (!o.netns || !o.nrecv)))
		usage();
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	if (trier)
		return do_try(&o);
	if (o.netns)
		enter_netns(o.netns);
	return sender ? do_send(&o) : do_recv(&o);
}
