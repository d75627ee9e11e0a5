/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbered frames, and what a receiver counts of them. The numbered part is found
 * behind the known headers:
 *   be32 magic, be32 flow, be64 number, then bytes that follow from both.
 * The includer defines _GNU_SOURCE first.
 */
#ifndef NUMBERED_H
#define NUMBERED_H

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

#define NUMBERED_MAGIC	0x564d5150u	/* "VMQP" */
#define SEEN_BITS	(1u << 22)	/* numbers one receiver can tell apart */

struct numbered {
	uint32_t magic;
	uint32_t flow;
	uint64_t seq;
} __attribute__((packed));

static inline uint8_t numbered_fill(uint32_t flow, uint64_t seq, unsigned int i)
{
	return flow * 31 + seq * 7 + i;
}

/* Where the numbered part begins behind @type's headers */
static inline unsigned int numbered_offset(uint16_t type)
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

struct seen {
	uint64_t frames, unique, first, last, late, dup, bad, other, tagged;
	uint64_t sum;
	uint8_t *map;
};

static inline void seen_init(struct seen *s)
{
	memset(s, 0, sizeof(*s));
	s->map = calloc(1, SEEN_BITS / 8);
	if (!s->map)
		die("memory");
}

static inline uint64_t fnv(const uint8_t *p, unsigned int len, uint64_t h)
{
	while (len--)
		h = (h ^ *p++) * 0x100000001b3ull;
	return h;
}

/* @only: the flow that is judged, -1: any; @tci: tag beside the frame, -1: none */
static inline void seen_frame(struct seen *s, int64_t only, const uint8_t *f,
			      unsigned int len, unsigned char pkttype, int tci)
{
	uint16_t type = f[12] << 8 | f[13];
	unsigned int off, i, min;
	bool tagged = tci >= 0;
	struct numbered pl;
	uint32_t flow;
	uint64_t seq, h;

	off = numbered_offset(type);
	if (type == ETHERTYPE_VLAN && len > 18) {
		tagged = true;
		off = 4 + numbered_offset(f[16] << 8 | f[17]);
	}
	min = off + sizeof(pl);
	if (len < min)
		return;
	memcpy(&pl, f + off, sizeof(pl));
	if (pl.magic != htonl(NUMBERED_MAGIC))
		return;
	flow = ntohl(pl.flow);
	if (only >= 0 && flow != only)
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
			if (f[i] != numbered_fill(flow, seq, i - min)) {
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

/* What "vmqpkt recv" says of the numbers, without an end of line */
static inline void seen_print(const struct seen *s, FILE *out)
{
	fprintf(out, "unique=%llu first=%llu last=%llu ",
		(unsigned long long)s->unique, (unsigned long long)s->first,
		(unsigned long long)s->last);
	fprintf(out, "gaps=%llu late=%llu dup=%llu bad=%llu",
		(unsigned long long)(s->frames ?
				     s->last - s->first + 1 - s->unique : 0),
		(unsigned long long)s->late, (unsigned long long)s->dup,
		(unsigned long long)s->bad);
}

#endif /* NUMBERED_H */
