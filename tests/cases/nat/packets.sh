#!/bin/sh
# Packets through each kind of entry, between namespaces. Needs ip, nat, iptables in PATH and python3; to be run in a fresh
# network and mount namespace (`unshare -n -m`). Prints one line a step; the last says how many went wrong.
mount -t tmpfs tmpfs /run && mkdir -p /run/netns || exit 1
bad=0
ip netns add in; ip netns add out
ip link add vi type veth peer name eth0 netns in
ip link add vo type veth peer name eth0 netns out
ip addr add 10.0.0.1/16 dev vi; ip addr add 192.0.2.1/24 dev vo
ip addr add fd00:1::1/64 dev vi nodad; ip addr add fd00:2::1/64 dev vo nodad
ip link set vi up; ip link set vo up; ip link set lo up
ip -n in addr add 10.0.0.2/16 dev eth0; ip -n in addr add fd00:1::2/64 dev eth0 nodad
ip -n out addr add 192.0.2.2/24 dev eth0; ip -n out addr add fd00:2::2/64 dev eth0 nodad
for n in in out; do ip -n $n link set eth0 up; ip -n $n link set lo up; done
ip -n in route add default via 10.0.0.1; ip -n in route add default via fd00:1::1
echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding

# serve NS PORT: says to whoever connects where it comes from
# serve: the server ends by itself, for a shell can't reach it behind `ip netns exec`
serve() { ip netns exec "$1" timeout 60 python3 -c "
import socket
s=socket.socket(socket.AF_INET6); s.setsockopt(1,2,1); s.bind(('::',$2)); s.listen(5)
while 1:
    c,a=s.accept(); c.sendall(('$1:$2 from '+a[0].replace('::ffff:','')).encode()); c.close()" >/dev/null 2>&1 & }
# expect WHAT NS ADDRESS PORT TEXT: connects from NS; TEXT is the answer, empty for none
expect() {
    got=$(ip netns exec "$2" timeout 2 python3 -c "
import socket
print(socket.create_connection(('$3',$4),1).recv(99).decode())" 2>/dev/null)
    if [ "$got" = "$5" ]; then echo "ok: $1"; else echo "WRONG: $1: \"$got\", not \"$5\""; bad=$((bad+1)); fi
}
serve out 7000; serve in 8080; serve in 80; sleep 0.5

expect "no NAT" in 192.0.2.2 7000 ""
nat add masquerade -o vo --quiet
expect "nat masquerade" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
expect "which leaves IPv6 alone" in fd00:2::2 7000 ""
nat -6 add masquerade -o vo --quiet
expect "nat -6 masquerade" in fd00:2::2 7000 "out:7000 from fd00:2::1"
nat flush
expect "flushed" in 192.0.2.2 7000 ""
iptables -t nat -A POSTROUTING -o vo -j MASQUERADE
expect "iptables MASQUERADE" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
iptables -t nat -D POSTROUTING -o vo -j MASQUERADE
expect "deleted" in 192.0.2.2 7000 ""
nat add snat -s 10.0.0.0/16 -o vo --to-source 192.0.2.1 --quiet
expect "nat snat" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
nat flush
nat add masquerade -s 10.0.0.0/16 -i vi -o vo -p tcp --dport 6000:8000 --quiet
expect "many fields, a range" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
nat flush
iptables -t nat -A POSTROUTING -s 10.0.0.0/16 -p tcp --dport 7000 -j SNAT --to-source 192.0.2.1
expect "iptables SNAT" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
iptables -t nat -F

ip -n out route add default via 192.0.2.1
nat add dnat -d 192.0.2.1 -p tcp --dport 80 --to-destination 10.0.0.2:8080 --quiet
expect "nat dnat" out 192.0.2.1 80 "in:8080 from 192.0.2.2"
nat add dnat -d 192.0.2.1 -p tcp --dport 90:100 --to-destination 10.0.0.2:8080 --quiet
expect "nat dnat of a range" out 192.0.2.1 95 "in:8080 from 192.0.2.2"
nat flush
iptables -t nat -A PREROUTING -d 192.0.2.1 -p tcp --dport 81 -j DNAT --to-destination 10.0.0.2:80
expect "iptables DNAT" out 192.0.2.1 81 "in:80 from 192.0.2.2"
iptables -t nat -F
nat -n in add redirect -i eth0 -p tcp --dport 5000 --to-ports 8080 --quiet
expect "nat redirect" out 10.0.0.2 5000 "in:8080 from 192.0.2.2"
nat add netmap -d 203.0.113.0/24 --to 10.0.0.0/24 --quiet
expect "nat netmap" out 203.0.113.2 80 "in:80 from 192.0.2.2"
nat flush

# Two hosts on one bridge: what is published is reached from outside, from this host, from a neighbour, from itself.
ip netns add peer
ip link add br0 type bridge; ip addr flush dev vi; ip addr add 10.0.0.1/16 dev br0; ip link set br0 up; ip link set vi master br0
ip link add vp type veth peer name eth0 netns peer; ip link set vp master br0; ip link set vp up
ip -n peer addr add 10.0.0.3/16 dev eth0; ip -n peer link set eth0 up; ip -n peer route add default via 10.0.0.1
serve peer 9000; sleep 0.5
# Bridged packets pass by the rules only where br_netfilter has them do so; here they don't.
sysctl -qw net.bridge.bridge-nf-call-iptables=0 2>/dev/null || echo 0 2>/dev/null >/proc/sys/net/bridge/bridge-nf-call-iptables
nat publish 8000:10.0.0.2:80/tcp --quiet
expect "published, from outside" out 192.0.2.1 8000 "in:80 from 192.0.2.2"
got=$(timeout 2 python3 -c "
import socket
print(socket.create_connection(('192.0.2.1',8000),1).recv(99).decode())" 2>/dev/null)
if [ "$got" = "in:80 from 10.0.0.1" ] || [ "$got" = "in:80 from 192.0.2.1" ]; then echo "ok: published, from this host"
else echo "WRONG: published, from this host: \"$got\""; bad=$((bad+1)); fi
expect "another port" out 192.0.2.1 8001 ""
expect "from a neighbour, no hairpin" peer 192.0.2.1 8000 ""
nat publish 8000:10.0.0.2:80/tcp --hairpin --quiet
expect "from a neighbour, hairpin" peer 192.0.2.1 8000 "in:80 from 10.0.0.1"
expect "from itself, hairpin" in 192.0.2.1 8000 "in:80 from 10.0.0.1"
nat list
nat flush
expect "no longer published" out 192.0.2.1 8000 ""
kill $(jobs -p) 2>/dev/null
echo "$bad wrong"
[ "$bad" = 0 ]
