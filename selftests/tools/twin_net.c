// SPDX-License-Identifier: GPL-2.0-only
/*
 * twin: the two topologies, made once; the bridges are made afresh each round
 *
 * Side A has t_abr, t_anic (wire end t_anicw), t_a1 .. t_a4 (veth, far ends
 * t_a1p ..) and t_a5 (tap); side B the same with b, and the vmq device t_bvmq.
 * All addresses are the same on both sides, so the same frame means the same.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "twin.h"

#define SETTLE_MS	20000	/* only keeps a broken test from hanging */

struct side sides[SIDES];
enum hook hook;

static char printk[64];		/* as it was found */

/* runs ip, tc or nft with these commands; its exit status */
int net_batch(const char *program, const char *fmt, ...)
{
	const char *file = strcmp(program, "nft") ? "-batch" : "-f";
	const char * const argv[] = { program, file, "-", NULL };
	posix_spawn_file_actions_t actions;
	char text[1024];
	int fds[2], len, status = -1;
	va_list ap;
	pid_t pid;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (pipe2(fds, O_CLOEXEC))
		die("pipe");
	/* a pipe holds more than this */
	if (write(fds[1], text, len) != len)
		die("pipe");
	close(fds[1]);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[0], 0);
	errno = posix_spawnp(&pid, program, &actions, NULL,
			     (char **)argv, environ);
	if (errno)
		die(program);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* writes @text to the file; 0 or an errno */
int net_write(const char *text, const char *fmt, ...)
{
	char path[256];
	int fd, err;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	do {
		err = write(fd, text, strlen(text)) < 0 ? errno : 0;
	} while (err == EINTR);
	close(fd);
	return err;
}

/* the beginning of a file, without the newline; "" when it cannot be read */
static const char *slurp(const char *fmt, ...)
{
	static char buf[4096];
	char path[256];
	ssize_t len = -1;
	va_list ap;
	int fd;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, buf, sizeof(buf) - 1);
		close(fd);
	}
	buf[len < 0 ? 0 : len] = 0;
	if (len > 0 && buf[len - 1] == '\n')
		buf[len - 1] = 0;
	return buf;
}

static void side_names(unsigned int n)
{
	struct side *s = &sides[n];
	char c = n == SIDE_A ? 'a' : 'b';
	unsigned int i;

	s->name = n == SIDE_A ? "plain" : hook == HOOK_PLAIN ? "other" : "vmq";
	sprintf(s->br, "t_%cbr", c);
	sprintf(s->nic, "t_%cnic", c);
	sprintf(s->uplink, "%s", n == SIDE_B && hook == HOOK_STACKED ?
		"t_bvmq" : s->nic);
	sprintf(s->port[END_WIRE], "%s", s->uplink);
	sprintf(s->peer[END_WIRE], "t_%cnicw", c);
	for (i = END_VM1; i < PORTS; i++) {
		sprintf(s->port[i], "t_%c%u", c, i);
		sprintf(s->peer[i], i == END_TAP ? "-" : "t_%c%up", c, i);
	}
	for (i = 0; i < 2; i++)
		sprintf(s->marker[i], "t_%cm%u", c, i);
}

static void side_indices(struct side *s)
{
	unsigned int i;

	s->ifnic = if_nametoindex(s->nic);
	s->ifuplink = if_nametoindex(s->uplink);
	for (i = 0; i < PORTS; i++) {
		s->ifport[i] = if_nametoindex(s->port[i]);
		s->ifpeer[i] = if_nametoindex(s->peer[i]);
	}
}

/* All queues on the side's CPU: what is sent has gone its whole way when the
 * system call returns.
 */
static void irqs_here(const struct side *s)
{
	char line[4096], want[32], cpu[12];
	FILE *f = fopen("/proc/interrupts", "r");

	snprintf(want, sizeof(want), " %s-TxRx-", s->nic);
	snprintf(cpu, sizeof(cpu), "%u", s->cpu);
	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, want))
			net_write(cpu, "/proc/irq/%d/smp_affinity_list",
				  atoi(line));
	if (f)
		fclose(f);
}

static void tap_make(struct side *s)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	unsigned int off = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

	s->tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (s->tap < 0)
		die("/dev/net/tun");
	memcpy(ifr.ifr_name, s->port[END_TAP], IFNAMSIZ);
	if (ioctl(s->tap, TUNSETIFF, &ifr) ||
	    ioctl(s->tap, TUNSETOFFLOAD, off))
		die("tap");
}

/* commands for ip -batch */
static void side_links(const struct side *s, FILE *f)
{
	unsigned int i;

	fprintf(f, "link add %s address 02:00:00:00:03:00 %s type vmqsim\n",
		s->nic, "numrxqueues 4 numtxqueues 4");
	fprintf(f, "link set %s address 02:00:00:00:03:01 up\n",
		s->peer[END_WIRE]);
	for (i = END_VM1; i < END_TAP; i++) {
		/* the last one has two queues: it never is sent to directly */
		const char *queues = i == END_VM4 ?
			"numtxqueues 2 numrxqueues 2" : "";

		fprintf(f, "link add %s address 02:00:00:00:02:%02x %s up ",
			s->port[i], i, queues);
		fprintf(f, "type veth peer name %s %s\n", s->peer[i], queues);
		fprintf(f, "link set %s address 02:00:00:00:05:%02x up\n",
			s->peer[i], i);
	}
	fprintf(f, "link set %s address 02:00:00:00:02:05 up\n",
		s->port[END_TAP]);
	fprintf(f, "link set %s up\n", s->nic);
	fprintf(f, "link add %s up type veth peer name %s\n", s->marker[0],
		s->marker[1]);
	fprintf(f, "link set %s up\n", s->marker[1]);
}

