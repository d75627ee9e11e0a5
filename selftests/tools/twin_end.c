// SPDX-License-Identifier: GPL-2.0-only
/*
 * twin: where frames enter and leave: packet sockets with receive rings at the
 * far ends of the ports and on the bridges, and the file of the tap
 *
 * All of a side runs on one CPU, so a frame has gone its whole way through it
 * when the system call that sent it returns. What the kernel puts off to ksoftirqd
 * has gone too, as that thread comes before this program. And before the rings are
 * read, marker frames follow through a veth pair of their own: what is queued on this
 * CPU is worked off in turn. The sides take turns on one CPU; with -2 each has its
 * own, and a thread.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "twin.h"

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif
#ifndef TP_STATUS_GSO_TCP
#define TP_STATUS_GSO_TCP (1 << 8)
#endif

#define SLOT		8192		/* bytes of the ring for a frame */
#define SLOTS		512
#define BLOCK		65536
#define ARENA		(4 << 20)	/* of what was read from a tap */
#define STATUS_SEEN	(TP_STATUS_CSUMNOTREADY | TP_STATUS_CSUM_VALID | \
			 TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID | \
			 TP_STATUS_GSO_TCP)

struct endpoint {
	int fd;
	uint8_t *ring;
	unsigned int head;
	unsigned int held;	/* frames from there that are being looked at */
};

struct seens seens[SIDES][ENDS];
struct own own[SIDES][ENDS];

static struct endpoint ends[SIDES][ENDS];
static uint8_t *arena[SIDES];
static int marker[SIDES][2];
static bool lost[SIDES];

/* side B's, for a thread on its CPU */
static struct {
	pthread_t thread;
	bool runs;
	sem_t begin, done;
	struct sent *const *sent;
	unsigned int nr;
} other;

const char *end_name(unsigned int end)
{
	static const char * const names[ENDS] = {
		"the wire", "VM 1", "VM 2", "VM 3", "VM 4", "VM 5 (tap)",
		"the host (bridge device)", "the capture on the uplink",
	};

	return names[end];
}

static int packet_bind(int fd, int ifindex)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = ifindex,
	};

	return bind(fd, (struct sockaddr *)&sll, sizeof(sll)) ? errno : 0;
}

static void packet_option(int fd, int opt, int value)
{
	if (setsockopt(fd, SOL_PACKET, opt, &value, sizeof(value)))
		die("packet socket");
}

