// SPDX-License-Identifier: GPL-2.0-only
/*
 * twin: what left on the two sides, frame by frame
 *
 * The order of all frames of an end is nearly always the same; when it is not,
 * only the order within a flow (source, destination) counts.
 */
#define _GNU_SOURCE
#include "twin.h"

static bool same_in_order(const struct seens *a, const struct seens *b)
{
	unsigned int i;

	if (a->nr != b->nr)
		return false;
	for (i = 0; i < a->nr; i++)
		if (a->e[i].hash != b->e[i].hash)
			return false;
	return true;
}

/* by flow, within it as they came: they stand in one array in that order */
static int by_flow(const void *x, const void *y)
{
	const struct seen *a = *(const struct seen * const *)x;
	const struct seen *b = *(const struct seen * const *)y;

	if (a->flow != b->flow)
		return a->flow < b->flow ? -1 : 1;
	return a < b ? -1 : a > b;
}

static void show(const char *side, const struct seen *e)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "%s side: type %u, status 0x%x, vlan %08x", side, e->pkttype,
		 e->status, e->vlan);
	if (e->meta) {
		const struct virtio_net_hdr *v = (const void *)e->meta;
		unsigned int n = strlen(text);

		snprintf(text + n, sizeof(text) - n,
			 ", header %u/%u/%u/%u/%u/%u", v->flags, v->gso_type,
			 v->hdr_len, v->gso_size, v->csum_start,
			 v->csum_offset);
	}
	frame_dump(text, e->data, e->have);
}

static void tell(unsigned int end, const struct seen *a, const struct seen *b)
{
	printf("# frames that left at %s: %u on the %s side, %u on the %s side\n",
	       end_name(end), seens[SIDE_A][end].nr, sides[SIDE_A].name,
	       seens[SIDE_B][end].nr, sides[SIDE_B].name);
	if (a && b && a->flow != b->flow) {
		/* the lower one has no counterpart */
		if (a->flow < b->flow)
			b = NULL;
		else
			a = NULL;
	}
	printf("# the first that differs in its flow:\n");
	if (a)
		show(sides[SIDE_A].name, a);
	else
		printf("#   %s side: none\n", sides[SIDE_A].name);
	if (b)
		show(sides[SIDE_B].name, b);
	else
		printf("#   %s side: none\n", sides[SIDE_B].name);
}

static bool compare_end(unsigned int end, bool quiet)
{
	static const struct seen *x[SIDES][SEEN_MAX];
	unsigned int i, j, nr, min;

	if (same_in_order(&seens[SIDE_A][end], &seens[SIDE_B][end]))
		return true;
	for (i = 0; i < SIDES; i++) {
		nr = seens[i][end].nr;
		for (j = 0; j < nr; j++)
			x[i][j] = &seens[i][end].e[j];
		qsort(x[i], nr, sizeof(x[i][0]), by_flow);
	}
	nr = seens[SIDE_A][end].nr;
	min = seens[SIDE_B][end].nr;
	if (nr < min)
		min = nr;
	for (i = 0; i < min; i++)
		if (x[SIDE_A][i]->hash != x[SIDE_B][i]->hash)
			break;
	if (i == min && nr == seens[SIDE_B][end].nr)
		return true;
	if (!quiet)
		tell(end, i < nr ? x[SIDE_A][i] : NULL,
		     i < seens[SIDE_B][end].nr ? x[SIDE_B][i] : NULL);
	return false;
}

bool compare_frames(bool quiet)
{
	bool ok = true;
	unsigned int i;

	for (i = 0; i < ENDS; i++)
		ok &= compare_end(i, quiet);
	return ok;
}
