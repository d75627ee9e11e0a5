// SPDX-License-Identifier: GPL-2.0-only
/*
 * twin: the smallest script that still differs
 *
 * Items, then frames, are left out in halves, quarters and so on down to one at
 * a time, each time running what is left from the start; what is not needed for
 * the difference stays out.
 */
#define _GNU_SOURCE
#include <time.h>

#include "twin.h"

#define SHRINK_SECONDS	90
#define TRIES		2	/* vmq's worker may be faster or slower */

static bool patient;
static unsigned int trials;

static void copy(struct script *to, const struct script *from)
{
	unsigned int i;

	to->nr = 0;
	for (i = 0; i < from->nr; i++)
		*script_add(to) = from->items[i];
}

static bool differs(const struct script *s)
{
	unsigned int i, failed;

	for (i = 0; i < TRIES; i++) {
		trials++;
		if (!run_script(s, true, patient, &failed))
			return true;
	}
	return false;
}

static bool late(time_t start)
{
	return time(NULL) - start > SHRINK_SECONDS;
}

/* without items [from, to) */
static void cut_items(struct script *s, unsigned int from, unsigned int to)
{
	memmove(&s->items[from], &s->items[to],
		(s->nr - to) * sizeof(s->items[0]));
	s->nr -= to - from;
}

static unsigned int count_items(const struct script *s)
{
	return s->nr;
}

static unsigned int count_frames(const struct script *s)
{
	unsigned int i, n = 0;

	for (i = 0; i < s->nr; i++)
		n += s->items[i].nr;
	return n;
}

/* without frames [from, to), counted over all batches; empty batches go */
static void cut_frames(struct script *s, unsigned int from, unsigned int to)
{
	unsigned int i, j, k, n = 0;

	for (i = 0; i < s->nr; i++) {
		struct item *it = &s->items[i];

		for (j = k = 0; j < it->nr; j++, n++)
			if (n < from || n >= to)
				it->shots[k++] = it->shots[j];
		it->nr = k;
	}
	for (i = s->nr; i-- > 0;)
		if (s->items[i].type == ITEM_BATCH && !s->items[i].nr)
			cut_items(s, i, i + 1);
}

struct unit {
	unsigned int (*count)(const struct script *s);
	void (*cut)(struct script *s, unsigned int from, unsigned int to);
};

static const struct unit items = { count_items, cut_items };
static const struct unit frames = { count_frames, cut_frames };

/* without halves, quarters and so on, each as long as it still differs then */
static bool shrink_by(const struct unit *unit, struct script *s,
		      struct script *tmp, time_t start)
{
	unsigned int size, at, end;
	bool less = false;

	for (size = (unit->count(s) + 1) / 2; size; size /= 2)
		for (at = unit->count(s); at > 0 && !late(start);) {
			end = at;
			at = at > size ? at - size : 0;
			copy(tmp, s);
			unit->cut(tmp, at, end);
			if (!differs(tmp))
				continue;
			copy(s, tmp);
			less = true;
		}
	return less;
}

/* one frame a batch: vmq may learn between any two */
static void split(struct script *s, struct script *tmp)
{
	unsigned int i, j;

	copy(tmp, s);
	s->nr = 0;
	for (i = 0; i < tmp->nr; i++) {
		struct item *it = &tmp->items[i];

		if (it->type != ITEM_BATCH) {
			*script_add(s) = *it;
			continue;
		}
		for (j = 0; j < it->nr; j++) {
			struct item *one = script_add(s);

			one->type = ITEM_BATCH;
			one->step = it->step;
			one->nr = 1;
			one->shots[0] = it->shots[j];
		}
	}
}

/* @failed: the item at which the difference was seen */
void shrink(const struct script *given, unsigned int failed)
{
	static struct script s, tmp, whole;
	time_t start = time(NULL);
	unsigned int i;

	copy(&s, given);
	s.nr = failed + 1;
	printf("# shrinking %u items, %u frames\n", s.nr, count_frames(&s));
	for (i = 0; i < 4; i++) {
		patient = i & 1;
		if (differs(&s))
			break;
	}
	if (i == 4) {
		printf("# the difference did not come again: a matter of timing\n");
		return;
	}
	shrink_by(&items, &s, &tmp, start);
	shrink_by(&frames, &s, &tmp, start);
	if (count_frames(&s) <= 64) {
		copy(&whole, &s);
		split(&s, &tmp);
		patient = true;
		if (!differs(&s)) {
			copy(&s, &whole);
			patient = false;
		}
	}
	while (!late(start)) {
		bool less = shrink_by(&items, &s, &tmp, start);

		if (!shrink_by(&frames, &s, &tmp, start) && !less)
			break;
	}
	printf("# the smallest script that differs: %u items, %u frames (%u trials, %ld s%s)\n",
	       s.nr, count_frames(&s), trials, (long)(time(NULL) - start),
	       patient ? ", vmq may learn after each item" : "");
	script_print(&s);
	for (i = 0; i < 3; i++) {
		unsigned int at;

		printf("# it shows:\n");
		if (!run_script(&s, false, patient, &at))
			break;
	}
}
