/** What differs between the versions of HAProxy: the one place in the code that knows version numbers. */

export interface HaproxyVersion {
  readonly major: number;
  readonly minor: number;
  /** As HAProxy prints it: `3.0.11-1+deb13u4`. */
  readonly text: string;
}

/** The abilities of a version of HAProxy on which the configuration depends. */
export interface HaproxyFeatures {
  /** A frontend and a backend may have one name, as in 1.15's layout. Refused since 3.3. */
  readonly sharedNames: boolean;
  /** A TLS `bind` in mode http offers HTTP/2 unless its `alpn` says otherwise. Since 2.8. */
  readonly offersHttp2: boolean;
  /** `option httpchk` takes header lines behind its version. Refused since 3.0. */
  readonly httpchkHeaders: boolean;
  /** `bind-process`, and `process` on a `bind`, are taken with a warning. Refused since 2.7. */
  readonly processBinding: boolean;
  /** An option that has no effect in its section (`option dontlognull` in a backend) is taken with a warning. Refused since 3.1. */
  readonly misplacedOptions: boolean;
  /** `http-after-response set-log-level`: for all answers, also those of HAProxy itself. Since 3.0 (tried), not in 2.6. */
  readonly setsLogLevelAtEnd: boolean;
  /** A TLS 1.3 session of one host is resumed for another one, with the client's certificate that was checked for the first. Not since 3.2 (tried: 2.6 and 3.0 do). */
  readonly resumesForOthers: boolean;
  /** Asks OCSP responders itself (`ocsp-update` in a list of certificates). Since 3.0 (tried), not in 2.6. */
  readonly asksOcspResponders: boolean;
}

/** Returns the version that `haproxy -v` printed, undefined if there is none in the text. */
export function parseHaproxyVersion(text: string): HaproxyVersion | undefined {
  const match = /(?:^|version )(\d+)\.(\d+)(\S*)/m.exec(text);
  if (!match) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), text: `${match[1]}.${match[2]}${match[3]}` };
}

/** Returns what a version does. Unknown (undefined): what 2.6 does, which is the layout of marathon-lb 1.15. */
export function featuresOf(version: HaproxyVersion | undefined): HaproxyFeatures {
  const isBefore = (major: number, minor: number) =>
    version === undefined || version.major < major || (version.major === major && version.minor < minor);
  return {
    sharedNames: isBefore(3, 3),
    offersHttp2: !isBefore(2, 8),
    httpchkHeaders: isBefore(3, 0),
    processBinding: isBefore(2, 7),
    misplacedOptions: isBefore(3, 1),
    setsLogLevelAtEnd: !isBefore(3, 0),
    resumesForOthers: isBefore(3, 2),
    asksOcspResponders: !isBefore(3, 0),
  };
}

/** The first version that the program works with: `add server` is experimental before. */
export const OLDEST = '2.6';

/** Returns whether the program works with a version. */
export function isSupported({ major, minor }: HaproxyVersion): boolean {
  return major > 2 || (major === 2 && minor >= 6);
}
