// SPDX-License-Identifier: GPL-2.0-only
/*
 * twin: the frames. A frame follows from its seed and from where it enters.
 *
 * Most are what a host sees most: steady stations that talk to each other. The
 * rest is everything that a bridge treats differently, or that is not well formed.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <net/ethernet.h>
#include <netinet/in.h>

#include "twin.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

enum {
	MAC_EXT = 0,			/* 6 hosts behind the wire; 0: gateway */
	MAC_EXT_RARE = MAC_EXT + 6,	/* 8 that come rarely */
	MAC_VM = MAC_EXT_RARE + 8,	/* by port, END_VM1 .. END_TAP */
	MAC_VM2 = MAC_VM + 5,		/* a second one of each */
	MAC_MOVING = MAC_VM2 + 5,	/* 2 that show up anywhere */
	MAC_PORT = MAC_MOVING + 2,	/* of the ports, the bridge's own ends */
	MAC_BRIDGE = MAC_PORT + 6,
	MAC_UNKNOWN = MAC_BRIDGE + 1,	/* 3 that never send */
	MACS = MAC_UNKNOWN + 3,
};

static uint8_t macs[MACS][6];

static void macs_init(void)
{
	unsigned int i;

	for (i = 0; i < MACS; i++)
		macs[i][0] = 2;
	for (i = 0; i < 6; i++)
		memcpy(macs[MAC_EXT + i] + 3, (uint8_t[]){ 0, 0xee, i }, 3);
	for (i = 0; i < 8; i++)
		memcpy(macs[MAC_EXT_RARE + i] + 3, (uint8_t[]){ 1, 0xee, i }, 3);
	for (i = 0; i < 5; i++) {
		memcpy(macs[MAC_VM + i] + 3, (uint8_t[]){ 0, 1, i + 1 }, 3);
		memcpy(macs[MAC_VM2 + i] + 3, (uint8_t[]){ 1, 1, i + 1 }, 3);
	}
	for (i = 0; i < 2; i++)
		memcpy(macs[MAC_MOVING + i] + 3, (uint8_t[]){ 0, 9, i + 1 }, 3);
	for (i = 1; i < 6; i++)
		memcpy(macs[MAC_PORT + i] + 3, (uint8_t[]){ 0, 2, i }, 3);
	memcpy(macs[MAC_PORT] + 3, (uint8_t[]){ 0, 3, 0 }, 3);
	memcpy(macs[MAC_BRIDGE] + 3, (uint8_t[]){ 0, 4, 0 }, 3);
	for (i = 0; i < 3; i++)
		memcpy(macs[MAC_UNKNOWN + i] + 3, (uint8_t[]){ 7, 7, i }, 3);
}

const uint8_t *frame_mac(unsigned int n, const char **what)
{
	if (!macs[0][0])
		macs_init();
	if (what)
		*what = n < MAC_VM ? "external host" : n < MAC_MOVING ? "VM" :
			n < MAC_PORT ? "moving station" :
			n < MAC_UNKNOWN ? "the host's" : "unknown";
	return macs[n];
}

/* those that operations name: not the bridge's own */
unsigned int frame_macs(void)
{
	return MAC_PORT;
}

const uint8_t *frame_vm_mac(unsigned int port)
{
	return frame_mac(MAC_VM + port - END_VM1, NULL);
}

static const uint8_t *pick_src(struct rnd *r, unsigned int end)
{
	static const uint8_t bad[2][6] = { { 0 }, { 3, 0, 0, 0, 0, 1 } };
	unsigned int x = rnd_below(r, 1024);

	if (x < 1)
		return bad[rnd_below(r, 2)];
	if (x < 3)		/* spoofed: anybody's, a VM's */
		return macs[rnd_below(r, MACS)];
	if (x < 5)
		return macs[MAC_VM + rnd_below(r, 5)];
	if (x < 7)
		return macs[MAC_MOVING + rnd_below(r, 2)];
	if (end == END_WIRE)
		return x < 30 ? macs[MAC_EXT_RARE + rnd_below(r, 8)] :
				macs[MAC_EXT + rnd_below(r, 6)];
	return x < 60 ? macs[MAC_VM2 + end - END_VM1] :
			macs[MAC_VM + end - END_VM1];
}

