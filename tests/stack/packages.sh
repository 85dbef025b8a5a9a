#!/bin/bash
# Installs the Debian packages that are missing for the named sets, in one
# apt-get call: tests/stack/packages.sh build run test lint
# As root or through `sudo -n`; otherwise prints the one line that a person
# has to run and exits 2. Says nothing when everything is there.
set -euo pipefail

declare -A SETS=(
	[build]="gcc libc6-dev make pkgconf libfcgi-dev libmariadb-dev
		libjson-c-dev libcurl4-openssl-dev libssl-dev libcrypt-dev
		libmagic-dev libqrencode-dev libpango1.0-dev libqpdf-dev
		libseccomp-dev libpoppler-glib-dev libzbar-dev libxlsxwriter-dev
		libminizip-dev liboath-dev zlib1g-dev"
	[run]="mariadb-server-core mariadb-client-core nginx openssl util-linux
		fonts-noto-cjk"
	[test]="libcmocka-dev chromium-headless-shell poppler-utils zbar-tools
		fiu-utils libfiu-dev qpdf qrencode unzip libxml2-utils
		clamav-daemon mariadb-client spin"
	[lint]="clang-format clang-tidy cppcheck universal-ctags binutils"
	[valgrind]="valgrind libc6-dbg"
	[fuzz]="clang libclang-rt-dev"
)

# A Node of another source is as good, when it is new enough.
node_is_there() {
	local major
	major=$(node --version 2>/dev/null) || return 1
	major=${major#v}
	[[ ${major%%.*} -ge 18 ]]
}

wanted() {
	local set
	for set in "$@"; do
		[[ -n ${SETS[$set]:-} ]] || {
			echo "packages.sh: no set '$set'" >&2
			exit 64
		}
		printf '%s\n' ${SETS[$set]}
		case $set in
		run) node_is_there || echo nodejs ;;
		test)
			command -v npm >/dev/null || echo npm
			command -v systemd-analyze >/dev/null || echo systemd
			;;
		esac
	done | sort -u
}

missing() {
	local name installed
	installed=" $(dpkg-query -W -f '${db:Status-Status} ${Package}\n' |
		sed -n 's/^installed //p' | tr '\n' ' ') "
	while read -r name; do
		[[ $installed == *" $name "* ]] || echo "$name"
	done
}

# apt starts no service meanwhile, unless a policy is there already.
POLICY=/usr/sbin/policy-rc.d
hold_services() {
	$AS_ROOT sh -c "set -C; printf '#!/bin/sh\nexit 101\n' >$POLICY &&
	    chmod 755 $POLICY" 2>/dev/null || return 0
	trap '$AS_ROOT rm -f $POLICY' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

mapfile -t NEED < <(wanted "$@")
mapfile -t MISSING < <(printf '%s\n' "${NEED[@]}" | missing)
[[ ${#MISSING[@]} -gt 0 ]] || exit 0

APT="apt-get -o DPkg::Lock::Timeout=300"
INSTALL="$APT install -y --no-install-recommends ${MISSING[*]}"
if [[ $(id -u) -eq 0 ]]; then
	AS_ROOT=
elif sudo -n true 2>/dev/null; then
	AS_ROOT="sudo -n"
else
	echo "Packages are missing. As root, run this and try again:" >&2
	echo "  apt-get update && $INSTALL" >&2
	exit 2
fi

echo "installing: ${MISSING[*]}"
hold_services
$AS_ROOT $APT -q update
$AS_ROOT env DEBIAN_FRONTEND=noninteractive $INSTALL </dev/null
