#!/bin/bash
# Holds the tree to its rules (make lint): layout, static analysis, the
# direction of includes, the sizes of functions and files, the functions that
# nobody may call. Each check runs to its end and prints what it found.
set -uo pipefail
cd "$(dirname "$0")/.."

FUNCTION_MAX=80
FILE_MAX=700
JOBS=$(nproc)
SEEN=build/lint
FOUND=0
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
mkdir -p "$SEEN"
mapfile -t SOURCES < <(git ls-files -co --exclude-standard \
	'lib/*.c' 'cgi-bin/*.c' | sort)
mapfile -t TESTS < <(git ls-files -co --exclude-standard 'tests/*.c' | sort)
mapfile -t HEADERS < <(git ls-files -co --exclude-standard '*.h' | sort)
FLAGS=(-std=gnu11 -D_GNU_SOURCE -Ilib -Icgi-bin -Wall -Wextra)
# Both are the Makefile's.
read -ra LIBRARY_FLAGS < <(echo "$(pkg-config --cflags $PACKAGES) $SONAMES")

# Files from before that are gone from the tree are no sources.
existing() {
	local -n list=$1
	local file kept=()
	for file in "${list[@]}"; do
		[[ -f $file ]] && kept+=("$file")
	done
	list=("${kept[@]}")
}
existing SOURCES
existing TESTS
existing HEADERS

# check NAME COMMAND…: prints the command's output when it fails.
check() {
	local name=$1
	shift
	if "$@" >"$TMP/out" 2>&1; then
		echo "ok    $name"
	else
		echo "FAIL  $name"
		sed 's/^/    /' "$TMP/out"
		FOUND=1
	fi
}

# in_parallel FUNCTION: with each source.
in_parallel() {
	local declared
	declared=$(declare -p FLAGS LIBRARY_FLAGS)
	printf '%s\0' "${SOURCES[@]}" | xargs -0 -n 1 -P "$JOBS" \
		bash -c "$declared; $1 \"\$1\"" bash
}

layout() {
	clang-format --dry-run -Werror "${SOURCES[@]}" "${TESTS[@]}" "${HEADERS[@]}"
}

# One that was found clean and has not changed since, nor what it includes, is
# not looked at again.
tidy() {
	local clean=$SEEN/$({ gcc "${FLAGS[@]}" "${LIBRARY_FLAGS[@]}" -E "$1" &&
		cat .clang-tidy; } | sha256sum | cut -c1-64)
	[[ -e $clean ]] && return
	clang-tidy --quiet "$1" -- "${FLAGS[@]}" "${LIBRARY_FLAGS[@]}" \
		2>/dev/null && touch "$clean"
}

analysis() {
	in_parallel tidy
}

second_analysis() {
	cppcheck --quiet --std=c11 --language=c -j "$JOBS" -Ilib -Icgi-bin \
		--cppcheck-build-dir="$SEEN" \
		-D_GNU_SOURCE --enable=warning,performance,portability \
		--inline-suppr --suppress=missingIncludeSystem \
		--suppress=normalCheckLevelMaxBranches \
		--error-exitcode=1 "${SOURCES[@]}"
}

# A file includes from its own folder or one further left.
includes() {
	awk '
	BEGIN {
		n = split("base format service provider domain web", layer, " ")
		for (i = 1; i <= n; i++)
			rank[layer[i]] = i
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split(FILENAME, at, "/")
		split($0, quoted, "\"")
		split(quoted[2], to, "/")
		mine = at[1] == "cgi-bin" ? n + 1 : rank[at[2]]
		if (mine == 0 || (!(to[1] in rank) && at[1] != "cgi-bin")) {
			print FILENAME ":" FNR ": no layer: " $0
			bad = 1
		} else if (rank[to[1]] > mine) {
			print FILENAME ":" FNR ": " at[2] " may not use " quoted[2]
			bad = 1
		}
	}
	END { exit bad }' "${SOURCES[@]}" $(printf '%s\n' "${HEADERS[@]}" |
		grep -E '^(lib|cgi-bin)/')
}

