/** Labels and HAProxy's words about them are anybody's text: what would steer a terminal is shown as it is written. */
export function harmless(message: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return message.replaceAll(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
