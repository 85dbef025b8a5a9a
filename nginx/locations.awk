# Makes an nginx locations file from the route tables of the programs:
#
#   for p in …; do $p --routes; done |
#       awk -v surface=portal -v run=/run/calock \
#           -v openapi=/path/openapi.json -f locations.awk
#
# Input, separated by tabs: method, path, roles, body limit in bytes, rate
# class (-, sign_in, certificate, upload), surface (portal, admin, callback), program,
# title.
# One location a path. A path belongs to one program; that and whatever else
# does not add up ends with a message and exit 1.

BEGIN {
	FS = "\t"
	if (surface != "portal" && surface != "admin")
		fail("surface is portal or admin, not '" surface "'")
	if (run !~ /^\/[A-Za-z0-9_.\/-]+$/)
		fail("run is the absolute path of the sockets' folder")
	# The key of each zone leaves out what only reads, see http.conf.
	rate["sign_in"] = "limit_req zone=calock_sign_in burst=9 nodelay;"
	rate["certificate"] = rate["sign_in"] "\n\tinclude calock/certificate.conf;"
	rate["upload"] = "limit_req zone=calock_upload burst=100 nodelay;" \
	    "\n\tlimit_conn calock_open_uploads 200;"
	rate["-"] = ""
	if (surface == "portal") {
		fallback("/api/", "application")
		fallback("/callback/", "callback")
	} else
		fallback("/admin/", "review")
}

function fail(why) {
	print "locations.awk: " why >"/dev/stderr"
	failed = 1
	exit 1
}

# What no route matches goes to a program, for its 404 in the usual form.
function fallback(path, name) {
	others[path] = name
}

NF != 8 { fail("line " NR " has " NF " fields, not 8") }
$4 !~ /^[0-9]+$/ { fail("the body limit of " $2 " is no number") }
!($5 in rate) { fail("the rate class of " $2 " is unknown: " $5) }
$6 !~ /^(portal|admin|callback)$/ { fail("the surface of " $2 " is " $6) }
$7 !~ /^[a-z]+$/ { fail("the program of " $2 " is " $7) }
$2 !~ /^\/[A-Za-z0-9_.{}\/-]*$/ { fail("the path " $2 " cannot be matched") }

($6 == "admin") == (surface == "admin") {
	if ($2 in program && program[$2] != $7)
		fail($2 " belongs to " program[$2] " and to " $7)
	if ($5 != "-" && $2 in class && class[$2] != "-" && class[$2] != $5)
		fail($2 " has two rate classes")
	if (!($2 in program))
		path[++n] = $2
	program[$2] = $7
	if ($4 + 0 > limit[$2] + 0)
		limit[$2] = $4
	if (!($2 in class) || $5 != "-")
		class[$2] = $5
}

# /a/{id}/b.pdf as a location; {…} is one segment of an opaque id.
function matcher(p) {
	if (p !~ /[{}]/)
		return "= " p
	gsub(/\./, "\\.", p)
	gsub(/[{][a-z_]+[}]/, "[A-Za-z0-9_-]+", p)
	if (p ~ /[{}]/)
		fail("the path " p " has a bad parameter")
	return "~ ^" p "$"
}

# A body that nobody wants may still be a small one: the program says 405.
function location(match_, name, bytes, limiting) {
	print "location " match_ " {"
	print "\tclient_max_body_size " (bytes > 0 ? bytes : 65536) ";"
	if (limiting != "")
		print "\t" limiting
	print "\tinclude calock/" surface "_program.conf;"
	print "\tfastcgi_pass unix:" run "/" name ".sock;"
	print "}\n"
}

# A description that `make` made from the same tables.
function document(path_, file) {
	print "location = " path_ " {"
	print "\tinclude calock/portal_headers.conf;"
	print "\tadd_header Cache-Control no-cache always;"
	print "\ttypes {\n\t}"
	print "\tdefault_type application/json;"
	print "\talias \"" file "\";"
	print "}\n"
}

END {
	if (failed)
		exit 1
	if (NR == 0)
		fail("there are no routes")
	print "# Made by locations.awk from the programs' --routes; do not edit.\n"
	for (i = 1; i <= n; i++)
		location(matcher(path[i]), program[path[i]], limit[path[i]], \
		    rate[class[path[i]]])
	for (p in others)
		location(p, others[p], 0, "")
	if (surface == "portal" && openapi != "")
		document("/api/openapi.json", openapi)
}
