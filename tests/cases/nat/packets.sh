#!/bin/sh
# Packets through each kind of entry, between namespaces. Needs ip, nat, iptables in PATH and $TALK, the program that this
# crate builds; to be run in a fresh network and mount namespace. Prints one line a step; the last says how many went wrong.
mount -t tmpfs tmpfs /run && mkdir -p /run/netns || exit 1
bad=0
for n in in out peer; do ip netns add $n; done
ip link add vi type veth peer name eth0 netns in
ip link add vo type veth peer name eth0 netns out
ip addr add 10.0.0.1/16 dev vi; ip addr add 192.0.2.1/24 dev vo; ip addr add 192.0.2.9/24 dev vo
ip addr add fd00:1::1/64 dev vi nodad; ip addr add fd00:2::1/64 dev vo nodad; ip addr add fd00:2::9/64 dev vo nodad
ip link set vi up; ip link set vo up; ip link set lo up
ip -n in addr add 10.0.0.2/16 dev eth0; ip -n in addr add fd00:1::2/64 dev eth0 nodad
ip -n out addr add 192.0.2.2/24 dev eth0; ip -n out addr add fd00:2::2/64 dev eth0 nodad
for n in in out; do ip -n $n link set eth0 up; ip -n $n link set lo up; done
ip -n in route add default via 10.0.0.1; ip -n in route add default via fd00:1::1
echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding

# serve NS PORT…: returns once it listens
serve() { mkfifo /run/ready; ip netns exec "$1" $TALK serve "$@" >/run/ready & read -r _ </run/ready; rm /run/ready; }
say() {
    case "$2" in
    $3) echo "ok: $1" ;;
    *) echo "WRONG: $1: \"$2\", not \"$3\""; bad=$((bad + 1)) ;;
    esac
}
# expect WHAT NS ADDRESS PORT ANSWER: asks by TCP from NS. ANSWER is a pattern, empty for none.
expect() { say "$1" "$(ask "$2" "$5" "$3" "$4")" "${5:+$5 port *}"; }
udp() { say "$1" "$(ask "$2" "$5" udp "$3" "$4")" "${5:+$5 port *}"; }
# ask NS ANSWER WORD…: once, or where an answer is owed three times: on a busy machine the first may find no neighbour in time
ask() {
    ns=$1 owed=$2; shift 2
    for _ in 1 ${owed:+2 3}; do
        got=$(ip netns exec "$ns" $TALK "$@")
        [ -z "$got" ] || break
    done
    echo "$got"
}
# source WHAT NS ADDRESS PORT PATTERN: which port the caller seems to have
source() { got=$(ip netns exec "$2" $TALK "$3" "$4"); say "$1" "${got##* }" "$5"; }
add() { nat add "$@" --quiet || bad=$((bad + 1)); }

serve out 7000 7001; serve in 80 8080

echo "== sources"
expect "no NAT" in 192.0.2.2 7000 ""
add masquerade -o vo
expect "masquerade" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
udp "masquerade, UDP" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
expect "which leaves IPv6 alone" in fd00:2::2 7000 ""
add masquerade -6 -o vo
expect "masquerade -6" in fd00:2::2 7000 "out:7000 from fd00:2::[19]"
nat flush
expect "flushed" in 192.0.2.2 7000 ""
add masquerade -4 -6 -o vo
expect "masquerade -4 -6: IPv4" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
expect "masquerade -4 -6: IPv6" in fd00:2::2 7000 "out:7000 from fd00:2::[19]"
nat flush
add masquerade -o vo -p tcp --to-ports 4000-4009
source "masquerade, ports" in 192.0.2.2 7000 "400?"
nat flush
add masquerade ! -o vi
expect "masquerade ! -o" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
nat flush
add masquerade -o 'v+' ! -s 10.1.0.0/16
expect "masquerade -o NAME+" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
nat flush
add snat -s 10.0.0.0/16 -o vo --to-source 192.0.2.9
expect "snat" in 192.0.2.2 7000 "out:7000 from 192.0.2.9"
nat flush
add snat -s 10.0.0.1-10.0.0.5 -p tcp --to-source 192.0.2.9:5000-5009
expect "snat of a range" in 192.0.2.2 7000 "out:7000 from 192.0.2.9"
source "snat, ports" in 192.0.2.2 7000 "500?"
nat flush
add snat -s fd00:1::/64 --to-source fd00:2::9
expect "snat, IPv6" in fd00:2::2 7000 "out:7000 from fd00:2::9"
nat flush
add snat -p tcp -s fd00:1::2 --to-source '[fd00:2::9]:5000-5009'
source "snat, IPv6, ports" in fd00:2::2 7000 "500?"
nat flush
add masquerade -s 10.0.0.0/16 -i vi -o vo -p tcp --dport 6000:8000
expect "many fields, a range" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
nat flush
add masquerade -s 10.0.0.2 -d 192.0.2.2 -i vi -o vo -p tcp --dport 7000
expect "all fields, by a set" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
expect "and no other port" in 192.0.2.2 7001 ""
nat flush
add netmap -s 10.0.0.0/24 --to 192.0.2.0/24
ip addr del 192.0.2.2/24 dev vo 2>/dev/null
expect "netmap of the source" in 192.0.2.2 7000 ""
nat flush
add netmap -s 10.0.0.0/29 --to 192.0.2.8/29
ip addr add 192.0.2.10/32 dev vo
expect "netmap of the source, a smaller prefix" in 192.0.2.2 7000 "out:7000 from 192.0.2.10"
nat flush
add netmap -s fd00:1::/64 --to fd00:2::8:0:0:0/64
expect "netmap of an IPv6 source out of the way" in fd00:2::2 7000 ""
nat flush
iptables -t nat -A POSTROUTING -o vo -j MASQUERADE
expect "iptables MASQUERADE" in 192.0.2.2 7000 "out:7000 from 192.0.2.1"
iptables -t nat -D POSTROUTING -o vo -j MASQUERADE
expect "deleted" in 192.0.2.2 7000 ""
iptables -t nat -A POSTROUTING -s 10.0.0.0/16 -p tcp --dport 7000 -j SNAT --to-source 192.0.2.9
expect "iptables SNAT" in 192.0.2.2 7000 "out:7000 from 192.0.2.9"
iptables -t nat -F
ip6tables -t nat -A POSTROUTING -s fd00:1::/64 -p tcp -j SNAT --to-source '[fd00:2::9]:5000-5009'
source "ip6tables SNAT, ports" in fd00:2::2 7000 "500?"
ip6tables -t nat -F

