# calock: make run | test | lint | install; see README.md
SHELL := /bin/bash
.DEFAULT_GOAL := all
O ?= build/plain
B := $(O)/bin

CC ?= gcc
WARN := -Wall -Wextra -Wshadow -Wformat=2 -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Werror
HARD := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection
CFLAGS ?= -O2 -g
PACKAGES := json-c libmariadb libcurl libcrypto pangocairo libqpdf \
	poppler-glib liboath
CPPFLAGS += -Ilib -Icgi-bin -D_GNU_SOURCE $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
ALL_CFLAGS = -std=gnu11 $(WARN) $(SAN) $(if $(SAN),,$(HARD)) -fPIE $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SAN) $(LDFLAGS)
LIBS := -lfcgi -ljson-c -lmariadb -lcurl -lcrypto -lcrypt -lmagic -lqrencode \
	-lqpdf -loath -lseccomp -lxlsxwriter -lminizip -lz
# For who makes or looks at pages; --as-needed keeps them from the others.
LIBS += -lpangocairo-1.0 -lpangoft2-1.0 -lpango-1.0 -lcairo -lfontconfig \
	-lpoppler-glib -lzbar -lgobject-2.0 -lglib-2.0 -lm

# What only rare jailed code calls is loaded in there (lib/service/late.h), by the
# name that a program linked with it would look for.
soname = $(shell readelf -d "$$($(CC) -print-file-name=$(1).so)" 2>/dev/null | \
	sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
SONAMES := -DSONAME_POPPLER=$(call soname,libpoppler-glib) \
	-DSONAME_ZBAR=$(call soname,libzbar)
CPPFLAGS += $(SONAMES)

LIB_SRC := $(wildcard lib/*/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(O)/%.o)
# Objects that only a chain of rules asks for are kept.
.SECONDARY:
SUITES := $(O)/suites/driver $(O)/suites/planted
# Fuzz targets: under libFuzzer (make fuzz), and fed from files (make test).
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
UNIT := $(patsubst tests/unit/%.c,$(O)/unit/%,$(wildcard tests/unit/test_*.c))
# Run by tests/http, which starts the database that they need.
UNIT += $(patsubst tests/db/%.c,$(O)/db/%,$(wildcard tests/db/test_*.c))

$(O)/libcalock.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/unit/%: $(O)/tests/unit/%.o $(O)/libcalock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(O)/db/%: $(O)/tests/db/%.o $(O)/libcalock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(O)/suites/%: $(O)/tests/suites/%.o $(O)/libcalock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(O)/bench/%: $(O)/tests/bench/%.o $(O)/libcalock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(O)/fuzz/%: $(O)/tests/fuzz/fuzz_%.o $(O)/tests/fuzz/replay.o $(O)/libcalock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(O)/libfuzzer/%: $(O)/tests/fuzz/fuzz_%.o $(O)/libcalock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

SINGLE := $(basename $(notdir $(wildcard cgi-bin/*.c)))
REVIEW_OBJ := $(patsubst %.c,$(O)/%.o,$(wildcard cgi-bin/review/*.c))
PROGRAMS := $(SINGLE) $(if $(REVIEW_OBJ),review)

$(SINGLE:%=$(B)/%): $(B)/%: $(O)/cgi-bin/%.o $(O)/libcalock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS)

# What keepers and auditors call by hand.
TOOLS := $(basename $(notdir $(wildcard cgi-bin/tools/*.c)))

$(TOOLS:%=$(O)/tools/%): $(O)/tools/%: $(O)/cgi-bin/tools/%.o $(O)/libcalock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The texts and pictures are part of document.o, the list of fonts of page.o.
$(O)/cgi-bin/document.o: $(wildcard cgi-bin/document/*)
$(O)/lib/service/page.o: lib/service/page_fonts.conf

# The templates are part of pages.o, which shows sign-in and refusals too.
$(O)/cgi-bin/review/pages.o: $(wildcard cgi-bin/review/pages/*)
$(B)/account $(B)/document: $(O)/cgi-bin/review/pages.o
$(B)/account: $(O)/cgi-bin/review/layout.o \
	$(O)/cgi-bin/review/confirmations.o \
	$(patsubst %.c,$(O)/%.o,$(wildcard cgi-bin/account/*.c))

$(B)/review: $(REVIEW_OBJ) $(O)/libcalock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# The description of the API, from the tables of the programs.
$(O)/openapi.json: $(PROGRAMS:%=$(B)/%)
	@{ $(B)/account --openapi-head && sep= && \
	    for p in $(filter-out worker,$(PROGRAMS)); do \
	        printf '%s' "$$sep" && $(B)/$$p --openapi || exit 1; sep=,; \
	    done && echo '}}'; } >$@

.PHONY: all unit
all: $(PROGRAMS:%=$(B)/%) $(TOOLS:%=$(O)/tools/%) $(O)/openapi.json

# Unit tests run under ASan and UBSan: make unit. As shared libraries the two
# do not agree on where a report goes, and what UBSan says is lost.
SAN_MAKE = $(MAKE) --no-print-directory $(PARALLEL) O=build/san \
	CFLAGS='-O1 -g' SAN='-fsanitize=address,undefined -fno-sanitize-recover=all \
	-static-libasan -static-libubsan'
PARALLEL = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: unit unit-build unit-programs
unit: unit-build
	@node tests/run.mjs unit/

unit-build:
	@$(SAN_MAKE) unit-programs

unit-programs: $(UNIT) $(SUITES) $(FUZZ:%=$(O)/fuzz/%)

# The HTTP tests with programs that are built so. make test runs a part.
.PHONY: sanitized
sanitized:
	@tests/stack/packages.sh build run test
	@$(SAN_MAKE) all unit-programs
	@tests/npm.sh
	@exec node tests/run.mjs sanitized/

# The journey with every process of every program under valgrind.
.PHONY: valgrind
valgrind: $(PROGRAMS:%=build/valgrind/bin/%)
	@tests/stack/packages.sh build run test valgrind
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@cp $(O)/openapi.json build/valgrind
	@tests/npm.sh
	@exec node tests/run.mjs valgrind/

# A script in place of each program. One worker: more would but wait for it.
build/valgrind/bin/%: Makefile
	@mkdir -p $(@D)
	@printf '#!/bin/sh\nexport %s\nexec valgrind "%s" "$$@"\n' \
	    'CALOCK_WORKERS=1 CALOCK_WORKERS_APPLICATION=1 CALOCK_WORKERS_ATTACHMENT=1' \
	    '$(CURDIR)/$(B)/$*' >$@
	@chmod 755 $@

# clang does not say itself that it builds with ASan, as gcc does.
# libFuzzer on each target for TIME seconds; what it finds goes to
# tests/fuzz/found and is fed to the target by make test from then on.
TIME ?= 60
.PHONY: fuzz fuzz-programs
fuzz:
	@tests/stack/packages.sh build fuzz
	@$(MAKE) --no-print-directory $(PARALLEL) O=build/fuzz CC=clang \
	    CFLAGS='-O1 -g -D__SANITIZE_ADDRESS__' \
	    SAN='-fsanitize=address,undefined,fuzzer-no-link \
	    -fno-sanitize-recover=all' fuzz-programs
	@tests/fuzz/run.sh $(TIME) $(TARGET)

fuzz-programs: $(FUZZ:%=$(O)/libfuzzer/%)

# 100,000 requests under faults, or TIME seconds of them; and 10,000 operations
# with money.
.PHONY: soak
soak:
	@tests/stack/packages.sh build run
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@tests/npm.sh
	@node tests/faults/soak.mjs \
	    $(if $(filter file,$(origin TIME)),,--seconds $(TIME))
	@node tests/faults/money.mjs

# The goals of performance, each figure beside its limit in the same run:
# make bench [FIGURE=name] [ROUNDS=n]
.PHONY: bench bench-programs
bench:
	@tests/stack/packages.sh build run
	@$(MAKE) --no-print-directory $(PARALLEL) all bench-programs
	@exec node tests/bench/main.mjs

bench-programs: $(patsubst tests/%.c,$(O)/%,$(wildcard tests/bench/*.c))

.PHONY: run test lint routes
run:
	@tests/stack/packages.sh build run
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@exec node tests/stack/run.mjs

test:
	@tests/stack/packages.sh build run test
	@$(MAKE) --no-print-directory $(PARALLEL) all bench-programs
	@$(SAN_MAKE) all unit-programs
	@tests/npm.sh
	@exec node tests/run.mjs

lint:
	@tests/stack/packages.sh build lint
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@PACKAGES='$(PACKAGES)' SONAMES='$(SONAMES)' tests/lint.sh

# The pictures of the manual, from the portal as it is now.
.PHONY: manual-pictures
manual-pictures:
	@tests/stack/packages.sh build run test
	@$(MAKE) --no-print-directory $(PARALLEL) all
	@tests/npm.sh
	@exec node tests/browser/manual.mjs

# Every URL there is.
ROUTE_HEAD := METHOD\tPATH\tROLES\tBODY LIMIT\tRATE\tSURFACE\tPROGRAM\tTITLE\n
routes: all
	@{ printf '$(ROUTE_HEAD)'; for p in $(PROGRAMS); do \
	    $(B)/$$p --routes; done | sort -k 2,2 -k 1,1; } | \
	    column -t -s "$$(printf '\t')"

# The state machines for Graphviz, and as the pictures in README.
MACHINES := states order-states refund-states invoice-states \
    delivery-states
.PHONY: states picture
states: $(B)/payment
	@for m in $(MACHINES); do $(B)/payment --$$m || exit 1; done

picture: $(B)/payment
	for m in $(MACHINES); do \
	    $(B)/payment --$$m | dot -Tsvg >.readme/$$m.svg || exit 1; done

# For an existing nginx and MariaDB: the packager or keeper moves the nginx
# files to /etc/nginx and the units to where systemd looks.
PREFIX ?= /usr/local
SHARE := $(DESTDIR)$(PREFIX)/share/calock
RUN_DIR ?= /run/calock
UNITS := $(notdir $(wildcard cgi-bin/service/calock*))
# Who calls others; who reads and writes the store; who gives way to others.
OUTGOING := account payment worker
STORING := attachment document invoice review worker
PATIENT := worker
# Who seals the audit trail and leaves anchors of it.
ANCHORING := worker
NGINX_SRC := $(filter-out nginx/site.conf,$(wildcard nginx/*.conf))

.PHONY: install
install: all
	install -d $(DESTDIR)$(PREFIX)/libexec/calock $(SHARE)/sql \
	    $(SHARE)/nginx/calock $(SHARE)/systemd
	install -m 755 $(PROGRAMS:%=$(B)/%) $(DESTDIR)$(PREFIX)/libexec/calock
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/bin $(TOOLS:%=$(O)/tools/%)
	install -m 644 $(wildcard sql/[0-9]*.sql) $(SHARE)/sql
	install -m 644 $(O)/openapi.json $(SHARE)
	install -m 755 sql/migrate sql/grants $(SHARE)/sql
	install -m 644 $(NGINX_SRC) $(SHARE)/nginx/calock
	for p in $(PROGRAMS); do $(B)/$$p --routes || exit 1; done \
	    >$(SHARE)/nginx/routes.tsv
	for s in portal admin; do \
	    awk -v surface=$$s -v run=$(RUN_DIR) \
	        -v openapi=$(PREFIX)/share/calock/openapi.json \
	        -f nginx/locations.awk \
	        $(SHARE)/nginx/routes.tsv \
	        >$(SHARE)/nginx/calock/$${s}_locations.conf || exit 1; done
	awk -f nginx/problems.awk lib/base/err.def \
	    >$(SHARE)/nginx/calock/problems.conf
	sed 's|/usr/local|$(PREFIX)|' nginx/site.conf >$(SHARE)/nginx/site.conf
	cp -R nginx/portal $(SHARE)
	for u in $(UNITS); do sed 's|/usr/local|$(PREFIX)|' cgi-bin/service/$$u \
	        >$(SHARE)/systemd/$$u || exit 1; done
	for p in $(OUTGOING:%=%/outgoing) $(STORING:%=%/store) \
	        $(PATIENT:%=%/patient) $(ANCHORING:%=%/anchors); do \
	    install -D -m 644 cgi-bin/service/$${p#*/}.conf \
	        $(SHARE)/systemd/calock@$${p%/*}.service.d/$${p#*/}.conf || \
	        exit 1; done
	$(B)/account --sample >$(SHARE)/calock.conf.sample

-include $(shell find $(O) -name '*.d' 2>/dev/null)
