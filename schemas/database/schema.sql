-- SPDX-License-Identifier: Apache-2.0
-- The store of pre-load, version 1: one template for SQLite and PostgreSQL; page pre-database.5 says what each table means.
-- Never changed: later versions are the files of migrations/, which a new store goes through as well.
-- @INT64@ is the only macro (INTEGER, bigint). Keys are bytes (COLLATE "C"); exact decimals are an unscaled integer and a scale;
-- binary numbers are the shortest decimal text that reads back the same; instants are ISO text in UTC.
-- "clustered" on a closing line says that rows live in key order where the database can do that.
-- Tables are singular, views for people are plural. The three tables that grow with every answer (frame_value, observation, imputation)
-- have no foreign key: checking one row by row costs PostgreSQL ten times the load.

CREATE TABLE store (
  item TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- The ledger of loads that changed something: circumstances, so outside the canonical dump.
CREATE TABLE run (
  run @INT64@ NOT NULL PRIMARY KEY,
  started_at TEXT COLLATE "C" NOT NULL,
  ended_at TEXT COLLATE "C" NOT NULL,
  program TEXT NOT NULL,
  engine TEXT NOT NULL,
  host TEXT NOT NULL,
  who TEXT NOT NULL,
  changed TEXT NOT NULL
);

CREATE TABLE edition (
  edition @INT64@ NOT NULL PRIMARY KEY,
  digest TEXT COLLATE "C" NOT NULL UNIQUE,
  id TEXT COLLATE "C" NOT NULL,
  revision @INT64@ NOT NULL,
  campaign TEXT COLLATE "C" NOT NULL
);

CREATE TABLE edition_file (
  edition @INT64@ NOT NULL REFERENCES edition (edition),
  path TEXT COLLATE "C" NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (edition, path)
);

CREATE TABLE package (
  package @INT64@ NOT NULL PRIMARY KEY,
  campaign TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  content_digest TEXT COLLATE "C" NOT NULL CHECK (length(content_digest) = 64),
  as_of TEXT COLLATE "C" NOT NULL,
  edition @INT64@ NOT NULL REFERENCES edition (edition),
  register_digest TEXT COLLATE "C" NOT NULL,
  decisions_digest TEXT COLLATE "C" NOT NULL,
  archives TEXT NOT NULL,
  controls TEXT NOT NULL,
  UNIQUE (campaign, content_digest)
);

-- One unit of the register as one package saw it.
CREATE TABLE frame (
  frame @INT64@ NOT NULL PRIMARY KEY,
  campaign TEXT COLLATE "C" NOT NULL,
  unit TEXT COLLATE "C" NOT NULL CHECK (unit <> ''),
  digest TEXT COLLATE "C" NOT NULL,
  scope TEXT COLLATE "C" NOT NULL CHECK (scope IN ('in', 'closed', 'created', 'merged')),
  size_unscaled @INT64@,
  size_scale @INT64@ CHECK (size_scale BETWEEN 0 AND 12),
  region TEXT COLLATE "C" NOT NULL,
  departement TEXT COLLATE "C" NOT NULL,
  carrier TEXT COLLATE "C" NOT NULL,
  successor TEXT COLLATE "C" NOT NULL,
  UNIQUE (campaign, unit, digest),
  CHECK ((size_unscaled IS NULL) = (size_scale IS NULL)),
  CHECK (scope <> 'in' OR (size_unscaled IS NOT NULL AND size_unscaled >= 0))
);

-- Every other column of the register, as it was written.
CREATE TABLE frame_value (
  frame @INT64@ NOT NULL,
  position @INT64@ NOT NULL,
  attribute TEXT COLLATE "C" NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (frame, position)
);

-- What was decided about one unit, with everything it rests on; keyed by the digest of its rows.
-- The empty unit holds documents that belong to nobody in the register.
CREATE TABLE judgement (
  judgement @INT64@ NOT NULL PRIMARY KEY,
  campaign TEXT COLLATE "C" NOT NULL,
  unit TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL CHECK (length(digest) = 64),
  outcome TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('', 'complete', 'partial', 'unusable', 'refusal', 'withdrawn', 'undecided', 'silent')),
  record TEXT COLLATE "C" NOT NULL,
  received_at TEXT COLLATE "C" NOT NULL,
  late @INT64@ NOT NULL CHECK (late IN (0, 1)),
  verdict @INT64@ CHECK (verdict BETWEEN 0 AND 3),
  fatal @INT64@ NOT NULL CHECK (fatal >= 0),
  error @INT64@ NOT NULL CHECK (error >= 0),
  warning @INT64@ NOT NULL CHECK (warning >= 0),
  information @INT64@ NOT NULL CHECK (information >= 0),
  not_evaluable @INT64@ NOT NULL CHECK (not_evaluable >= 0),
  core_answered @INT64@ NOT NULL CHECK (core_answered >= 0),
  core_asked @INT64@ NOT NULL CHECK (core_asked >= core_answered),
  items_answered @INT64@ NOT NULL CHECK (items_answered >= 0),
  items_asked @INT64@ NOT NULL CHECK (items_asked >= items_answered),
  UNIQUE (campaign, unit, digest)
);

