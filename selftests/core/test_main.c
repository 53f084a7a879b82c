// SPDX-License-Identifier: GPL-2.0
/*
 * test_main.c - runs the unit tests: all, or those whose name has the argument in it.
 */
#include "tap.h"

int main(int argc, char **argv)
{
	return tap_main(argc, argv);
}
