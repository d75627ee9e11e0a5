// SPDX-License-Identifier: GPL-2.0-only
/*
 * twin - is a bridge with vmq the same as a bridge without?
 *
 *   twin [-s SEED] [-n FRAMES] [-c CONFIGS] [-k plain|stacked|ingress] [-S]
 *        [-r ROUND] [-t SECONDS] [-o OPERATIONS] [-v] [-2]
 *
 * Two identical bridges, each with a vmqsim NIC, four VMs behind veth and one
 * behind a tap; the second one with vmq (or without, -k plain, which proves the
 * test itself). The same random frames enter both at the same places while the
 * same random settings change, and everything that leaves is compared: each
 * frame with its metadata at every far end, at the bridge device and at a capture, in
 * the order of its flow; the links' counters; the FDB; the VLANs' statistics.
 *
 * FRAMES (20000) are sent over CONFIGS (40) configurations. Rounds of 20 begin
 * with bridges made afresh; the default is a random SEED, which is printed. -t:
 * rounds go on for that many seconds instead. -r: only that round. -o: only these
 * operations (a comma list of names in twin_op.c). -v: names each operation. -2: a CPU
 * and a thread for each side, which is faster where two cores are idle.
 *
 * Stops at the first difference (exit status 1). With -S the round's operations and
 * frames are left out one after the other, as long as a difference remains, and
 * what remains is printed. The same SEED, FRAMES, CONFIGS and OPERATIONS make
 * the same rounds.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <linux/if_link.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "twin.h"

static struct {
	uint64_t seed;
	unsigned int frames, configs, seconds;
	int round;
	bool shrink, verbose, two;
} opt = { .frames = 20000, .configs = 40, .round = -1 };

static uint64_t total_frames, total_wire, total_fast;

static void usage(void)
{
	fprintf(stderr,
		"usage: twin [-s SEED] [-n FRAMES] [-c CONFIGS] [-k plain|stacked|ingress] [-S]\n"
		"            [-r ROUND] [-t SECONDS] [-o OPERATIONS] [-v] [-2]\n");
	exit(2);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* --- the script of a round ------------------------------------------------ */

struct item *script_add(struct script *s)
{
	if (s->nr == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->items = realloc(s->items, s->room * sizeof(*s->items));
		if (!s->items)
			die("memory");
	}
	memset(&s->items[s->nr], 0, sizeof(s->items[0]));
	return &s->items[s->nr++];
}

static unsigned int pick_end(struct rnd *r)
{
	unsigned int x = rnd_below(r, 100);

	return x < 55 ? END_WIRE : x < 95 ? END_VM1 + x % 4 : END_TAP;
}

static void add_batch(struct script *s, struct rnd *r, unsigned int step,
		      unsigned int nr)
{
	struct item *it = script_add(s);
	unsigned int i, end = pick_end(r);

	it->type = ITEM_BATCH;
	it->step = step;
	it->nr = nr;
	for (i = 0; i < nr; i++) {
		/* some in a row, as they come in a burst */
		if (rnd_below(r, 100) < 40)
			end = pick_end(r);
		it->shots[i].seed = rnd_next(r);
		it->shots[i].end = end;
	}
}

static void add_op(struct script *s, struct rnd *r, struct op_state *model,
		   unsigned int step)
{
	struct item *it = script_add(s);

	op_pick(r, model, it);
	it->step = step;
}

static void script_make(struct script *s, unsigned int round)
{
	unsigned int step, left, nr, per = opt.frames / opt.configs;
	static struct op_state model;

	memset(&model, 0, sizeof(model));
	s->nr = 0;
	script_add(s)->type = ITEM_HELLO;
	if (round % 50 == 9)
		script_add(s)->type = ITEM_AGEING;
	for (step = 0; step < ROUND_STEPS; step++) {
		struct rnd r = rnd_stream(opt.seed, (uint64_t)round << 8 | step);
		struct item *it;

		if (step)
			add_op(s, &r, &model, step);
		if (step && rnd_below(&r, 3) == 0)
			add_op(s, &r, &model, step);
		/* every other time when vmq knows of everybody */
		if (rnd_below(&r, 2)) {
			it = script_add(s);
			it->type = ITEM_HELLO;
			it->step = step;
		}
		for (left = per; left; left -= nr) {
			nr = 16 + rnd_below(&r, BATCH_MAX - 15);
			if (nr > left)
				nr = left;
			add_batch(s, &r, step, nr);
			if (left > nr && rnd_below(&r, 8) == 0)
				add_op(s, &r, &model, step);
		}
		it = script_add(s);
		it->type = ITEM_CHECK;
		it->step = step;
	}
}

