import { HaproxyError } from './error.ts';

/** A socket that does not answer and a word that cannot be said are refusals too. */
export async function orRefusal<T>(work: () => Promise<T>): Promise<T | { readonly kind: 'refused'; readonly reason: string }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HaproxyError) return { kind: 'refused', reason: error.message };
    throw error;
  }
}
