#!/bin/sh
# Rules on a kernel that lacks NFT_COMPAT: written in nf_tables' own expressions, they are listed, found and deleted as the
# same rules are otherwise, and packets go where they say. Needs ip, iptables in PATH, $TALK and $WITHOUT, programs that this
# crate builds, and $TOOLS, the folder of the tools; to be run in a fresh network and mount namespace.
mount -t tmpfs tmpfs /run && mkdir -p /run/netns || exit 1
bad=0
wrong() { echo "WRONG: $*"; bad=$((bad + 1)); }
without() { program=$1; shift; $WITHOUT "$TOOLS/$program" "$@"; }
NOTE="lacks NFT_COMPAT: rules are nf_tables' own expressions"

echo "== one rule after another"
iptables -t nat -N web; ip6tables -t nat -N web
while read -r tool rule; do
    eval "set -- $rule"
    $tool -t nat -A "$@" || wrong "refused otherwise: $rule"
    wanted=$($tool -t nat -S; $tool -t nat -L -n -v)
    $tool -t nat -F; $tool -t nat -D "$@" 2>/run/gone && wrong "still there: $rule"
    said=$(without $tool -t nat -A "$@" 2>&1) || wrong "refused: $rule: $said"
    case "$said" in *"$NOTE"*) ;; *) wrong "not said: $rule: $said" ;; esac
    got=$(without $tool -t nat -S; without $tool -t nat -L -n -v)
    [ "$got" = "$wanted" ] || wrong "listed otherwise: $rule
$got"
    without $tool -t nat -C "$@" || wrong "not found: $rule"
    without $tool-save -t nat >/run/saved; without $tool-restore /run/saved 2>/run/note
    grep -q "$NOTE" /run/note || wrong "restored, not said: $rule"
    got=$(without $tool -t nat -S; without $tool -t nat -L -n -v)
    [ "$got" = "$wanted" ] || wrong "restored otherwise: $rule
$got"
    without $tool -t nat -D "$@" || wrong "not deleted: $rule"
    [ "$($tool -t nat -S | grep -c ^-A)" = 0 ] || wrong "left there: $rule"
done <<'END'
iptables POSTROUTING -s 10.0.0.0/16 ! -o br0 -j MASQUERADE
iptables POSTROUTING -p tcp -j MASQUERADE --to-ports 1024-2047 --random
iptables POSTROUTING -j MASQUERADE --random-fully
iptables POSTROUTING -p udp -m udp --sport 4500 -j SNAT --to-source 192.0.2.1-192.0.2.9:500-600 --random-fully --persistent
iptables PREROUTING -p tcp -m tcp --dport 8080:8090 -j DNAT --to-destination 10.0.0.2:80
iptables PREROUTING -p tcp -m tcp ! --dport 22 --tcp-flags SYN,ACK SYN -j DNAT --to-destination :80
iptables PREROUTING -p tcp -m tcp -j REDIRECT --to-ports 12345 --random
iptables OUTPUT -d 10.1.0.0/16 -j NETMAP --to 10.2.0.0/16
iptables POSTROUTING -s 10.1.0.0/24 -j NETMAP --to 192.0.2.0/24
iptables PREROUTING -i eth+ -m mark ! --mark 0x10/0xf0 -j MARK --set-xmark 0x4000/0x4000
iptables PREROUTING -m addrtype --dst-type LOCAL -j web
iptables PREROUTING ! -d 127.0.0.0/8 -m addrtype ! --src-type BROADCAST,MULTICAST --dst-type LOCAL -g web
iptables web -m iprange --src-range 10.0.0.1-10.0.0.9 ! --dst-range 10.1.0.0-10.1.0.7 -j RETURN
iptables web -p icmp -m icmp --icmp-type 8/0 -j ACCEPT
iptables web -p icmp -m icmp ! --icmp-type 3 -m limit --limit 5/min -j ACCEPT
iptables web -p icmp -m icmp --icmp-type any
iptables PREROUTING -m conntrack --ctstate NEW,RELATED,UNTRACKED -m comment --comment "a \"b" -j ACCEPT
iptables POSTROUTING -m conntrack ! --ctstate DNAT --ctstatus SEEN_REPLY -j ACCEPT
iptables PREROUTING -m mac --mac-source 02:00:00:00:00:07 -j ACCEPT
iptables PREROUTING -i eth0 -m mac ! --mac-source 02:00:00:00:00:07 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128
iptables OUTPUT -p tcp -m tcp --dport 80 -m owner ! --uid-owner 7 -j REDIRECT --to-ports 3128
iptables OUTPUT -m owner --uid-owner 1000-1999 --gid-owner 5 -j RETURN
iptables POSTROUTING -m owner ! --gid-owner 100-200 -j MASQUERADE
iptables PREROUTING -m statistic --mode random --probability 0.33333333349 -j DNAT --to-destination 10.0.0.2
iptables PREROUTING -m statistic --mode random ! --probability 0.50000000000 -j web
iptables PREROUTING -m statistic --mode nth --every 3 --packet 0 -j DNAT --to-destination 10.0.0.3
iptables PREROUTING -m statistic --mode nth ! --every 4 --packet 2 -j web
iptables PREROUTING -p sctp -m sctp --dport 9899 -j DNAT --to-destination 10.0.0.2:9900
iptables POSTROUTING -p sctp -m sctp ! --sport 1:5 --dport 7 -j SNAT --to-source 192.0.2.1
iptables web -p sctp -m sctp -j RETURN
iptables PREROUTING -j LOG
iptables web -m limit --limit 1/sec -j LOG --log-prefix "a \"b: " --log-level 7 --log-tcp-options --log-uid
ip6tables POSTROUTING -s fd00::/64 -o eth0 -j MASQUERADE
ip6tables PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination [fd00::2]:8080
ip6tables POSTROUTING -d fd00::5/128 -j SNAT --to-source fd00::1-fd00::9
ip6tables POSTROUTING -s fd00:1::/64 -j NETMAP --to fd00:2::/64
ip6tables PREROUTING -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j REDIRECT
END