CREATE TABLE document (
  judgement @INT64@ NOT NULL REFERENCES judgement (judgement),
  position @INT64@ NOT NULL,
  received_at TEXT COLLATE "C" NOT NULL,
  record TEXT COLLATE "C" NOT NULL,
  archive TEXT COLLATE "C" NOT NULL,
  source TEXT NOT NULL,
  raw_digest TEXT COLLATE "C" NOT NULL,
  content_digest TEXT COLLATE "C" NOT NULL,
  bytes @INT64@ NOT NULL,
  campaign TEXT COLLATE "C" NOT NULL,
  number TEXT COLLATE "C" NOT NULL,
  nature TEXT COLLATE "C" NOT NULL,
  stamp TEXT COLLATE "C" NOT NULL,
  software TEXT NOT NULL,
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('current', 'superseded', 'repeat', 'withdrawn', 'withdrawal', 'undecided', 'refused', 'out-of-scope', 'test')),
  verdict @INT64@ CHECK (verdict BETWEEN 0 AND 3),
  reason TEXT NOT NULL,
  related TEXT COLLATE "C" NOT NULL,
  fatal @INT64@ NOT NULL,
  error @INT64@ NOT NULL,
  warning @INT64@ NOT NULL,
  information @INT64@ NOT NULL,
  PRIMARY KEY (judgement, position)
);

-- Dictionaries, numbered in the order of first use.
CREATE TABLE cell (
  cell @INT64@ NOT NULL PRIMARY KEY,
  variable TEXT COLLATE "C" NOT NULL CHECK (variable <> ''),
  category TEXT COLLATE "C" NOT NULL,
  harmonised TEXT COLLATE "C" NOT NULL,
  UNIQUE (variable, category, harmonised)
);

CREATE TABLE mark (
  mark @INT64@ NOT NULL PRIMARY KEY,
  obs_status TEXT COLLATE "C" NOT NULL,
  silence TEXT COLLATE "C" NOT NULL,
  origin TEXT COLLATE "C" NOT NULL CHECK (origin IN ('', 'reported', 'deduced')),
  UNIQUE (obs_status, silence, origin)
);

