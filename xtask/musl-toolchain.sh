#!/usr/bin/env bash
# Prepares a Rust toolchain with std for musl, x86_64, on Debian without rustup's targets: Debian's rustc-web (the rustc
# that its stable suites keep current for browsers) with its own rust-web-src, and this system's cargo and cc.
#
#   musl-toolchain.sh DIR      then DIR/cargo-musl build … in any crate; results under target/x86_64-unknown-linux-musl/
#
# DIR is to be empty. Nothing is installed: packages are checked and downloaded by apt with
# lists of its own and unpacked under DIR.
# RUST_WEB=1.96 (default), a version's beginning: which rustc-web; fails, saying what there is, when there is no such.
#
# std is built to abort at a panic without a word, and so must what is built with it: a tenth less file. cargo-musl sees to
# that, with RUSTC_BOOTSTRAP, since the compiler calls this way of panicking unstable.
set -euo pipefail
want=${RUST_WEB:-1.96}
target=x86_64-unknown-linux-musl
dir=$(mkdir -p "${1:?usage: musl-toolchain DIR}" && cd "$1" && pwd)
mkdir -p "$dir"/{lists/partial,cache/archives/partial,bin}

# A package state of its own: nothing but a C compiler is installed, so apt names every library, whatever this machine has.
cat >"$dir/status" <<'S'
Package: host-cc
Status: install ok installed
Architecture: amd64
Version: 1
Maintainer: none <none@localhost>
Provides: gcc (= 99), libc-dev (= 99), libc6-dev (= 99), binutils (= 99), gcc-x86-64-linux-gnu (= 99)
Description: the system's own

S
o=(-oDir::State::Lists="$dir/lists" -oDir::State::status="$dir/status" -oDir::Cache="$dir/cache" -oAPT::Sandbox::User=root
   -oDir::Cache::archives="$dir/cache/archives" -oAcquire::Languages=none -oAPT::Keep-Downloaded-Packages=true)
apt-get "${o[@]}" -qq update
version=$(apt-cache "${o[@]}" madison rustc-web | awk -v w="$want" 'index($3, w) == 1 { print $3; exit }')
[ -n "$version" ] || { echo "no rustc-web $want here; there is:" >&2; apt-cache "${o[@]}" madison rustc-web >&2; exit 1; }
srcversion=$(apt-cache "${o[@]}" madison rust-web-src | awk -v v="${version%+b*}" '$3 == v { print $3; exit }')
llvm=$(apt-cache "${o[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
       "rustc-web=$version" | grep -oE '^libllvm[0-9]+' | sort -V | tail -1)
apt-get "${o[@]}" -qq -y --no-install-recommends -d install "rustc-web=$version" "libstd-rust-web-dev=$version" \
	"rust-web-src=$srcversion" "libunwind-${llvm#libllvm}-dev" musl-dev >/dev/null
rm -rf "$dir/root"; mkdir "$dir/root"
for f in "$dir"/cache/archives/*.deb; do
	case ${f##*/} in libc6_* | libgcc-s1_* | gcc-*-base_* | libstdc++6_* | libcrypt1_*) ;; # the system's own serve
	*) dpkg --fsys-tarfile "$f" | tar -x -C "$dir/root" --anchored --no-wildcards-match-slash \
		--exclude=./usr/share --exclude='./usr/src/rustc-*/src' --exclude='./usr/src/rustc-*/compiler' ;; esac
done

# rustc from there, with its libraries; it finds its sysroot, root/usr, by itself.
for t in rustc rustdoc; do
	printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' \
		"$dir/root/usr/lib/x86_64-linux-gnu:$dir/root/lib/x86_64-linux-gnu" "$dir/root/usr/bin/$t" >"$dir/bin/$t"
	chmod +x "$dir/bin/$t"
done

