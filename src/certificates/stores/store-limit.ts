import { type AnswerLimit, createAnswerLimit } from '../../lib/async/answer-limit.ts';
import { CertificateError } from '../error.ts';

/** Makes the limit of time for the calls of one store: a network file system may be silent for hours. `before`: what the message begins with. */
export function createStoreLimit(before = '', patience: number = STORE_PATIENCE): AnswerLimit {
  return createAnswerLimit(patience, () => new CertificateError(`${before}no answer in ${patience / 1000} s`));
}

/** Milliseconds for one file or one list of files, not for all of a store. */
export const STORE_PATIENCE = 10_000;
