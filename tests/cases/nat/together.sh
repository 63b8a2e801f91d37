#!/bin/sh
# Two processes add entries at the same time, one by one: none is lost and nobody is told of the other. For a fresh network
# namespace, with our tools in PATH; says what is wrong and fails.
bad=0
add() {
    i=0
    while [ $i -lt 500 ]; do
        nat --quiet add dnat -d "10.$1.$((i / 256)).$((i % 256))" -p tcp --dport 80 --to-destination 10.0.0.2:80 || echo "nat add: $?"
        i=$((i + 1))
    done
}
append() {
    i=0
    while [ $i -lt 100 ]; do
        iptables -t nat -A POSTROUTING -s "10.$1.0.$i" -j MASQUERADE || echo "iptables -A: $?"
        i=$((i + 1))
    done
}
said=$( { add 1 & add 2 & append 1 & append 2 & wait; } 2>&1)
[ -z "$said" ] || { echo "$said" | head -20; bad=1; }
check() { [ "$2" = "$3" ] || { echo "$1: $2, not $3"; bad=1; }; }
check "entries" "$(nat list | wc -l)" 1000
check "rules" "$(iptables -t nat -S POSTROUTING | grep -c MASQUERADE)" 200
exit $bad