static void endpoint_open(struct endpoint *e, int ifindex, bool outgoing)
{
	struct tpacket_req req = {
		.tp_block_size = BLOCK,
		.tp_block_nr = SLOTS / (BLOCK / SLOT),
		.tp_frame_size = SLOT,
		.tp_frame_nr = SLOTS,
	};
	int size = 16 << 20;

	e->head = 0;
	e->held = 0;
	e->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (e->fd < 0)
		die("packet socket");
	packet_option(e->fd, PACKET_VERSION, TPACKET_V2);
	packet_option(e->fd, PACKET_VNET_HDR, 1);
	if (!outgoing)
		packet_option(e->fd, PACKET_IGNORE_OUTGOING, 1);
	setsockopt(e->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (setsockopt(e->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		die("receive ring");
	e->ring = mmap(NULL, SLOTS * SLOT, PROT_READ | PROT_WRITE, MAP_SHARED,
		       e->fd, 0);
	if (e->ring == MAP_FAILED)
		die("receive ring");
	errno = packet_bind(e->fd, ifindex);
	if (errno)
		die("bind");
}

static void endpoint_close(struct endpoint *e)
{
	if (!e->ring)
		return;
	munmap(e->ring, SLOTS * SLOT);
	close(e->fd);
	e->ring = NULL;
}

static void marker_open(void)
{
	unsigned int i, j;
	int fd;

	for (i = 0; i < SIDES; i++)
		for (j = 0; j < 2; j++) {
			fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
			if (fd < 0)
				die("packet socket");
			packet_option(fd, PACKET_IGNORE_OUTGOING, 1);
			errno = packet_bind(fd, if_nametoindex(sides[i].marker[j]));
			if (errno)
				die("bind");
			marker[i][j] = fd;
		}
}

static void side_run(unsigned int side, struct sent *const *sent,
		     unsigned int nr);

/*
 * ksoftirqd of that CPU runs as soon as it is woken, not when its turn comes. On 6.1
 * softirqs wait for it from then on (ksoftirqd_running() in kernel/softirq.c, gone in
 * 6.4): frames of several system calls would wait together, and leave in another
 * order than they came.
 */
static void softirqs_first(unsigned int cpu)
{
	struct sched_param first = { .sched_priority = 1 };
	char path[300], name[32], want[32];
	struct dirent *d;
	FILE *f;
	DIR *dir;

	snprintf(want, sizeof(want), "ksoftirqd/%u\n", cpu);
	dir = opendir("/proc");
	if (!dir)
		die("/proc");
	while ((d = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", d->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fgets(name, sizeof(name), f) && !strcmp(name, want) &&
		    sched_setscheduler(atoi(d->d_name), SCHED_FIFO, &first))
			die("priority of ksoftirqd");
		fclose(f);
	}
	closedir(dir);
}

/* the calling thread works for this side from now on */
static void side_cpu(unsigned int side)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(sides[side].cpu, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		die("CPU");
	softirqs_first(sides[side].cpu);
}

/* before end_open(): a CPU for both sides, or one for each */
void end_cpus(bool two)
{
	sides[SIDE_B].cpu = two;
	side_cpu(SIDE_A);
}

static void *other_loop(void *arg)
{
	(void)arg;
	side_cpu(SIDE_B);
	for (;;) {
		while (sem_wait(&other.begin))
			;
		side_run(SIDE_B, other.sent, other.nr);
		sem_post(&other.done);
	}
	return NULL;
}

void end_open(void)
{
	unsigned int i, p;

	for (i = 0; i < SIDES; i++) {
		for (p = 0; p < PORTS; p++)
			if (p != END_TAP)
				endpoint_open(&ends[i][p], sides[i].ifpeer[p],
					      false);
		endpoint_open(&ends[i][END_HOST], sides[i].ifbr, false);
		arena[i] = malloc(ARENA);
		if (!arena[i])
			die("memory");
	}
	marker_open();
	if (sides[SIDE_A].cpu == sides[SIDE_B].cpu)
		return;
	if (sem_init(&other.begin, 0, 0) || sem_init(&other.done, 0, 0))
		die("semaphore");
	errno = pthread_create(&other.thread, NULL, other_loop, NULL);
	if (errno)
		die("thread");
	other.runs = true;
}

/* the bridges were made afresh: their sockets follow */
void end_reopen(unsigned int end)
{
	unsigned int i;
	int err;

	for (i = 0; i < SIDES; i++) {
		/* the old device's death is an error to be read first */
		socklen_t len = sizeof(err);

		getsockopt(ends[i][end].fd, SOL_SOCKET, SO_ERROR, &err, &len);
		errno = packet_bind(ends[i][end].fd, sides[i].ifbr);
		if (errno)
			die("bind");
	}
}

/* as tcpdump -i UPLINK does; 0 or an errno */
int end_capture(unsigned int side, bool on)
{
	struct endpoint *e = &ends[side][END_CAPTURE];

	if (on && !e->ring)
		endpoint_open(e, sides[side].ifuplink, true);
	else if (!on)
		endpoint_close(e);
	return 0;
}

static void send_packets(int fd, struct sent *const *sent, unsigned int nr)
{
	struct mmsghdr msgs[BATCH_MAX];
	struct iovec iov[BATCH_MAX];
	unsigned int i;
	int done;

	memset(msgs, 0, nr * sizeof(msgs[0]));
	for (i = 0; i < nr; i++) {
		iov[i].iov_base = &sent[i]->f;
		iov[i].iov_len = sizeof(struct virtio_net_hdr) + sent[i]->len;
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	for (i = 0; i < nr; i += done) {
		done = sendmmsg(fd, msgs + i, nr - i, 0);
		/* refused: too long, no carrier, a checksum out of reach */
		if (done <= 0)
			done = 1;
	}
}

static void send_tap(int fd, struct sent *const *sent, unsigned int nr)
{
	unsigned int i;
	ssize_t len;

	for (i = 0; i < nr; i++) {
		len = write(fd, &sent[i]->f,
			    sizeof(struct virtio_net_hdr) + sent[i]->len);
		/* refused, as above */
		(void)len;
	}
}

/* In their order; neighbours of one end go by one system call. */
static void side_send(unsigned int side, struct sent *const *sent, unsigned int nr)
{
	unsigned int i, n;

	for (i = 0; i < nr; i += n) {
		unsigned int end = sent[i]->end;

		for (n = 1; i + n < nr && sent[i + n]->end == end; n++)
			;
		if (end == END_TAP)
			send_tap(sides[side].tap, sent + i, n);
		else
			send_packets(ends[side][end].fd, sent + i, n);
	}
}

static void barrier(unsigned int side)
{
	uint8_t f[60] = { 2, 0, 0, 0, 8, 1, 2, 0, 0, 0, 8, 0, 0x88, 0xb5 };
	unsigned int i;
	uint8_t buf[64];

	for (i = 0; i < 2; i++) {
		if (send(marker[side][0], f, sizeof(f), 0) < 0)
			die("marker");
		while (recv(marker[side][1], buf, sizeof(buf), MSG_DONTWAIT) < 0)
			sched_yield();
	}
}

static uint64_t hash(uint64_t h, const uint8_t *p, unsigned int len)
{
	uint64_t v;

	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&v, p, 8);
		h = (h ^ v) * 0x9fb21c651e98df25ull;
		h ^= h >> 28;
	}
	v = 0;
	memcpy(&v, p, len);
	h = (h ^ v ^ (uint64_t)len << 60) * 0x9fb21c651e98df25ull;
	return h ^ h >> 32;
}

/* BPDUs of the bridge, with the port's address; see frame_make() */
static bool is_own(const uint8_t *d, unsigned int len)
{
	static const uint8_t group[6] = { 1, 0x80, 0xc2 };

	return len >= 14 && !memcmp(d, group, 6) && d[6] == 2 &&
	       (d[10] == 2 || d[10] == 3);
}

static void seen_add(unsigned int side, unsigned int end, struct seen *e)
{
	struct seens *s = &seens[side][end];
	struct virtio_net_hdr vh = { 0 };

	if (end != END_CAPTURE && is_own(e->data, e->have)) {
		own[side][end].packets++;
		own[side][end].bytes += e->len;
		return;
	}
	if (s->nr == SEEN_MAX) {
		lost[side] = true;
		return;
	}
	e->flow = hash(1, e->data, e->have < 12 ? e->have : 12);
	e->hash = hash(e->len ^ (uint64_t)e->status << 32, e->data, e->have);
	/*
	 * Not the length of the headers: a hint, how much of the frame lies in
	 * one piece, and the bridge pulls more of IPv6 with neigh_suppress.
	 */
	if (e->meta)
		memcpy(&vh, e->meta, sizeof(vh));
	vh.hdr_len = 0;
	e->hash = hash(e->hash ^ e->vlan ^ (uint64_t)e->pkttype << 32,
		       (const uint8_t *)&vh, sizeof(vh));
	s->e[s->nr++] = *e;
}

static void collect_ring(unsigned int side, unsigned int end)
{
	struct endpoint *e = &ends[side][end];
	unsigned int n;

	for (n = 0; n < SLOTS; n++) {
		uint8_t *slot = e->ring + (e->head + n) % SLOTS * SLOT;
		struct tpacket2_hdr *h = (void *)slot;
		struct sockaddr_ll *sll;
		struct seen seen;
		uint32_t status;

		status = __atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE);
		if (!(status & TP_STATUS_USER))
			break;
		if (status & TP_STATUS_LOSING)
			lost[side] = true;
		sll = (void *)(slot + TPACKET_ALIGN(sizeof(*h)));
		seen.data = slot + h->tp_mac;
		seen.meta = seen.data - sizeof(struct virtio_net_hdr);
		seen.len = h->tp_len;
		seen.have = h->tp_snaplen;
		seen.status = status & STATUS_SEEN;
		seen.vlan = status & TP_STATUS_VLAN_VALID ?
			    (uint32_t)h->tp_vlan_tpid << 16 | h->tp_vlan_tci : 0;
		seen.pkttype = sll->sll_pkttype;
		seen_add(side, end, &seen);
	}
	e->held = n;
	if (n == SLOTS)
		lost[side] = true;
}

static void collect_tap(unsigned int side)
{
	uint8_t *p = arena[side];
	struct seen seen = { 0 };
	ssize_t len;

	while (p + SLOT <= arena[side] + ARENA) {
		len = read(sides[side].tap, p, SLOT);
		if (len < (ssize_t)sizeof(struct virtio_net_hdr) + 14)
			return;
		seen.meta = p;
		seen.data = p + sizeof(struct virtio_net_hdr);
		seen.len = len - sizeof(struct virtio_net_hdr);
		seen.have = seen.len;
		seen_add(side, END_TAP, &seen);
		p += (len + 63) & ~63ul;
	}
	lost[side] = true;
}

/* sends into one side, and collects what has left since the last release */
static void side_run(unsigned int side, struct sent *const *sent,
		     unsigned int nr)
{
	unsigned int i;

	side_send(side, sent, nr);
	barrier(side);
	for (i = 0; i < ENDS; i++) {
		seens[side][i].nr = 0;
		if (i == END_TAP)
			collect_tap(side);
		else if (ends[side][i].ring)
			collect_ring(side, i);
	}
}

/* the same frames, or none, into both sides; what has left is in seens[] then */
void end_run(struct sent *const *sent, unsigned int nr)
{
	if (other.runs) {
		other.sent = sent;
		other.nr = nr;
		sem_post(&other.begin);
	}
	side_run(SIDE_A, sent, nr);
	if (!other.runs)
		side_run(SIDE_B, sent, nr);
	else
		while (sem_wait(&other.done))
			;
}

/* the rings' frames have been looked at */
void end_release(void)
{
	unsigned int i, j, n;

	for (i = 0; i < SIDES; i++)
		for (j = 0; j < ENDS; j++) {
			struct endpoint *e = &ends[i][j];

			for (n = 0; e->ring && n < e->held; n++) {
				struct tpacket2_hdr *h = (void *)(e->ring +
					e->head * SLOT);

				__atomic_store_n(&h->tp_status,
						 TP_STATUS_KERNEL,
						 __ATOMIC_RELEASE);
				e->head = (e->head + 1) % SLOTS;
			}
			e->held = 0;
		}
}

/* was this program too slow for the frames? then nothing can be said */
bool end_lost(void)
{
	bool was = lost[SIDE_A] | lost[SIDE_B];

	lost[SIDE_A] = false;
	lost[SIDE_B] = false;
	return was;
}
