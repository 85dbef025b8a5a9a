# Makes the texts of what nginx itself refuses from the table of errors, so
# that they are the same as the programs': awk -f problems.awk err.def
# Which row speaks for a status of nginx:
BEGIN {
	row[400] = row[408] = row[414] = row[501] = row[505] = "MALFORMED"
	# Only of a certificate that it has not taken, see admin.conf.
	row[401] = "CERTIFICATE"
	row[403] = row[404] = "NOT_FOUND"
	row[405] = "METHOD"
	row[413] = "TOO_LARGE"
	row[429] = "THROTTLED"
	row[500] = "INTERNAL"
	row[502] = row[503] = row[504] = "BUSY"
}

# ERR(NAME, 413, INFO, "code", "title", "detail")
/^ERR\(/ {
	split($0, part, /[(,]/)
	split($0, text, "\"")
	code[part[2]] = text[2]
	title[part[2]] = text[4]
	detail[part[2]] = text[6]
	if ($0 ~ /[\\$;{}]/) {
		print "problems.awk: a text nginx cannot say: " $0 >"/dev/stderr"
		exit 1
	}
}

function map(name, texts, status) {
	print "map $status $calock_" name " {"
	print "\tdefault \"" texts["BUSY"] "\";"
	for (status = 400; status < 600; status++)
		if (status in row) {
			if (!(row[status] in texts)) {
				print "problems.awk: no " row[status] \
				    >"/dev/stderr"
				exit 1
			}
			print "\t" status " \"" texts[row[status]] "\";"
		}
	print "}\n"
}

END {
	print "# Made by problems.awk from lib/base/err.def; do not edit.\n"
	map("code", code)
	map("title", title)
	map("detail", detail)
}