void script_print(const struct script *s)
{
	static struct sent sent;
	unsigned int i, j;
	char text[80];

	for (i = 0; i < s->nr; i++) {
		const struct item *it = &s->items[i];

		switch (it->type) {
		case ITEM_OP:
			printf("# - ");
			op_print(it, stdout);
			break;
		case ITEM_HELLO:
			printf("# - every station sends a broadcast\n");
			break;
		case ITEM_AGEING:
			printf("# - all talk for longer than entries live\n");
			break;
		case ITEM_CHECK:
			printf("# - counters, FDB and VLANs are compared\n");
			break;
		case ITEM_BATCH:
			for (j = 0; j < it->nr && j < 16; j++) {
				struct virtio_net_hdr v;

				frame_make(&it->shots[j], &sent);
				v = sent.f.vh;
				snprintf(text, sizeof(text),
					 "- a frame from %s (header %u/%u/%u/%u/%u/%u)",
					 end_name(sent.end), v.flags,
					 v.gso_type, v.hdr_len, v.gso_size,
					 v.csum_start, v.csum_offset);
				frame_dump(text, sent.f.data, sent.len);
			}
			if (j < it->nr)
				printf("#   - and %u frames more\n", it->nr - j);
			break;
		}
	}
}

/* --- running it ----------------------------------------------------------- */

static struct sent *pool;

static bool run_batch(struct sent *const *all, unsigned int nr_all, bool quiet)
{
	struct sent *sent[BATCH_MAX];
	unsigned int i, nr = 0;
	bool ok;

	/* While vmqN is in no bridge they are the NIC's: no capture, no tc sees them. */
	for (i = 0; i < nr_all; i++)
		if (all[i]->end != END_WIRE || hook != HOOK_STACKED ||
		    !op_uplink_out())
			sent[nr++] = all[i];
	end_run(sent, nr);
	ok = compare_frames(quiet);
	end_release();
	if (end_lost()) {
		fprintf(stderr, "twin: frames were lost on the way to this program\n");
		exit(3);
	}
	total_frames += nr;
	for (i = 0; i < nr; i++)
		total_wire += sent[i]->end == END_WIRE;
	return ok;
}

/* Who talks does not age out, whichever way its frames take. */
static bool run_ageing(bool quiet)
{
	struct sent *sent[BATCH_MAX];
	double end = now() + 8;
	unsigned int i;
	bool ok = true;

	for (i = 0; i < SIDES; i++)
		net_bridge_set(&sides[i], IFLA_BR_AGEING_TIME, 4, 500);
	for (i = 0; i < frame_talks(); i++) {
		sent[i] = &pool[i];
		frame_talk(i, sent[i]);
	}
	while (ok && now() < end) {
		ok = run_batch(sent, frame_talks(), quiet);
		usleep(20000);
	}
	ok = ok && compare_state(quiet);
	for (i = 0; i < SIDES; i++)
		net_bridge_set(&sides[i], IFLA_BR_AGEING_TIME, 4, 30000);
	return ok;
}

static bool run_item(const struct item *it, bool quiet)
{
	struct sent *sent[BATCH_MAX];
	unsigned int i;

	switch (it->type) {
	case ITEM_OP:
		if (opt.verbose && !quiet) {
			printf("# step %u: ", it->step);
			op_print(it, stdout);
		}
		return op_apply(it, quiet);
	case ITEM_CHECK:
		return compare_state(quiet);
	case ITEM_AGEING:
		return run_ageing(quiet);
	case ITEM_HELLO:
		for (i = 0; i < frame_hellos(); i++) {
			sent[i] = &pool[i];
			frame_hello(i, sent[i]);
		}
		if (!run_batch(sent, i, quiet))
			return false;
		net_learnt();
		return true;
	}
	for (i = 0; i < it->nr; i++) {
		sent[i] = &pool[i];
		frame_make(&it->shots[i], sent[i]);
	}
	return run_batch(sent, i, quiet);
}

/*
 * From bridges made afresh. False at the first difference, @failed is the item.
 * @patient: vmq has learnt all there is before the next item.
 */
