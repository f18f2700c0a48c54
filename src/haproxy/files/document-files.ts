import { print, type ConfigDocument } from '../../render/document.ts';
import { FILE_NAMES, printFile } from '../../render/files/kinds.ts';
import { pathBeside, type WantedFile } from './config-files.ts';

/**
 * Returns a document as files beside another configuration file than the one it was rendered for: the paths of its files lead to the new
 * ones, also where a template names them itself. Lines keep their numbers. The configuration comes last.
 */
export function documentFiles(doc: ConfigDocument, { from, to }: { readonly from: string; readonly to: string }): WantedFile[] {
  let text = print(doc);
  for (const name of FILE_NAMES) text = text.replaceAll(pathBeside(from, name), pathBeside(to, name));
  return [...doc.files.map((file) => ({ path: pathBeside(to, file.name), text: printFile(file) })), { path: to, text }];
}