-- A number stands in unscaled and scale, a code or a text in text; neither when the mark names a silence.
-- raw is kept when it says more than the value does.
CREATE TABLE observation (
  judgement @INT64@ NOT NULL,
  cell @INT64@ NOT NULL,
  mark @INT64@ NOT NULL,
  unscaled @INT64@,
  scale @INT64@,
  text TEXT,
  previous_unscaled @INT64@,
  previous_scale @INT64@,
  previous_text TEXT,
  raw TEXT,
  line @INT64@,
  PRIMARY KEY (judgement, cell),
  CHECK ((unscaled IS NULL) = (scale IS NULL)),
  CHECK ((previous_unscaled IS NULL) = (previous_scale IS NULL)),
  CHECK (scale BETWEEN 0 AND 12),
  CHECK (previous_scale BETWEEN 0 AND 12),
  CHECK (unscaled IS NULL OR text IS NULL)
) /* clustered */;

CREATE TABLE finding (
  judgement @INT64@ NOT NULL REFERENCES judgement (judgement),
  position @INT64@ NOT NULL,
  record TEXT COLLATE "C" NOT NULL,
  seq @INT64@ NOT NULL,
  stage TEXT COLLATE "C" NOT NULL,
  level @INT64@ NOT NULL,
  rule TEXT COLLATE "C" NOT NULL,
  severity TEXT COLLATE "C" NOT NULL CHECK (severity IN ('fatal', 'error', 'warning', 'information')),
  outcome TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('failed', 'not-evaluable', 'normalised')),
  variable TEXT COLLATE "C" NOT NULL,
  category TEXT COLLATE "C" NOT NULL,
  path TEXT NOT NULL,
  line @INT64@,
  col @INT64@,
  value TEXT NOT NULL,
  expected TEXT NOT NULL,
  message_fr TEXT NOT NULL,
  message_en TEXT NOT NULL,
  PRIMARY KEY (judgement, position)
);

-- Numbered within its campaign, never changed; its status is the last event about it.
CREATE TABLE vintage (
  vintage @INT64@ NOT NULL PRIMARY KEY,
  campaign TEXT COLLATE "C" NOT NULL,
  number @INT64@ NOT NULL CHECK (number >= 1),
  package @INT64@ NOT NULL REFERENCES package (package),
  method TEXT COLLATE "C" NOT NULL,
  method_digest TEXT COLLATE "C" NOT NULL CHECK (length(method_digest) = 64),
  parameters TEXT NOT NULL,
  program TEXT NOT NULL,
  libraries TEXT NOT NULL,
  run @INT64@ NOT NULL REFERENCES run (run),
  estimable @INT64@ NOT NULL CHECK (estimable IN (0, 1)),
  note TEXT NOT NULL,
  UNIQUE (campaign, number),
  UNIQUE (package, method_digest)
);

CREATE TABLE event (
  event @INT64@ NOT NULL PRIMARY KEY,
  vintage @INT64@ NOT NULL REFERENCES vintage (vintage),
  status TEXT COLLATE "C" NOT NULL CHECK (status IN ('provisional', 'semi-final', 'final')),
  at TEXT COLLATE "C" NOT NULL,
  who TEXT NOT NULL CHECK (who <> '')
);

CREATE TABLE vintage_unit (
  vintage @INT64@ NOT NULL REFERENCES vintage (vintage),
  unit TEXT COLLATE "C" NOT NULL,
  frame @INT64@ REFERENCES frame (frame),
  judgement @INT64@ NOT NULL REFERENCES judgement (judgement),
  PRIMARY KEY (vintage, unit),
  CHECK ((unit = '') = (frame IS NULL))
) /* clustered */;

-- Weights of the respondents, 12 significant digits, as used in every later number.
CREATE TABLE weight (
  vintage @INT64@ NOT NULL REFERENCES vintage (vintage),
  unit TEXT COLLATE "C" NOT NULL,
  response_group @INT64@ NOT NULL,
  design TEXT COLLATE "C" NOT NULL,
  weight TEXT COLLATE "C" NOT NULL CHECK (weight <> ''),
  PRIMARY KEY (vintage, unit)
) /* clustered */;

