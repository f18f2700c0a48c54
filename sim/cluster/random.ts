/** Everything in the simulator that is random: the same seed gives the same ids and ports. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Version 4 in form. */
  uuid(): string;
}

/** Mulberry32: small, and good enough for ids and ports. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const hex = (digits: number): string => {
    let text = '';
    for (let index = 0; index < digits; index += 1) text += Math.floor(next() * 16).toString(16);
    return text;
  };
  return { next, uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}` };
}
