// SPDX-License-Identifier: GPL-2.0-only
/*
 * tapguest - plays a guest on a tap device
 *
 *   tapguest -i TAP -m MAC -a IPV4 [-q QUEUES] [-H] [-g] [-D DMAC -n COUNT
 *            [-p PPS]] [-f FLOW] [-o FILE]
 *
 * Opens TAP (makes it when it is not there) with QUEUES queues, answers ARP
 * requests for IPV4 and ICMP echo, and counts the frames of every queue. -H
 * asks for a virtio-net header before each frame, as QEMU and vhost do. -g
 * announces MAC with some gratuitous ARPs once the device carries frames; SIGUSR2
 * makes it announce MAC once more. -D sends COUNT (0: endless) UDP frames to DMAC,
 * PPS a second.
 *
 * Prints "ready" when the device is open; on SIGUSR1 and at the end (SIGTERM)
 * one line, to FILE when given:
 *   frames=N bytes=N arp=N echo=N sent=N gso=N q0=N q1=N ...
 * and with -f what vmqpkt recv says of the numbered frames of FLOW (their order
 * only with one queue):
 *   numbered=N unique=N first=A last=B gaps=N late=N dup=N bad=N
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"
#include "numbered.h"

#define MAX_QUEUES	64
#define MAX_FRAME	(65536 + 64)
#define ANNOUNCE_TIMES	5

struct guest {
	const char *tap;
	const char *out;
	uint8_t mac[6];
	uint8_t dmac[6];
	uint8_t ip[4];
	unsigned int queues;
	unsigned int hdr;	/* bytes of virtio-net header */
	unsigned int pps;
	bool garp;
	bool sender;
	uint64_t count;		/* frames to send, 0: endless */
	int fd[MAX_QUEUES];
	uint64_t frames[MAX_QUEUES];
	uint64_t bytes, arp, echo, sent, gso;
	int64_t flow;		/* numbered frames to judge, -1: none */
	struct seen seen;
};

static volatile sig_atomic_t stop, report, speak;

static void on_signal(int sig)
{
	if (sig == SIGUSR1)
		report = 1;
	else if (sig == SIGUSR2)
		speak = 1;
	else
		stop = 1;
}

static void usage(void)
{
	fprintf(stderr,
		"usage: tapguest -i TAP -m MAC -a IPV4 [-q QUEUES] [-H] [-g]\n"
		"                [-D DMAC -n COUNT [-p PPS]] [-f FLOW] [-o FILE]\n");
	exit(2);
}

static int tap_open(const struct guest *g)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	if (fd < 0)
		die("/dev/net/tun");
	strncpy(ifr.ifr_name, g->tap, IFNAMSIZ - 1);
	if (g->queues > 1)
		ifr.ifr_flags |= IFF_MULTI_QUEUE;
	if (g->hdr)
		ifr.ifr_flags |= IFF_VNET_HDR;
	if (ioctl(fd, TUNSETIFF, &ifr))
		die(g->tap);
	if (g->hdr) {
		unsigned int off = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
		int len = g->hdr;

		if (ioctl(fd, TUNSETVNETHDRSZ, &len) ||
		    ioctl(fd, TUNSETOFFLOAD, off))
			die("virtio-net header");
	}
	return fd;
}

/* @f: frame with room for the header before it */
static void tap_send(struct guest *g, unsigned int q, uint8_t *f,
		     unsigned int len)
{
	memset(f - g->hdr, 0, g->hdr);
	/* a device that is down gives EIO: a guest would drop the frame, too */
	if (write(g->fd[q], f - g->hdr, len + g->hdr) > 0)
		g->sent++;
}

static void announce(struct guest *g)
{
	uint8_t buf[64 + 60] = { 0 }, *f = buf + 64;

	memset(f, 0xff, 6);
	memcpy(f + 6, g->mac, 6);
	put16(f + 12, 0x0806);
	memcpy(f + 14, (uint8_t[]){ 0, 1, 8, 0, 6, 4, 0, 1 }, 8);
	memcpy(f + 22, g->mac, 6);
	memcpy(f + 28, g->ip, 4);
	memcpy(f + 38, g->ip, 4);
	tap_send(g, 0, f, 60);
}

