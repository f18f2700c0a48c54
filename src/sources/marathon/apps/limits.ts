/** What an answer may have at most: one that is wrong, or has no end, must cost neither the memory nor the time of the program. */

/** Ten times as many as this program is made for. */
export const MOST_APPS = 100_000;

/** Of a list in an app or a task, but for the tasks themselves: each of its faults costs memory. */
export const MOST_ELEMENTS = 10_000;

/** Tasks of an app that cannot be read: far more than people read. */
export const MOST_UNREAD_TASKS = 1000;
