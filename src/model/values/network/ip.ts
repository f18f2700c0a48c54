/** Returns whether a text is an IPv4 address in its usual form: no octal, hexadecimal or short forms, which HAProxy would resolve. */
export function isIPv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

/** Returns whether a text is an IPv6 address, without brackets and zone. */
export function isIPv6(text: string): boolean {
  return /^[0-9a-f:.]{2,45}$/i.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`);
}