echo "== destinations"
ip -n out route add default via 192.0.2.1; ip -n out route add default via fd00:2::1
add dnat -d 192.0.2.1 -p tcp --dport 80 --to-destination 10.0.0.2:8080
expect "dnat" out 192.0.2.1 80 "in:8080 from 192.0.2.2"
expect "not of another address" out 192.0.2.9 80 ""
add dnat -d 192.0.2.1 -p tcp --dport 90:100 --to-destination 10.0.0.2:8080
expect "dnat of a range" out 192.0.2.1 95 "in:8080 from 192.0.2.2"
add dnat -d 192.0.2.1 -p udp --dport 80 --to-destination 10.0.0.2:8080
udp "dnat, UDP" out 192.0.2.1 80 "in:8080 from 192.0.2.2"
nat flush
add dnat -d 192.0.2.9 --to-destination 10.0.0.2
expect "dnat of an address" out 192.0.2.9 80 "in:80 from 192.0.2.2"
nat flush
add dnat -p tcp --dport 85 -i vo --to-destination 10.0.0.2-10.0.0.2:8080-8080
expect "dnat to a range of one" out 192.0.2.1 85 "in:8080 from 192.0.2.2"
nat flush
add dnat -p tcp --dport 81 --to-destination '[fd00:1::2]:8080'
expect "dnat, IPv6" out fd00:2::1 81 "in:8080 from fd00:2::2"
nat flush
nat -n in add redirect -i eth0 -p tcp --dport 5000 --to-ports 8080 --quiet
expect "redirect" out 10.0.0.2 5000 "in:8080 from 192.0.2.2"
nat -n in add redirect -6 -p tcp --dport 5000 --to-ports 8080 --quiet
expect "redirect, IPv6" out fd00:1::2 5000 "in:8080 from fd00:2::2"
nat -n in flush
add netmap -d 203.0.113.0/24 --to 10.0.0.0/24
expect "netmap of the destination" out 203.0.113.2 80 "in:80 from 192.0.2.2"
add netmap -d fd00:9::/64 --to fd00:1::/64
expect "netmap, IPv6" out fd00:9::2 80 "in:80 from fd00:2::2"
nat flush
iptables -t nat -A PREROUTING -d 192.0.2.1 -p tcp --dport 81 -j DNAT --to-destination 10.0.0.2:80
expect "iptables DNAT" out 192.0.2.1 81 "in:80 from 192.0.2.2"
iptables -t nat -F
iptables -t nat -A PREROUTING -p tcp --dport 180:190 -j DNAT --to-destination 10.0.0.2:78-88/178
expect "iptables DNAT of a shifted range" out 192.0.2.1 180 "in:80 from 192.0.2.2"
iptables -t nat -F
iptables -t nat -A PREROUTING -d 203.0.113.0/24 -j NETMAP --to 10.0.0.0/24
expect "iptables NETMAP" out 203.0.113.2 80 "in:80 from 192.0.2.2"
iptables -t nat -F
ip6tables -t nat -A PREROUTING -d fd00:2::9 -p tcp --dport 81 -j DNAT --to-destination '[fd00:1::2]:80'
expect "ip6tables DNAT" out fd00:2::9 81 "in:80 from fd00:2::2"
ip6tables -t nat -F