static const uint8_t *pick_dst(struct rnd *r, unsigned int end, bool *group)
{
	static const uint8_t groups[][6] = {
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01 },
		{ 0x01, 0x00, 0x5e, 0x01, 0x02, 0x03 },
		{ 0x33, 0x33, 0x00, 0x00, 0x00, 0x01 },
		{ 0x33, 0x33, 0xff, 0x00, 0x00, 0x02 },
		{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x00 },
		{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x01 },
		{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x02 },
		{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x03 },
		{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e },
		{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x0d },
		{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x10 },
		{ 0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc },
		{ 0x09, 0x00, 0x07, 0xff, 0xff, 0xff },
	};
	unsigned int x = rnd_below(r, 100);

	*group = false;
	if (x < 7) {
		*group = true;
		return groups[rnd_below(r, sizeof(groups) / sizeof(groups[0]))];
	}
	if (x < 9)
		return macs[MAC_UNKNOWN + rnd_below(r, 3)];
	if (x < 11)
		return macs[MAC_PORT + rnd_below(r, 7)];
	if (x < 14)
		return macs[MAC_MOVING + rnd_below(r, 2)];
	if (x < 18)
		return macs[rnd_below(r, MACS)];
	if (x < 22)
		return macs[MAC_VM2 + rnd_below(r, 5)];
	if (end == END_WIRE || x < 50)
		return macs[MAC_VM + rnd_below(r, 5)];
	return macs[MAC_EXT + rnd_below(r, 6)];
}

static void fill(struct rnd *r, uint8_t *p, unsigned int len)
{
	uint64_t v;

	for (; len >= 8; len -= 8, p += 8) {
		v = rnd_next(r);
		memcpy(p, &v, 8);
	}
	v = rnd_next(r);
	memcpy(p, &v, len);
}

/* tags before the protocol; returns its offset */
static unsigned int put_tags(struct rnd *r, uint8_t *f)
{
	static const uint16_t vids[] = { 0, 1, 5, 7, 7, 7, 100, 4094, 4095 };
	unsigned int x = rnd_below(r, 100), at = 12, n, i;

	n = x < 85 ? 0 : x < 97 ? 1 : 2;
	for (i = 0; i < n; i++, at += 4) {
		unsigned int vid = vids[rnd_below(r, 9)];

		x = rnd_below(r, 100);
		put16(f + at, x < 75 ? ETHERTYPE_VLAN : 0x88a8);
		put16(f + at + 2, rnd_below(r, 4) ? vid :
		      vid | rnd_below(r, 16) << 12);
	}
	return at;
}

/* the station's address by its MAC: proxies and suppression look them up */
static void put_ip4(struct rnd *r, uint8_t *p, const uint8_t *mac)
{
	memcpy(p, (uint8_t[]){ 10, 0, 0, mac ? mac[5] : rnd_below(r, 9) }, 4);
}

/* what is behind the IP header; @l4: protocol, @sum: of the pseudo header */
static void put_l4(struct rnd *r, struct sent *s, unsigned int at,
		   unsigned int l4, uint32_t sum, unsigned int mss)
{
	uint8_t *p = s->f.data + at;
	unsigned int len = s->len - at;
	unsigned int off = l4 == IPPROTO_TCP ? 16 : 6;
	unsigned int x = rnd_below(r, 100);
	uint16_t c;

	put16(p, 1024 + rnd_below(r, 16));
	put16(p + 2, rnd_below(r, 8) ? 9 : 5001);
	if (l4 == IPPROTO_TCP) {
		p[12] = 5 << 4;
		p[13] = 0x10 | (rnd_below(r, 4) ? 0 : 8);
	} else {
		put16(p + 4, len);
	}
	put16(p + off, 0);
	sum += l4 + len;
	if (x < 25 || mss) {
		s->f.vh.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		s->f.vh.csum_start = at;
		s->f.vh.csum_offset = off;
		put16(p + off, ~fold(sum));
	} else if (x < 90) {
		c = fold(sum16(p, len, sum));
		put16(p + off, l4 == IPPROTO_UDP && !c ? 0xffff : c);
	}
	/* else none, or, the payload being random, a wrong one */
	else if (x < 96)
		put16(p + off, 0x1234);
	if (mss) {
		s->f.vh.gso_size = mss;
		s->f.vh.hdr_len = at + (l4 == IPPROTO_TCP ? 20 : 8);
	}
}

