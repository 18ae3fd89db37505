/* SPDX-License-Identifier: MIT */
/* Of the Windows SDK's ole2.h: that it brings unknwn.h. */
#include <unknwn.h>