echo "== the last of many"
# many N PROGRAM: 10,000 lines for `nat restore`, half of them single addresses and half prefixes of many lengths
many() { awk -v n=10000 "BEGIN { for (i = 0; i < n; i++) $1 }"; }
# load: all of it at once, or, in a user namespace whose sockets take no message so long, in parts
load() {
    nat restore --quiet /run/many 2>/run/note && return
    grep -q 'Message too long' /run/note && grep -vq 4294967295 /proc/self/uid_map || bad=$((bad + 1))
    rm -f /run/part.*; split -l 2000 /run/many /run/part.
    for part in /run/part.*; do nat restore --quiet "$part" || bad=$((bad + 1)); done
}
hits() { nat list --counters "$1" | grep -F "$2" | grep -o 'packets [0-9]*'; }
many '{
    to = sprintf("203.%d.%d.%d", i / 65536, i / 256 % 256, i % 256)
    if (i % 2) to = sprintf("%d.%d.0.0/%d", 100 + i / 512, i / 2 % 256, 16 + i % 9)
    printf "add dnat -d %s -p tcp --dport 80 --to-destination 10.9.0.1:80\n", to }' >/run/many
load
expect "not yet the last of 10,001" out 192.0.2.9 80 ""
add dnat -d 192.0.2.9 -p tcp --dport 80 --to-destination 10.0.0.2:8080
say "entries" "$(nat save | wc -l)" 10001
expect "the last of 10,001: dnat" out 192.0.2.9 80 "in:8080 from 192.0.2.2"
say "which is counted" "$(hits dnat 192.0.2.9)" "packets [1-9]*"
nat delete dnat -d 192.0.2.9 -p tcp --dport 80 --to-destination 10.0.0.2:8080 || bad=$((bad + 1))
expect "and deleted" out 192.0.2.9 80 ""
nat flush
many '{
    from = sprintf("172.16.%d.%d", i / 256, i % 256)
    if (i % 2) from = sprintf("%d.%d.0.0/%d", 100 + i / 512, i / 2 % 256, 16 + i % 9)
    printf "add snat -s %s -o vo --to-source 192.0.2.1\n", from }' >/run/many
load
expect "not yet the last of 10,001" in 192.0.2.2 7000 "out:7000 from 10.0.0.2"
add snat -s 10.0.0.2 -o vo --to-source 192.0.2.9
expect "the last of 10,001: snat" in 192.0.2.2 7000 "out:7000 from 192.0.2.9"
say "which is counted" "$(hits snat 10.0.0.2)" "packets [1-9]*"
nat flush

echo "== published"
# Two hosts on one bridge: what is published is reached from outside, from this host, from a neighbour, from itself.
ip link add br0 type bridge; ip addr flush dev vi; ip link set vi master br0; ip link set br0 up
ip addr add 10.0.0.1/16 dev br0; ip addr add fd00:1::1/64 dev br0 nodad
ip link add vp type veth peer name eth0 netns peer; ip link set vp master br0; ip link set vp up
ip -n peer addr add 10.0.0.3/16 dev eth0; ip -n peer addr add fd00:1::3/64 dev eth0 nodad; ip -n peer link set eth0 up
ip -n peer route add default via 10.0.0.1; ip -n peer route add default via fd00:1::1
# Bridged packets pass by the rules only where br_netfilter has them do so; here they don't.
for f in iptables ip6tables; do echo 0 2>/dev/null >/proc/sys/net/bridge/bridge-nf-call-$f; done
# The way to them is new; neighbours that knew another are to find it.
for way in "peer fd00:1::2" "peer 10.0.0.2" "out fd00:1::2" "out 10.0.0.2"; do
    i=0
    until [ -n "$(ip netns exec ${way% *} $TALK ${way#* } 80)" ] || [ $i -ge 20 ]; do i=$((i + 1)); sleep 0.2; done
done
nat publish 8000:10.0.0.2:80/tcp --quiet
expect "from outside" out 192.0.2.1 8000 "in:80 from 192.0.2.2"
say "from this host" "$($TALK 192.0.2.1 8000)" "in:80 from 1*"
expect "another port" out 192.0.2.1 8001 ""
expect "another host's port" in 192.0.2.2 8000 ""
expect "from a neighbour, no hairpin" peer 192.0.2.1 8000 ""
nat publish 8000:10.0.0.2:80/tcp --hairpin --quiet
expect "from a neighbour, hairpin" peer 192.0.2.1 8000 "in:80 from 10.0.0.1"
expect "from itself, hairpin" in 192.0.2.1 8000 "in:80 from 10.0.0.1"
nat publish 192.0.2.9:8000:10.0.0.2:8080/udp --quiet
udp "UDP, by one address" out 192.0.2.9 8000 "in:8080 from 192.0.2.2"
udp "UDP, not by another" out 192.0.2.1 8000 ""
nat publish '8000:[fd00:1::2]:80' --hairpin --quiet
expect "IPv6, from outside" out fd00:2::1 8000 "in:80 from fd00:2::2"
expect "IPv6, from a neighbour" peer fd00:2::1 8000 "in:80 from fd00:1::1"
nat list
nat flush
expect "no longer published" out 192.0.2.1 8000 ""
echo "$bad wrong"
[ "$bad" = 0 ]
