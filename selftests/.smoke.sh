hook=$1
modprobe vmqsim; modprobe vmq
ip link add eth0 numrxqueues 8 numtxqueues 8 type vmqsim
ip link add br0 type bridge
ip netns add w; ip link set eth0w netns w
if [ $hook = ingress ]; then ip link set eth0 master br0; ip link add link eth0 name vmq0 type vmq; else ip link add link eth0 name vmq0 type vmq; ip link set vmq0 master br0; fi
for i in 1 2 3; do ip netns add v$i; ip link add vnet$i type veth peer name e$i; ip link set e$i netns v$i; ip link set vnet$i master br0; ip link set vnet$i up; ip -n v$i link set e$i address 02:00:00:00:00:0$i; ip -n v$i link set e$i up;  ip -n v$i addr add 10.0.0.1$i/24 dev e$i; done
ip link set eth0 up; ip link set vmq0 up; ip link set br0 up
ip -n w link set eth0w up; ip -n w addr add 10.0.0.1/24 dev eth0w
for i in 1 2 3; do ip netns exec w ping -q -c 2 -i 0.2 10.0.0.1$i|grep loss; done
sleep 1
for i in 1 2 3; do ip netns exec w ping -q -c 40 -i 0.02 10.0.0.1$i | grep loss; done
cat /sys/kernel/debug/vmq/vmq0/vnics; grep -v " 0$" /sys/kernel/debug/vmq/vmq0/pass; cat /sys/kernel/debug/vmq/nic-eth0/queues; cat /sys/kernel/debug/vmq/nic-eth0/rules; ethtool -n eth0 | head -20; grep TxRx /proc/interrupts
cat /sys/class/net/vmq0/vmq/eligible; ip -d -s link show vmq0
ip link del vmq0; ethtool -n eth0 | head; grep . /proc/irq/*/smp_affinity_list | head -20; ip link del br0; rmmod vmq; rmmod vmqsim; dmesg | tail -5