static void send_udp(struct guest *g)
{
	uint8_t buf[64 + 60] = { 0 }, *f = buf + 64;

	memcpy(f, g->dmac, 6);
	memcpy(f + 6, g->mac, 6);
	put16(f + 12, 0x0800);
	f[14] = 0x45;
	put16(f + 16, 46);
	f[22] = 64;
	f[23] = 17;
	memcpy(f + 26, g->ip, 4);
	memcpy(f + 30, (uint8_t[]){ 198, 18, 0, 1 }, 4);
	put16(f + 24, fold(sum16(f + 14, 20, 0)));
	put16(f + 34, 9);
	put16(f + 36, 9);
	put16(f + 38, 26);
	tap_send(g, 0, f, 60);
}

static void answer(struct guest *g, unsigned int q, uint8_t *f,
		   unsigned int len)
{
	uint16_t type = f[12] << 8 | f[13];
	unsigned int ihl;

	if (type == 0x0806 && len >= 42 && f[21] == 1 &&
	    !memcmp(f + 38, g->ip, 4)) {
		g->arp++;
		memcpy(f + 32, f + 22, 10);
		f[21] = 2;
		memcpy(f + 22, g->mac, 6);
		memcpy(f + 28, g->ip, 4);
		memcpy(f, f + 6, 6);
		memcpy(f + 6, g->mac, 6);
		tap_send(g, q, f, len);
		return;
	}
	if (type != 0x0800 || len < 42 || memcmp(f, g->mac, 6) ||
	    memcmp(f + 30, g->ip, 4) || f[23] != 1)
		return;
	ihl = (f[14] & 15) * 4;
	if (14 + ihl + 8 > len || f[14 + ihl] != 8)
		return;
	g->echo++;
	memcpy(f, f + 6, 6);
	memcpy(f + 6, g->mac, 6);
	memcpy(f + 30, f + 26, 4);
	memcpy(f + 26, g->ip, 4);
	f[14 + ihl] = 0;
	put16(f + 14 + ihl + 2, 0);
	put16(f + 14 + ihl + 2,
	      fold(sum16(f + 14 + ihl, (f[16] << 8 | f[17]) - ihl, 0)));
	tap_send(g, q, f, len);
}

static void take(struct guest *g, unsigned int q)
{
	static uint8_t buf[64 + MAX_FRAME];
	uint8_t *f = buf + 64;
	unsigned int burst = 64;
	ssize_t len;

	while (burst-- && (len = read(g->fd[q], f - g->hdr,
				      MAX_FRAME)) > (ssize_t)g->hdr + 14) {
		const struct virtio_net_hdr *vh = (void *)(f - g->hdr);

		len -= g->hdr;
		g->frames[q]++;
		g->bytes += len;
		if (g->hdr && vh->gso_type != VIRTIO_NET_HDR_GSO_NONE)
			g->gso++;
		if (g->flow >= 0)
			seen_frame(&g->seen, g->flow, f, len, PACKET_HOST, -1);
		answer(g, q, f, len);
	}
}

static void print_counts(const struct guest *g)
{
	FILE *out = g->out ? fopen(g->out, "w") : stdout;
	uint64_t frames = 0;
	unsigned int q;

	if (!out)
		die(g->out);
	for (q = 0; q < g->queues; q++)
		frames += g->frames[q];
	fprintf(out, "frames=%llu bytes=%llu arp=%llu echo=%llu sent=%llu gso=%llu",
		(unsigned long long)frames, (unsigned long long)g->bytes,
		(unsigned long long)g->arp, (unsigned long long)g->echo,
		(unsigned long long)g->sent, (unsigned long long)g->gso);
	for (q = 0; q < g->queues; q++)
		fprintf(out, " q%u=%llu", q, (unsigned long long)g->frames[q]);
	if (g->flow >= 0) {
		fprintf(out, " numbered=%llu ",
			(unsigned long long)g->seen.frames);
		seen_print(&g->seen, out);
	}
	fprintf(out, "\n");
	if (g->out)
		fclose(out);
	else
		fflush(out);
}