/* rarely well-formed, often meant for somebody on the way */
static void put_icmp6(struct rnd *r, struct sent *s, unsigned int at,
		      uint32_t sum)
{
	static const uint8_t types[] = { 128, 129, 133, 134, 135, 135, 136,
					 130, 131, 132, 143, 1 };
	uint8_t *p = s->f.data + at;
	unsigned int len = s->len - at;

	memset(p, 0, len < 24 ? len : 24);
	p[0] = types[rnd_below(r, sizeof(types))];
	/* no queries: what follows one is a matter of the bridge's clock */
	if (p[0] == 130)
		p[0] = 131;
	if (len >= 24)
		p[8] = 0xfd, p[23] = rnd_below(r, 9);
	if (len >= 4)
		put16(p + 2, fold(sum16(p, len, sum + IPPROTO_ICMPV6 + len)));
}

static void put_ip4_packet(struct rnd *r, struct sent *s, unsigned int at,
			   unsigned int mss, unsigned int gso)
{
	uint8_t *d = s->f.data, *p = d + at;
	unsigned int ihl = rnd_below(r, 50) ? 20 : 24 + 4 * rnd_below(r, 4);
	unsigned int x = rnd_below(r, 100), l4;
	bool frag = !mss && rnd_below(r, 30) == 0;

	if (s->len < at + ihl + 20)
		ihl = 20;
	l4 = x < 50 ? IPPROTO_UDP : x < 92 ? IPPROTO_TCP : x < 96 ?
	     IPPROTO_ICMP : x < 98 ? IPPROTO_IGMP : rnd_below(r, 256);
	if (mss)
		l4 = gso == VIRTIO_NET_HDR_GSO_TCPV4 ? IPPROTO_TCP : IPPROTO_UDP;
	memset(p, 0, ihl);
	p[0] = 0x40 | ihl / 4;
	p[1] = rnd_below(r, 8) ? 0 : rnd_below(r, 256);
	put16(p + 2, s->len - at - (rnd_below(r, 60) || mss ? 0 : 3));
	put16(p + 4, rnd_next(r));
	put16(p + 6, frag ? 0x2000 >> rnd_below(r, 9) : 0x4000);
	p[8] = rnd_below(r, 30) ? 64 : 1;
	p[9] = l4;
	put_ip4(r, p + 12, d + 6);
	put_ip4(r, p + 16, rnd_below(r, 10) ? d : NULL);
	if (l4 == IPPROTO_IGMP)
		memcpy(p + 16, (uint8_t[]){ 239, 1, 2, 3 }, 4);
	put16(p + 10, fold(sum16(p, ihl, 0)) ^ (rnd_below(r, 60) ? 0 : 1));

	if (s->len < at + ihl + 20)
		return;
	if (l4 == IPPROTO_TCP || l4 == IPPROTO_UDP) {
		put_l4(r, s, at + ihl, l4, sum16(p + 12, 8, 0), mss);
	} else if (l4 == IPPROTO_IGMP) {
		/* reports and leaves; see above for queries */
		static const uint8_t types[] = { 0x16, 0x17, 0x12, 0x22 };

		p += ihl;
		memset(p, 0, 16);
		p[0] = types[rnd_below(r, 4)];
		memcpy(p + 4, (uint8_t[]){ 239, 1, 2, 3 }, 4);
		put16(p + 2, fold(sum16(p, s->len - at - ihl, 0)));
	}
}

