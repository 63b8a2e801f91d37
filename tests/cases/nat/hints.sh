#!/bin/sh
# What `nat add` says of a forward chain that drops. Needs nat and ip in PATH, and $NFT; to be run in a fresh network and mount
# namespace.
mount -t tmpfs tmpfs /run || exit 1
echo 1 >/proc/sys/net/ipv4/ip_forward
bad=0
says() { # WANTED COMMAND…
    wanted=$1; shift
    said=$("$@" 2>&1) && [ "$said" = "$wanted" ] && return
    echo "WRONG: $*: $said"; bad=1
}
$NFT 'add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }' || exit 1
HINT="hint: forwarded packets are dropped by the policy of chain ip filter FORWARD"
says "$HINT" nat add masquerade -o eth0
says "$HINT" nat add dnat -p tcp --dport 80 --to-destination 10.0.0.2
says "" nat add redirect -p tcp --dport 81 --to-ports 8080
says "" nat add masquerade -o eth1 --quiet
$NFT 'delete table ip filter; add table inet t; add chain inet t c { type filter hook forward priority 5; policy drop; }'
says "hint: forwarded packets are dropped by the policy of chain inet t c" nat add masquerade -o eth2
$NFT 'add chain inet t c { policy accept; }'
says "" nat add masquerade -o eth3
exit $bad
