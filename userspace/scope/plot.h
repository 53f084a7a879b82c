/* SPDX-License-Identifier: GPL-2.0 */
/*
 * plot.h - time-sequence graphs as pictures
 */
#ifndef SCOPE_PLOT_H
#define SCOPE_PLOT_H

#include "export.h"

/*
 * Write the graphs of a flow, one for each end that sent data, @top pixels below the top of their
 * <svg>; @f NULL: only measure. Returns their height: 0 when nobody sent any.
 */
int plot_flow(FILE *f, const struct flow *flow, const struct exported *ex, int top);

/* The style sheet that they need besides picture_style. */
extern const char plot_style[];

#endif /* SCOPE_PLOT_H */
