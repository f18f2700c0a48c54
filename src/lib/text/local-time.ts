/** Returns a moment in local time with its zone: `2026-11-27 18:03:15 +01:00`. */
export function localTime(at: Date): string {
  const zone = -at.getTimezoneOffset();
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day} ${time} ${zone < 0 ? '-' : '+'}${two(zone / 60)}:${two(zone % 60)}`;
}

function two(n: number): string {
  return String(Math.trunc(Math.abs(n))).padStart(2, '0');
}
