#pragma once
/* The table of all statements, made from the .def files of this folder. */
#include "domain/field.h"
#include "service/config.h"
#include "service/db.h"

enum sql {
#define STMT(name, programs, in, out, rights, sql) SQL_##name,
#include "domain/sql.def"
#undef STMT
	SQL__N
};

extern const struct statement sql_statements[SQL__N];

/* Prints the GRANT statements that the user of a program needs. */
void sql_print_grants(enum program p);
