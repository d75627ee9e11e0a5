// SPDX-License-Identifier: GPL-2.0-only
/*
 * nlfail - one rtnetlink request whose Nth memory allocation fails
 *
 *   nlfail N add UPLINK NAME      RTM_NEWLINK, kind vmq
 *   nlfail N master LINK BRIDGE   RTM_NEWLINK, IFLA_MASTER
 *   nlfail N del NAME             RTM_DELLINK
 *
 * Uses /proc/self/task/TID/fail-nth (fault injection), set for the sendmsg()
 * only, in which the kernel works the request off.
 * Exit status: 0 done though allocation N failed, 1 refused (the kernel's text
 * is printed), 3 done, and there were fewer than N allocations, 2 anything
 * else.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

struct request {
	struct nlmsghdr nh;
	struct ifinfomsg ifi;
	char attrs[256];
};

static void attr(struct request *r, int type, const void *data, int len)
{
	struct rtattr *a = (void *)((char *)r + NLMSG_ALIGN(r->nh.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(a), data, len);
	r->nh.nlmsg_len = NLMSG_ALIGN(r->nh.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

static unsigned int index_of(const char *name)
{
	unsigned int i = if_nametoindex(name);

	if (!i) {
		fprintf(stderr, "nlfail: no link %s\n", name);
		exit(2);
	}
	return i;
}

static void build(struct request *r, char **argv)
{
	unsigned int i;

	r->nh.nlmsg_len = NLMSG_LENGTH(sizeof(r->ifi));
	r->nh.nlmsg_type = RTM_NEWLINK;
	r->nh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (!strcmp(argv[2], "add")) {
		struct rtattr *info;

		r->nh.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
		i = index_of(argv[3]);
		attr(r, IFLA_LINK, &i, sizeof(i));
		attr(r, IFLA_IFNAME, argv[4], strlen(argv[4]) + 1);
		info = (void *)((char *)r + NLMSG_ALIGN(r->nh.nlmsg_len));
		attr(r, IFLA_LINKINFO, NULL, 0);
		attr(r, IFLA_INFO_KIND, "vmq", 4);
		info->rta_len = (char *)r + r->nh.nlmsg_len - (char *)info;
	} else if (!strcmp(argv[2], "master")) {
		r->ifi.ifi_index = index_of(argv[3]);
		i = index_of(argv[4]);
		attr(r, IFLA_MASTER, &i, sizeof(i));
	} else {
		r->nh.nlmsg_type = RTM_DELLINK;
		r->ifi.ifi_index = index_of(argv[3]);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	struct request req = { 0 };
	char path[64], left[16] = "", buf[8192];
	int fd, nth, one = 1, err, sent;
	struct nlmsghdr *nh = (void *)buf;
	ssize_t len;

	if (argc < 4 || (strcmp(argv[2], "del") && argc != 5)) {
		fprintf(stderr, "usage: nlfail N add UPLINK NAME\n"
			"       nlfail N master LINK BRIDGE\n"
			"       nlfail N del NAME\n");
		return 2;
	}
	build(&req, argv);
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	snprintf(path, sizeof(path), "/proc/self/task/%d/fail-nth",
		 (int)syscall(SYS_gettid));
	nth = open(path, O_RDWR);
	if (fd < 0 || nth < 0) {
		perror("nlfail");
		return 2;
	}

	if (write(nth, argv[1], strlen(argv[1])) < 0) {
		perror("nlfail: fail-nth");
		return 2;
	}
	sent = sendto(fd, &req, req.nh.nlmsg_len, 0, (void *)&sa, sizeof(sa));
	err = errno;
	/* what is left of the count: 0 when the Nth allocation was reached */
	len = pread(nth, left, sizeof(left) - 1, 0);
	if (pwrite(nth, "0", 1, 0) < 0 || len < 0) {
		perror("nlfail: fail-nth");
		return 2;
	}
	if (sent < 0) {
		printf("send: %s\n", strerror(err));
		return atoi(left) ? 2 : 1;
	}
	len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
	if (len < (ssize_t)sizeof(*nh) || nh->nlmsg_type != NLMSG_ERROR) {
		/*
		 * The answer itself could not be allocated: not known what was
		 * done, the caller looks.
		 */
		printf("no answer\n");
		if (!strcmp(argv[2], "add") && if_nametoindex(argv[4]))
			return 0;
		return 1;
	}
	err = -((struct nlmsgerr *)NLMSG_DATA(nh))->error;
	if (err) {
		printf("%s\n", strerror(err));
		return atoi(left) ? 2 : 1;
	}
	return atoi(left) ? 3 : 0;
}
