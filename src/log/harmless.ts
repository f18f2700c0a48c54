/** Labels and HAProxy's words about them are anybody's text: what would steer a terminal is shown as it is written. */
export function harmless(message: string): string {
  return message.replaceAll(/(?![\t\n])\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