static void put_ip6_packet(struct rnd *r, struct sent *s, unsigned int at,
			   unsigned int mss, unsigned int gso)
{
	uint8_t *d = s->f.data, *p = d + at;
	unsigned int x = rnd_below(r, 100), l4, off = at + 40;

	l4 = x < 45 ? IPPROTO_UDP : x < 80 ? IPPROTO_TCP : x < 92 ?
	     IPPROTO_ICMPV6 : x < 95 ? IPPROTO_HOPOPTS : x < 97 ?
	     IPPROTO_FRAGMENT : rnd_below(r, 256);
	if (mss)
		l4 = gso == VIRTIO_NET_HDR_GSO_TCPV6 ? IPPROTO_TCP : IPPROTO_UDP;
	memset(p, 0, 40);
	p[0] = 0x60;
	put16(p + 4, s->len - off - (rnd_below(r, 60) || mss ? 0 : 3));
	p[6] = l4;
	p[7] = rnd_below(r, 2) ? 64 : 255;
	p[8] = 0xfd;
	p[23] = d[11];
	p[24] = d[0] & 1 ? 0xff : 0xfd;
	p[39] = d[5];
	if (s->len < off + 28)
		return;
	if (l4 == IPPROTO_HOPOPTS) {
		memset(p + 40, 0, 8);
		p[40] = rnd_below(r, 2) ? IPPROTO_ICMPV6 : IPPROTO_UDP;
		memcpy(p + 42, (uint8_t[]){ 5, 2, 0, 0, 1, 0 }, 6);
		l4 = p[40];
		off += 8;
	}
	if (l4 == IPPROTO_TCP || l4 == IPPROTO_UDP)
		put_l4(r, s, off, l4, sum16(p + 8, 32, 0), mss);
	else if (l4 == IPPROTO_ICMPV6)
		put_icmp6(r, s, off, sum16(p + 8, 32, 0));
}

static void put_arp(struct rnd *r, struct sent *s, unsigned int at)
{
	uint8_t *d = s->f.data, *p = d + at;

	memset(p, 0, 28);
	put16(p, 1);
	put16(p + 2, ETHERTYPE_IP);
	p[4] = 6;
	p[5] = 4;
	put16(p + 6, 1 + rnd_below(r, rnd_below(r, 8) ? 2 : 4));
	memcpy(p + 8, d + 6, 6);
	put_ip4(r, p + 14, d + 6);
	put_ip4(r, p + 24, rnd_below(r, 2) ? d : NULL);
}

static unsigned int pick_len(struct rnd *r)
{
	unsigned int x = rnd_below(r, 100);

	if (x < 60)
		return 60 + rnd_below(r, 120);
	if (x < 70)
		return 1514;
	if (x < 74)
		return 1510 + rnd_below(r, 12);
	if (x < 78)
		return 610 + rnd_below(r, 12);
	return 60 + rnd_below(r, 1455);
}

