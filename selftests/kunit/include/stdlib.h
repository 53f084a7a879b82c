/* SPDX-License-Identifier: GPL-2.0 */
/* see ../host.h */