-- How the response groups came out: size classes [from, to) merged until each answers enough; weight = units / respondents.
CREATE TABLE response_group (
  vintage @INT64@ NOT NULL REFERENCES vintage (vintage),
  response_group @INT64@ NOT NULL,
  units @INT64@ NOT NULL CHECK (units >= 0),
  respondents @INT64@ NOT NULL CHECK (respondents BETWEEN 0 AND units),
  size_from TEXT COLLATE "C" NOT NULL,
  size_to TEXT COLLATE "C",
  weight TEXT COLLATE "C" NOT NULL,
  classes @INT64@ NOT NULL,
  PRIMARY KEY (vintage, response_group)
);

-- What the estimation did, in order: merges, calibration, imputations in number, influential values.
CREATE TABLE step (
  vintage @INT64@ NOT NULL REFERENCES vintage (vintage),
  position @INT64@ NOT NULL,
  step TEXT COLLATE "C" NOT NULL,
  text_fr TEXT NOT NULL,
  text_en TEXT NOT NULL,
  PRIMARY KEY (vintage, position)
);

-- Each value that was supposed, the rule it comes from and where the donors are.
CREATE TABLE imputation (
  vintage @INT64@ NOT NULL,
  unit TEXT COLLATE "C" NOT NULL,
  variable TEXT COLLATE "C" NOT NULL,
  category TEXT COLLATE "C" NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  rule TEXT COLLATE "C" NOT NULL,
  level TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (vintage, unit, variable, category)
) /* clustered */;

-- One number for the nation or a domain (region, size, carrier, departement), observed and estimated side by side, each NULL when there
-- is none; status says what it is worth.
CREATE TABLE figure (
  vintage @INT64@ NOT NULL REFERENCES vintage (vintage),
  position @INT64@ NOT NULL,
  figure TEXT COLLATE "C" NOT NULL,
  domain TEXT COLLATE "C" NOT NULL CHECK (domain IN ('nation', 'region', 'size', 'carrier', 'departement')),
  area TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL CHECK (status <> ''),
  observed TEXT COLLATE "C",
  estimated TEXT COLLATE "C",
  variance TEXT COLLATE "C",
  cv TEXT COLLATE "C",
  lower_bound TEXT COLLATE "C",
  upper_bound TEXT COLLATE "C",
  df @INT64@,
  base @INT64@ NOT NULL CHECK (base >= 0),
  units @INT64@ NOT NULL CHECK (units >= base),
  coverage TEXT COLLATE "C" NOT NULL,
  rank @INT64@,
  observed_rank @INT64@,
  tied @INT64@ NOT NULL CHECK (tied IN (0, 1)),
  share TEXT COLLATE "C",
  observed_share TEXT COLLATE "C",
  imputed TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (vintage, figure, domain, area),
  UNIQUE (vintage, position)
);

-- The last word of each source: a state, not part of any vintage.
CREATE TABLE fetched (
  campaign TEXT COLLATE "C" NOT NULL,
  position @INT64@ NOT NULL,
  unit TEXT COLLATE "C" NOT NULL,
  source TEXT NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,
  class TEXT COLLATE "C" NOT NULL,
  attempts @INT64@,
  status TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  record TEXT COLLATE "C" NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (campaign, position)
);

-- Views: what an analyst asks in SQL. number is the vintage within its campaign; latest is 1 for the last one of each campaign.

CREATE VIEW vintages AS
SELECT v.campaign, v.number, CASE WHEN v.number = (SELECT max(x.number) FROM vintage x WHERE x.campaign = v.campaign) THEN 1 ELSE 0 END AS latest,
  p.as_of, e.status, e.at AS signed_at, e.who AS signed_by, v.estimable, p.name AS package, p.content_digest, v.method, v.method_digest, d.id AS edition,
  d.revision AS edition_revision, v.program, v.libraries, v.vintage
FROM vintage v
JOIN package p ON p.package = v.package
JOIN edition d ON d.edition = p.edition
JOIN event e ON e.event = (SELECT max(x.event) FROM event x WHERE x.vintage = v.vintage);