/* the frame @shot stands for */
void frame_make(const struct shot *shot, struct sent *s)
{
	struct rnd r = rnd_stream(shot->seed, 1);
	uint8_t *d = s->f.data;
	unsigned int at, x, mss = 0, gso = 0;
	bool group;

	if (!macs[0][0])
		macs_init();
	s->end = shot->end;
	memset(&s->f.vh, 0, sizeof(s->f.vh));
	s->len = pick_len(&r);
	memcpy(d, pick_dst(&r, s->end, &group), 6);
	memcpy(d + 6, pick_src(&r, s->end), 6);
	/* what the bridge itself sends is told from the rest by this pair */
	if (d[0] == 1 && d[1] == 0x80 && (d[10] == 2 || d[10] == 3))
		memcpy(d + 6, macs[MAC_EXT], 6);

	at = put_tags(&r, d);
	x = rnd_below(&r, 100);
	if (x < 6 && !group) {
		static const uint8_t kinds[] = { VIRTIO_NET_HDR_GSO_TCPV4,
			VIRTIO_NET_HDR_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6,
			VIRTIO_NET_HDR_GSO_UDP_L4 };

		gso = kinds[rnd_below(&r, 4)];
		mss = rnd_below(&r, 4) ? 1400 : 200 + rnd_below(&r, 1200);
		s->len = at + 80 + mss * (1 + rnd_below(&r, 4)) +
			 rnd_below(&r, mss);
		s->f.vh.gso_type = gso;
	}
	fill(&r, d + at + 2, s->len - at - 2);
	if (mss)
		x = gso == VIRTIO_NET_HDR_GSO_TCPV6 ? 60 : 10;

	if (x < 55) {
		put16(d + at, ETHERTYPE_IP);
		put_ip4_packet(&r, s, at + 2, mss, gso);
	} else if (x < 80) {
		put16(d + at, ETHERTYPE_IPV6);
		put_ip6_packet(&r, s, at + 2, mss, gso);
	} else if (x < 88) {
		put16(d + at, rnd_below(&r, 6) ? ETHERTYPE_ARP :
						 ETHERTYPE_REVARP);
		put_arp(&r, s, at + 2);
	} else if (x < 91) {
		/* length, LLC: STP of a kind that is not known, SNAP, others */
		put16(d + at, s->len - at - 2 < 1500 ? s->len - at - 2 : 46);
		memcpy(d + at + 2, (uint8_t[]){ 0x42, 0x42, 3, 0, 0, 9 }, 6);
		if (rnd_below(&r, 2))
			memcpy(d + at + 2, (uint8_t[]){ 0xaa, 0xaa, 3 }, 3);
	} else if (x < 94) {
		/* cut off in the middle of a header, but not before the core
		 * has taken the tag off: vmqN never sees what it drops then
		 */
		put16(d + at, rnd_below(&r, 2) ? ETHERTYPE_IP : ETHERTYPE_IPV6);
		s->len = at + (at == 12 ? 2 : 6) + rnd_below(&r, 42);
	} else {
		static const uint16_t types[] = { 0x8809, 0x8808, 0x88cc,
			0x8863, 0x8864, 0x8847, 0x888e, 0x88f7, 0x9000, 0x22f0,
			0x0842, 0x88e3, 0x8902, 0x0600 };

		put16(d + at, types[rnd_below(&r, 14)]);
	}
}

/* every station says hello: broadcasts that the bridge learns from */
unsigned int frame_hellos(void)
{
	return 6 + 2 * 5;
}

void frame_hello(unsigned int n, struct sent *s)
{
	struct rnd r = { n };
	unsigned int vm = (n - 6) % 5;

	if (!macs[0][0])
		macs_init();
	memset(s->f.data, 0, 60);
	memset(&s->f.vh, 0, sizeof(s->f.vh));
	memset(s->f.data, 0xff, 6);
	memcpy(s->f.data + 6, n < 6 ? macs[MAC_EXT + n] : n < 11 ?
	       macs[MAC_VM + vm] : macs[MAC_VM2 + vm], 6);
	put16(s->f.data + 12, ETHERTYPE_REVARP);
	s->len = 60;
	s->end = n < 6 ? END_WIRE : END_VM1 + vm;
	put_arp(&r, s, 14);
}

/*
 * The VMs' first stations and the external hosts talk to each other, the VMs first: to
 * a host whose entry has aged out, which the host's next frame would bring back.
 */
unsigned int frame_talks(void)
{
	return 5 + 6;
}

void frame_talk(unsigned int n, struct sent *s)
{
	struct rnd r = { n };
	uint8_t *d = s->f.data;

	memset(&s->f.vh, 0, sizeof(s->f.vh));
	memcpy(d, macs[n < 5 ? MAC_EXT + n : MAC_VM + (n - 5) % 5], 6);
	memcpy(d + 6, macs[n < 5 ? MAC_VM + n : MAC_EXT + n - 5], 6);
	put16(d + 12, ETHERTYPE_IP);
	fill(&r, d + 14, 46);
	s->len = 60;
	s->end = n < 5 ? END_VM1 + n : END_WIRE;
	put_ip4_packet(&r, s, 14, 0, 0);
}

void frame_dump(const char *what, const uint8_t *p, unsigned int len)
{
	unsigned int i, j;

	printf("#   %s, %u bytes\n", what, len);
	for (i = 0; i < len && i < 128; i += 16) {
		printf("#     %04x ", i);
		for (j = i; j < i + 16 && j < len; j++)
			printf(" %02x", p[j]);
		printf("\n");
	}
}
