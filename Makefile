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
CPPFLAGS += -Ilib -Icgi-bin -D_GNU_SOURCE $(shell pkg-config --cflags json-c libmariadb libcurl libcrypto 2>/dev/null)
ALL_CFLAGS = -std=gnu11 $(WARN) $(SAN) $(if $(SAN),,$(HARD)) -fPIE $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SAN) $(LDFLAGS)
LIBS := -lfcgi -ljson-c -lmariadb -lcurl -lcrypto -lcrypt -lmagic -lqrencode

LIB_SRC := $(wildcard lib/*/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(O)/%.o)
UNIT := $(patsubst tests/unit/%.c,$(O)/unit/%,$(wildcard tests/unit/test_*.c))

$(O)/libcalock.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/unit/%: $(O)/tests/unit/%.o $(O)/libcalock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

SINGLE := $(basename $(notdir $(wildcard cgi-bin/*.c)))
REVIEW_OBJ := $(patsubst %.c,$(O)/%.o,$(wildcard cgi-bin/review/*.c))
PROGRAMS := $(SINGLE) $(if $(REVIEW_OBJ),review)

$(SINGLE:%=$(B)/%): $(B)/%: $(O)/cgi-bin/%.o $(O)/libcalock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(B)/review: $(REVIEW_OBJ) $(O)/libcalock.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

.PHONY: all unit
all: $(PROGRAMS:%=$(B)/%)

# Unit tests run under ASan and UBSan: make unit
unit:
	@$(MAKE) --no-print-directory O=build/san CFLAGS='-O1 -g' \
	    SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' unit-run

.PHONY: unit-run
unit-run: $(UNIT)
	@set -e; for t in $(UNIT); do $$t; done

-include $(shell find $(O) -name '*.d' 2>/dev/null)
