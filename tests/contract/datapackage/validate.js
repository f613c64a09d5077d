// SPDX-License-Identifier: Apache-2.0
// Data packages as the npm validators `datapackage` and `tableschema` see them: validate.js FOLDER...
// Checks datapackage.json against its profile, then every resource against its Table Schema (types, required, closed lists, unique keys),
// sizes, digests and row counts. Ends with 1 and one line a fault.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const zlib = require('zlib');
const {Package} = require('datapackage');
const {Table} = require('tableschema');

const sha256 = (bytes) => 'sha256:' + crypto.createHash('sha256').update(bytes).digest('hex');

async function checkResource(folder, r, faults) {
  const file = path.join(folder, r.path);
  const bytes = fs.readFileSync(file);
  const zipped = r.path.endsWith('.gz');
  const text = zipped ? zlib.gunzipSync(bytes) : bytes;
  if (bytes.length !== r.bytes) faults.push(`${file}: ${bytes.length} bytes, announced ${r.bytes}`);
  if (sha256(bytes) !== r.hash) faults.push(`${file}: digest differs`);
  if (zipped && sha256(text) !== r['pre:uncompressed_hash']) faults.push(`${file}: digest of the text differs`);
  const source = () => (zipped ? fs.createReadStream(file).pipe(zlib.createGunzip()) : fs.createReadStream(file));
  const table = await Table.load(source, {schema: r.schema, strict: true});
  try {
    const rows = await table.read();
    const announced = r['pre:rows'];
    if (announced !== undefined && rows.length !== announced)
      faults.push(`${file}: ${rows.length} rows, announced ${announced}`);
    return rows.length;
  } catch (error) {
    for (const e of error.errors && error.errors.length ? error.errors : [error]) faults.push(`${file}: ${e.message}`);
    return -1;
  }
}

async function checkPackage(folder, faults) {
  const descriptor = JSON.parse(fs.readFileSync(path.join(folder, 'datapackage.json'), 'utf8'));
  const p = await Package.load(descriptor, {basePath: folder, strict: false});
  for (const e of p.errors) faults.push(`${folder}/datapackage.json: ${e.message}`);
  const counts = [];
  for (const r of descriptor.resources) counts.push(`${r.name} ${await checkResource(folder, r, faults)}`);
  console.log(`${descriptor.name}: ${counts.join(', ')}`);
}

(async () => {
  const faults = [];
  for (const folder of process.argv.slice(2)) await checkPackage(folder, faults);
  for (const f of faults) console.log(`fault: ${f}`);
  process.exitCode = faults.length ? 1 : 0;
})();
