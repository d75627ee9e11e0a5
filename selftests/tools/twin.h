/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * twin - two identical bridges, one of them with vmq, under the same frames
 *
 * twin.c has the description. A round is a script of items (operations and
 * batches of frames) that starts from bridges made afresh; a script can be run
 * again with any of its items and frames left out (twin_shrink.c).
 */
#ifndef TWIN_H
#define TWIN_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "frame.h"

enum { SIDE_A, SIDE_B, SIDES };		/* A is the plain bridge */

enum hook { HOOK_PLAIN, HOOK_STACKED, HOOK_INGRESS };

/*
 * Where frames enter and leave. The first PORTS are ports of the bridge, seen
 * from their far ends: the wire, the VMs behind veth, the VM behind a tap.
 */
enum {
	END_WIRE,
	END_VM1,
	END_VM2,
	END_VM3,
	END_VM4,
	END_TAP,
	PORTS,
	END_HOST = PORTS,	/* the bridge device itself */
	END_CAPTURE,		/* a packet socket on the uplink, by an operation */
	ENDS,
};

#define BATCH_MAX	128	/* frames of a batch */
#define FRAME_MAX	7680	/* bytes of a frame, segments not yet cut */
#define ROUND_STEPS	20	/* configurations of a round */

/* --- random numbers ------------------------------------------------------ */

struct rnd {
	uint64_t s;
};

