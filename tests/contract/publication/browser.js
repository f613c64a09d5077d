// SPDX-License-Identifier: Apache-2.0
// browser.js PUBLICATION ARTEFACTS
'use strict';
const fs = require('fs');
const path = require('path');
const {chromium} = require('playwright-core');

const [folder, artefacts] = process.argv.slice(2);
const faults = [];
const check = (what, ok, detail) => { if (!ok) faults.push(`${what}: ${detail === undefined ? '' : JSON.stringify(detail)}`); };
const args = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

function csv(name) {
  const [head, ...rows] = fs.readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n').map((line) => {
    const cells = [];
    line.replace(/("(?:[^"]|"")*"|[^,]*)(,|$)/g, (_, cell, end) => {
      if (end === ',' || cells.ended !== true) cells.push(cell.startsWith('"') ? cell.slice(1, -1).replace(/""/g, '"') : cell);
      if (end === '') cells.ended = true;
      return '';
    });
    return cells;
  });
  return rows.map((r) => Object.fromEntries(head.map((h, i) => [h, r[i]])));
}

async function open(browser, file, width) {
  const context = await browser.newContext({offline: true, locale: 'fr-FR', viewport: {width, height: 900}});
  const page = await context.newPage();
  page.on('console', (m) => check(`console at ${width}`, !['error', 'warning'].includes(m.type()), m.text()));
  page.on('pageerror', (e) => check(`script at ${width}`, false, e.message));
  page.on('request', (r) => check('request', /^(file|data):/.test(r.url()), r.url()));
  await page.goto(`file://${path.join(folder, file)}`);
  return page;
}

async function fits(page, what, width) {
  const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
  check(`${what} wider than the screen`, scroll <= width, {scroll, width});
}

async function report(browser) {
  for (const width of [1280, 390]) {
    const page = await open(browser, 'rapport.html', width);
    await fits(page, 'report', width);
    await page.screenshot({path: path.join(artefacts, `rapport-${width}.png`), fullPage: true});
    await page.context().close();
  }
  const page = await open(browser, 'rapport.html', 1280);
  const findings = csv('tables/findings.csv');
  const visible = () => page.locator('#findings tbody tr:visible').count();
  check('all findings at first', await visible() === findings.length, {seen: await visible(), expected: findings.length});
  await page.fill('#search', 'financeurs');
  const searched = findings.filter((f) => /financeurs/i.test(f.label)).length;
  check('search', await visible() === searched && searched > 0, {seen: await visible(), searched});
  await page.fill('#search', 'DONNÉES ABSENTES DE TOUTE RÈGLE');
  check('search for nothing', await visible() === 0, await visible());
  await page.fill('#search', '');
  await page.selectOption('#severity', 'fatal');
  const fatal = findings.filter((f) => f.severity === 'fatal').length;
  check('filter', await visible() === fatal, {seen: await visible(), fatal});
  check('count said', (await page.textContent('#shown')).startsWith(`${fatal} / `), await page.textContent('#shown'));
  await page.selectOption('#severity', '');

  // Keyboard: the first stop leads to the figures, the search field can be reached and typed into, details open with Enter.
  await page.reload();
  await page.keyboard.press('Tab');
  check('first stop', await page.evaluate(() => document.activeElement.getAttribute('href')) === '#key');
  let reached = false, opened = false;
  for (let i = 0; i < 80 && !(reached && opened); i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => ({tag: document.activeElement.tagName, id: document.activeElement.id}));
    if (at.tag === 'SUMMARY' && !opened) {
      await page.keyboard.press('Enter');
      opened = await page.evaluate(() => document.activeElement.parentElement.open);
    }
    if (at.id === 'search') {
      reached = true;
      await page.keyboard.type('A01');
      check('typed search', await visible() === findings.filter((f) => f.rule.startsWith('A01') || /A01/i.test(f.label)).length, await visible());
    }
  }
  check('search reached by keyboard', reached);
  check('details opened by keyboard', opened);

  // Numbers on the page are those of the tables.
  const nation = Object.fromEntries(csv('tables/figures-nation.csv').map((f) => [f.figure, f]));
  for (const card of await page.locator('[data-figure]').all()) {
    const f = nation[await card.getAttribute('data-figure')];
    const shown = Number((await card.textContent()).replace(/[^0-9,-]/g, '').replace(',', '.'));
    const exact = Number(f.estimated || f.observed) * (f.unit === 'share' ? 100 : 1);
    check(`figure ${f.figure}`, Math.abs(shown - exact) <= 5, {shown, exact});
  }
  // Accessible names: every figure drawn has a title, every table cell of a header row a scope, every control a label.
  check('drawings named', await page.evaluate(() => [...document.querySelectorAll('svg[role=img]')].every((s) => s.querySelector('title'))));
  check('headers scoped', await page.evaluate(() => [...document.querySelectorAll('th')].every((t) => t.scope)));
  check('controls labelled', await page.evaluate(() => [...document.querySelectorAll('input,select')].every((c) => c.labels.length)));
  check('one main heading', await page.locator('h1').count() === 1);
  await page.context().close();
}

async function feedback(browser) {
  const index = csv('retours/index.csv');
  for (const verdict of ['', '0', '1', '2', '3']) {
    const row = index.find((r) => r.verdict === verdict);
    if (!row) continue;
    for (const width of [1000, 390]) {
      const page = await open(browser, `retours/${row.page}`, width);
      await fits(page, `feedback ${row.unit}`, width);
      await page.screenshot({path: path.join(artefacts, `retour-verdict-${verdict || 'aucun'}-${width}.png`), fullPage: true});
      await page.context().close();
    }
  }
  const kit = await open(browser, 'kit/index.html', 1280);
  await kit.screenshot({path: path.join(artefacts, 'kit-1280.png')});
  await kit.context().close();
}

// The policy must be able to refuse: a script that is not ours does not run.
async function policy(browser) {
  const context = await browser.newContext({offline: true});
  const page = await context.newPage();
  const own = fs.readFileSync(path.join(folder, 'rapport.html'), 'utf8');
  const file = path.join(artefacts, 'intruder.html');
  fs.writeFileSync(file, own.replace('<main>', '<main><script>document.title = "intruder"</script><img src="http://example.invalid/x.png">'));
  await page.goto(`file://${file}`);
  check('policy', await page.title() !== 'intruder', await page.title());
  fs.unlinkSync(file);
  await context.close();
}

(async () => {
  const browser = await chromium.launch({executablePath: process.env.CHROMIUM, chromiumSandbox: false, args});
  await report(browser);
  await feedback(browser);
  await policy(browser);
  await browser.close();
  faults.forEach((f) => console.log(f));
  console.log(`${faults.length} faults`);
  process.exitCode = faults.length ? 1 : 0;
})();
