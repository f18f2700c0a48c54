/** The yardstick: `node bare.js URL` fetches and parses the same answer, and does nothing with it. */
import { argv } from 'node:process';

const answer = await fetch(argv[2] ?? '');
JSON.parse(await answer.text());
