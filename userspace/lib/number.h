/* SPDX-License-Identifier: GPL-2.0 */
/*
 * number.h - numbers out of arguments
 */
#ifndef TOY_LIB_NUMBER_H
#define TOY_LIB_NUMBER_H

/* A decimal number from @least (0 or more) to @most and nothing behind it, or -1. */
long number_in(const char *arg, long least, long most);

#endif /* TOY_LIB_NUMBER_H */
