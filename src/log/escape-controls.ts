/** Replaces control characters with escapes: labels, and HAProxy's words about them, may hold what would steer a terminal. */
export function escapeControls(message: string): string {
  return message.replaceAll(/(?![\t\n])\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
