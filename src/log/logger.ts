/** The interface for logging that the rest of the program uses: levels and a name. Made by `log/create`; fields are for JSON readers. */
export interface Logger {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
  /** For what stops the program or leaves it unable to do its work. */
  critical(message: string, fields?: object): void;
  /** A logger of the same destination under another name (`%(name)s`). */
  child(name: string): Logger;
}

/** A logger that says nothing. */
export const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  critical: () => {},
  child: () => silent,
};
