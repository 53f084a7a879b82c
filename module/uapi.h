/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/**
 * DOC: uapi.h - what programs include to use the toy transport
 *
 *	fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TOY);
 *
 * and everything after that is tcp(7).
 */
#ifndef TOY_UAPI_H
#define TOY_UAPI_H

/* Protocol 253 is reserved for experiments (RFC 3692). */
#ifndef IPPROTO_TOY
#define IPPROTO_TOY	253
#endif

/* The option level; SOL_TCP is taken as well, with TCP's numbers. */
#ifndef SOL_TOY
#define SOL_TOY		IPPROTO_TOY
#endif

#endif /* TOY_UAPI_H */
