// SPDX-License-Identifier: GPL-2.0
/* struct inet_diag_handler has a member owner (Linux 6.8) */
#include <linux/inet_diag.h>
#include <linux/module.h>

const struct inet_diag_handler probe = { .owner = THIS_MODULE };