static inline uint64_t rnd_next(struct rnd *r)
{
	uint64_t z = r->s += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* 0 .. n - 1 */
static inline unsigned int rnd_below(struct rnd *r, unsigned int n)
{
	return (rnd_next(r) >> 32) * n >> 32;
}

/* a stream of its own for each pair of numbers */
static inline struct rnd rnd_stream(uint64_t seed, uint64_t n)
{
	struct rnd r = { seed ^ n * 0xd6e8feb86659fd93ull };

	r.s = rnd_next(&r) ^ n;
	return r;
}

/* --- the script ----------------------------------------------------------- */

/* One frame to be sent: all of it follows from its seed. */
struct shot {
	uint64_t seed;
	uint8_t end;
};

enum { ITEM_OP, ITEM_BATCH, ITEM_HELLO, ITEM_CHECK, ITEM_AGEING };

struct item {
	uint8_t type;
	uint8_t op;		/* ITEM_OP: which, of which port, to what */
	uint8_t port;
	uint16_t value;
	unsigned int step;
	unsigned int nr;	/* ITEM_BATCH */
	struct shot shots[BATCH_MAX];
};

struct script {
	struct item *items;
	unsigned int nr, room;
};

/* --- frames (twin_frame.c) ------------------------------------------------ */

struct frame {
	struct virtio_net_hdr vh;	/* what is sent begins here */
	uint8_t data[FRAME_MAX];
} __attribute__((packed));

struct sent {
	struct frame f;
	unsigned int len;
	uint8_t end;
};

void frame_make(const struct shot *shot, struct sent *s);
void frame_hello(unsigned int n, struct sent *s);
unsigned int frame_hellos(void);
void frame_talk(unsigned int n, struct sent *s);
unsigned int frame_talks(void);
const uint8_t *frame_vm_mac(unsigned int port);
const uint8_t *frame_mac(unsigned int n, const char **what);
unsigned int frame_macs(void);
void frame_dump(const char *what, const uint8_t *p, unsigned int len);

/* --- topology and netlink (twin_net.c) ------------------------------------ */

struct side {
	const char *name;		/* "plain", "vmq" */
	char br[16], nic[16], uplink[16];
	char port[PORTS][16], peer[PORTS][16];
	int ifbr, ifnic, ifuplink;
	int ifport[PORTS], ifpeer[PORTS];
	int tap;			/* file of the VM behind the tap */
	unsigned int cpu;		/* on which all of it runs */
	char marker[2][16];		/* see twin_end.c */
};

extern struct side sides[SIDES];
extern enum hook hook;

struct nlreq {
	char buf[2048];
	unsigned int len;
};

void net_open(void);
void net_make(void);
void net_unmake(void);
void net_bridges(void);
void net_attach(void);
void net_detach(void);
bool net_settle(void);
int net_batch(const char *program, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int net_write(const char *text, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void nl_begin(struct nlreq *r, int type, int flags, const void *hdr,
	      unsigned int len);
void nl_put(struct nlreq *r, int type, const void *p, unsigned int len);
void nl_put_u8(struct nlreq *r, int type, uint8_t v);
void nl_put_u16(struct nlreq *r, int type, uint16_t v);
void nl_put_u32(struct nlreq *r, int type, uint32_t v);
void nl_put_str(struct nlreq *r, int type, const char *s);
unsigned int nl_nest(struct nlreq *r, int type);
void nl_end(struct nlreq *r, unsigned int nest);
int nl_talk(struct nlreq *r);
int nl_get(struct nlreq *r, void (*each)(const void *nlh, void *arg),
	   void *arg);
void nl_dump(struct nlreq *r, void (*each)(const void *nlh, void *arg),
	     void *arg);

int net_bridge_set(const struct side *s, int attr, unsigned int size,
		   uint32_t value);
int net_port_set(int ifindex, int attr, unsigned int size, uint32_t value);
int net_master(int ifindex, int master);
int net_flags(int ifindex, unsigned int flags, unsigned int mask);
int net_mtu(int ifindex, unsigned int mtu);
int net_vlan(int ifindex, bool self, uint16_t vid, uint16_t flags, bool add);
int net_fdb(int ifindex, const uint8_t *mac, int vid, uint16_t state,
	    uint8_t flags, uint16_t nlflags, bool add);
int net_ethtool(const char *dev, uint32_t cmd, uint32_t value);
uint32_t net_ethtool_get(const char *dev, uint32_t cmd);
int net_vlan_link(const struct side *s, int lower, uint16_t vid, bool add);
uint64_t net_fast(void);
void net_learnt(void);

/* --- where frames enter and leave (twin_end.c) ---------------------------- */

/* One frame that left, still in the ring that it came in. */
struct seen {
	uint64_t hash;
	uint64_t flow;		/* source, destination */
	const uint8_t *data;
	const uint8_t *meta;	/* virtio-net header, or NULL */
	unsigned int len, have;	/* bytes on the wire, bytes here */
	unsigned int status;	/* TP_STATUS_*, of those that are compared */
	uint32_t vlan;		/* tpid << 16 | tci */
	uint8_t pkttype;
};

#define SEEN_MAX	1024

struct seens {
	unsigned int nr;
	struct seen e[SEEN_MAX];
};

extern struct seens seens[SIDES][ENDS];

void end_open(void);
void end_reopen(unsigned int end);
int end_capture(unsigned int side, bool on);
void end_cpus(bool two);
void end_run(struct sent *const *sent, unsigned int nr);
void end_release(void);
bool end_lost(void);
const char *end_name(unsigned int end);

/* The bridge's own frames, which come by its clock: to be taken off counters */
struct own {
	uint64_t packets, bytes;
};

extern struct own own[SIDES][ENDS];

/* --- comparison (twin_compare.c, twin_state.c) ---------------------------- */

/* Prints nothing when @quiet; false when there is a difference. */
bool compare_frames(bool quiet);
bool compare_state(bool quiet);
void state_mark(void);

/* --- operations (twin_op.c) ----------------------------------------------- */

/* What is set now, by operation and port; 0: as it was made */
struct op_state {
	uint16_t v[64][PORTS];
};

void op_reset(void);
bool op_apply(const struct item *it, bool quiet);
void op_pick(struct rnd *r, struct op_state *model, struct item *it);
void op_print(const struct item *it, FILE *f);
bool op_stp(void);
bool op_port_up(unsigned int port);
bool op_port_down(unsigned int port);
bool op_port_was_down(unsigned int port);
bool op_uplink_left(void);
bool op_uplink_out(void);
bool op_nics_differ(void);
bool op_limit(const char *names);

/* --- running and shrinking (twin.c, twin_shrink.c) ------------------------ */

struct item *script_add(struct script *s);
bool run_script(const struct script *s, bool quiet, bool patient,
		unsigned int *failed);
void shrink(const struct script *s, unsigned int failed);
void script_print(const struct script *s);

#endif /* TWIN_H */