void net_attach(void)
{
	if (hook == HOOK_PLAIN)
		return;
	if (net_batch("ip", "link add link t_bnic name t_bvmq type vmq\n%s",
		      "link set t_bvmq up\n"))
		die("t_bvmq");
	net_write("0", "/sys/class/net/t_bvmq/vmq/pin");
	irqs_here(&sides[SIDE_B]);
	side_indices(&sides[SIDE_B]);
}

void net_detach(void)
{
	if (hook != HOOK_PLAIN && net_batch("ip", "link del t_bvmq\n"))
		die("t_bvmq");
}

void net_make(void)
{
	unsigned int i;
	FILE *f;

	/* thousands of notices of ports that come and go are no news */
	snprintf(printk, sizeof(printk), "%s", slurp("/proc/sys/kernel/printk"));
	net_write("5", "/proc/sys/kernel/printk");
	/* the kernel itself is to send nothing */
	net_write("1", "/proc/sys/net/ipv6/conf/all/disable_ipv6");
	net_write("1", "/proc/sys/net/ipv6/conf/default/disable_ipv6");
	/* nor does the bridge tell that it listens to snoopers */
	net_write("0", "/proc/sys/net/ipv4/igmp_link_local_mcast_reports");
	f = popen("ip -batch -", "w");
	if (!f)
		die("ip");
	for (i = 0; i < SIDES; i++) {
		side_names(i);
		tap_make(&sides[i]);
		side_links(&sides[i], f);
	}
	if (pclose(f)) {
		fprintf(stderr, "twin: the links cannot be made\n");
		exit(1);
	}
	for (i = 0; i < SIDES; i++) {
		irqs_here(&sides[i]);
		/* what comes together must not depend on when the NIC polls */
		net_ethtool(sides[i].nic, ETHTOOL_SGRO, 0);
	}
	/*
	 * IPv6, although disabled, has a new link join all nodes, and leave when it
	 * goes down: vmqN does not go down with the NIC. The NICs are to take what is
	 * for all nodes always.
	 */
	for (i = 0; i < SIDES; i++)
		net_batch("ip", "maddr add 33:33:00:00:00:01 dev %s\n",
			  sides[i].nic);
	/* the static keys of what comes and goes below stay on (testbed/guest) */
	net_batch("tc", "qdisc add dev %s clsact\n", sides[SIDE_A].marker[0]);
	net_batch("nft", "table netdev t_twin_keys { chain c { %s %s %s; }; }\n",
		  "type filter hook ingress device", sides[SIDE_A].marker[0],
		  "priority 0");
	if (hook == HOOK_STACKED)
		net_attach();
	for (i = 0; i < SIDES; i++)
		side_indices(&sides[i]);
	net_bridges();
	if (hook == HOOK_INGRESS)
		net_attach();
}

void net_unmake(void)
{
	unsigned int i, p;
	FILE *f;

	net_batch("nft", "delete table netdev t_twin_keys\n");
	f = popen("ip -force -batch - 2>/dev/null", "w");
	if (!f)
		die("ip");
	if (hook != HOOK_PLAIN)
		fprintf(f, "link del t_bvmq\n");
	for (i = 0; i < SIDES; i++) {
		fprintf(f, "link del %s\nlink del %s\n", sides[i].br,
			sides[i].nic);
		for (p = END_VM1; p < END_TAP; p++)
			fprintf(f, "link del %s\n", sides[i].port[p]);
		fprintf(f, "link del %s\n", sides[i].marker[0]);
		close(sides[i].tap);
	}
	pclose(f);
	net_write(printk, "/proc/sys/kernel/printk");
}

/* proxy_arp and neigh_suppress answer from the bridge's neighbours */
static void bridge_neighbours(const struct side *s)
{
	struct ndmsg ndm = { .ndm_family = AF_INET, .ndm_ifindex = s->ifbr,
			     .ndm_state = NUD_PERMANENT };
	unsigned int i;
	struct nlreq r;
	uint32_t ip;

	for (i = END_VM1; i < PORTS; i++) {
		nl_begin(&r, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &ndm,
			 sizeof(ndm));
		ip = htonl(0x0a000000 + i);
		nl_put_u32(&r, NDA_DST, ip);
		nl_put(&r, NDA_LLADDR, frame_vm_mac(i), 6);
		nl_talk(&r);
	}
}

