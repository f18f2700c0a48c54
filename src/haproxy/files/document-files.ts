import { print, printMap, type ConfigDocument } from '../../render/document.ts';
import { MAP_NAMES, mapPath, type WantedFile } from './config-files.ts';

/**
 * Returns a document as files beside another configuration file than the one it was rendered for: the paths of its maps lead to the new
 * ones, also where a template names them itself. Lines keep their numbers. Maps first, the configuration last.
 */
export function documentFiles(doc: ConfigDocument, { from, to }: { readonly from: string; readonly to: string }): WantedFile[] {
  let text = print(doc);
  for (const name of MAP_NAMES) text = text.replaceAll(mapPath(from, name), mapPath(to, name));
  return [...doc.maps.map((map) => ({ path: mapPath(to, map.name), text: printMap(map) })), { path: to, text }];
}
