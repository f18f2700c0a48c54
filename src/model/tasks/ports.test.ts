import { describe, expect, it } from 'vitest';
import { portAssigner } from './ports.ts';

/** Computed with Python's hashlib by 1.15's rule: the first eight digits of the SHA-1 of app, port and try, modulo the size of the range. */
const VECTORS: readonly (readonly [app: string, taskPort: number, port: number])[] = [
  ['/a', 8080, 10_050],
  ['/b', 8080, 10_051],
  ['/a', 9090, 10_054],
  ['/c/d', 80, 10_052], // its second try
  ['/e', 1, 10_055],
  ['/f', 1, 10_053], // its tenth
];

describe('portAssigner', () => {
  it('assigns as every other load balancer does', () => {
    const assigner = portAssigner({ min: 10_050, max: 10_055 });
    expect(VECTORS.map(([app, port]) => assigner.assign(app, port))).toEqual(VECTORS.map(([, , port]) => port));
    const wide = portAssigner({ min: 10_050, max: 10_100 });
    expect([wide.assign('/shop/web', 8080), wide.assign('/shop/web', 9090)]).toEqual([10_056, 10_057]);
  });

  it('gives the same answer again, and none when the range is used up', () => {
    const assigner = portAssigner({ min: 1, max: 1 });
    expect(assigner.assign('/a', 1)).toBe(1);
    expect(assigner.assign('/b', 1)).toBeUndefined();
    expect(assigner.assign('/a', 1)).toBe(1);
  });

  it('takes what is left after 50 tries, to the last port', () => {
    const assigner = portAssigner({ min: 1, max: 3000 });
    const ports = Array.from({ length: 3000 }, (_, at) => assigner.assign('/a', at));
    expect(new Set(ports).size).toBe(3000);
    expect(Math.min(...(ports as number[]))).toBe(1);
  });
});