bool run_script(const struct script *s, bool quiet, bool patient,
		unsigned int *failed)
{
	unsigned int i;

	op_reset();
	net_bridges();
	end_reopen(END_HOST);
	if (!net_settle()) {
		printf("# the ports do not come up\n");
		exit(3);
	}
	end_run(NULL, 0);
	end_release();
	end_lost();
	state_mark();
	for (i = 0; i < s->nr; i++) {
		*failed = i;
		if (!run_item(&s->items[i], quiet))
			return false;
		if (patient && s->items[i].type != ITEM_CHECK)
			net_learnt();
	}
	return true;
}

static bool run_round(unsigned int round)
{
	static struct script s;
	unsigned int failed, frames = 0, i;
	uint64_t before, after;
	bool ok;

	script_make(&s, round);
	before = net_fast();
	ok = run_script(&s, false, false, &failed);
	after = net_fast();
	/* a new device counts from 0 */
	total_fast += after < before ? after : after - before;
	if (ok)
		return true;

	for (i = 0; i <= failed; i++)
		frames += s.items[i].nr;
	printf("# DIFFERENCE: seed %llu, round %u, step %u, item %u, ",
	       (unsigned long long)opt.seed, round, s.items[failed].step,
	       failed);
	printf("after %u frames of the round, %llu in all\n", frames,
	       (unsigned long long)total_frames);
	printf("# settings on the way there:\n");
	for (i = 0; i < failed; i++)
		if (s.items[i].type == ITEM_OP) {
			printf("#   step %u: ", s.items[i].step);
			op_print(&s.items[i], stdout);
		}
	if (s.items[failed].type == ITEM_OP) {
		printf("#   at: ");
		op_print(&s.items[failed], stdout);
	}
	fflush(stdout);
	if (opt.shrink)
		shrink(&s, failed);
	return false;
}

static void options(int argc, char **argv)
{
	bool seeded = false;
	int c;

	while ((c = getopt(argc, argv, "s:n:c:k:Sr:t:o:v2")) != -1) {
		switch (c) {
		case 's':
			opt.seed = strtoull(optarg, NULL, 0);
			seeded = true;
			break;
		case 'n':
			opt.frames = strtoul(optarg, NULL, 0);
			break;
		case 'c':
			opt.configs = strtoul(optarg, NULL, 0);
			break;
		case 'k':
			if (!strcmp(optarg, "plain"))
				hook = HOOK_PLAIN;
			else if (!strcmp(optarg, "stacked"))
				hook = HOOK_STACKED;
			else if (!strcmp(optarg, "ingress"))
				hook = HOOK_INGRESS;
			else
				usage();
			break;
		case 'S':
			opt.shrink = true;
			break;
		case 'r':
			opt.round = strtoul(optarg, NULL, 0);
			break;
		case 't':
			opt.seconds = strtoul(optarg, NULL, 0);
			break;
		case 'o':
			if (!op_limit(optarg))
				usage();
			break;
		case 'v':
			opt.verbose = true;
			break;
		case '2':
			opt.two = true;
			break;
		default:
			usage();
		}
	}
	if (optind != argc || !opt.configs || opt.frames < opt.configs)
		usage();
	if (!seeded)
		opt.seed = (uint64_t)time(NULL) * 1000003 ^ getpid();
}

int main(int argc, char **argv)
{
	static const char * const hooks[] = { "plain", "stacked", "ingress" };
	unsigned int round, rounds, done = 0;
	double start;
	bool ok = true;

	options(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	end_cpus(opt.two);
	pool = mmap(NULL, BATCH_MAX * sizeof(*pool), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pool == MAP_FAILED)
		die("memory");

	net_open();
	net_make();
	end_open();
	printf("# twin -s %llu -n %u -c %u -k %s\n",
	       (unsigned long long)opt.seed, opt.frames, opt.configs,
	       hooks[hook]);
	start = now();
	rounds = (opt.configs + ROUND_STEPS - 1) / ROUND_STEPS;
	for (round = 0; ok; round++) {
		if (opt.round >= 0)
			round = opt.round;
		else if (opt.seconds ? now() - start >= opt.seconds :
			 round >= rounds)
			break;
		ok = run_round(round);
		done++;
		if (opt.round >= 0)
			break;
	}
	printf("# frames=%llu configurations=%u seconds=%.1f frames_per_second=%.0f ",
	       (unsigned long long)total_frames, done * ROUND_STEPS,
	       now() - start, total_frames / (now() - start));
	printf("from_wire=%llu fast=%llu\n",
	       (unsigned long long)total_wire, (unsigned long long)total_fast);
	op_reset();
	net_unmake();
	return ok ? 0 : 1;
}
