#!/usr/bin/env bash
# Runs one command as root in a throw-away guest kernel (User-Mode Linux), on the host's tree.
#
#   kernel.sh DIR LIMIT MEMORY COMMAND ARG...
#
# DIR holds linux.uml and lib/modules, not under /tmp; LIMIT is in seconds, MEMORY in MiB. $KERNEL_IP is the `ip` that
# sets the guest's lo up.
#
# What COMMAND sees:
#   /                   the host's tree; what it writes there stays in the guest's memory and is forgotten
#   /tmp /run /dev/shm  empty tmpfs; /run/netns is there
#   .                   the caller's current directory, also where that is under /tmp
#   $KERNEL_OUT         if set: a host directory, shared read-write under its own name
#   environment         the caller's, less TMPDIR; standard input is /dev/null
#   modprobe            works, and the kernel loads modules by itself as needed
#
# Standard output and standard error come through as they are written. Exit status: COMMAND's (128+N where signal N
# killed it); 124 when it ran out of time; 125 when the guest did not boot or died early (its kernel's last messages go
# to stderr). It keeps COMMAND from changing the host by accident. It is no jail for hostile code.
set -u

die() { echo "kernel: $*" >&2; exit 125; }

[ $# -ge 4 ] || die "usage: kernel.sh DIR LIMIT MEMORY COMMAND ARG..."
dir=$(realpath -e -- "$1") limit=$2 mem=$3; shift 3
[ "$(id -u)" = 0 ] || die "must be run as root"
uml=$dir/linux.uml modules=$dir/lib/modules
[ -x "$uml" ] || die "no $uml"
out=${KERNEL_OUT-} ip=${KERNEL_IP-ip}
if [ -n "$out" ]; then
	out=$(realpath -e -- "$out") && [ -d "$out" ] || die "no directory: $KERNEL_OUT"
fi

# The control folder: what the guest is to do, the pipes to it, the exit status.
ctl=$(mktemp -d "${TMPDIR:-/tmp}/kernel.XXXXXXXX") || die "mktemp failed"
guest=
end_guest() {
	# $guest is unshare, its one child the init of a PID namespace: SIGKILL to that child ends all that is in there, and
	# unshare collects it. "alive" reads as ended when that has come to pass; then the last output is due.
	[ -n "$guest" ] || return 0
	kill -KILL $(cat "/proc/$guest/task/$guest/children") || kill -KILL "$guest"
	read -r -t 10 -u "$alive"
	wait
	guest=
} 2>/dev/null
trap 'end_guest; rm -rf -- "$ctl"' EXIT
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM

# UML hands each system call of the guest from one process to another: that is two to three times as fast where both are
# on one CPU. Take any we may use.
cpus=()
for range in $(sed -n 's/,/ /g; s/^Cpus_allowed_list:\t//p' /proc/self/status); do
	for ((cpu = ${range%-*}; cpu <= ${range#*-}; cpu++)); do cpus+=($cpu); done
done
boot=(taskset -c "${cpus[RANDOM % ${#cpus[@]}]}"
	"$uml" mem="${mem}M" quiet root=none rootfstype=hostfs rootflags=/ ro
	dummy.numdummies=0 bonding.max_bonds=0 ifb.numifbs=0
	init="$ctl/init" uml_dir="$ctl/" umid=uml con=null ssl=null
	con0=null,fd:3 con1=null,fd:4 con2=null,fd:5)

# The job, in bash's own quoting. Where our stdout and stderr are one file, the guest uses one channel for both, to keep
# their order.
cwd=$PWD command=("$@") one_channel=
[ /proc/self/fd/1 -ef /proc/self/fd/2 ] && one_channel=1
declare -p modules ctl out ip cwd command one_channel >"$ctl/job" && export -p >"$ctl/env" || die "cannot write to $ctl"

# Guest, part 1: PID 1 on the host's tree, read-only. Makes a root to work in.
cat >"$ctl/init" <<'INIT'
#!/bin/bash
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
trap 'echo o > /proc/sysrq-trigger; sleep 9' EXIT
set -e
mount -t proc proc /proc
. "${BASH_SOURCE%/*}/job"
[ ! -e "$ctl/booted" ]              # UML's reboot(2) boots anew: end there

share() { # DIR MOUNTPOINT: mount a host directory read-write
	mkdir -p "$2"
	mount -t hostfs -o "$1" hostfs "$2"
}

m=$modules/$(uname -r)
grep -qw overlay /proc/filesystems || insmod "$m/kernel/fs/overlayfs/overlay.ko"
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
cd /mnt/root
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t bpf bpf sys/fs/bpf
mount -t devtmpfs devtmpfs dev
mkdir -p dev/pts dev/shm dev/net
mount -t devpts -o mode=620,ptmxmode=666 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -sf /proc/self/fd dev/fd
ln -sf fd/0 dev/stdin; ln -sf fd/1 dev/stdout; ln -sf fd/2 dev/stderr
[ -e dev/net/tun ] || mknod -m 666 dev/net/tun c 10 200
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs run
mkdir -p run/netns run/lock lib/modules
mount --bind "$modules" lib/modules
share "$ctl" run/kernel
case $cwd/ in
	/tmp/ | /run/) ;;   # these stay the empty tmpfs
	/tmp/* | /run/*) mkdir -p ".$cwd"; mount --bind "$cwd" ".$cwd" ;;
esac
[ -z "$out" ] || share "$out" ".$out"
mount -n --move . /
trap - EXIT
exec chroot . /bin/bash /run/kernel/main
INIT

# Guest, part 2: PID 1 in the writable root. Runs the command.
cat >"$ctl/main" <<'MAIN'
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
trap 'sync; echo o > /proc/sysrq-trigger; sleep 9' EXIT
. /run/kernel/job
: > /run/kernel/booted
hostname kernel
modprobe -q ipv6                    # a module in UML's kernel
"$ip" link set lo up

# COMMAND writes into pipes, so that it behaves as in a pipeline. From there its output goes to UML's consoles 1 and 2.
to=(/dev/tty1 /dev/tty2); stty -F /dev/tty1 raw -echo; stty -F /dev/tty2 raw -echo
mkfifo -m 600 /run/kernel.1 /run/kernel.2
cat /run/kernel.1 > "${to[0]}" & cats=$!
cat /run/kernel.2 > "${to[1]}" & cats+=" $!"
(
	trap - EXIT
	exec < /dev/null > /run/kernel.1 2> /run/kernel.2
	[ -z "$one_channel" ] || exec 2>&1
	cd -- "$cwd" || exit 125
	. /run/kernel/env
	unset TMPDIR                    # it may not be there; /tmp is
	exec -- "${command[@]}"
) &
wait $!
status=$?

# End what COMMAND left running, as it may hold the pipes; then let the last of the output out: stty waits until a
# terminal has sent all that it was given.
for p in /proc/[0-9]*; do
	p=${p#/proc/}
	case " 1 $cats " in *" $p "*) ;; *) kill -KILL "$p" 2>/dev/null ;; esac
done
wait
for tty in "${to[@]}"; do stty -F "$tty" raw; done
echo $status > /run/kernel/status
MAIN
chmod 700 "$ctl/init"

# Fd 3 is the guest kernel's console, kept for when it dies. Fds 4 and 5 are UML's consoles 1 and 2, pipes since it
# cannot poll files. The pipe "alive" is closed when the guest's last process ends. The guest has a session of its own,
# since a panicking UML signals its process group, and is not the namespace's PID 1, since it could not abort(3) as that.
mkfifo "$ctl/con0" "$ctl/con1" "$ctl/con2" "$ctl/alive" || die "mkfifo failed"
cat <"$ctl/con0" >"$ctl/log" &
cat <"$ctl/con1" &
cat <"$ctl/con2" >&2 &
setpriv --pdeathsig KILL unshare --pid --fork --kill-child=KILL sh -c 'setsid "$@" & wait $!' sh "${boot[@]}" \
	</dev/null 3>"$ctl/con0" 4>>"$ctl/con1" 5>>"$ctl/con2" 6>"$ctl/alive" >&3 2>&3 &
guest=$!
exec {alive}<"$ctl/alive"

# Wait until it has ended, but no longer than the limit.
read -r -t "$limit" -u "$alive"
if [ $? -gt 128 ]; then
	end_guest
	echo "kernel: timed out after $limit s" >&2
	exit 124
fi
wait
guest=

[ ! -s "$ctl/status" ] || exit "$(cat "$ctl/status")"
echo "kernel: the guest ended before the command did; its kernel's last messages:" >&2
tail -n 40 "$ctl/log" >&2
exit 125
