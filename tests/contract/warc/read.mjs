// SPDX-License-Identifier: Apache-2.0
// Prints what warcio (npm) reads in an archive: one JSON line a record, with place, type and digest of what follows the HTTP head.
import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(process.env.PRE_NODE + '/');
const { WARCParser } = await import(pathToFileURL(require.resolve('warcio')).href);
const parser = new WARCParser(createReadStream(process.argv[2]));
for await (const record of parser) {
  const offset = parser.offset;
  const body = await record.readFully(false);
  process.stdout.write(JSON.stringify({ offset, type: record.warcType, body: createHash('sha256').update(body ?? '').digest('hex') }) + '\n');
}
