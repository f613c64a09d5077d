// SPDX-License-Identifier: Apache-2.0
// engine.js SCHEMA DOCUMENT...: the ids that node-schematron (XPath 3.1) reports, as schematron-ids prints ours.
const fs = require('fs');
const path = require('path');
const { Schema } = require('node-schematron');

const schema = Schema.fromString(fs.readFileSync(process.argv[2], 'utf8'));
for (const file of process.argv.slice(3)) {
  for (const result of schema.validateString(fs.readFileSync(file, 'utf8')))
    console.log(`${path.basename(file)}\t${result.assertId}`);
}
