/** Whether a backend's text makes the cookies of its servers of their addresses (HAProxy manual, `cookie ... dynamic`). */
export function hasDynamicCookies(text: string): boolean {
  return /^[ \t]*cookie[ \t](?:.*[ \t])?dynamic(?=[ \t]|$)/m.test(text);
}
