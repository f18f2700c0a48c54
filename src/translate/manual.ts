import { oldWords } from './old-words.ts';

/** Returns the page of the reference manual about words that HAProxy gave up. */
export function oldWordsManual(): string {
  const rows = oldWords.map(({ name, refusedSince, example, remark }) => {
    const modern = remark.startsWith('Not translated') ? '–' : example.lines.map(code).join('<br>') || 'left out';
    return `| ${cell(name)} | ${refusedSince} | ${code(example.old)} | ${modern} | ${cell(remark)} |`;
  });
  return `${INTRODUCTION}
| word | refused since HAProxy | example | is written as | |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

const INTRODUCTION = [
  '# Labels with words of HAProxy 1.x',
  '',
  'Words that the HAProxy at hand refuses are translated in texts that people wrote: template labels, the label `HAPROXY_{n}_BIND_OPTIONS`, template',
  'files, variables `HAPROXY_<TEMPLATE>` and `HAPROXY_GLOBAL_DEFAULT_OPTIONS`. What it takes stays as it is, and so does all with `--no-translate`.',
  '',
  '* Each translation is a note of the app (`label-translated`) with the old line and the new one: in the log, in `marathon-lb explain app`, and as a',
  '  list by `marathon-lb --dry --notes`. For templates of the operator it is a line of the log at the start.',
  '* What cannot be translated exactly stays. HAProxy refuses it, and the problem names the modern directive.',
  String.raw`* ${'`reqrep`'} and its family matched whole lines. An expression is translated if it is about the request line only (${'`'}^([^\ :]*)\ /path(.*)${'`'}) or about`,
  '  one header only (`^Name:`). The rules stand behind the `http-request` and `http-response` rules of their text, as HAProxy 1.x went through them. The',
  "  request line's path is matched without scheme and host, also over HTTP/2.",
  String.raw`* A template label without a line break that has the two characters ${'`'}\n${'`'} before known words of HAProxy (old user interfaces of Marathon wrote it) gets`,
  '  line breaks.',
  '',
].join('\n');

function code(text: string): string {
  return `\`${cell(text)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}
