#!/bin/sh
# Makes .venv exactly as requirements-dev.txt locks it, on a machine that has only some Python or uv.
# Does nothing when it is made already. With --uv it only says where a working uv is. Needs no rights beyond this folder (and the package index).
set -u
cd "$(dirname "$0")/../.." || exit 1
lock=requirements-dev.txt
python=.venv/bin/python
stamp=.venv/.made-from
wanted="$(cksum <"$lock") $(cat .python-version)"

fits() { [ -x "$1" ] && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; }
works() { "$1" --version >/dev/null 2>&1; } # a pyenv shim may stand there and run nothing

[ "${1:-}" = --uv ] || if fits $python && [ "$(cat $stamp 2>/dev/null)" = "$wanted" ]; then exit 0; fi

fail() {
	printf '%s\n%s\n' "$1" "$2" >&2
	exit 1
}

# Run a long command so that stopping us stops it too.
child=
trap '[ -z "$child" ] || kill "$child" 2>/dev/null; exit 143' TERM INT HUP
long() {
	"$@" </dev/null &
	child=$!
	wait "$child"
	code=$?
	child=
	return $code
}

mkdir -p .uv 2>/dev/null && touch .uv/writable 2>/dev/null || fail \
	"The folder $PWD cannot be written: give this account the right to write there, or clone elsewhere." \
	"เขียนลงในโฟลเดอร์ $PWD ไม่ได้: โปรดให้สิทธิ์เขียนแก่บัญชีนี้ หรือ clone ไว้ที่อื่น"
rm -f .uv/writable

# Without a home of its own, everything fetched stays in the checkout.
if ! { [ -n "${HOME:-}" ] && mkdir -p "$HOME" 2>/dev/null && [ -w "$HOME" ]; }; then
	export UV_CACHE_DIR="$PWD/.uv/cache" UV_PYTHON_INSTALL_DIR="$PWD/.uv/python"
	export PIP_CACHE_DIR="$PWD/.uv/pip"
fi
# A firm's own mirror and certificates count for uv as they do for pip.
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
[ -z "${PIP_INDEX_URL:-}" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}"

# Every Python that this machine may have, best first; one that does not run is passed over.
# The account's own home counts even where $HOME points to another folder.
own_home=$(eval "echo ~$(id -un 2>/dev/null)")
pythons() {
	for minor in 13 12 14; do
		command -v "python3.$minor"
		ls -d "${PYENV_ROOT:-$own_home/.pyenv}"/versions/3.$minor*/bin/python \
			"$own_home"/.local/share/uv/python/cpython-3.$minor*/bin/python \
			/usr/local/bin/python3.$minor /opt/python/*3.$minor*/bin/python 2>/dev/null
	done
	command -v python3
	command -v python
	[ ! -x /usr/bin/python3 ] || echo /usr/bin/python3
}

find_uv() {
	for uv in uv "${HOME:-/nonexistent}/.local/bin/uv" .uv/bin/uv .uv/env/bin/uv; do
		works "$uv" && return 0
	done
	return 1
}

fetch_uv() {
	echo "uv → .uv/" >&2
	for any in $(pythons); do
		"$any" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null || continue
		long "$any" -m pip install --quiet --disable-pip-version-check --upgrade --target .uv uv \
			2>>.uv/log && works .uv/bin/uv && return 0
		# A Python without pip of its own can often still make an environment that has it.
		"$any" -m venv .uv/env 2>>.uv/log &&
			long .uv/env/bin/python -m pip install --quiet uv 2>>.uv/log &&
			works .uv/env/bin/uv && return 0
	done
	return 1
}

venv() { long "$uv" venv --quiet --clear --python "$1" .venv 2>>.uv/log; }

venv_of_local() {
	for any in $(pythons); do
		fits "$any" && venv "$any" && return 0
	done
	return 1
}

with_uv() {
	if ! fits $python; then
		# What the machine has comes first; only then is a Python fetched.
		UV_PYTHON_DOWNLOADS=never venv "$(cat .python-version)" || venv_of_local ||
			venv "$(cat .python-version)" || return 1
	fi
	quiet=
	[ -t 2 ] || quiet=--quiet
	long "$uv" pip sync $quiet --require-hashes --python $python "$lock"
}

with_pip() {
	for any in $(pythons); do
		fits "$any" || continue
		"$any" -m venv --clear .venv 2>>.uv/log &&
			long $python -m pip install --quiet --require-hashes -r "$lock" && return 0
	done
	return 1
}

if [ "${1:-}" = --uv ]; then
	: >.uv/log
	{ find_uv || { fetch_uv && find_uv; }; } && echo "$uv" && exit 0
	fail "uv was not found and could not be fetched." "ไม่พบ uv และดาวน์โหลดไม่ได้"
fi

echo "Environment · สภาพแวดล้อม: .venv ← $lock"
: >.uv/log
made=
{ find_uv || { fetch_uv && find_uv; }; } && with_uv && made=yes
[ -n "$made" ] || { with_pip && made=yes; }
if [ -z "$made" ]; then
	tail -n 5 .uv/log >&2
	# A Python that fits was there or came: then it was the packages.
	local=
	for any in $python $(pythons); do fits "$any" && local=$any && break; done
	[ -n "$local" ] || fail \
		"No Python 3.12 or newer was found, and none could be fetched: install Python 3.13 (or uv) and start again." \
		"ไม่พบ Python 3.12 ขึ้นไป และดาวน์โหลดไม่ได้: โปรดติดตั้ง Python 3.13 (หรือ uv) แล้วเริ่มใหม่"
	fail \
		"The packages of $lock could not be installed: make sure that uv or pip works and the package index can be reached, then start again." \
		"ติดตั้งแพ็กเกจตาม $lock ไม่ได้: โปรดตรวจว่า uv หรือ pip ใช้งานได้และเชื่อมต่อกับคลังแพ็กเกจได้ แล้วเริ่มใหม่"
fi
printf '%s\n' "$wanted" >$stamp
