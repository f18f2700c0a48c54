#!/usr/bin/env node
// A terminal's screen as an SVG: `tmux capture-pane -e -p | node scripts/picture.mjs > docs/images/start.svg`. Knows the colours and
// weights of SGR; every run of text is stretched to its cells, so that it looks alike in all fonts.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const CELL = { width: 7.4, height: 17, size: 12.3 };
const MARGIN = 14;
const COLOURS = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 34: '#79c0ff', 35: '#d2a8ff', 36: '#76e3ea', 90: '#8b949e' };

let look = {};
const lines = readFileSync(0, 'utf8').trimEnd().split('\n');
const columns = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
const height = Math.ceil(lines.length * CELL.height + 2 * MARGIN);
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${CELL.size}" fill="#e6edf3">`);
lines.forEach((line, row) => drawLine(line, MARGIN + (row + 0.75) * CELL.height));
console.log('</g>\n</svg>');

/** A line of the screen: each escape sequence says how the text after it looks, on the next lines too. */
function drawLine(line, y) {
  let column = 0;
  for (const [at, piece] of line.split('\u001B[').entries()) {
    const end = at === 0 ? 0 : piece.indexOf('m') + 1;
    if (end > 0) look = changed(look, piece.slice(0, end - 1));
    const text = piece.slice(end);
    if (text.trim() !== '') drawText(text, column, y, look);
    column += text.length;
  }
}

function changed(look, codes) {
  let next = look;
  for (const code of codes.split(';').map(Number)) {
    if (code === 0) next = {};
    else if (code === 1) next = { ...next, 'font-weight': 'bold' };
    else if (code === 2) next = { ...next, 'fill-opacity': '0.6' };
    else if (code === 22) next = { fill: next.fill };
    else if (code === 39) next = { ...next, fill: undefined };
    else if (COLOURS[code]) next = { ...next, fill: COLOURS[code] };
  }
  return next;
}

function drawText(text, column, y, look) {
  const indent = text.length - text.trimStart().length;
  const shown = text.trim();
  const x = (MARGIN + (column + indent) * CELL.width).toFixed(1);
  const attributes = Object.entries({ x, y, textLength: (shown.length * CELL.width).toFixed(1), ...look })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${value}"`);
  console.log(`<text${attributes.join('')} xml:space="preserve">${escaped(shown)}</text>`);
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
