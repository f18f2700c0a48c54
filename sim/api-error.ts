/** An answer of Marathon that is not the wanted one: status and JSON body (texts of `canon-errors.json`). */
export class ApiError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 415 | 422;
  readonly body: object;

  constructor(status: ApiError['status'], message: string, more: object = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.body = { message, ...more };
  }
}

/** 404 of an app, a task, a deployment: `App '/x' does not exist`. */
export function notFound(what: 'App' | 'Task' | 'Group', id: string): ApiError {
  return new ApiError(404, `${what} '${id}' does not exist`);
}

/** 422 with one finding; `path` as Marathon writes it: `/healthChecks(0)/port`. */
export function invalid(path: string, error: string): ApiError {
  return new ApiError(422, 'Object is not valid', { details: [{ path, errors: [error] }] });
}
