/**
 * Returns whether an app is surely of the same team as another one, by their ids: it is in the same folder of Marathon, or below the other
 * app; apps without a folder are not of one team, unless the id begins with that of the other one and `-`. Who may create apps there is what
 * Marathon decides.
 */
export function isNeighbour(app: string, other: string): boolean {
  const isNear = folderOf(app) === folderOf(other);
  return (isNear && (folderOf(app) !== '' || app.startsWith(`${other}-`))) || app.startsWith(`${other}/`);
}

function folderOf(app: string): string {
  return app.slice(0, app.lastIndexOf('/'));
}