function_sizes() {
	ctags -x --_xformat='%{line} %{end} %F %N' --kinds-C=f --fields=+ne \
		"${SOURCES[@]}" | awk '{ print $2 - $1 + 1, $3 ":" $1, $4 }' |
		sort -n >"$TMP/sizes"
	[[ -s $TMP/sizes ]] || return 1
	awk -v max=$FUNCTION_MAX '
		$1 > max { print $2 ": " $3 " has " $1 " lines, over " max; bad = 1 }
		END { exit bad }' "$TMP/sizes"
}

file_sizes() {
	wc -l "${SOURCES[@]}" "${HEADERS[@]}" "${TESTS[@]}" | awk -v max=$FILE_MAX '
		$2 != "total" && $1 > max { print $2 " has " $1 " lines"; bad = 1 }
		END { exit bad }'
}

# What nobody may call, and the files that may all the same. Looked for in
# objects without optimisation, which calls functions by their own names.
BANNED='str(cpy|cat|tok|tol|toul|tod|ncpy|ncat)|sprintf|vsprintf|gets|ato[il]|atoll'
BANNED+='|sscanf|fscanf|gmtime|localtime|ctime|asctime|rand|srand|random|system'
BANNED+='|popen|alloca|tmpnam|mktemp|FCGX_FPrintF|FCGX_OpenSocket'
BANNED+='|malloc|calloc|realloc|free|strdup|strndup|asprintf'
allowed() {
	case $1 in
	lib/base/arena.c) echo 'malloc|calloc|realloc|free' ;; # what gives memory
	lib/base/num.c) echo 'strto(l|ul|ll|ull)' ;; # the strict parsers
	lib/format/json_scan.c) echo strtod ;; # of what it has already judged
	lib/service/db.c) echo 'calloc|free' ;; # one connection a process
	*) echo - ;;
	esac
}

banned_in() {
	local file=$1 object=$TMP/${1//\//_}.o
	gcc "${FLAGS[@]}" "${LIBRARY_FLAGS[@]}" -w -O0 -fno-builtin \
		-U_FORTIFY_SOURCE -c -o "$object" "$file" || return 1
	! nm -u "$object" | awk '{ print $2 }' | sed 's/@.*//; s/^__isoc99_//' |
		grep -xE "$BANNED" | grep -vxE -e "$(allowed "$file")" |
		sed "s|^|$file calls |" | grep .
}

banned() {
	in_parallel banned_in
}

# What is made from the tables can be made, and from all of them.
generated() {
	local surface program routes=$TMP/routes
	for program in build/plain/bin/*; do
		[[ -x $program ]] || continue
		"$program" --routes || return 1
	done >"$routes"
	awk -f nginx/problems.awk lib/base/err.def >/dev/null || return 1
	[[ -s $routes ]] || return 0
	for surface in portal admin; do
		awk -v surface=$surface -v run=/run/calock \
			-f nginx/locations.awk "$routes" >/dev/null || return 1
	done
}

scripts() {
	local file
	for file in sql/migrate sql/grants tests/lint.sh tests/npm.sh \
		tests/stack/packages.sh tests/fuzz/run.sh .ci/run; do
		bash -n "$file" || return 1
	done
	git ls-files -co --exclude-standard 'tests/*.mjs' 'nginx/*.mjs' \
		'nginx/*.js' | while read -r file; do
		[[ ! -f $file ]] || node --check "$file" || exit 1
	done
}

export -f tidy banned_in allowed
export TMP BANNED SEEN
check "layout (clang-format)" layout
check "static analysis (clang-tidy)" analysis
check "static analysis (cppcheck)" second_analysis
check "direction of includes" includes
check "functions of at most $FUNCTION_MAX lines" function_sizes
check "files of at most $FILE_MAX lines" file_sizes
check "banned functions" banned
check "generated files" generated
check "scripts" scripts
[[ ! -s $TMP/sizes ]] ||
	awk '{ size[NR] = $1 }
	END { print NR " functions, median " size[int((NR + 1) / 2)] \
	    " lines, longest " size[NR] }' "$TMP/sizes"
exit $FOUND