# What rustup's target ships as self-contained: musl's start files and libc, gcc's crtbegin and crtend, LLVM's unwinder.
lib=$dir/root/usr/lib/rustlib/$target/lib self=$dir/root/usr/lib/rustlib/$target/lib/self-contained
mkdir -p "$self"
cp "$dir"/root/usr/lib/x86_64-linux-musl/{crt1.o,Scrt1.o,rcrt1.o,crti.o,crtn.o,libc.a} "$self"
for f in crtbegin.o crtbeginS.o crtend.o crtendS.o; do cp "$(cc -print-file-name=$f)" "$self"; done
cp "$dir/root/usr/lib/llvm-${llvm#libllvm}/lib/libunwind.a" "$self"
cat >"$dir/fortify.c" <<'C' # Debian builds its unwinder with _FORTIFY_SOURCE for glibc; musl has none of glibc's checked names
#include <stdarg.h>
#include <stddef.h>
struct file;
int vfprintf(struct file *, const char *, va_list), vsnprintf(char *, size_t, const char *, va_list);
int __fprintf_chk(struct file *f, int flag, const char *s, ...)
{
	va_list a;
	va_start(a, s);
	int n = vfprintf(f, s, a);
	va_end(a);
	return n;
}
int __vfprintf_chk(struct file *f, int flag, const char *s, va_list a) { return vfprintf(f, s, a); }
int __vsnprintf_chk(char *b, size_t n, int flag, size_t max, const char *s, va_list a) { return vsnprintf(b, n, s, a); }
C
cc -O2 -fno-builtin -U_FORTIFY_SOURCE -ffunction-sections -c "$dir/fortify.c" -o "$dir/fortify.o"
ar r "$self/libunwind.a" "$dir/fortify.o"

# C code of a crate (the cc crate asks CC_<target>): musl-gcc with its specs moved to where musl-dev lies here.
sed "s#/usr/\(lib\|include\)/x86_64-linux-musl#$dir/root/usr/\1/x86_64-linux-musl#g" \
	"$dir/root/usr/lib/x86_64-linux-musl/musl-gcc.specs" >"$dir/musl-gcc.specs"
printf '#!/bin/sh\nexec cc "$@" -specs %s\n' "$dir/musl-gcc.specs" >"$dir/bin/musl-gcc"; chmod +x "$dir/bin/musl-gcc"

# std, by its own lock file, as rustc's bootstrap builds it: once, into the sysroot, so that no crate needs -Zbuild-std. For
# size, as sorting, numbers' text and paths are nothing that a command spends time in: 60 KB less file.
src=$(echo "$dir"/root/usr/src/rustc-*/library) panic='-Zunstable-options -Cpanic=immediate-abort'
grep -q '^\[profile.release.package.panic_abort\]' "$src/Cargo.toml" || { # before 1.9x bootstrap's own rustc wrapper said so
	sed -i '1i cargo-features = ["profile-rustflags"]' "$src/Cargo.toml"
	printf '\n[profile.release.package.panic_abort]\nrustflags = ["-Cpanic=abort"]\n' >>"$src/Cargo.toml"; }
RUSTC=$dir/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$dir/std RUSTC_WRAPPER= __CARGO_DEFAULT_LIB_METADATA=musl \
CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS="-Zforce-unstable-if-unmarked -Cembed-bitcode=yes -Copt-level=s $panic --remap-path-prefix=$src=/rustc/library" \
	cargo build --quiet --release --locked --target $target --manifest-path "$src/sysroot/Cargo.toml" --no-default-features --features optimize_for_size
rm -f "$lib"/*.rlib; cp "$dir/std/$target/release/deps"/*.rlib "$lib"

cat >"$dir/cargo-musl" <<S
#!/bin/sh
# cargo with the musl toolchain beside this script
export RUSTFLAGS="\$RUSTFLAGS $panic" RUSTC_BOOTSTRAP=1
exec env -u RUSTUP_TOOLCHAIN RUSTC='$dir/bin/rustc' RUSTDOC='$dir/bin/rustdoc' CARGO_BUILD_TARGET=$target CC_x86_64_unknown_linux_musl='$dir/bin/musl-gcc' cargo "\$@"
S
chmod +x "$dir/cargo-musl"
rm -rf "$dir"/{std,lists,cache,status,lock*,fortify.*} "$dir"/root/usr/{src,libexec,share}