echo "== what has no form"
while read -r what rule; do
    said=$(eval "without iptables -t nat -A $rule" 2>&1); status=$?
    case "$status $said" in
    "4 "*"RULE_APPEND failed (No such file or directory): rule in chain "*"lacks NFT_COMPAT, and $(echo "$what" | tr _ ' ') "*) ;;
    *) wrong "$rule: exit $status, $said" ;;
    esac
done <<'END'
-m_multiport PREROUTING -p tcp -m multiport --dports 80,443 -j ACCEPT
-m_owner_with_--socket-exists_or_--suppl-groups OUTPUT -m owner --socket-exists -j ACCEPT
-m_addrtype_with_several_types PREROUTING -m addrtype --dst-type LOCAL,BROADCAST -j MASQUERADE
-m_policy POSTROUTING -m policy --dir out --pol none -j ACCEPT
-m_tcp_--tcp-option PREROUTING -p tcp -m tcp --tcp-option 2 -j ACCEPT
-m_physdev PREROUTING -m physdev --physdev-in eth0 -j ACCEPT
-j_NETMAP_outside_of_the_built-in_chains web -j NETMAP --to 10.0.0.0/8
-j_DNAT_with_a_port_range_that_is_shifted PREROUTING -p tcp -j DNAT --to-destination 10.0.0.2:100-200/50
END
printf '*nat\n-A web -s 10.0.0.0/8\n-A web -p tcp -m multiport --dports 1,2\nCOMMIT\n' >/run/file
said=$(without iptables-restore -n /run/file 2>&1) && wrong "restored what has no form"
case "$said" in *"line 3: RULE_APPEND failed"*"-m multiport has no form"*) ;; *) wrong "$said" ;; esac
said=$(without iptables -t nat -A PREROUTING -j MASQUERADE 2>&1)
case "$said" in *"MASQUERADE works only in POSTROUTING"*) ;; *) wrong "$said" ;; esac
[ "$(iptables -t nat -S | grep -c ^-A)" = 0 ] || wrong "something was written"

echo "== packets"
for n in in out; do ip netns add $n; done
ip link add vi type veth peer name eth0 netns in
ip link add vo type veth peer name eth0 netns out
ip addr add 10.0.0.1/16 dev vi; ip addr add 192.0.2.1/24 dev vo; ip addr add 192.0.2.9/24 dev vo
ip link set vi up; ip link set vo up; ip link set lo up
ip -n in addr add 10.0.0.2/16 dev eth0; ip -n out addr add 192.0.2.2/24 dev eth0
for n in in out; do ip -n $n link set eth0 up; ip -n $n link set lo up; done
ip -n in route add default via 10.0.0.1
echo 1 >/proc/sys/net/ipv4/ip_forward
serve() { mkfifo /run/ready; ip netns exec "$1" $TALK serve "$@" >/run/ready & read -r _ </run/ready; rm /run/ready; }
# expect WHAT NS ADDRESS PORT PATTERN
expect() {
    # Where an answer is owed, it is asked for three times: on a busy machine the first may find no neighbour in time.
    for _ in 1 ${5:+2 3}; do
        got=$(ip netns exec "$2" $TALK "$3" "$4")
        [ -z "$got" ] || break
    done
    case "$got" in $5) echo "ok: $1" ;; *) wrong "$1: \"$got\", not \"$5\"" ;; esac
}
# rule RULE: it and no other
rule() { iptables -t nat -F; without iptables -t nat -A "$@" 2>/run/note || wrong "$*: $(cat /run/note)"; }
serve out 7000; serve in 8080
expect "no NAT" in 192.0.2.2 7000 ""
rule POSTROUTING -s 10.0.0.0/16 -o vo -m conntrack --ctstate NEW -j MASQUERADE
expect "masquerade" in 192.0.2.2 7000 "out:7000 from 192.0.2.1 port *"
rule POSTROUTING -o vo -p tcp -j MASQUERADE --to-ports 4000-4009
expect "masquerade, ports" in 192.0.2.2 7000 "out:7000 from 192.0.2.1 port 400?"
rule POSTROUTING -p tcp -m iprange --src-range 10.0.0.1-10.0.0.5 -j SNAT --to-source 192.0.2.9:5000-5009
expect "snat, ports" in 192.0.2.2 7000 "out:7000 from 192.0.2.9 port 500?"
rule PREROUTING -p tcp -m addrtype --dst-type LOCAL -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:8080
expect "dnat" out 192.0.2.1 80 "in:8080 from 192.0.2.2 port *"
expect "which is for that port" out 192.0.2.1 81 ""
rule POSTROUTING -s 10.0.0.0/24 -j NETMAP --to 192.0.2.0/24
ip addr add 192.0.2.3/24 dev vo; ip -n in addr add 10.0.0.3/16 dev eth0; ip -n in route replace default via 10.0.0.1 src 10.0.0.3
expect "netmap of the source" in 192.0.2.2 7000 "out:7000 from 192.0.2.3 port *"
[ "$bad" = 0 ] && echo "all is well" || { echo "$bad wrong"; exit 1; }