CREATE VIEW units AS
SELECT v.campaign, v.number, v.latest, u.unit, f.scope, CAST(f.size_unscaled AS DOUBLE PRECISION)
  / CASE f.size_scale WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 2 THEN 100 WHEN 3 THEN 1000 WHEN 4 THEN 10000 WHEN 5 THEN 100000 ELSE 1000000 END AS size,
  f.region, f.departement, f.carrier, j.outcome, j.record, j.received_at, j.late, j.verdict, j.fatal, j.error, j.warning, j.core_answered, j.core_asked,
  j.items_answered, j.items_asked, w.response_group, CAST(w.weight AS DOUBLE PRECISION) AS weight, v.vintage, u.frame, u.judgement
FROM vintages v
JOIN vintage_unit u ON u.vintage = v.vintage
JOIN frame f ON f.frame = u.frame
JOIN judgement j ON j.judgement = u.judgement
LEFT JOIN weight w ON w.vintage = u.vintage AND w.unit = u.unit;

CREATE VIEW answers AS
SELECT v.campaign, v.number, v.latest, u.unit, c.variable, c.category, c.harmonised, CAST(o.unscaled AS DOUBLE PRECISION)
  / CASE o.scale WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 2 THEN 100 WHEN 3 THEN 1000 WHEN 4 THEN 10000 WHEN 5 THEN 100000 ELSE 1000000 END AS value,
  o.text, CAST(o.previous_unscaled AS DOUBLE PRECISION)
  / CASE o.previous_scale WHEN 0 THEN 1 WHEN 1 THEN 10 WHEN 2 THEN 100 WHEN 3 THEN 1000 WHEN 4 THEN 10000 WHEN 5 THEN 100000 ELSE 1000000 END AS previous,
  m.obs_status, m.silence, m.origin, o.raw, o.line, v.vintage, u.judgement
FROM vintages v
JOIN vintage_unit u ON u.vintage = v.vintage
JOIN observation o ON o.judgement = u.judgement
JOIN cell c ON c.cell = o.cell
JOIN mark m ON m.mark = o.mark;

CREATE VIEW documents AS
SELECT v.campaign, v.number, v.latest, u.unit, d.received_at, d.record, d.archive, d.source, d.raw_digest, d.content_digest, d.bytes, d.number AS sequence, d.nature,
  d.state, d.verdict, d.reason, d.related, v.vintage, u.judgement
FROM vintages v
JOIN vintage_unit u ON u.vintage = v.vintage
JOIN document d ON d.judgement = u.judgement;

CREATE VIEW findings AS
SELECT v.campaign, v.number, v.latest, u.unit, f.record, f.seq, f.stage, f.level, f.rule, f.severity, f.outcome, f.variable, f.category, f.path, f.line, f.value,
  f.expected, f.message_fr, f.message_en, v.vintage, u.judgement
FROM vintages v
JOIN vintage_unit u ON u.vintage = v.vintage
JOIN finding f ON f.judgement = u.judgement;

CREATE VIEW figures AS
SELECT v.campaign, v.number, v.latest, v.status AS vintage_status, f.figure, f.domain, f.area, f.status, CAST(f.observed AS DOUBLE PRECISION) AS observed,
  CAST(f.estimated AS DOUBLE PRECISION) AS estimated, CAST(f.variance AS DOUBLE PRECISION) AS variance, CAST(f.cv AS DOUBLE PRECISION) AS cv,
  CAST(f.lower_bound AS DOUBLE PRECISION) AS lower_bound, CAST(f.upper_bound AS DOUBLE PRECISION) AS upper_bound, f.base, f.units,
  CAST(f.coverage AS DOUBLE PRECISION) AS coverage, f.rank, f.tied, CAST(f.share AS DOUBLE PRECISION) AS share, f.position, v.vintage
FROM vintages v
JOIN figure f ON f.vintage = v.vintage;
