#pragma once
/*
 * How long a worker waits for its peer in all, over as many reads and writes
 * as that takes: a time-out of the socket begins anew with each byte, and who
 * sends one now and then would have the worker for good.
 */
#include <stdbool.h>
#include <stdint.h>

/* What a peer may take for n bytes, in ms. */
int patience_for(int64_t n);

/* Once in a process, before the others; false when it cannot be. */
bool patience_open(void);

/* From here on waiting for fd counts. After ms it is shut, how as for
 * shutdown(2): what is there can still be read, nothing is waited for. */
void patience_begin(int fd, int how, int ms);

/* Until here; the ms that were left. */
int patience_end(void);