static void bridge_make(struct side *s)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 4, 0 };
	struct ifinfomsg ifi = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct nlreq r;
	unsigned int info, data, i;
	int err;

	nl_begin(&r, RTM_DELLINK, 0, &ifi, sizeof(ifi));
	nl_put_str(&r, IFLA_IFNAME, s->br);
	nl_talk(&r);

	nl_begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi, sizeof(ifi));
	nl_put_str(&r, IFLA_IFNAME, s->br);
	nl_put(&r, IFLA_ADDRESS, mac, sizeof(mac));
	info = nl_nest(&r, IFLA_LINKINFO);
	nl_put_str(&r, IFLA_INFO_KIND, "bridge");
	data = nl_nest(&r, IFLA_INFO_DATA);
	/*
	 * No timer of the bridge changes a port: one that runs out while a state
	 * set by hand says "learning" makes it forward (br_stp_timer.c).
	 */
	nl_put_u32(&r, IFLA_BR_FORWARD_DELAY, 0);
	nl_put_u32(&r, IFLA_BR_HELLO_TIME, 1000);
	nl_put_u8(&r, IFLA_BR_MCAST_SNOOPING, 0);
	nl_end(&r, data);
	nl_end(&r, info);
	err = nl_talk(&r);
	errno = err;
	if (err)
		die(s->br);
	s->ifbr = if_nametoindex(s->br);
	bridge_neighbours(s);
	for (i = 0; i < PORTS; i++) {
		errno = net_master(s->ifport[i], s->ifbr);
		if (errno)
			die(s->port[i]);
	}
}

void net_bridges(void)
{
	unsigned int i;

	for (i = 0; i < SIDES; i++)
		bridge_make(&sides[i]);
}

/* Has the core told everybody that this link has a carrier, or has none? */
static bool link_settled(const char *dev)
{
	bool carrier = !strcmp(slurp("/sys/class/net/%s/carrier", dev), "1");
	const char *oper = slurp("/sys/class/net/%s/operstate", dev);

	return carrier == (!strcmp(oper, "up") || !strcmp(oper, "unknown"));
}

static bool ports_settled(void)
{
	int state[SIDES];
	unsigned int i, p;

	for (p = 0; p < PORTS; p++) {
		for (i = 0; i < SIDES; i++) {
			const struct side *s = &sides[i];
			const char *got;

			/* what goes down by itself the core is slow to tell */
			if (!op_port_down(p) && !link_settled(s->port[p]))
				return false;
			if (op_port_up(p) && p != END_TAP &&
			    !link_settled(s->peer[p]))
				return false;
			got = slurp("/sys/class/net/%s/brport/state",
				    s->port[p]);
			state[i] = *got ? atoi(got) : -1;
		}
		if (state[SIDE_A] != state[SIDE_B])
			return false;
		/* without STP an open port forwards */
		if (op_port_up(p) && !op_stp() && state[SIDE_A] != 3)
			return false;
	}
	return true;
}

/*
 * Waits for what the kernel itself defers: the carriers (linkwatch) and with
 * them the ports' states; and what vmq is told in a deferred way (the state of
 * a port that was set by hand): a write to one of its switches has it look.
 */
bool net_settle(void)
{
	unsigned int i;
	bool ok = false;

	for (i = 0; i < SETTLE_MS / 2 && !ok; i++) {
		ok = ports_settled();
		if (!ok)
			usleep(2000);
	}
	/*
	 * linkwatch says "up" before it starts the link's queues, under RTNL
	 * (linkwatch_do_dev() in net/core/link_watch.c): a request for nothing
	 * comes behind that.
	 */
	net_flags(sides[SIDE_A].ifbr, 0, 0);
	if (hook != HOOK_PLAIN) {
		char on[8];

		snprintf(on, sizeof(on), "%.1s",
			 slurp("/sys/class/net/t_bvmq/vmq/bypass"));
		net_write(on, "/sys/class/net/t_bvmq/vmq/bypass");
	}
	return ok;
}

/* the sum of those of vmq's counters that are named, with blanks around each */
static uint64_t vmq_stats(const char *file, const char *names)
{
	const char *p = slurp("/sys/kernel/debug/vmq/t_bvmq/%s", file);
	char name[40];
	uint64_t sum = 0;
	unsigned long long value;

	for (; p && *p; p = strchr(p, '\n'), p += !!p) {
		name[0] = ' ';
		if (sscanf(p, "%32s %llu", name + 1, &value) != 2)
			continue;
		strcat(name, " ");
		if (strstr(names, name))
			sum += value;
	}
	return sum;
}

/* frames that did not take the bridge */
uint64_t net_fast(void)
{
	return hook == HOOK_PLAIN ? 0 : vmq_stats("pass", " fast ");
}

/*
 * Waits until vmq has learnt what there is to learn: nothing new in 20 ms. At
 * once when it has heard of nothing since the last time.
 */
void net_learnt(void)
{
	static uint64_t was;
	unsigned int i, same;
	uint64_t is;

	if (hook == HOOK_PLAIN)
		return;
	for (i = 0, same = 4; i < 200; i++) {
		is = vmq_stats("stats", " events grants revokes ");
		same = is == was ? same + 1 : 0;
		was = is;
		if (same >= 4)
			break;
		usleep(5000);
	}
}
