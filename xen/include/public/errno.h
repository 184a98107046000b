/* SPDX-License-Identifier: MIT */
/*
 * Error numbers, returned negated by hypercalls. Included plainly, C gets an enumeration XEN_EPERM,
 * XEN_ENOENT, ... (assembly: symbols, for guests older than 4.7). An includer may instead define
 * XEN_ERRNO(name, value) before each inclusion and gets the list through it; the macro is gone afterwards.
 */
#ifdef XEN_ERRNO
#define XEN_ERRNO_LIST
#elif !defined(__XEN_PUBLIC_ERRNO_H__)
#define __XEN_PUBLIC_ERRNO_H__
#ifndef __ASSEMBLY__
#define XEN_ERRNO_LIST
#define XEN_ERRNO_ENUM
#define XEN_ERRNO(name, value) XEN_##name = value,
enum xen_errno {
#elif __XEN_INTERFACE_VERSION__ < 0x00040700
#define XEN_ERRNO_LIST
#define XEN_ERRNO(name, value) .equ XEN_##name, value
#endif
#endif

#ifdef XEN_ERRNO_LIST
XEN_ERRNO(EPERM,           1)   /* the caller lacks the privilege */
XEN_ERRNO(ENOENT,          2)   /* no such object */
XEN_ERRNO(ESRCH,           3)   /* no such domain */
#ifdef __XEN__
XEN_ERRNO(EINTR,           4)   /* inside the hypervisor only: interrupted */
#endif
XEN_ERRNO(EIO,             5)   /* device error */
XEN_ERRNO(ENXIO,           6)   /* no such device or address */
XEN_ERRNO(E2BIG,           7)   /* too many arguments */
XEN_ERRNO(ENOEXEC,         8)   /* not an executable we know */
XEN_ERRNO(EBADF,           9)   /* bad handle */
XEN_ERRNO(ECHILD,         10)   /* no child */
XEN_ERRNO(EAGAIN,         11)   /* repeat the call */
XEN_ERRNO(EWOULDBLOCK,    11)   /* the same number as EAGAIN */
XEN_ERRNO(ENOMEM,         12)   /* out of memory */
XEN_ERRNO(EACCES,         13)   /* access refused */
XEN_ERRNO(EFAULT,         14)   /* a guest pointer could not be followed */
XEN_ERRNO(EBUSY,          16)   /* in use */
XEN_ERRNO(EEXIST,         17)   /* there already */
XEN_ERRNO(EXDEV,          18)   /* across devices */
XEN_ERRNO(ENODEV,         19)   /* no such device */
XEN_ERRNO(ENOTDIR,        20)   /* a directory was needed */
XEN_ERRNO(EISDIR,         21)   /* a directory was not expected */
XEN_ERRNO(EINVAL,         22)   /* malformed argument */
XEN_ERRNO(ENFILE,         23)   /* system-wide table full */
XEN_ERRNO(EMFILE,         24)   /* the caller's table is full */
XEN_ERRNO(ENOSPC,         28)   /* no room left */
XEN_ERRNO(EROFS,          30)   /* read-only */
XEN_ERRNO(EMLINK,         31)   /* too many references */
XEN_ERRNO(EDOM,           33)   /* outside of the function's domain */
XEN_ERRNO(ERANGE,         34)   /* result does not fit */
XEN_ERRNO(EDEADLK,        35)   /* would deadlock */
XEN_ERRNO(EDEADLOCK,      35)   /* the same number as EDEADLK */
XEN_ERRNO(ENAMETOOLONG,   36)   /* name too long */
XEN_ERRNO(ENOLCK,         37)   /* no lock to be had */
XEN_ERRNO(ENOSYS,         38)   /* no such call */
XEN_ERRNO(ENOTEMPTY,      39)   /* still has contents */
XEN_ERRNO(ENODATA,        61)   /* nothing there to read */
XEN_ERRNO(ETIME,          62)   /* timer ran out */
XEN_ERRNO(EBADMSG,        74)   /* not a data message */
XEN_ERRNO(EOVERFLOW,      75)   /* value too large for its type */
XEN_ERRNO(EILSEQ,         84)   /* impossible byte sequence */
#ifdef __XEN__
XEN_ERRNO(ERESTART,       85)   /* inside the hypervisor only: continue the call later */
#endif
XEN_ERRNO(ENOTSOCK,       88)   /* not a socket */
XEN_ERRNO(EMSGSIZE,       90)   /* message too long */
XEN_ERRNO(EOPNOTSUPP,     95)   /* known, but not supported here */
XEN_ERRNO(EADDRINUSE,     98)   /* address taken */
XEN_ERRNO(EADDRNOTAVAIL,  99)   /* address not to be had */
XEN_ERRNO(ENOBUFS,       105)   /* no buffer left */
XEN_ERRNO(EISCONN,       106)   /* connected already */
XEN_ERRNO(ENOTCONN,      107)   /* not connected */
XEN_ERRNO(ETIMEDOUT,     110)   /* took too long */
XEN_ERRNO(ECONNREFUSED,  111)   /* peer refused */
#undef XEN_ERRNO
#undef XEN_ERRNO_LIST
#endif

#ifdef XEN_ERRNO_ENUM
#undef XEN_ERRNO_ENUM
};
#endif
