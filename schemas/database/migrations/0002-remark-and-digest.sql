-- SPDX-License-Identifier: Apache-2.0
-- Version 2: a remark beside each signature; a document found by the digest of its bytes.

ALTER TABLE event ADD COLUMN note TEXT NOT NULL DEFAULT '';

CREATE INDEX document_digest ON document (raw_digest);
