/**
 * Zeroed memory that stays for as long as its task. As plain buffers, what a start reads would count as pressure, and V8
 * collects garbage several times in its midst for tens of megabytes of which none is garbage: half of a warm start. Shared
 * buffers it does not count; nobody shares this one. It is given back by an ordinary collection.
 */
export const uncounted = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);
