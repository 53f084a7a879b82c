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

/*
 * TCP's numbers of options that came with Linux 6.7 (TCP_IS_MPTCP), 6.15 and 6.18, for headers that
 * are older: the kernel's, where the module is built, and the C library's, where a program is. They
 * stand here because this is the one file that both include.
 */
#ifndef TCP_IS_MPTCP
#define TCP_IS_MPTCP		43
#endif
#ifndef TCP_RTO_MAX_MS
#define TCP_RTO_MAX_MS		44
#endif
#ifndef TCP_RTO_MIN_US
#define TCP_RTO_MIN_US		45
#endif
#ifndef TCP_DELACK_MAX_US
#define TCP_DELACK_MAX_US	46
#endif

#endif /* TOY_UAPI_H */
