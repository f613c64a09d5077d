-- SPDX-License-Identifier: Apache-2.0
-- Version 3: what collection says of a unit is found by the unit.

CREATE INDEX fetched_unit ON fetched (campaign, unit);
