#pragma once
/* What the files of the delivery share with each other alone. */
#include "domain/delivery.h"

/* What an attempt has for everybody: state, carrier, number, times. */
void delivery_attempt_json(const struct delivery *d, struct json_object *o);