static bool carrier(const struct guest *g)
{
	struct ifreq ifr = { .ifr_flags = 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool up;

	strncpy(ifr.ifr_name, g->tap, IFNAMSIZ - 1);
	up = fd >= 0 && !ioctl(fd, SIOCGIFFLAGS, &ifr) &&
	     ifr.ifr_flags & IFF_RUNNING;
	if (fd >= 0)
		close(fd);
	return up;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

static void run(struct guest *g)
{
	struct pollfd pfd[MAX_QUEUES];
	uint64_t sent = 0, start = now_ms();
	unsigned int announced = g->garp ? 0 : ANNOUNCE_TIMES;
	uint64_t next = 0;
	unsigned int q;

	for (q = 0; q < g->queues; q++) {
		pfd[q].fd = g->fd[q];
		pfd[q].events = POLLIN;
	}
	while (!stop) {
		if (report) {
			report = 0;
			print_counts(g);
		}
		if (speak) {
			speak = 0;
			announce(g);
		}
		/* the port may forward a moment later than it has carrier */
		if (announced < ANNOUNCE_TIMES && now_ms() >= next &&
		    carrier(g)) {
			announce(g);
			announced++;
			next = now_ms() + 300;
		}
		/* what is due by now, in bursts of at most 32 */
		for (q = 0; g->sender && q < 32 &&
		     (!g->count || sent < g->count) &&
		     (!g->pps || sent * 1000 < (now_ms() - start) * g->pps); q++) {
			send_udp(g);
			sent++;
		}
		if (poll(pfd, g->queues,
			 g->sender && (!g->count || sent < g->count) ? 1 : 50) <= 0)
			continue;
		for (q = 0; q < g->queues; q++)
			if (pfd[q].revents & POLLIN)
				take(g, q);
			else if (pfd[q].revents & (POLLERR | POLLNVAL))
				usleep(10000);	/* down, or taken away */
	}
}

int main(int argc, char **argv)
{
	struct guest g = { .queues = 1, .flow = -1 };
	struct sigaction sa = { .sa_handler = on_signal };
	bool have_mac = false, have_ip = false;
	unsigned int q;
	int opt;

	while ((opt = getopt(argc, argv, "i:m:a:q:HgD:n:p:f:o:")) != -1) {
		switch (opt) {
		case 'i':
			g.tap = optarg;
			break;
		case 'm':
			parse_mac(optarg, g.mac);
			have_mac = true;
			break;
		case 'a':
			have_ip = inet_pton(AF_INET, optarg, g.ip) == 1;
			break;
		case 'q':
			g.queues = strtoul(optarg, NULL, 0);
			break;
		case 'H':
			g.hdr = sizeof(struct virtio_net_hdr_mrg_rxbuf);
			break;
		case 'g':
			g.garp = true;
			break;
		case 'D':
			parse_mac(optarg, g.dmac);
			g.sender = true;
			break;
		case 'n':
			g.count = strtoull(optarg, NULL, 0);
			break;
		case 'p':
			g.pps = strtoul(optarg, NULL, 0);
			break;
		case 'f':
			g.flow = strtoul(optarg, NULL, 0);
			seen_init(&g.seen);
			break;
		case 'o':
			g.out = optarg;
			break;
		default:
			usage();
		}
	}
	if (!g.tap || !have_mac || !have_ip || optind != argc || !g.queues ||
	    g.queues > MAX_QUEUES)
		usage();
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	for (q = 0; q < g.queues; q++)
		g.fd[q] = tap_open(&g);
	printf("ready\n");
	fflush(stdout);
	run(&g);
	print_counts(&g);
	return 0;
}
